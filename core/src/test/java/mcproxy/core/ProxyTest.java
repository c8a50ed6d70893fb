package mcproxy.core;

import static mcproxy.core.Bench.LAN;
import static mcproxy.core.Bench.LAN2;
import static mcproxy.core.Bench.WAN;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Reason;
import mcproxy.wire.RecordType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Between the sides: lingering, groups that stay local, loops, and routes (RFC 4605 3, 4.2). */
class ProxyTest {
    // ---- linger ----

    private static Bench lingering(Family family, Duration linger) {
        Bench bench = Bench.running(family);
        bench.accept(new Input.Configure(new ProxySettings(linger, List.of())));
        bench.forget();
        return bench;
    }

    private static void leave(Bench bench) {
        bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        bench.advance(Duration.ofSeconds(2));
        assertThat(bench.groupOn(LAN, 1)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aGroupLingersUpstreamAfterItsLastMember(Family family) {
        Bench bench = lingering(family, Duration.ofMillis(700));
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.accept(new Input.CacheMiss(WAN, bench.source(1), bench.group(1)));
        leave(bench);
        assertThat(bench.routes().getLast())
                .as("downstream the stream has ended")
                .isEqualTo(new Effect.SetRoute(bench.source(1), bench.group(1), WAN, List.of()));
        bench.advance(Duration.ofMillis(699));
        assertThat(bench.reported(WAN, 1)).contains(Membership.ANY_SOURCE);
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.reported(WAN, 1)).isEmpty();
        bench.advance(Duration.ofMinutes(2));
        assertThat(bench.inTheNextHour()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void whoComesBackInTimeCausesNoReport(Family family) {
        Bench bench = lingering(family, Duration.ofSeconds(5));
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1));
        bench.advance(Duration.ofSeconds(20));
        leave(bench);
        bench.advance(Duration.ofSeconds(4));
        bench.forget();
        bench.report(LAN2, RecordType.ALLOW, 1, bench.sources(1));
        bench.advance(Duration.ofSeconds(60));
        assertThat(bench.records(WAN)).isEmpty();
        assertThat(bench.reported(WAN, 1)).contains(Membership.include(bench.sources(1)));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void theEndDoesNotLinger(Family family) {
        Bench bench = lingering(family, Duration.ofSeconds(500));
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1));
        bench.report(LAN, RecordType.ALLOW, 2, bench.sources(1));
        bench.report(LAN, RecordType.TO_IN, 2, SourceSet.EMPTY);
        bench.advance(Duration.ofSeconds(20));
        assertThat(bench.reported(WAN, 2)).isPresent();
        bench.forget();
        bench.accept(new Input.Stop());
        bench.advance(Duration.ofSeconds(30));
        assertThat(bench.records(WAN))
                .contains(
                        bench.record(RecordType.BLOCK, 1, bench.sources(1)),
                        bench.record(RecordType.BLOCK, 2, bench.sources(1)));
        assertThat(bench.engine.nextDeadlineNanos()).isEqualTo(ProxyEngine.NO_DEADLINE);
    }

    // ---- local groups ----

    @ParameterizedTest
    @EnumSource(Family.class)
    void localGroupsStayAmongTheDownstreams(Family family) {
        Bench bench = Bench.running(family);
        Prefix more = Prefix.of("239.7.0.0/16");
        List<Prefix> groups =
                Stream.concat(ProxySettings.LOCAL_GROUPS.stream(), Stream.of(more)).toList();
        bench.accept(new Input.Configure(new ProxySettings(Duration.ZERO, groups)));
        IpAddress local = IpAddress.of(family == Family.IPV4 ? "239.255.255.250" : "ff05::c");
        IpAddress realm = IpAddress.of(family == Family.IPV4 ? "239.7.7.7" : "ff13::77");
        for (IpAddress group : List.of(local, realm)) {
            for (int link : List.of(LAN, LAN2)) {
                bench.hear(
                        link,
                        bench.node(link, 50),
                        group,
                        new Message.OldReport(bench.older(), group));
            }
            bench.forget();
            bench.accept(new Input.CacheMiss(LAN, bench.local(LAN, 77), group));
            bench.accept(new Input.CacheMiss(WAN, bench.source(1), group));
            assertThat(bench.done())
                    .containsExactly(
                            new Effect.SetRoute(bench.local(LAN, 77), group, LAN, List.of(LAN2)),
                            new Effect.SetRoute(bench.source(1), group, WAN, List.of()));
        }
        bench.advance(Duration.ofSeconds(10));
        assertThat(bench.records(WAN)).isEmpty();
        bench.accept(new Input.Configure(new ProxySettings(Duration.ZERO, List.of())));
        assertThat(bench.records(WAN)).as("a changed setting holds at once").isNotEmpty();
    }

