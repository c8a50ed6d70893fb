#!/usr/bin/env python3
"""Makes resources/mcproxy/wire/kernel-packets.txt: membership packets of a Linux kernel as hex.

Needs Linux with veth and bridge, Python 3, iproute2, and root or unprivileged user namespaces:

    unshare -Urnm python3 kernel-packets.py > ../resources/mcproxy/wire/kernel-packets.txt

Everything happens in network namespaces of its own. In one of them a bridge is the multicast
querier; in the other a host joins and leaves groups through ordinary sockets, with the protocol
version forced by sysctl. A packet socket on the bridge's port sees both. Addresses are fixed, so a
new run differs only in what the kernel chooses by chance (and in the IPv4 identification).
"""

import ctypes
import os
import select
import socket
import struct
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
MCAST_JOIN_GROUP, MCAST_BLOCK_SOURCE, MCAST_LEAVE_GROUP = 42, 43, 45
MCAST_JOIN_SOURCE, MCAST_LEAVE_SOURCE = 46, 47
V4, V6 = socket.IPPROTO_IP, socket.IPPROTO_IPV6


def run(*words):
    subprocess.run(words, check=True)


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def sockaddr(address):
    if ":" in address:
        raw = struct.pack("=HHI16sI", socket.AF_INET6, 0, 0,
                          socket.inet_pton(socket.AF_INET6, address), 0)
    else:
        raw = struct.pack("=HH4s", socket.AF_INET, 0, socket.inet_aton(address))
    return raw.ljust(128, b"\0")


