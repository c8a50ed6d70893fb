#!/usr/bin/env python3
"""Cuts the packets of kernel-packets.txt into the fuzz targets' seeds, one file each."""

import pathlib

resources = pathlib.Path(__file__).resolve().parent.parent / "resources/mcproxy/wire"


def seed(target, name, data):
    folder = resources / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


for line in (resources / "kernel-packets.txt").read_text().splitlines():
    if not line or line.startswith("#"):
        continue
    name, digits = line.split()
    frame = bytes.fromhex(digits)
    packet = frame[14:]
    seed("EnvelopeFuzzTestInputs/frame", name, frame)
    if packet[0] >> 4 == 4:
        seed("EnvelopeFuzzTestInputs/ipv4", name, packet)
        seed("IgmpFuzzTestInputs/message", name, packet[(packet[0] & 15) * 4:])
    else:
        seed("EnvelopeFuzzTestInputs/ipv6", name, packet)
        seed("EnvelopeFuzzTestInputs/ipv6Parts", name, b"\x08" + packet[41:])
        seed("MldFuzzTestInputs/message", name, packet[48:])
