package mcproxy.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Messages of every kind, with every value that has a code. */
final class RandomMessages {
    private final SplittableRandom random;

    RandomMessages(long seed) {
        random = new SplittableRandom(seed);
    }

    Packet packet(Family family) {
        return new Packet(
                address(family),
                group(family),
                random.nextInt(256),
                random.nextInt(256),
                random.nextBoolean(),
                message(family));
    }

    Message message(Family family) {
        Protocol newest = Protocol.newest(family);
        Protocol older =
                family == Family.IPV6
                        ? Protocol.MLDV1
                        : random.nextBoolean() ? Protocol.IGMPV1 : Protocol.IGMPV2;
        return switch (random.nextInt(7)) {
            case 0 -> newQuery(newest);
            case 1 -> oldQuery(older);
            case 2 -> new Message.Report(newest, records(family));
            case 3 -> new Message.OldReport(older, group(family));
            case 4 -> new Message.Leave(Protocol.of(family, 2), group(family));
            case 5 -> discovery(family);
            default ->
                    new Message.Unknown(
                            family,
                            family == Family.IPV4
                                    ? 0x33 + random.nextInt(100)
                                    : 154 + random.nextInt(100));
        };
    }

    private Message discovery(Family family) {
        return switch (random.nextInt(3)) {
            case 0 -> new Message.RouterSolicitation(family);
            case 1 -> new Message.RouterTermination(family);
            default ->
                    new Message.RouterAdvertisement(
                            family,
                            random.nextInt(256),
                            random.nextInt(0x10000),
                            random.nextInt(0x10000));
        };
    }

    private Message.Query newQuery(Protocol protocol) {
        boolean general = random.nextInt(3) == 0;
        int maxResponseMillis =
                protocol == Protocol.MLDV2
                        ? FloatingCode.SHORT.value(random.nextInt(0x10000))
                        : FloatingCode.BYTE.value(random.nextInt(256)) * 100;
        return new Message.Query(
                protocol,
                general ? protocol.family().unspecified() : group(protocol.family()),
                maxResponseMillis,
                random.nextBoolean(),
                random.nextInt(8),
                FloatingCode.BYTE.value(random.nextInt(256)),
                general ? List.of() : sources(protocol.family()));
    }

    private Message.Query oldQuery(Protocol protocol) {
        boolean general = protocol == Protocol.IGMPV1 || random.nextBoolean();
        int maxResponseMillis =
                switch (protocol) {
                    case IGMPV1 -> 10_000;
                    case IGMPV2 -> 100 * (1 + random.nextInt(255));
                    case MLDV1 -> random.nextInt(0x10000);
                    case IGMPV3, MLDV2 -> throw new IllegalArgumentException();
                };
        IpAddress group = general ? protocol.family().unspecified() : group(protocol.family());
        return new Message.Query(protocol, group, maxResponseMillis, false, 0, 0, List.of());
    }

    private List<ReportRecord> records(Family family) {
        List<ReportRecord> records = new ArrayList<>();
        RecordType[] types = RecordType.values();
        for (int i = random.nextInt(8); i > 0; i--) {
            records.add(
                    switch (random.nextInt(8)) {
                        case 0 -> new UnknownRecord(7 + random.nextInt(249), group(family));
                        case 1 -> new UnknownRecord(random.nextInt(256), address(family));
                        default ->
                                new GroupRecord(
                                        types[random.nextInt(types.length)],
                                        group(family),
                                        sources(family));
                    });
        }
        return records;
    }

    private List<IpAddress> sources(Family family) {
        List<IpAddress> sources = new ArrayList<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            sources.add(address(family));
        }
        return sources;
    }

    private IpAddress address(Family family) {
        return switch (family) {
            case IPV4 -> IpAddress.ipv4(1 + random.nextInt(0x7eff_ffff)); // below 127.0.0.0
            case IPV6 -> IpAddress.ipv6(random.nextLong() >>> 1, random.nextLong());
        };
    }

    private IpAddress group(Family family) {
        return switch (family) {
            case IPV4 -> IpAddress.ipv4(0xe000_0000 | random.nextInt(1 << 28));
            case IPV6 -> IpAddress.ipv6(0xffL << 56 | random.nextLong() >>> 8, random.nextLong());
        };
    }
}