    // ---- loops ----

    // RFC 4605 3, 5: our own report on a downstream would keep a group alive for ever
    @ParameterizedTest
    @EnumSource(Family.class)
    void ourOwnReportsAreNoMembers(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        Packet ours = bench.sent(WAN).getFirst();
        bench.forget();
        for (int i = 0; i < 30; i++) {
            bench.hear(LAN2, ours);
        }
        assertThat(bench.events())
                .filteredOn(Event.OwnMessageHeard.class::isInstance)
                .containsExactly(new Event.OwnMessageHeard("if3", "if1", bench.self(WAN)));
        assertThat(bench.events())
                .filteredOn(new Event.Refused("if3", Reason.OWN_MESSAGE, bench.self(WAN))::equals)
                .hasSize(30);
        assertThat(bench.groupOn(LAN2, 1)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void ourOwnQueriesAreNotAnswered(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.report(LAN, RecordType.BLOCK, 1, bench.sources(1));
        Packet ours = bench.sent(LAN).getLast();
        bench.advance(Duration.ofMillis(500));
        bench.forget();
        bench.hear(WAN, ours);
        assertThat(bench.events())
                .contains(new Event.OwnMessageHeard("if1", "if2", bench.self(LAN)));
        bench.hear(LAN2, ours);
        assertThat(bench.downstream(LAN2).isQuerier()).isTrue();
    }

    // RFC 4291 2.5.2: an entry without a source would take the packets of all sources
    @ParameterizedTest
    @EnumSource(Family.class)
    void packetsWithoutASourceGetNoEntry(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        for (int link : List.of(WAN, LAN, LAN2)) {
            bench.accept(new Input.CacheMiss(link, family.unspecified(), bench.group(1)));
        }
        assertThat(bench.routes()).isEmpty();
    }

    // RFC 4291 2.5.6, RFC 3927 7
    @ParameterizedTest
    @CsvSource({"IPV4, 169.254.9.1", "IPV6, fe80::99:1"})
    void packetsFromALinkLocalAddressStayOnTheirLink(Family family, String from) {
        Bench bench = Bench.running(family);
        IpAddress source = IpAddress.of(from);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        for (int link : List.of(WAN, LAN2)) {
            bench.accept(new Input.CacheMiss(link, source, bench.group(1)));
            assertThat(bench.routes())
                    .last()
                    .isEqualTo(new Effect.SetRoute(source, bench.group(1), link, List.of()));
        }
    }

    // Who asks for a source by name has it from above, whoever else sends in its name
    @ParameterizedTest
    @EnumSource(Family.class)
    void aNamedSourceReturnsAtOnceToWhereItIsExpected(Family family) {
        Bench bench = Bench.running(family);
        IpAddress source = bench.source(1);
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1));
        Effect fromAbove = new Effect.SetRoute(source, bench.group(1), WAN, List.of(LAN));
        assertThat(bench.routes()).last().isEqualTo(fromAbove);
        bench.accept(new Input.WrongInterface(LAN2, source, bench.group(1), 0));
        assertThat(bench.routes())
                .as("it may send from below")
                .last()
                .isEqualTo(new Effect.SetRoute(source, bench.group(1), LAN2, List.of(WAN, LAN)));
        bench.accept(new Input.WrongInterface(WAN, source, bench.group(1), 100));
        assertThat(bench.routes()).last().isEqualTo(fromAbove);
        bench.forget();
        bench.accept(new Input.WrongInterface(LAN2, source, bench.group(1), 150));
        assertThat(bench.routes()).as("packets come from above").isEmpty();

        bench.advance(Duration.ofSeconds(11));
        bench.accept(new Input.WrongInterface(LAN2, source, bench.group(1), 150));
        assertThat(bench.routes())
                .as("it has moved")
                .containsExactly(
                        new Effect.SetRoute(source, bench.group(1), LAN2, List.of(WAN, LAN)));
        bench.accept(new Input.WrongInterface(WAN, source, bench.group(1), 200));
        assertThat(bench.routes()).as("a late packet does not bring it back").hasSize(1);
    }

