package mcproxy.core;

import static mcproxy.core.Bench.LAN;
import static mcproxy.core.Bench.WAN;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.LinkSettings.Role;
import mcproxy.core.RouterSettings.StaticGroup;
import mcproxy.core.RouterSettings.Tracking;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Reason;
import mcproxy.wire.RecordType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Groups whose members get the sources of {@link SsmMap} when they name none. Sources 1 and 2 are
 * mapped; 7 and 8 are others.
 */
class SsmMapTest {
    private static final Duration LAST_MEMBER_QUERY_TIME = Duration.ofSeconds(2);

    /** A mapped group, in the source-specific range or not. */
    private static IpAddress group(Family family, boolean ssm) {
        return IpAddress.of(
                switch (family) {
                    case IPV4 -> ssm ? "232.1.1.1" : "239.1.1.1";
                    case IPV6 -> ssm ? "ff3e::8000:1" : "ff1e::1:1";
                });
    }

    private static SsmMap map(Family family, boolean ssm) {
        Bench bench = new Bench(family);
        IpAddress group = group(family, ssm);
        return new SsmMap(
                List.of(
                        new SsmMap.Entry(new Prefix(group, 16), bench.source(1)),
                        new SsmMap.Entry(new Prefix(group, family.bits()), bench.source(2)),
                        new SsmMap.Entry(Prefix.of("225.0.0.0/8"), bench.source(9)),
                        new SsmMap.Entry(Prefix.of("ff0e::/16"), bench.source(9))));
    }

    private static Bench bench(Family family, boolean ssm, boolean immediateLeave) {
        Bench bench = new Bench(family);
        bench.router =
                bench.router.withSsmMap(map(family, ssm)).with(new Tracking(true, immediateLeave));
        bench.up(WAN, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM);
        bench.forget();
        return bench;
    }

    private static void report(
            Bench bench, int host, RecordType type, IpAddress group, SourceSet sources) {
        bench.report(LAN, bench.node(LAN, host), new GroupRecord(type, group, sources.toList()));
    }

    private static void oldReport(Bench bench, int host, IpAddress group) {
        bench.hear(LAN, bench.node(LAN, host), group, new Message.OldReport(bench.older(), group));
    }

    private static void leave(Bench bench, int host, IpAddress group) {
        IpAddress routers = IpAddress.of(bench.family == Family.IPV4 ? "224.0.0.2" : "ff02::2");
        bench.hear(LAN, bench.node(LAN, host), routers, new Message.Leave(bench.older(), group));
    }

    private static void assertWanted(Bench bench, IpAddress group, int... sources) {
        Membership wanted = bench.reported(WAN, group).orElse(Membership.NONE);
        assertThat(wanted).isEqualTo(Membership.include(bench.sources(sources)));
    }

    // ---- joins and leaves ----

    @ParameterizedTest
    @CsvSource({"IPV4, false", "IPV4, true", "IPV6, false", "IPV6, true"})
    void anOlderHostGetsTheMappedSourcesAndLeaves(Family family, boolean ssm) {
        Bench bench = bench(family, ssm, false);
        IpAddress group = group(family, ssm);
        oldReport(bench, 50, group);
        assertThat(bench.records(WAN))
                .containsExactly(
                        new GroupRecord(RecordType.ALLOW, group, bench.sources(1, 2).toList()));
        assertThat(bench.routes())
                .as("routes before the first packet")
                .containsExactly(
                        new Effect.SetRoute(bench.source(1), group, WAN, List.of(LAN)),
                        new Effect.SetRoute(bench.source(2), group, WAN, List.of(LAN)));
        bench.accept(new Input.CacheMiss(WAN, bench.source(7), group));
        assertThat(bench.routes().getLast())
                .isEqualTo(new Effect.SetRoute(bench.source(7), group, WAN, List.of()));
        bench.forget();
        leave(bench, 50, group);
        assertThat(bench.specificQueries(LAN))
                .singleElement()
                .satisfies(q -> assertThat(q.sources()).isEmpty());
        assertWanted(bench, group, 1, 2);
        bench.advance(LAST_MEMBER_QUERY_TIME);
        assertWanted(bench, group);
        bench.advance(Duration.ofMinutes(5));
        assertThat(bench.inTheNextHour()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"IPV4, false", "IPV4, true", "IPV6, false", "IPV6, true"})
    void aMembershipThatIsNotRenewedEnds(Family family, boolean ssm) {
        Bench bench = bench(family, ssm, false);
        IpAddress group = group(family, ssm);
        oldReport(bench, 50, group);
        bench.advance(Duration.ofSeconds(269));
        assertWanted(bench, group, 1, 2);
        bench.advance(Duration.ofSeconds(1));
        assertWanted(bench, group);
    }

