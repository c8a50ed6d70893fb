package mcproxy.core;

import static mcproxy.core.Bench.LAN;
import static mcproxy.core.Bench.LAN2;
import static mcproxy.core.Bench.WAN;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.LinkSettings.Role;
import mcproxy.core.RouterSettings.Checks;
import mcproxy.core.RouterSettings.LinkLimits;
import mcproxy.core.RouterSettings.StaticGroup;
import mcproxy.wire.Extension;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.Reason;
import mcproxy.wire.RecordType;
import mcproxy.wire.UnknownRecord;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Older hosts, source-specific groups, the options, the limits and the rules of packets. */
class RouterSideTest {
    private static Bench bench(Family family, RouterSettings settings) {
        Bench bench = new Bench(family);
        bench.router = settings.withAdvertising(Optional.empty());
        bench.up(WAN, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM);
        bench.forget();
        return bench;
    }

    private static IpAddress ssm(Family family) {
        return IpAddress.of(family == Family.IPV4 ? "232.1.2.3" : "ff3e::8000:1");
    }

    // ---- older hosts: RFC 9776 7.3.2, RFC 9777 8.3.2 ----

    // shows RFC9776-6-3, RFC9776-7.3.1-14, RFC9776-7.3.2-1, RFC9776-7.3.2-2, RFC9776-7.3.2-3,
    // RFC9776-7.3.2-5, RFC9776-8.13-1, RFC9777-8.3.1-10, RFC9777-8.3.2-1, RFC9777-8.3.2-3,
    // RFC9777-9.13-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void anOlderMemberHidesSourcesUntilItIsSilent(Family family) {
        Bench bench = Bench.running(family);
        bench.reportFrom(50, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.oldReportFrom(51, LAN, bench.older(), 1);
        assertThat(bench.groupOn(LAN, 1).orElseThrow().compatibility()).isEqualTo(bench.older());
        bench.forget();
        bench.reportFrom(50, LAN, RecordType.BLOCK, 1, bench.sources(1));
        bench.reportFrom(50, LAN, RecordType.TO_EX, 1, bench.sources(1));
        assertThat(bench.done()).as("BLOCK and the list of TO_EX are ignored").isEmpty();
        assertThat(bench.groupOn(LAN, 1).orElseThrow().running()).isEmpty();
        bench.advance(Duration.ofSeconds(200));
        bench.reportFrom(50, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.advance(Duration.ofMillis(59_999));
        assertThat(bench.groupOn(LAN, 1).orElseThrow().compatibility()).isEqualTo(bench.older());
        bench.advance(Duration.ofMillis(1)); // 8.13: 2 x 125 + 10
        assertThat(bench.groupOn(LAN, 1).orElseThrow().compatibility()).isEqualTo(bench.newest());
        bench.advance(Duration.ofSeconds(10)); // 8.4: the older host is forgotten as a member, too
        bench.forget();
        bench.reportFrom(50, LAN, RecordType.BLOCK, 1, bench.sources(1));
        assertThat(bench.specificQueries(LAN)).hasSize(1);
    }

    // shows RFC9776-4-2, RFC9776-6-3, RFC9776-7.3.2-1, RFC9776-7.3.2-2, RFC9776-7.3.2-3,
    // RFC9776-7.3.2-6, RFC2236-5-2, RFC2236-5-4
    @Test
    void beneathIgmpV1MembersLeavesAreIgnored() {
        Bench bench = Bench.running(Family.IPV4);
        bench.oldReportFrom(51, LAN, Protocol.IGMPV2, 1);
        bench.oldReportFrom(52, LAN, Protocol.IGMPV1, 1);
        assertThat(bench.groupOn(LAN, 1).orElseThrow().compatibility()).isEqualTo(Protocol.IGMPV1);
        bench.forget();
        bench.leaveFrom(51, LAN, 1);
        bench.reportFrom(50, LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        bench.advance(Duration.ofSeconds(10));
        assertThat(bench.specificQueries(LAN)).isEmpty();
        assertThat(bench.reported(WAN, 1)).isPresent();
        bench.advance(Duration.ofSeconds(200));
        bench.oldReportFrom(51, LAN, Protocol.IGMPV2, 1);
        bench.advance(Duration.ofSeconds(50));
        assertThat(bench.groupOn(LAN, 1).orElseThrow().compatibility())
                .as("260 s without IGMPv1, and an IGMPv2 host is there")
                .isEqualTo(Protocol.IGMPV2);
        bench.leaveFrom(51, LAN, 1);
        assertThat(bench.specificQueries(LAN)).hasSize(1);
    }

    // RFC 9776 7.3.2, RFC 9777 8.3.2: the mode is one of each group
    // shows RFC9776-7.3.2-1, RFC9777-8.3.2-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void anOlderMemberOfOneGroupChangesNothingForAnother(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 2, SourceSet.EMPTY);
        bench.oldReportFrom(51, LAN, bench.older(), 1);
        bench.report(LAN, RecordType.IS_EX, 3, SourceSet.EMPTY);
        assertThat(bench.groupOn(LAN, 1).orElseThrow().compatibility()).isEqualTo(bench.older());
        for (int group : List.of(2, 3)) {
            assertThat(bench.groupOn(LAN, group).orElseThrow().compatibility())
                    .isEqualTo(bench.newest());
            bench.forget();
            bench.report(LAN, RecordType.BLOCK, group, bench.sources(1));
            assertThat(bench.specificQueries(LAN))
                    .singleElement()
                    .satisfies(
                            query -> assertThat(query.sources()).containsExactly(bench.source(1)));
        }
    }

    // RFC 9776 7.3.2, RFC 9777 8.3.2: of TO_EX the list alone is ignored
    // shows RFC9776-7.3.2-5, RFC9776-7.3.2-6, RFC9777-8.3.2-3
    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"IGMPV1", "IGMPV2", "MLDV1"})
    void amongOlderMembersAChangeToExcludeKeepsTheGroup(Protocol older) {
        Bench bench = Bench.running(older.family());
        bench.oldReportFrom(51, LAN, older, 1);
        bench.advance(Duration.ofSeconds(100));
        bench.forget();
        bench.report(LAN, RecordType.TO_EX, 1, bench.sources(1));
        EngineView.Group group = bench.groupOn(LAN, 1).orElseThrow();
        assertThat(group.compatibility()).isEqualTo(older);
        assertThat(group.timerNanos()).isEqualTo(Duration.ofSeconds(270).toNanos());
        assertThat(group.running()).isEmpty();
        assertThat(group.excluded()).isEmpty();
        assertThat(bench.specificQueries(LAN)).isEmpty();
    }

    // RFC 9776 7.3.2, RFC 9777 8.3.2: only among IGMPv1 members is TO_IN ignored
    // shows RFC9776-7.3.2-5, RFC9776-7.3.2-6, RFC9777-8.3.2-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void amongMembersOfTheSecondGenerationAChangeToIncludeAsks(Family family) {
        Bench bench = Bench.running(family);
        bench.oldReportFrom(51, LAN, bench.older(), 1);
        bench.forget();
        bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        assertThat(bench.groupOn(LAN, 1).orElseThrow().compatibility()).isEqualTo(bench.older());
        assertThat(bench.specificQueries(LAN)).hasSize(1);
        bench.advance(Duration.ofMillis(1999));
        assertThat(bench.groupOn(LAN, 1)).isPresent();
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.groupOn(LAN, 1)).isEmpty();
    }

    // RFC 9777 8.3.2: the querier goes on in its own version, whatever a group's mode is
    // shows RFC9777-8.3.2-4
    @ParameterizedTest
    @EnumSource(Family.class)
    void olderMembersDoNotChangeOurQueries(Family family) {
        Bench bench = Bench.running(family);
        bench.oldReportFrom(51, LAN, bench.older(), 1);
        bench.forget();
        bench.leaveFrom(51, LAN, 1);
        bench.advance(Duration.ofMinutes(1));
        assertThat(bench.queries(LAN))
                .isNotEmpty()
                .allMatch(query -> query.protocol() == bench.newest());
    }

    // RFC 9776 9.2: switches to ignore old versions
    // shows RFC9776-9.2-2, RFC2236-10-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void olderVersionsCanBeIgnored(Family family) {
        Bench bench =
                bench(family, RouterSettings.DEFAULT.with(new Checks(false, false, true, true)));
        bench.oldReportFrom(51, LAN, bench.older(), 1);
        bench.leaveFrom(51, LAN, 1);
        if (family == Family.IPV4) {
            bench.oldReportFrom(51, LAN, Protocol.IGMPV1, 1);
        }
        Event refused = new Event.Refused("if2", Reason.IGNORED_VERSION, bench.node(LAN, 51));
        assertThat(bench.events()).hasSizeGreaterThanOrEqualTo(2).containsOnly(refused);
        assertThat(bench.groupOn(LAN, 1)).isEmpty();
    }

    // ---- timers ----

    // RFC 9776 6.3, RFC 9777 7.3
    // shows RFC9776-6.3-1, RFC9776-6.3-2, RFC9777-7.3-1, RFC9777-7.3-2, RFC4605-4.1-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void aSourceWhoseTimerEndsIsForgottenInIncludeAndBarredInExclude(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1));
        bench.report(LAN, RecordType.IS_EX, 2, bench.sources(1));
        bench.report(LAN, RecordType.ALLOW, 2, bench.sources(1));
        assertThat(bench.reported(WAN, 2)).contains(Membership.ANY_SOURCE);
        bench.advance(Duration.ofSeconds(200));
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(2));
        bench.report(LAN, RecordType.IS_EX, 2, bench.sources(1));
        bench.advance(Duration.ofSeconds(69));
        assertThat(bench.reported(WAN, 1)).contains(Membership.include(bench.sources(1, 2)));
        bench.forget();
        bench.accept(new Input.CacheMiss(WAN, bench.source(1), bench.group(1)));
        bench.accept(new Input.CacheMiss(WAN, bench.source(1), bench.group(2)));
        bench.accept(new Input.CacheMiss(WAN, bench.source(7), bench.group(2)));
        assertThat(bench.routes())
                .contains(
                        new Effect.SetRoute(bench.source(1), bench.group(1), WAN, List.of(LAN)),
                        new Effect.SetRoute(bench.source(1), bench.group(2), WAN, List.of(LAN)),
                        new Effect.SetRoute(bench.source(7), bench.group(2), WAN, List.of(LAN)));
        bench.packetsOfRoutes.put(bench.source(1), 5L);
        bench.packetsOfRoutes.put(bench.source(7), 5L);
        bench.forget();
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.routes())
                .containsExactlyInAnyOrder(
                        new Effect.SetRoute(bench.source(1), bench.group(1), WAN, List.of()),
                        new Effect.SetRoute(bench.source(1), bench.group(2), WAN, List.of()));
        assertThat(bench.reported(WAN, 1)).contains(Membership.include(bench.sources(2)));
        assertThat(bench.reported(WAN, 2)).contains(Membership.exclude(bench.sources(1)));
        assertThat(bench.groupOn(LAN, 2).orElseThrow().excluded()).containsExactly(bench.source(1));
    }

    // ---- leaves of older hosts: RFC 2236 3, RFC 2710 4 ----

    // shows RFC2236-3-11, RFC2236-9-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void aLeaveSentToTheGroupItselfCounts(Family family) {
        Bench bench = Bench.running(family);
        bench.oldReportFrom(51, LAN, bench.older(), 1);
        bench.forget();
        bench.hear(
                LAN,
                bench.node(LAN, 51),
                bench.group(1),
                new Message.Leave(bench.older(), bench.group(1)));
        assertThat(bench.specificQueries(LAN)).hasSize(1);
        bench.advance(Duration.ofSeconds(2));
        assertThat(bench.groupOn(LAN, 1)).isEmpty();
    }

    // shows RFC2236-3-12, RFC2710-4-11
    @ParameterizedTest
    @EnumSource(Family.class)
    void aNonQuerierIgnoresOlderLeaves(Family family) {
        Bench bench = Bench.running(family);
        bench.generalQuery(LAN, bench.node(LAN, 3), bench.newest());
        bench.oldReportFrom(51, LAN, bench.older(), 1);
        bench.forget();
        bench.leaveFrom(51, LAN, 1);
        bench.advance(Duration.ofSeconds(200));
        assertThat(bench.sent(LAN)).isEmpty();
        assertThat(bench.groupOn(LAN, 1)).isPresent();
    }

    // shows RFC2236-3-13
    @ParameterizedTest
    @EnumSource(Family.class)
    void aLeaveOfAnUnknownGroupAsksNothing(Family family) {
        Bench bench = Bench.running(family);
        bench.leaveFrom(51, LAN, 1);
        assertThat(bench.inTheNextHour()).isEmpty();
        bench.leaveFrom(51, LAN, 1);
        assertThat(bench.done()).isEmpty();
    }

    // ---- source-specific groups: RFC 4604 3.1, 3.5, 3.7 ----

    // shows RFC9776-6.4-1, RFC9776-6.4-2, RFC9777-7.4-2, RFC9777-7.4-3, RFC4605-4.3-1,
    // RFC4605-4.3-2, RFC4604-3.1-1, RFC4604-3.1-2, RFC4604-3.1-3, RFC4604-3.1-4, RFC4604-3.4-1,
    // RFC4604-3.5-1, RFC4604-3.7-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void inTheSourceSpecificRangeOnlyNamedSourcesCount(Family family) {
        Bench bench = Bench.running(family);
        IpAddress host = bench.node(LAN, 50);
        IpAddress group = ssm(family);
        bench.report(
                LAN,
                host,
                new GroupRecord(RecordType.IS_EX, group, List.of()),
                new GroupRecord(RecordType.TO_EX, group, List.of(bench.source(9))),
                bench.record(RecordType.TO_EX, 1, SourceSet.EMPTY),
                new GroupRecord(RecordType.ALLOW, group, List.of(bench.source(1))));
        bench.hear(LAN, host, group, new Message.OldReport(bench.older(), group));
        bench.hear(LAN, host, bench.allHosts(), new Message.Leave(bench.older(), group));
        Event refused = new Event.Refused("if2", Reason.SOURCE_SPECIFIC_GROUP, host);
        assertThat(bench.events())
                .filteredOn(Event.Refused.class::isInstance)
                .containsExactly(refused, refused, refused, refused);
        assertThat(bench.reported(WAN, 1)).contains(Membership.ANY_SOURCE);
        assertThat(bench.downstream(LAN).groups())
                .filteredOn(view -> view.group().equals(group))
                .singleElement()
                .satisfies(view -> {
                    assertThat(view.mode()).isEqualTo(FilterMode.INCLUDE);
                    assertThat(view.compatibility()).isEqualTo(bench.newest());
                    assertThat(view.running()).hasSize(1);
                });
        bench.forget();
        // RFC 4604 3.1: TO_IN is processed by the normal rules; 3.4: its sources are asked for
        bench.report(LAN, host, new GroupRecord(RecordType.TO_IN, group, List.of()));
        assertThat(bench.specificQueries(LAN))
                .singleElement()
                .satisfies(query -> assertThat(query.sources()).containsExactly(bench.source(1)));
    }

    // RFC 4604 3.5, RFC 4605 4.3
    // shows RFC9776-6.4-3, RFC9777-7.4-4, RFC4605-4.3-3, RFC4604-3.5-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void packetsOfASourceSpecificGroupDoNotGoToOlderMembers(Family family) {
        Bench bench = Bench.running(family);
        IpAddress group = ssm(family);
        bench.hear(LAN, bench.node(LAN, 50), group, new Message.OldReport(bench.older(), group));
        bench.report(
                LAN2,
                bench.node(LAN2, 50),
                new GroupRecord(RecordType.ALLOW, group, List.of(bench.source(1))));
        bench.forget();
        bench.accept(new Input.CacheMiss(WAN, bench.source(1), group));
        bench.accept(new Input.CacheMiss(WAN, bench.source(2), group));
        assertThat(bench.routes())
                .filteredOn(Effect.SetRoute.class::isInstance)
                .containsExactly(
                        new Effect.SetRoute(bench.source(1), group, WAN, List.of(LAN2)),
                        new Effect.SetRoute(bench.source(2), group, WAN, List.of()));
    }

    // ---- RFC 5790 ----

    @ParameterizedTest
    @EnumSource(Family.class)
    void withTheLiteFilterExcludeListsAreEmpty(Family family) {
        Bench bench = bench(family, RouterSettings.DEFAULT.withLiteExcludeFilter(true));
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1));
        bench.report(LAN, RecordType.IS_EX, 1, bench.sources(2, 3)); // 6.1.2
        assertThat(bench.reported(WAN, 1)).contains(Membership.ANY_SOURCE);
        EngineView.Group group = bench.groupOn(LAN, 1).orElseThrow();
        assertThat(group.running()).as("5.3: A stays").hasSize(1);
        assertThat(group.excluded()).isEmpty();
        bench.forget();
        bench.report(LAN, RecordType.TO_EX, 1, bench.sources(1, 2));
        assertThat(bench.done()).as("5.4: no query").isEmpty();
        bench.report(LAN, RecordType.BLOCK, 1, bench.sources(1, 4));
        assertThat(bench.specificQueries(LAN))
                .as("5.4: Q(G,A*B)")
                .singleElement()
                .satisfies(query -> assertThat(query.sources()).containsExactly(bench.source(1)));
        bench.advance(Duration.ofSeconds(2));
        group = bench.groupOn(LAN, 1).orElseThrow();
        assertThat(group.running()).as("5.1: deleted at once").isEmpty();
        assertThat(group.excluded()).isEmpty();
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(5));
        bench.forget();
        bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        assertThat(bench.specificQueries(LAN)).as("5.4: Q(G,A-B), Q(G)").hasSize(2);
        bench.advance(Duration.ofSeconds(2));
        assertThat(bench.groupOn(LAN, 1)).isEmpty();
    }

    // ---- static groups ----

    @ParameterizedTest
    @EnumSource(Family.class)
    void staticGroupsAreWantedForEver(Family family) {
        Bench names = new Bench(family);
        StaticGroup all = new StaticGroup(names.group(1), List.of());
        StaticGroup one = new StaticGroup(names.group(2), List.of(names.source(1)));
        Bench bench = bench(family, RouterSettings.DEFAULT.withStaticGroups(List.of(all, one)));
        bench.advance(Duration.ofHours(5));
        assertThat(bench.reported(WAN, 1)).contains(Membership.ANY_SOURCE);
        assertThat(bench.reported(WAN, 2)).contains(Membership.include(bench.sources(1)));
        bench.accept(new Input.CacheMiss(WAN, bench.source(9), bench.group(1)));
        assertThat(bench.routes())
                .contains(new Effect.SetRoute(bench.source(9), bench.group(1), WAN, List.of(LAN)));
        bench.report(LAN, RecordType.ALLOW, 2, bench.sources(2));
        assertThat(bench.reported(WAN, 2)).contains(Membership.include(bench.sources(1, 2)));
        assertThat(bench.downstream(LAN).staticGroups()).hasSize(2);
        bench.router = bench.router.withStaticGroups(List.of());
        bench.up(LAN, Role.DOWNSTREAM);
        assertThat(bench.reported(WAN, 1)).isEmpty();
        assertThat(bench.reported(WAN, 2)).contains(Membership.include(bench.sources(2)));
    }

    // ---- limits ----

    @ParameterizedTest
    @EnumSource(Family.class)
    void limitsRefuseWhatIsNewAndKeepWhatIsThere(Family family) {
        Bench bench = bench(family, RouterSettings.DEFAULT.with(new LinkLimits(2, 3, 100)));
        bench.report(LAN, RecordType.IS_IN, 1, bench.sources(1, 2, 3));
        bench.report(LAN, RecordType.IS_EX, 2, bench.sources(1));
        bench.advance(Duration.ofSeconds(100));
        bench.forget();
        bench.report(LAN, RecordType.IS_IN, 1, bench.sources(1, 2, 3));
        assertThat(bench.events()).as("a refresh is never refused").isEmpty();
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(4));
        bench.report(LAN, RecordType.BLOCK, 2, bench.sources(4, 5, 6));
        bench.report(LAN, RecordType.TO_EX, 2, bench.sources(4, 5, 6, 7));
        bench.report(LAN, RecordType.IS_EX, 3, SourceSet.EMPTY);
        bench.oldReportFrom(51, LAN, bench.older(), 4);
        assertThat(bench.events())
                .extracting(event -> ((Event.LimitReached) event).limit())
                .containsExactly(
                        Event.Limit.SOURCES_PER_GROUP,
                        Event.Limit.SOURCES_PER_GROUP,
                        Event.Limit.SOURCES_PER_GROUP,
                        Event.Limit.GROUPS_PER_LINK,
                        Event.Limit.GROUPS_PER_LINK);
        bench.report(LAN, RecordType.TO_EX, 1, bench.sources(7, 8, 9));
        assertThat(bench.groupOn(LAN, 1).orElseThrow().excluded())
                .as("a list that takes the place of another counts alone")
                .hasSize(3);
    }

    // ---- rules of packets ----

    private static Packet packet(IpAddress from, IpAddress to, boolean alert, Message message) {
        return new Packet(from, to, 1, 0xc0, alert, message);
    }

    private static void assertRefused(Bench bench, Packet packet, Reason reason) {
        assertRefused(bench, LAN, packet, reason);
    }

    private static void assertRefused(Bench bench, int link, Packet packet, Reason reason) {
        bench.forget();
        bench.hear(link, packet);
        assertThat(bench.events())
                .as(packet.toString())
                .containsExactly(new Event.Refused("if" + link, reason, packet.source()));
        assertThat(bench.done()).isEmpty();
    }

    private static void assertTaken(Bench bench, Packet packet) {
        bench.forget();
        bench.hear(LAN, packet);
        assertThat(bench.events()).as(packet.toString()).noneMatch(Event.Refused.class::isInstance);
    }

    // RFC 9777 5.1.15: "any of the addresses (unicast or multicast) assigned to the interface"
    // shows RFC9777-5.1.15-3
    @ParameterizedTest
    @CsvSource({
        "ff02::2, true",
        "ff02::16, true",
        "ff02::1:ff02:a, true", // of our own address
        "ff02::1:ff02:b, false",
        "ff02::fb, false",
        "ff0e::1, false"
    })
    void mldQueriesToGroupsOfOursCount(String to, boolean counts) {
        Bench bench = Bench.running(Family.IPV6);
        assertThat(bench.self(LAN)).isEqualTo(IpAddress.of("fe80::2:a"));
        IpAddress lower = bench.node(LAN, 3);
        bench.hear(
                LAN,
                lower,
                IpAddress.of(to),
                new Message.Query(
                        Protocol.MLDV2, IpAddress.of("::"), 10_000, false, 2, 125, List.of()));
        assertThat(bench.downstream(LAN).querier().equals(lower)).isEqualTo(counts);
    }

    // RFC 9776 9.1; RFC 9777 5.1.14, 6.2, 7.6
    // shows RFC9776-4.1.12-3, RFC9776-9.1-2, RFC9776-9.1-3, RFC9777-5.1.14-2, RFC9777-5.1.14-3,
    // RFC9777-5.1.15-3, RFC9777-7.6-1, RFC2710-6-1, RFC3590-4-2, RFC3590-4-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void queriesThatAreRefused(Family family) {
        Bench bench = Bench.running(family);
        IpAddress router = bench.node(LAN, 200);
        Message general =
                new Message.Query(
                        bench.newest(), family.unspecified(), 10_000, false, 2, 125, List.of());
        Message older =
                new Message.Query(
                        bench.older(), family.unspecified(), 10_000, false, 0, 0, List.of());
        for (Message query : List.of(general, older)) {
            assertRefused(
                    bench, packet(router, bench.allHosts(), false, query), Reason.NO_ROUTER_ALERT);
            assertRefused(
                    bench,
                    new Packet(router, bench.allHosts(), 64, 0xc0, true, query),
                    Reason.HOP_LIMIT);
            assertRefused(
                    bench, packet(router, bench.group(1), true, query), Reason.BAD_DESTINATION);
            assertTaken(bench, packet(router, bench.self(LAN), true, query)); // 4.1.12
        }
        if (family == Family.IPV4) {
            Message v1 =
                    new Message.Query(
                            Protocol.IGMPV1, family.unspecified(), 10_000, false, 0, 0, List.of());
            assertTaken(bench, packet(router, bench.allHosts(), false, v1));
        } else {
            for (String sender : List.of("::", "2001:db8::1", "ff02::1", "::1")) {
                assertRefused(
                        bench,
                        packet(IpAddress.of(sender), bench.allHosts(), true, general),
                        Reason.BAD_SENDER);
            }
        }
    }

    // RFC 9776 5.2, 9.1; RFC 9777 5.1.14, 6.2, 7.6: specific queries, too, on either side
    // shows RFC9776-5.2-2, RFC9776-9.1-2, RFC9777-5.1.14-2, RFC9777-5.1.14-3, RFC9777-6.2-1,
    // RFC9777-7.6-1, RFC2710-5-1, RFC2710-6-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void specificQueriesThatAreRefused(Family family) {
        Bench bench = Bench.running(family);
        IpAddress group = bench.group(1);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1));
        bench.advance(Duration.ofMinutes(1));
        List<Message> queries =
                List.of(
                        new Message.Query(bench.newest(), group, 1000, false, 2, 125, List.of()),
                        new Message.Query(
                                bench.newest(),
                                group,
                                1000,
                                false,
                                2,
                                125,
                                List.of(bench.source(1))),
                        new Message.Query(bench.older(), group, 1000, false, 0, 0, List.of()));
        for (int link : List.of(LAN, WAN)) {
            IpAddress router = bench.node(link, 3);
            for (Message query : queries) {
                Packet alone = packet(router, group, false, query);
                assertRefused(bench, link, alone, Reason.NO_ROUTER_ALERT);
                Packet far = new Packet(router, group, 64, 0xc0, true, query);
                assertRefused(bench, link, far, Reason.HOP_LIMIT);
                if (family == Family.IPV6) {
                    for (String sender : List.of("::", "2001:db8::1")) {
                        Packet foreign = packet(IpAddress.of(sender), group, true, query);
                        assertRefused(bench, link, foreign, Reason.BAD_SENDER);
                    }
                }
            }
        }
        bench.advance(Duration.ofSeconds(10));
        assertThat(bench.downstream(LAN).isQuerier()).isTrue();
        assertThat(bench.groupOn(LAN, 1).orElseThrow().running()).hasSize(1);
        assertThat(bench.sent(WAN)).as("no answers").isEmpty();
    }

    // RFC 9776 4.2.14, 9.2; RFC 9777 5.2.14, 7.4
    // shows RFC9776-9.2-2
    @Test
    void igmpReportsThatAreRefused() {
        Bench bench = Bench.running(Family.IPV4);
        Message report =
                new Message.Report(
                        Protocol.IGMPV3,
                        List.of(bench.record(RecordType.IS_EX, 1, SourceSet.EMPTY)));
        for (String sender : List.of("127.0.0.1", "255.255.255.255", "224.0.0.1")) {
            assertRefused(
                    bench,
                    packet(IpAddress.of(sender), bench.reportsGoTo(), true, report),
                    Reason.BAD_SENDER);
        }
        IpAddress foreign = IpAddress.of("192.0.2.77");
        assertTaken(bench, packet(foreign, bench.reportsGoTo(), false, report));
        Bench strict =
                bench(
                        Family.IPV4,
                        RouterSettings.DEFAULT.with(new Checks(true, true, false, false)));
        assertRefused(
                strict,
                packet(strict.node(LAN, 50), strict.reportsGoTo(), false, report),
                Reason.NO_ROUTER_ALERT);
        assertRefused(
                strict, packet(foreign, strict.reportsGoTo(), true, report), Reason.OFF_SUBNET);
        assertTaken(strict, packet(strict.node(LAN, 50), strict.reportsGoTo(), true, report));
        assertTaken(strict, packet(Family.IPV4.unspecified(), strict.reportsGoTo(), true, report));
    }

    // shows RFC9777-5.2.14-2, RFC9777-7.4-1, RFC3590-4-5
    @Test
    void mldReportsThatAreRefused() {
        Bench bench = Bench.running(Family.IPV6);
        Message report =
                new Message.Report(
                        Protocol.MLDV2,
                        List.of(bench.record(RecordType.IS_EX, 1, SourceSet.EMPTY)));
        for (String sender : List.of("::", "2001:db8::1")) {
            assertRefused(
                    bench,
                    packet(IpAddress.of(sender), bench.reportsGoTo(), true, report),
                    Reason.BAD_SENDER);
        }
        assertRefused(
                bench,
                packet(bench.node(LAN, 50), bench.reportsGoTo(), false, report),
                Reason.NO_ROUTER_ALERT);
        for (int hopLimit : List.of(0, 2, 64, 255)) {
            assertRefused(
                    bench,
                    new Packet(
                            bench.node(LAN, 50), bench.reportsGoTo(), hopLimit, 0xc0, true, report),
                    Reason.HOP_LIMIT);
        }
    }

    // RFC 2710 6, RFC 3590 4
    // shows RFC2710-6-2, RFC2710-6-3, RFC3590-4-5
    @ParameterizedTest
    @ValueSource(strings = {"::", "2001:db8::1"})
    void olderMldMessagesFromElsewhereAreRefused(String sender) {
        Bench bench = Bench.running(Family.IPV6);
        bench.oldReportFrom(51, LAN, Protocol.MLDV1, 2);
        IpAddress from = IpAddress.of(sender);
        Message report = new Message.OldReport(Protocol.MLDV1, bench.group(1));
        Message done = new Message.Leave(Protocol.MLDV1, bench.group(2));
        assertRefused(bench, packet(from, bench.group(1), true, report), Reason.BAD_SENDER);
        assertRefused(bench, packet(from, bench.group(2), true, done), Reason.BAD_SENDER);
        assertThat(bench.groupOn(LAN, 1)).isEmpty();
    }

    // RFC 9777 7.4: nor without the option, or with another hop limit
    // shows RFC9777-7.4-1
    @Test
    void olderMldMessagesNeedTheOptionAndTheHopLimit() {
        Bench bench = Bench.running(Family.IPV6);
        bench.oldReportFrom(51, LAN, Protocol.MLDV1, 2);
        IpAddress host = bench.node(LAN, 50);
        List<Message> messages =
                List.of(
                        new Message.OldReport(Protocol.MLDV1, bench.group(1)),
                        new Message.Leave(Protocol.MLDV1, bench.group(2)));
        for (Message message : messages) {
            assertRefused(
                    bench, packet(host, bench.group(1), false, message), Reason.NO_ROUTER_ALERT);
            assertRefused(
                    bench,
                    new Packet(host, bench.group(1), 64, 0xc0, true, message),
                    Reason.HOP_LIMIT);
        }
        assertThat(bench.groupOn(LAN, 1)).isEmpty();
    }

    // RFC 9776 4.2.14, 9.2, 9.3
    // shows RFC9776-4.2.14-1, RFC9776-9.2-1, RFC9776-9.3-1
    @ParameterizedTest
    @EnumSource(
            value = RecordType.class,
            names = "BLOCK", // which joins nothing
            mode = EnumSource.Mode.EXCLUDE)
    void aReportWithoutSenderMakesAMemberUnderAnyChecks(RecordType type) {
        Bench bench =
                bench(
                        Family.IPV4,
                        RouterSettings.DEFAULT.with(new Checks(true, true, false, false)));
        bench.report(LAN, Family.IPV4.unspecified(), bench.record(type, 1, bench.sources(1)));
        assertThat(bench.groupOn(LAN, 1)).isPresent();
        assertThat(bench.reported(WAN, 1)).isPresent();
    }

    // RFC 9776 4.2.15, RFC 9777 5.2.15
    // shows RFC9776-4.2.15-3, RFC9777-5.2.15-3
    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"IGMPV1", "IGMPV2", "MLDV1"})
    void anOlderReportToOurOwnAddressCounts(Protocol protocol) {
        Bench bench = Bench.running(protocol.family());
        for (int n = 1; n <= 2; n++) {
            IpAddress to = n == 1 ? bench.self(LAN) : bench.allHosts();
            bench.hear(
                    LAN, bench.node(LAN, 50), to, new Message.OldReport(protocol, bench.group(n)));
            assertThat(bench.reported(WAN, n)).contains(Membership.ANY_SOURCE);
        }
    }

    // RFC 9776 4, 4.2.13; RFC 9279 5: what is not known is ignored, counted, and costs nothing else
    // shows RFC9776-4-3, RFC9776-4.2.13-3, RFC9777-5-2, RFC9777-5.2.13-3, RFC2236-2.1-1,
    // RFC9279-5-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void whatIsNotKnownIsIgnored(Family family) {
        Bench bench = Bench.running(family);
        IpAddress host = bench.node(LAN, 50);
        assertRefused(
                bench,
                packet(host, bench.group(1), false, new Message.Unknown(family, 0x99)),
                Reason.UNKNOWN_TYPE);
        bench.forget();
        Message report =
                new Message.Report(
                        bench.newest(),
                        List.of(
                                new UnknownRecord(77, bench.group(9)),
                                bench.record(RecordType.IS_EX, 1, SourceSet.EMPTY)),
                        Extension.BROKEN);
        bench.hear(LAN, host, bench.reportsGoTo(), report);
        assertThat(bench.events())
                .contains(
                        new Event.Refused("if2", Reason.UNKNOWN_RECORD, host),
                        new Event.Refused("if2", Reason.BAD_EXTENSION, host));
        assertThat(bench.reported(WAN, 1)).contains(Membership.ANY_SOURCE);
        assertThat(bench.groupOn(LAN, 9)).isEmpty();
    }
}