    // What we say on one interface is heard on another: packets between the two would circle
    @ParameterizedTest
    @EnumSource(Family.class)
    void nothingIsForwardedBetweenInterfacesThatAreOneLink(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN2, RecordType.IS_EX, 1, SourceSet.EMPTY);
        Packet ours = bench.sent(WAN).getFirst();
        IpAddress local = bench.local(LAN, 77);
        bench.accept(new Input.CacheMiss(LAN, local, bench.group(1)));
        assertThat(bench.routes())
                .last()
                .isEqualTo(new Effect.SetRoute(local, bench.group(1), LAN, List.of(WAN, LAN2)));
        bench.hear(
                LAN,
                new Packet(
                        ours.source(),
                        ours.destination(),
                        2,
                        ours.trafficClass(),
                        ours.routerAlert(),
                        ours.message()));
        assertThat(bench.routes())
                .as("nobody from afar stops it")
                .last()
                .isEqualTo(new Effect.SetRoute(local, bench.group(1), LAN, List.of(WAN, LAN2)));
        bench.hear(LAN, ours);
        assertThat(bench.routes())
                .last()
                .isEqualTo(new Effect.SetRoute(local, bench.group(1), LAN, List.of(LAN2)));

        bench.forget();
        for (int i = 1; i <= 12; i++) { // six minutes in which nothing of ours is heard there
            bench.packetsOfRoutes.put(local, 1000L * i);
            bench.advance(Duration.ofSeconds(30));
            bench.report(LAN2, RecordType.IS_EX, 1, SourceSet.EMPTY);
        }
        assertThat(bench.routes())
                .as("the cable is out again")
                .containsExactly(
                        new Effect.SetRoute(local, bench.group(1), LAN, List.of(WAN, LAN2)));

