package mcproxy.core;

import static mcproxy.core.Bench.LAN;
import static mcproxy.core.Bench.LAN2;
import static mcproxy.core.Bench.WAN;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.Filter.Direction;
import mcproxy.core.Filter.Kind;
import mcproxy.core.LinkSettings.Role;
import mcproxy.core.PolicySettings.InterfaceFilter;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Each cause for which a group does not flow is named, and none where it does. */
class DiagnosisTest {
    private static final int WAN2 = 8;

    private static Bench bench(Family family) {
        Bench bench = new Bench(family);
        bench.up(WAN, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM);
        bench.up(LAN2, Role.DOWNSTREAM);
        return bench;
    }

    private static Bench filtered(Family family, InterfaceFilter filter) {
        Bench bench = bench(family);
        bench.accept(
                new Input.Configure(
                        new ProxySettings(
                                Duration.ZERO,
                                ProxySettings.LOCAL_GROUPS,
                                new PolicySettings(
                                        Optional.empty(),
                                        RuleMatching.ALL,
                                        List.of(filter),
                                        PolicySettings.DEFAULT_PEERING_WAIT,
                                        List.of()))));
        return bench;
    }

    private static InterfaceFilter filter(
            Role role, int on, Direction direction, Kind kind, AddressSet source) {
        return new InterfaceFilter(
                role,
                new InterfacePattern("if" + on),
                direction,
                new Filter(
                        kind,
                        Table.of(
                                new Rule.Match(
                                        Optional.empty(),
                                        AddressSet.ANY,
                                        AddressSet.one(source(9))),
                                new Rule.Match(Optional.empty(), AddressSet.ANY, source))));
    }

    private static IpAddress source(int n) {
        return new Bench(Family.IPV4).source(n);
    }

    private static Finding last(Bench bench, int ifindex, int source) {
        return last(bench, ifindex, bench.group(1), Optional.of(bench.source(source)));
    }

    private static Finding last(
            Bench bench, int ifindex, IpAddress group, Optional<IpAddress> source) {
        Diagnosis diagnosis = bench.diagnose(ifindex, group, source);
        assertThat(diagnosis.routed()).isFalse();
        assertThat(diagnosis.findings().getLast().stops()).isTrue();
        return diagnosis.findings().getLast();
    }

    private static void joins(Bench bench) {
        bench.report(LAN, RecordType.TO_EX, 1, SourceSet.EMPTY);
    }