    @ParameterizedTest
    @CsvSource({
        "IPV4, false, IS_EX",
        "IPV4, true, TO_EX",
        "IPV6, false, TO_EX",
        "IPV6, true, IS_EX"
    })
    void aHostThatExcludesGetsTheMappedSourcesButThose(
            Family family, boolean ssm, RecordType type) {
        Bench bench = bench(family, ssm, false);
        IpAddress group = group(family, ssm);
        report(bench, 50, type, group, SourceSet.EMPTY);
        assertWanted(bench, group, 1, 2);
        report(bench, 50, RecordType.TO_IN, group, SourceSet.EMPTY);
        bench.advance(LAST_MEMBER_QUERY_TIME);
        assertWanted(bench, group);
        report(bench, 51, type, group, bench.sources(2, 7));
        assertWanted(bench, group, 1);
        report(bench, 52, type, group, bench.sources(8));
        assertWanted(bench, group, 1, 2);
    }

    // shows RFC4604-3.1-2, RFC4604-3.5-1, RFC4604-3.7-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void groupsOutsideOfTheMapAreAsEver(Family family) {
        Bench bench = bench(family, true, false);
        IpAddress other = IpAddress.of(family == Family.IPV4 ? "232.2.1.1" : "ff3f::8000:1");
        oldReport(bench, 50, other);
        report(bench, 50, RecordType.TO_EX, other, SourceSet.EMPTY);
        leave(bench, 50, other);
        assertThat(bench.reported(WAN, other)).isEmpty();
        assertThat(bench.events())
                .filteredOn(event ->
                        event instanceof Event.Refused refused
                                && refused.reason() == Reason.SOURCE_SPECIFIC_GROUP)
                .hasSize(3);
        report(bench, 50, RecordType.TO_EX, bench.group(3), SourceSet.EMPTY);
        assertThat(bench.reported(WAN, 3)).contains(Membership.ANY_SOURCE);
    }

    // ---- several hosts ----

    @ParameterizedTest
    @CsvSource({"IPV4, false", "IPV4, true", "IPV6, false", "IPV6, true"})
    void whatAnotherHostNamesIsKeptBesideTheMappedSources(Family family, boolean ssm) {
        Bench bench = bench(family, ssm, false);
        IpAddress group = group(family, ssm);
        report(bench, 51, RecordType.ALLOW, group, bench.sources(2, 7));
        oldReport(bench, 50, group);
        assertWanted(bench, group, 1, 2, 7);
        bench.forget();
        leave(bench, 50, group);
        bench.advance(LAST_MEMBER_QUERY_TIME);
        assertWanted(bench, group, 7);
        report(bench, 51, RecordType.IS_IN, group, bench.sources(2, 7));
        assertWanted(bench, group, 2, 7);
        oldReport(bench, 50, group);
        bench.advance(Duration.ofSeconds(200));
        oldReport(bench, 50, group);
        bench.advance(Duration.ofSeconds(70));
        assertWanted(bench, group, 1, 2);
    }

    /** An older host's answer silences newer ones, and says nothing of their sources (7.2.2). */
    @ParameterizedTest
    @EnumSource(Family.class)
    void theLeaveOfOneOlderHostTakesNothingFromANewerOne(Family family) {
        Bench bench = bench(family, true, false);
        IpAddress group = group(family, true);
        report(bench, 51, RecordType.ALLOW, group, bench.sources(7));
        oldReport(bench, 50, group);
        oldReport(bench, 52, group);
        leave(bench, 50, group);
        oldReport(bench, 52, group); // the answer of all
        bench.advance(Duration.ofSeconds(100));
        assertWanted(bench, group, 1, 2, 7);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aSourceThatOneHostNamedGoesWithIt(Family family) {
        Bench bench = bench(family, true, false);
        IpAddress group = group(family, true);
        report(bench, 50, RecordType.TO_EX, group, SourceSet.EMPTY);
        report(bench, 51, RecordType.ALLOW, group, bench.sources(7, 8));
        bench.forget();
        report(bench, 51, RecordType.BLOCK, group, bench.sources(7));
        assertThat(bench.specificQueries(LAN))
                .singleElement()
                .satisfies(q -> assertThat(q.sources()).isEqualTo(bench.sources(7).toList()));
        bench.advance(LAST_MEMBER_QUERY_TIME);
        assertWanted(bench, group, 1, 2, 8);
        report(bench, 50, RecordType.IS_EX, group, SourceSet.EMPTY);
        assertWanted(bench, group, 1, 2, 8);
        report(bench, 50, RecordType.TO_EX, group, bench.sources(1));
        report(bench, 50, RecordType.BLOCK, group, bench.sources(7));
        bench.advance(LAST_MEMBER_QUERY_TIME);
        assertWanted(bench, group, 2, 8);
    }

    // ---- immediate leave ----

    @ParameterizedTest
    @EnumSource(Family.class)
    void immediateLeaveGoesByWhatTheMapMakesOfWhatEachHostWants(Family family) {
        Bench bench = bench(family, true, true);
        IpAddress group = group(family, true);
        report(bench, 50, RecordType.TO_EX, group, SourceSet.EMPTY);
        report(bench, 51, RecordType.ALLOW, group, bench.sources(1, 7));
        bench.forget();
        report(bench, 51, RecordType.BLOCK, group, bench.sources(1, 7));
        assertWanted(bench, group, 1, 2);
        assertThat(bench.specificQueries(LAN))
                .as("the first source is known to be wanted")
                .singleElement()
                .satisfies(q -> assertThat(q.sources()).isEqualTo(bench.sources(7).toList()));
        report(bench, 51, RecordType.ALLOW, group, bench.sources(7));
        bench.advance(LAST_MEMBER_QUERY_TIME);
        bench.forget();
        report(bench, 50, RecordType.TO_IN, group, SourceSet.EMPTY);
        assertWanted(bench, group, 7);
        report(bench, 51, RecordType.TO_IN, group, SourceSet.EMPTY);
        assertWanted(bench, group);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void olderHostsLeaveSlowlyAllTheSame(Family family) {
        Bench bench = bench(family, true, true);
        IpAddress group = group(family, true);
        oldReport(bench, 50, group);
        leave(bench, 50, group);
        assertWanted(bench, group, 1, 2);
        bench.advance(LAST_MEMBER_QUERY_TIME);
        assertWanted(bench, group);
    }

    // ---- static groups and new settings ----

    @ParameterizedTest
    @CsvSource({"IPV4, false", "IPV4, true", "IPV6, false", "IPV6, true"})
    void aStaticGroupIsMappedUnlessItNamesSources(Family family, boolean ssm) {
        Bench bench = bench(family, ssm, false);
        IpAddress group = group(family, ssm);
        RouterSettings mapped = bench.router;
        bench.router =
                mapped.withStaticGroups(List.of(new StaticGroup(group, bench.sources(7).toList())));
        bench.up(LAN, Role.DOWNSTREAM);
        assertWanted(bench, group, 7);
        oldReport(bench, 50, group);
        assertWanted(bench, group, 1, 2, 7);
        leave(bench, 50, group);
        bench.advance(LAST_MEMBER_QUERY_TIME);
        assertWanted(bench, group, 7);
        bench.router = mapped.withStaticGroups(List.of(new StaticGroup(group, List.of())));
        bench.up(LAN, Role.DOWNSTREAM);
        assertWanted(bench, group, 1, 2);
        bench.router = mapped;
        bench.up(LAN, Role.DOWNSTREAM);
        assertWanted(bench, group);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aNewMapActsAtOnce(Family family) {
        Bench bench = bench(family, true, false);
        RouterSettings mapped = bench.router;
        IpAddress ssm = group(family, true);
        IpAddress other = group(family, false);
        oldReport(bench, 50, ssm);
        oldReport(bench, 50, other);
        assertThat(bench.reported(WAN, other)).contains(Membership.ANY_SOURCE);
        bench.router = mapped.withSsmMap(map(family, false));
        bench.up(LAN, Role.DOWNSTREAM);
        assertWanted(bench, other, 1, 2);
        assertWanted(bench, ssm);
        bench.accept(new Input.CacheMiss(WAN, bench.source(1), ssm));
        assertThat(bench.routes().getLast())
                .as("RFC 4604 3.5: no longer forwarded")
                .isEqualTo(new Effect.SetRoute(bench.source(1), ssm, WAN, List.of()));
        bench.router = mapped.withSsmMap(SsmMap.NONE);
        bench.up(LAN, Role.DOWNSTREAM);
        assertThat(bench.reported(WAN, other)).contains(Membership.ANY_SOURCE);
    }

    // ---- at random ----

    /** A host with what it wants, which it says as RFC 9776 5 has it, or as older hosts do. */
    private static final class Host {
        final int number;
        final boolean older;
        Membership wants = Membership.NONE;

        Host(int number, boolean older) {
            this.number = number;
            this.older = older;
        }

        SourceSet sources(SourceSet mapped) {
            return switch (wants.mode()) {
                case INCLUDE -> wants.sources();
                case EXCLUDE -> mapped.minus(wants.sources());
            };
        }

        void change(Membership to, Bench bench, IpAddress group) {
            Membership from = wants;
            wants = to;
            if (older) {
                if (to.isNone() && !from.isNone()) {
                    leave(bench, number, group);
                } else if (!to.isNone()) {
                    oldReport(bench, number, group);
                }
            } else if (from.mode() != to.mode()) {
                RecordType type =
                        to.mode() == FilterMode.INCLUDE ? RecordType.TO_IN : RecordType.TO_EX;
                report(bench, number, type, group, to.sources());
            } else {
                SourceSet added = to.sources().minus(from.sources());
                SourceSet gone = from.sources().minus(to.sources());
                boolean include = to.mode() == FilterMode.INCLUDE;
                SourceSet allowed = include ? added : gone;
                SourceSet blocked = include ? gone : added;
                if (!allowed.isEmpty()) {
                    report(bench, number, RecordType.ALLOW, group, allowed);
                }
                if (!blocked.isEmpty()) {
                    report(bench, number, RecordType.BLOCK, group, blocked);
                }
            }
        }

        void answer(Message.Query query, Bench bench, IpAddress group) {
            if (wants.isNone()) {
                return;
            }
            if (older) {
                oldReport(bench, number, group);
            } else if (query.sources().isEmpty()) {
                RecordType type =
                        wants.mode() == FilterMode.INCLUDE ? RecordType.IS_IN : RecordType.IS_EX;
                report(bench, number, type, group, wants.sources());
            } else {
                SourceSet asked = SourceSet.of(query.sources());
                SourceSet wanted =
                        wants.mode() == FilterMode.INCLUDE
                                ? asked.and(wants.sources())
                                : asked.minus(wants.sources());
                if (!wanted.isEmpty()) {
                    report(bench, number, RecordType.IS_IN, group, wanted);
                }
            }
        }
    }

    private static void answerAll(Bench bench, List<Host> hosts, IpAddress group) {
        for (Message.Query query : bench.queries(LAN)) {
            // As Linux does: an older report ends what a newer host has to say to a specific query.
            boolean silenced =
                    !query.isGeneral()
                            && hosts.stream().anyMatch(host -> host.older && !host.wants.isNone());
            hosts.stream()
                    .filter(host -> host.older || !silenced)
                    .forEach(host -> host.answer(query, bench, group));
        }
        bench.forget();
    }

    private static SourceSet wanted(List<Host> hosts, SourceSet mapped) {
        SourceSet all = SourceSet.EMPTY;
        for (Host host : hosts) {
            all = all.plus(host.sources(mapped));
        }
        return all;
    }

    private static Membership random(SplittableRandom random, Bench bench, boolean older) {
        if (older) {
            return random.nextBoolean() ? Membership.ANY_SOURCE : Membership.NONE;
        }
        List<IpAddress> sources = new ArrayList<>();
        for (int source : new int[] {1, 2, 7, 8}) {
            if (random.nextBoolean()) {
                sources.add(bench.source(source));
            }
        }
        return switch (random.nextInt(4)) {
            case 0 -> Membership.NONE;
            case 1 -> Membership.ANY_SOURCE;
            case 2 -> Membership.exclude(SourceSet.of(sources));
            default -> Membership.include(SourceSet.of(sources));
        };
    }

    /** Nobody misses what it wants at any time, and in the end nothing else comes. */
    @ParameterizedTest
    @CsvSource({"IPV4, false, false", "IPV4, true, true", "IPV6, true, false", "IPV6, false, true"})
    void whateverHostsDoTheyGetWhatTheyWant(Family family, boolean ssm, boolean immediateLeave) {
        for (int seed = 0; seed < 60; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Bench bench = bench(family, ssm, immediateLeave);
            IpAddress group = group(family, ssm);
            SourceSet mapped = bench.sources(1, 2);
            List<Host> hosts = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                hosts.add(new Host(50 + i, seed % 2 == 0 && i < 2));
            }
            for (int step = 0; step < 40; step++) {
                Host host = hosts.get(random.nextInt(hosts.size()));
                host.change(random(random, bench, host.older), bench, group);
                answerAll(bench, hosts, group);
                for (int i = random.nextInt(40); i >= 0; i--) {
                    bench.advance(Duration.ofMillis(i == 0 ? 20_000 : 100));
                    answerAll(bench, hosts, group);
                    SourceSet got = bench.reported(WAN, group).orElse(Membership.NONE).sources();
                    assertThat(wanted(hosts, mapped).minus(got))
                            .as("missed in step %d of seed %d", step, seed)
                            .isEmpty();
                }
            }
            for (int i = 0; i < 80; i++) {
                bench.advance(Duration.ofSeconds(10));
                answerAll(bench, hosts, group);
            }
            assertThat(bench.reported(WAN, group).orElse(Membership.NONE))
                    .as("in the end of seed %d", seed)
                    .isEqualTo(Membership.include(wanted(hosts, mapped)));
        }
    }
}
