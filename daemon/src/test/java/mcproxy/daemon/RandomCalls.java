package mcproxy.daemon;

import mcproxy.core.AddressSet;
import mcproxy.core.Filter;
import mcproxy.core.HostSettings;
import mcproxy.core.Input;
import mcproxy.core.InterfacePattern;
import mcproxy.core.LinkSettings;
import mcproxy.core.LinkSettings.Role;
import mcproxy.core.Membership;
import mcproxy.core.PolicySettings;
import mcproxy.core.Prefix;
import mcproxy.core.ProxySettings;
import mcproxy.core.RouterSettings;
import mcproxy.core.RouterSettings.Advertising;
import mcproxy.core.Rule;
import mcproxy.core.RuleMatching;
import mcproxy.core.SourceSet;
import mcproxy.core.SsmRange;
import mcproxy.core.Table;
import mcproxy.core.Timers;
import mcproxy.daemon.JournalLine.Call;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.LinkAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;
import mcproxy.wire.ReportRecord;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Calls of an engine of every kind, from a seed: link 1 is the upstream, 2 to 4 downstreams. */
final class RandomCalls {
    private final SplittableRandom random;

    RandomCalls(long seed) {
        random = new SplittableRandom(seed);
    }

    Call call() {
        Family family = coin() ? Family.IPV4 : Family.IPV6;
        int link = 1 + random.nextInt(4);
        return switch (random.nextInt(27)) {
            case 0 -> new Call.Accept(linkUp(link, family));
            case 1 -> new Call.Accept(new Input.LinkDown(link, family));
            case 2, 3, 4 ->
                    new Call.Accept(new Input.CacheMiss(link, source(family), group(family)));
            case 5 ->
                    new Call.Accept(
                            new Input.WrongInterface(
                                    link, source(family), group(family), random.nextInt(300)));
            case 6 ->
                    new Call.Accept(
                            new Input.RouteUsage(
                                    source(family), group(family), random.nextInt(3) - 1L));
            case 7 -> new Call.Accept(new Input.Configure(settings()));
            case 8, 9 -> new Call.Expire();
            case 10 -> new Call.Accept(new Input.LinkReleased(link, family));
            case 11 ->
                    new Call.Accept(
                            new Input.Together(
                                    List.of(
                                            new Input.Configure(settings()),
                                            new Input.LinkReleased(link, family),
                                            linkUp(link, family))));
            case 12 ->
                    new Call.Accept(
                            new Input.AskAgain(
                                    coin() ? Optional.of(link) : Optional.empty(),
                                    coin() ? Optional.of(group(family)) : Optional.empty()));
            default -> new Call.Hear(link, family, linkAddress(), bytes(link, family));
        };
    }

    private LinkAddress linkAddress() {
        return coin()
                ? LinkAddress.NONE
                : LinkAddress.of("02:00:00:00:00:0" + random.nextInt(1, 9));
    }

    private Advertising advertising() {
        return new Advertising(
                Duration.ofSeconds(4),
                Duration.ofMillis(100L + random.nextInt(5000)),
                1 + random.nextInt(4),
                1 + random.nextInt(20));
    }

    private boolean coin() {
        return random.nextBoolean();
    }

    IpAddress group(Family family) {
        int n = random.nextInt(1, 10);
        List<String> nets =
                family == Family.IPV4
                        ? List.of("239.1.0.", "232.1.0.", "224.0.0.")
                        : List.of("ff1e::", "ff3e::8000:", "ff02::");
        return IpAddress.of(nets.get(n % 3) + n);
    }

    IpAddress source(Family family) {
        return IpAddress.of(
                (family == Family.IPV4 ? "192.0.2." : "2001:db8::") + random.nextInt(1, 9));
    }

    private List<IpAddress> sources(Family family) {
        return Stream.generate(() -> source(family)).limit(random.nextInt(4)).toList();
    }

    private static IpAddress node(Family family, int link, int n) {
        return IpAddress.of(
                family == Family.IPV4 ? "10.0." + link + "." + n : "fe80::" + link + ":" + n);
    }

    /** A packet; one in eight has a wrong bit, and is no packet, or another. */
    private ByteBuffer bytes(int link, Family family) {
        Message message = message(family);
        ByteBuffer bytes =
                Examples.bytes(
                        new Packet(
                                node(family, link, 5 + random.nextInt(9)),
                                IpAddress.of(
                                        family == Family.IPV4
                                                ? (message instanceof Message.Query
                                                        ? "224.0.0.1"
                                                        : "224.0.0.22")
                                                : (message instanceof Message.Query
                                                        ? "ff02::1"
                                                        : "ff02::16")),
                                random.nextInt(20) == 0 ? 64 : 1,
                                0xc0,
                                random.nextInt(10) > 0,
                                message));
        if (random.nextInt(8) == 0) {
            int at = random.nextInt(bytes.limit());
            bytes.put(at, (byte) (bytes.get(at) ^ 1 << random.nextInt(8)));
        }
        return bytes;
    }