class Host:
    """The namespace with the joining host: a child that runs what it is sent."""

    def __init__(self):
        self.out, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self.out.close()
            if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
                os._exit(1)
            theirs.send(b"ready")
            self.serve(theirs)
        theirs.close()
        self.out.recv(100)

    def serve(self, commands):
        sockets = {}
        while True:
            words = commands.recv(4096).decode().split()
            if not words:
                os._exit(0)
            try:
                if words[0] == "run":
                    run(*words[1:])
                elif words[0] == "write":
                    write(words[1], words[2])
                else:
                    self.member(sockets, *words)
                commands.send(b"ok")
            except Exception as e:
                commands.send(repr(e).encode())

    def member(self, sockets, what, group, *sources):
        v6 = ":" in group
        level = V6 if v6 else V4
        if group not in sockets:
            sockets[group] = socket.socket(
                socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
        index = struct.pack("=II", socket.if_nametoindex("v1"), 0)
        request = index + sockaddr(group)
        option = {"join": MCAST_JOIN_GROUP, "leave": MCAST_LEAVE_GROUP,
                  "join-source": MCAST_JOIN_SOURCE, "leave-source": MCAST_LEAVE_SOURCE,
                  "block": MCAST_BLOCK_SOURCE}[what]
        for source in sources or [None]:
            full = request + sockaddr(source) if source else request
            sockets[group].setsockopt(level, option, full)

    def __call__(self, text):
        self.out.send(text.encode())
        answer = self.out.recv(4096).decode()
        if answer != "ok":
            sys.exit(f"{text}: {answer}")


def membership(frame):
    """The message type, the group's offset and the message, or None."""
    kind = struct.unpack_from("!H", frame, 12)[0]
    packet = frame[14:]
    if kind == 0x0800 and packet[9] == 2:
        message = packet[(packet[0] & 15) * 4:struct.unpack_from("!H", packet, 2)[0]]
        return message
    if kind == 0x86DD:
        at, following = 40, packet[6]
        if following == 0:
            following, at = packet[40], 40 + 8 + 8 * packet[41]
        message = packet[at:]
        if following == 58 and message[0] in (130, 131, 132, 143):
            return message
    return None


class Wire:
    def __init__(self):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.bind(("v0", 3))

    def drain(self):
        while select.select([self.socket], [], [], 0)[0]:
            self.socket.recv(65536)

    def packet(self, name, note, kind, holds=b"", record=None, length=None, seconds=15):
        """Prints the next message of a type that holds some bytes."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not select.select([self.socket], [], [], end - time.monotonic())[0]:
                break
            frame = self.socket.recv(65536)
            message = membership(frame)
            if message is None or message[0] != kind or holds not in message:
                continue
            if record is not None and message[8] != record:
                continue
            if length is not None and len(message) != length:
                continue
            print(f"# {note}\n{name} {frame.hex()}\n", flush=True)
            return
        sys.exit(f"{name}: no such packet was seen")


def v4(address):
    return socket.inet_pton(socket.AF_INET, address)


def v6(address):
    return socket.inet_pton(socket.AF_INET6, address)


def main():
    kernel = os.uname().release.split("-")[0]
    print(f"# Membership packets of Linux {kernel}, whole Ethernet frames in hexadecimal, one a\n"
          "# line behind its name. Made by src/test/capture/kernel-packets.py.\n")
    host = Host()
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "br0", "address", "02:00:00:00:00:01", "type", "bridge",
        "mcast_querier", "0", "mcast_query_use_ifaddr", "1", "mcast_last_member_interval", "50",
        "mcast_query_response_interval", "1000")
    run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1",
        "address", "02:00:00:00:00:02", "netns", str(host.pid))
    run("ip", "link", "set", "v0", "master", "br0")
    write("/proc/sys/net/ipv6/conf/br0/accept_dad", "0")
    run("ip", "address", "add", "192.0.2.1/24", "dev", "br0")
    run("ip", "link", "set", "br0", "up")
    run("ip", "link", "set", "v0", "up")
    wire = Wire()
    host("run ip link set lo up")
    host("run ip address add 192.0.2.2/24 dev v1")
    host("run ip link set v1 up")

    # With duplicate address detection on, the first report leaves before there is an address.
    wire.packet("mldv2-report-unspecified-source", "MLDv2: before the host's address is valid",
                143, v6("ff02::1:ff00:2"))
    time.sleep(4)  # until both link-local addresses are valid and nothing is repeated any more

    def queries(igmp, mld):
        run("ip", "link", "set", "br0", "type", "bridge", "mcast_querier", "0",
            "mcast_igmp_version", str(igmp), "mcast_mld_version", str(mld))
        wire.drain()
        run("ip", "link", "set", "br0", "type", "bridge", "mcast_querier", "1")

    def force(igmp, mld):
        host(f"write /proc/sys/net/ipv4/conf/v1/force_igmp_version {igmp}")
        host(f"write /proc/sys/net/ipv6/conf/v1/force_mld_version {mld}")

    # The newest versions.
    force(3, 2)
    queries(3, 2)
    wire.packet("igmpv3-general-query", "IGMPv3: the bridge asks for all groups", 0x11)
    queries(3, 2)
    wire.packet("mldv2-general-query", "MLDv2: the bridge asks for all groups", 130)
    time.sleep(11)  # hosts have answered
    wire.drain()
    host("join 239.1.2.3")
    wire.packet("igmpv3-to-ex", "IGMPv3: join of any source", 0x22, v4("239.1.2.3"), 4)
    host("join-source 232.1.1.1 198.51.100.7 198.51.100.8")
    wire.packet("igmpv3-allow", "IGMPv3: join of a first source", 0x22, v4("198.51.100.7"), 5)
    host("block 239.1.2.3 203.0.113.9")
    wire.packet("igmpv3-exclude-block", "IGMPv3: EXCLUDE with a source blocked", 0x22,
                v4("203.0.113.9"), 6)
    host("join ff15::1234")
    wire.packet("mldv2-to-ex", "MLDv2: join of any source", 143, v6("ff15::1234"), 4)
    host("join-source ff35::8000:1 2001:db8::7")
    wire.packet("mldv2-allow", "MLDv2: join of a source", 143, v6("2001:db8::7"), 5)
    host("join-source ff35::8000:1 2001:db8::8")
    time.sleep(3)
    queries(3, 2)
    wire.packet("igmpv3-current-state", "IGMPv3: the host answers a General Query", 0x22,
                v4("198.51.100.8"))
    queries(3, 2)
    wire.packet("mldv2-current-state", "MLDv2: the host answers a General Query", 143,
                v6("2001:db8::8"))
    time.sleep(3)
    wire.drain()
    host("leave-source 232.1.1.1 198.51.100.7")
    wire.packet("igmpv3-block", "IGMPv3: leave of one source of two", 0x22,
                v4("198.51.100.7"), 6)
    wire.packet("igmpv3-group-and-source-query", "IGMPv3: the bridge asks who still wants it",
                0x11, v4("198.51.100.7"))
    host("leave 239.1.2.3")
    wire.packet("igmpv3-to-in", "IGMPv3: leave of any source", 0x22, v4("239.1.2.3"), 3)
    wire.packet("igmpv3-group-query", "IGMPv3: the bridge asks who still wants it", 0x11,
                v4("239.1.2.3"))
    host("leave-source ff35::8000:1 2001:db8::7")
    wire.packet("mldv2-block", "MLDv2: leave of one source of two", 143, v6("2001:db8::7"), 6)
    wire.packet("mldv2-group-and-source-query", "MLDv2: the bridge asks who still wants it", 130,
                v6("2001:db8::7"))
    host("leave ff15::1234")
    wire.packet("mldv2-to-in", "MLDv2: leave of any source", 143, v6("ff15::1234"), 3)
    wire.packet("mldv2-group-query", "MLDv2: the bridge asks who still wants it", 130,
                v6("ff15::1234"))

    # The versions before.
    force(2, 1)
    queries(2, 1)
    wire.packet("igmpv2-general-query", "IGMPv2: the bridge asks for all groups", 0x11, length=8)
    queries(2, 1)
    wire.packet("mldv1-general-query", "MLDv1: the bridge asks for all groups", 130, length=24)
    host("join 239.4.5.6")
    wire.packet("igmpv2-report", "IGMPv2: join", 0x16, v4("239.4.5.6"))
    host("leave 239.4.5.6")
    wire.packet("igmpv2-leave", "IGMPv2: leave", 0x17, v4("239.4.5.6"))
    wire.packet("igmpv2-group-query", "IGMPv2: the bridge asks who still wants it", 0x11,
                v4("239.4.5.6"))
    host("join ff15::4567")
    wire.packet("mldv1-report", "MLDv1: join", 131, v6("ff15::4567"))
    host("leave ff15::4567")
    wire.packet("mldv1-done", "MLDv1: leave", 132, v6("ff15::4567"))
    wire.packet("mldv1-group-query", "MLDv1: the bridge asks who still wants it", 130,
                v6("ff15::4567"))

    # The oldest.
    force(1, 1)
    host("join 239.7.8.9")
    wire.packet("igmpv1-report", "IGMPv1: join", 0x12, v4("239.7.8.9"))
    host.out.close()
    os.waitpid(host.pid, 0)


main()