        bench.forget();
        bench.hear(LAN, ours);
        assertThat(bench.routes()).as("long ago, so not ours but somebody's lie").isEmpty();
    }

    // A host that sends what we have said, in our name, stops no streams; switches keep our MAC
    @ParameterizedTest
    @EnumSource(Family.class)
    void whatAnotherNodeSendsInOurNameMakesNoLoop(Family family) {
        Bench bench = new Bench(family);
        bench.hasMacs = true;
        bench.up(WAN, LinkSettings.Role.UPSTREAM);
        bench.up(LAN, LinkSettings.Role.DOWNSTREAM);
        bench.up(LAN2, LinkSettings.Role.DOWNSTREAM);
        bench.report(LAN2, RecordType.IS_EX, 1, SourceSet.EMPTY);
        Packet ours = bench.sent(WAN).getLast();
        IpAddress local = bench.local(LAN, 77);
        bench.accept(new Input.CacheMiss(LAN, local, bench.group(1)));
        bench.forget();
        bench.hear(LAN, ours, bench.mac(50));
        assertThat(bench.events())
                .filteredOn(Event.OwnMessageHeard.class::isInstance)
                .hasSize(family == Family.IPV4 ? 1 : 0);
        assertThat(bench.view().routes().getFirst().outgoing()).contains("if1");
        bench.forget();
        bench.hear(LAN, ours, bench.mac(100 + WAN));
        assertThat(bench.routes())
                .containsExactly(new Effect.SetRoute(local, bench.group(1), LAN, List.of(LAN2)));
    }

    // A route that lasts from the second upstream, too, must not lead to its own link
    @ParameterizedTest
    @EnumSource(Family.class)
    void aRouteFromTheSecondUpstreamDoesNotLastWhereItWouldCircle(Family family) {
        Bench bench = Bench.running(family);
        bench.up(9, LinkSettings.Role.UPSTREAM);
        bench.down(WAN);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        Packet ours = bench.sent(9).getLast();
        bench.accept(new Input.CacheMiss(9, bench.source(1), bench.group(1)));
        Effect lasting = new Effect.SetRoute(bench.source(1), bench.group(1), 9, List.of(LAN));
        assertThat(bench.routes()).last().isEqualTo(lasting);
        bench.up(WAN, LinkSettings.Role.UPSTREAM);
        assertThat(bench.routes()).as("until packets come from WAN").last().isEqualTo(lasting);
        bench.hear(LAN, ours);
        assertThat(bench.routes())
                .last()
                .isEqualTo(new Effect.SetRoute(bench.source(1), bench.group(1), WAN, List.of(LAN)));
    }

    // Where several upstreams are asked, nobody knows which one brings a source: no wrong guess,
    // which would cost its first packet
    @ParameterizedTest
    @EnumSource(Family.class)
    void whereAllUpstreamsAreAskedANamedSourceGetsItsRouteByItsFirstPacket(Family family) {
        Bench bench = Bench.running(family);
        bench.accept(
                new Input.Configure(
                        new ProxySettings(
                                Duration.ZERO,
                                List.of(),
                                new PolicySettings(
                                        Optional.of(RuleMatching.ALL),
                                        RuleMatching.ALL,
                                        List.of(),
                                        PolicySettings.DEFAULT_PEERING_WAIT,
                                        List.of()))));
        bench.up(9, LinkSettings.Role.UPSTREAM);
        bench.forget();
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1));
        assertThat(bench.routes()).isEmpty();
        bench.accept(new Input.CacheMiss(9, bench.source(1), bench.group(1)));
        assertThat(bench.routes())
                .containsExactly(
                        new Effect.SetRoute(bench.source(1), bench.group(1), 9, List.of(LAN)));
    }

    // A stream on both sides of the proxy: reported at a bounded rate, and its route stays
    @ParameterizedTest
    @EnumSource(Family.class)
    void aStreamOnBothSidesDoesNotMoveItsRoute(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.accept(new Input.CacheMiss(WAN, bench.source(1), bench.group(1)));
        bench.forget();
        for (int i = 1; i <= 20; i++) {
            bench.packetsOfRoutes.put(bench.source(1), 1000L * i);
            bench.accept(
                    new Input.WrongInterface(LAN2, bench.source(1), bench.group(1), 1000L * i));
            bench.advance(Duration.ofSeconds(3));
        }
        assertThat(bench.routes()).isEmpty();
        assertThat(bench.events())
                .containsExactly(
                        new Event.StreamOnTwoLinks(bench.source(1), bench.group(1), "if1", "if3"));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aRouteDoesNotFlap(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1));
        bench.forget();
        // The source is heard now here, now there, and never where its route is.
        for (int i = 0; i < 20; i++) {
            int elsewhere = incoming(bench) == WAN ? LAN2 : WAN;
            bench.accept(new Input.WrongInterface(elsewhere, bench.source(1), bench.group(1), 0));
            bench.advance(Duration.ofSeconds(3));
        }
        assertThat(bench.routes()).as("a minute, at most twice in 15 s").hasSizeBetween(2, 8);
        assertThat(bench.events()).anyMatch(Event.StreamOnTwoLinks.class::isInstance);
    }

    private static int incoming(Bench bench) {
        return bench.view().routes().getFirst().incoming().equals("if1") ? WAN : LAN2;
    }

    // RFC 4605 4.2: no upcalls again and again for what nobody wants; it goes when it is idle
    @ParameterizedTest
    @EnumSource(Family.class)
    void aRouteThatTheKernelLostIsSetAgain(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1));
        bench.forget();
        bench.accept(new Input.CacheMiss(WAN, bench.source(1), bench.group(1)));
        assertThat(bench.routes())
                .last()
                .isEqualTo(new Effect.SetRoute(bench.source(1), bench.group(1), WAN, List.of(LAN)));
    }

    // RFC 4605 3: one proxy is elected to forward; of two between the same links, the other would
    // take up again what the first has brought down
    @ParameterizedTest
    @EnumSource(Family.class)
    void whatAnotherForwarderBringsDownIsNotTakenUpAgain(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN2, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.query(LAN, 3, family.unspecified(), 10_000, SourceSet.EMPTY);
        bench.forget();
        bench.accept(new Input.CacheMiss(LAN, bench.source(1), bench.group(1)));
        assertThat(bench.routes())
                .as("taken from our own upstream")
                .containsExactly(
                        new Effect.SetRoute(bench.source(1), bench.group(1), WAN, List.of(LAN2)));
        bench.forget();
        bench.accept(new Input.WrongInterface(LAN, bench.source(1), bench.group(1), 0));
        bench.advance(Duration.ofSeconds(20));
        bench.accept(new Input.WrongInterface(LAN, bench.source(1), bench.group(1), 0));
        assertThat(bench.routes()).as("and stays so").isEmpty();

        IpAddress local = bench.local(LAN, 77);
        bench.accept(new Input.CacheMiss(LAN, local, bench.group(1)));
        assertThat(bench.routes())
                .as("a source of that link goes to our downstreams, but not up")
                .containsExactly(new Effect.SetRoute(local, bench.group(1), LAN, List.of(LAN2)));
    }
}