    private Message message(Family family) {
        Protocol newest = Protocol.newest(family);
        Protocol older = Protocol.of(family, 2);
        return switch (random.nextInt(6)) {
            case 0 ->
                    new Message.Query(
                            coin() ? newest : older,
                            family.unspecified(),
                            random.nextInt(3) * 1000,
                            false,
                            0,
                            0,
                            List.of());
            case 1 -> new Message.OldReport(older, group(family));
            case 2 -> new Message.Leave(older, group(family));
            default -> {
                List<ReportRecord> records = new ArrayList<>();
                for (int i = random.nextInt(3); i >= 0; i--) {
                    RecordType[] types = RecordType.values();
                    records.add(
                            new GroupRecord(
                                    types[random.nextInt(types.length)],
                                    group(family),
                                    sources(family)));
                }
                yield new Message.Report(newest, records);
            }
        };
    }

    Input.LinkUp linkUp(int link, Family family) {
        RouterSettings router =
                RouterSettings.DEFAULT
                        .with(new RouterSettings.Tracking(coin(), coin()))
                        .with(new RouterSettings.Querying(random.nextInt(5) > 0, coin(), coin()))
                        .with(new RouterSettings.Checks(coin(), coin(), coin(), coin()))
                        .withAdvertising(coin() ? Optional.of(advertising()) : Optional.empty())
                        .withStaticGroups(
                                coin()
                                        ? List.of()
                                        : List.of(
                                                new RouterSettings.StaticGroup(
                                                        group(family), sources(family))));
        return new Input.LinkUp(
                link,
                "if\"" + link,
                family,
                new LinkSettings(
                        link > 1 ? Role.DOWNSTREAM : Role.UPSTREAM,
                        link,
                        Protocol.newest(family),
                        Timers.with(
                                2,
                                Duration.ofMillis(20_000 + random.nextInt(100_000)),
                                Duration.ofSeconds(10),
                                Optional.empty(),
                                java.util.OptionalInt.empty(),
                                Duration.ofMillis(300),
                                java.util.OptionalInt.empty()),
                        coin() ? SsmRange.IANA : new SsmRange(List.of()),
                        new HostSettings(coin(), Duration.ofSeconds(1), 1 + random.nextInt(250)),
                        router),
                random.nextInt(6) == 0 ? family.unspecified() : node(family, link, 10),
                List.of(new Prefix(node(family, link, 0), family == Family.IPV4 ? 24 : 112)),
                576 + random.nextInt(1000));
    }

    ProxySettings settings() {
        Table inner =
                new Table(
                        Optional.of("in ner"),
                        List.of(
                                new Rule.Match(
                                        Optional.of(new InterfacePattern("if*")),
                                        AddressSet.of(Prefix.of("239.1.0.0/16")),
                                        AddressSet.ANY),
                                new Rule.Match(
                                        Optional.empty(),
                                        AddressSet.ANY,
                                        AddressSet.range(
                                                IpAddress.of("2001:db8::2"),
                                                IpAddress.of("2001:db8::7")))));
        PolicySettings policy =
                new PolicySettings(
                        switch (random.nextInt(4)) {
                            case 0 -> Optional.of(RuleMatching.ALL);
                            case 1 -> Optional.of(RuleMatching.FIRST);
                            case 2 -> Optional.of(new RuleMatching.Mutex(Duration.ofMillis(70)));
                            default -> Optional.empty();
                        },
                        coin() ? RuleMatching.ALL : RuleMatching.FIRST,
                        coin()
                                ? List.of()
                                : List.of(
                                        new PolicySettings.InterfaceFilter(
                                                Role.UPSTREAM,
                                                InterfacePattern.ANY,
                                                Filter.Direction.IN,
                                                new Filter(
                                                        Filter.Kind.BLACKLIST,
                                                        Table.of(new Rule.Nested(inner))))),
                        Duration.ofMillis(random.nextInt(20)),
                        coin()
                                ? List.of()
                                : List.of(
                                        new PolicySettings.Join(
                                                InterfacePattern.ANY,
                                                group(Family.IPV4),
                                                Membership.exclude(
                                                        SourceSet.of(sources(Family.IPV4))))));
        return new ProxySettings(
                Duration.ofMillis(random.nextInt(2) * 700L),
                coin() ? ProxySettings.LOCAL_GROUPS : List.of(),
                policy);
    }

    /** How long until the next call, in nanoseconds: mostly short. */
    long pause() {
        return random.nextInt(4) == 0
                ? random.nextLong(40_000_000_000L)
                : random.nextLong(50_000_000L);
    }
}
