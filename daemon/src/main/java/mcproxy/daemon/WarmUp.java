package mcproxy.daemon;

import mcproxy.core.Input;
import mcproxy.core.LinkSettings;
import mcproxy.core.LinkSettings.Role;
import mcproxy.core.Prefix;
import mcproxy.core.ProxyEngine;
import mcproxy.core.Timers;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Ipv4Envelope;
import mcproxy.wire.Ipv6Envelope;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Takes an engine of no consequence through joins, first packets and leaves, so that the first real
 * ones do not wait for classes to be loaded and code to be compiled. Runs beside the daemon in its
 * first second and touches nothing of it.
 */
final class WarmUp implements Runnable {
    private static final int ROUNDS = 100;
    private static final int WAN = 1;
    private static final int LAN = 2;

    @Override
    public void run() {
        for (int round = 0; round < ROUNDS; round++) {
            for (Family family : Family.values()) {
                rehearse(family);
            }
        }
    }

    private static void rehearse(Family family) {
        boolean ipv4 = family == Family.IPV4;
        ProxyEngine engine = new ProxyEngine(new SplittableRandom(0));
        IpAddress own = IpAddress.of(ipv4 ? "192.0.2.1" : "fe80::1");
        IpAddress host = IpAddress.of(ipv4 ? "192.0.2.2" : "fe80::2");
        IpAddress group = IpAddress.of(ipv4 ? "239.0.0.1" : "ff0e::1");
        IpAddress channel = IpAddress.of(ipv4 ? "232.0.1.1" : "ff3e::8000:1");
        IpAddress source = IpAddress.of(ipv4 ? "198.51.100.1" : "2001:db8::1");
        IpAddress routers = IpAddress.of(ipv4 ? "224.0.0.22" : "ff02::16");
        for (Role role : Role.values()) {
            engine.accept(
                    new Input.LinkUp(
                            role == Role.UPSTREAM ? WAN : LAN,
                            role.toString(),
                            family,
                            new LinkSettings(role, 0, Protocol.newest(family), Timers.DEFAULT),
                            own,
                            List.of(new Prefix(own, family.bits())),
                            1500),
                    0);
        }
        long now = 0;
        engine.accept(new Input.CacheMiss(WAN, source, group), now);
        for (Message message :
                List.<Message>of(
                        report(RecordType.TO_EX, group, List.of()),
                        report(RecordType.ALLOW, channel, List.of(source)),
                        new Message.OldReport(Protocol.of(family, 2), group),
                        report(RecordType.BLOCK, channel, List.of(source)),
                        report(RecordType.TO_IN, group, List.of()))) {
            Packet packet = Packet.toSend(host, routers, message);
            ByteBuffer bytes = ByteBuffer.allocate(1500);
            if (ipv4) {
                Ipv4Envelope.encode(packet, bytes);
                engine.accept(new Input.Heard(LAN, family, Ipv4Envelope.decode(bytes.flip())), now);
            } else {
                Ipv6Envelope.encode(packet, bytes);
                engine.accept(new Input.Heard(LAN, family, Ipv6Envelope.decode(bytes.flip())), now);
            }
            now += Duration.ofSeconds(1).toNanos();
            engine.expire(now);
        }
        engine.accept(new Input.Stop(), now);
    }

    private static Message report(RecordType type, IpAddress group, List<IpAddress> sources) {
        return new Message.Report(
                Protocol.newest(group.family()), List.of(new GroupRecord(type, group, sources)));
    }
}