    private static void packet(Bench bench, int source, int ifindex) {
        bench.accept(new Input.CacheMiss(ifindex, bench.source(source), bench.group(1)));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aStreamThatFlowsIsFollowedFromTheHostToTheRoute(Family family) {
        Bench bench = bench(family);
        bench.reportFrom(50, LAN, RecordType.TO_EX, 1, SourceSet.EMPTY);
        packet(bench, 7, WAN);
        Diagnosis diagnosis = bench.diagnose(LAN, bench.group(1), Optional.empty());
        assertThat(diagnosis.routed()).isTrue();
        assertThat(diagnosis.source()).contains(bench.source(7));
        assertThat(diagnosis.findings())
                .containsExactly(
                        new Finding.Wanted(
                                "if2",
                                Membership.ANY_SOURCE,
                                false,
                                Duration.ofSeconds(270).toNanos(),
                                bench.hosts(LAN, 1)),
                        new Finding.Forwards("if2", bench.self(LAN), true),
                        new Finding.Asked("if1", Membership.ANY_SOURCE, bench.newest()),
                        new Finding.Routed(bench.source(7), "if1", List.of("if2")));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void whatComesInIsOnTheSameLinkByALoop(Family family) {
        Bench bench = bench(family);
        joins(bench);
        packet(bench, 7, WAN);
        bench.hear(LAN, bench.sent(WAN).getLast());
        assertThat(last(bench, LAN, 7)).isEqualTo(new Finding.OneLink("if1", "if2"));

        bench.report(LAN2, RecordType.TO_EX, 1, SourceSet.EMPTY);
        bench.hear(LAN2, bench.sent(LAN).getLast());
        packet(bench, 8, LAN);
        assertThat(last(bench, LAN2, 8)).isEqualTo(new Finding.OneLink("if2", "if3"));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void nobodyWantsIt(Family family) {
        Bench bench = bench(family);
        assertThat(last(bench, LAN, 7)).isEqualTo(new Finding.NotWanted("if2", false, false));
        IpAddress ssm = IpAddress.of(family == Family.IPV4 ? "232.1.1.1" : "ff3e::8000:1");
        assertThat(last(bench, LAN, ssm, Optional.empty()))
                .isEqualTo(new Finding.NotWanted("if2", true, false));
    }

    @Test
    void aDownstreamThatIsFullIsNamed() {
        Bench bench = new Bench(Family.IPV4, new Limits(1, 100, 100));
        bench.up(WAN, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM);
        joins(bench);
        assertThat(last(bench, LAN, bench.group(2), Optional.empty()))
                .isEqualTo(new Finding.NotWanted("if2", false, true));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void whatNeverLeavesItsLink(Family family) {
        IpAddress group = IpAddress.of(family == Family.IPV4 ? "224.0.0.9" : "ff02::9");
        assertThat(last(bench(family), LAN, group, Optional.empty()))
                .isEqualTo(new Finding.LinkScope());
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void anotherSourceIsWanted(Family family) {
        Bench bench = bench(family);
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(7));
        assertThat(last(bench, LAN, 8))
                .isEqualTo(
                        new Finding.SourceNotWanted("if2", Membership.include(bench.sources(7))));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void anotherRouterIsQuerier(Family family) {
        Bench bench = bench(family);
        joins(bench);
        IpAddress other = bench.node(LAN, 1);
        bench.generalQuery(LAN, other, bench.newest());
        assertThat(last(bench, LAN, 7)).isEqualTo(new Finding.NotForwarder("if2", other));
    }

    @Test
    void aRuleOfAFilterIsNamed() {
        Bench bench =
                filtered(
                        Family.IPV4,
                        filter(
                                Role.UPSTREAM,
                                WAN,
                                Direction.IN,
                                Kind.BLACKLIST,
                                AddressSet.one(source(7))));
        joins(bench);
        assertThat(last(bench, LAN, 7))
                .isEqualTo(
                        new Finding.FilterStops(
                                new Finding.Decision(
                                        Role.UPSTREAM,
                                        "if1",
                                        Direction.IN,
                                        Kind.BLACKLIST,
                                        "",
                                        OptionalInt.of(2),
                                        "(* | " + source(7) + ")")));
        packet(bench, 8, WAN);
        assertThat(bench.diagnose(LAN, bench.group(1), Optional.of(source(8))).findings())
                .as("a filter without a matching rule lets others pass")
                .contains(
                        new Finding.FilterPasses(
                                new Finding.Decision(
                                        Role.UPSTREAM,
                                        "if1",
                                        Direction.IN,
                                        Kind.BLACKLIST,
                                        "",
                                        OptionalInt.empty(),
                                        "")));
    }

    @Test
    void anEmptyWhitelistStopsEverySource() {
        Bench bench =
                filtered(
                        Family.IPV4,
                        new InterfaceFilter(
                                Role.DOWNSTREAM,
                                new InterfacePattern("if2"),
                                Direction.OUT,
                                new Filter(Kind.WHITELIST, Table.of())));
        joins(bench);
        assertThat(last(bench, LAN, bench.group(1), Optional.empty()))
                .isInstanceOf(Finding.FilterStops.class);
        assertThat(bench.view().rules()).as("asking is no hit").allMatch(rule -> rule.hits() == 0);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void noUpstreamIsThere(Family family) {
        Bench bench = bench(family);
        joins(bench);
        bench.down(WAN);
        assertThat(last(bench, LAN, 7)).isEqualTo(new Finding.NoUpstream());
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void localGroupsStayBelow(Family family) {
        Bench bench = bench(family);
        IpAddress group = IpAddress.of(family == Family.IPV4 ? "239.255.255.250" : "ff05::c");
        bench.report(
                LAN,
                bench.node(LAN, 50),
                new mcproxy.wire.GroupRecord(RecordType.TO_EX, group, List.of()));
        assertThat(last(bench, LAN, group, Optional.empty())).isEqualTo(new Finding.LocalGroup());
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void noPacketHasComeYet(Family family) {
        Bench bench = bench(family);
        joins(bench);
        assertThat(last(bench, LAN, 7)).isEqualTo(new Finding.NoPacketYet(List.of("if1")));
        assertThat(last(bench, LAN, bench.group(1), Optional.empty()))
                .isEqualTo(new Finding.NoPacketYet(List.of("if1")));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void theSourceIsOnTheLinkItself(Family family) {
        Bench bench = bench(family);
        joins(bench);
        packet(bench, 7, LAN);
        assertThat(last(bench, LAN, 7)).isEqualTo(new Finding.SourceOnSameLink("if2"));
    }

    @Test
    void thereAreNoRoutesLeft() {
        Bench bench = new Bench(Family.IPV4, new Limits(100, 100, 1));
        bench.up(WAN, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM);
        joins(bench);
        packet(bench, 7, WAN);
        packet(bench, 8, WAN);
        assertThat(last(bench, LAN, 8)).isEqualTo(new Finding.RoutesFull(1));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void withTwoUpstreamsTheOneThatIsAskedIsNamed(Family family) {
        Bench bench = bench(family);
        bench.up(WAN2, Role.UPSTREAM);
        joins(bench);
        packet(bench, 7, WAN2);
        assertThat(bench.diagnose(LAN, bench.group(1), Optional.of(bench.source(7))).findings())
                .as("what comes in on the second is still to be taken from the first")
                .contains(
                        new Finding.Asked("if1", Membership.ANY_SOURCE, bench.newest()),
                        new Finding.Routed(bench.source(7), "if1", List.of("if2")));
    }
}
