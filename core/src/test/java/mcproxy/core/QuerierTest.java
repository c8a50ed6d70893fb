package mcproxy.core;

import static mcproxy.core.Bench.LAN;
import static mcproxy.core.Bench.LAN2;
import static mcproxy.core.Bench.WAN;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.LinkSettings.Role;
import mcproxy.core.RouterSettings.Querying;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Protocol;
import mcproxy.wire.Reason;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Who asks, when, and in which version: RFC 9776 6.1, 6.6.2, 7.3.1; RFC 9777 7.6.2, 8.3.1. */
class QuerierTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    // RFC 9777 5.1.14: no MLD query without a link-local address
    // shows RFC9777-5.1.14-1, RFC3590-4-1
    @Test
    void theStartupQueriesWaitForALinkLocalAddress() {
        Bench bench = new Bench(Family.IPV6);
        bench.up(LAN, Role.DOWNSTREAM, Family.IPV6.unspecified(), Protocol.MLDV2);
        bench.advance(MINUTE);
        assertThat(bench.sent(LAN)).isEmpty();
        bench.up(LAN, Role.DOWNSTREAM);
        assertThat(bench.queries(LAN)).hasSize(1);
        bench.advance(Duration.ofMillis(31_250)); // RFC 9776 8.6, 8.7
        assertThat(bench.queries(LAN)).hasSize(2);
    }

    // RFC 9776 8.2, 8.6, 8.7: every timer is a setting
    // shows RFC9776-6.1-1, RFC9776-6.1-2, RFC9776-6.4.2-9, RFC9776-8.4-1, RFC9776-8.10-1,
    // RFC9777-7.1-2, RFC9777-7.4.2-9, RFC9777-7.6.2-1, RFC9777-9.4-1, RFC9777-9.10-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void theConfiguredTimersHold(Family family) {
        Bench bench = new Bench(family);
        bench.timers =
                new Timers(
                        3,
                        Duration.ofSeconds(40),
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(5),
                        4,
                        Duration.ofMillis(500),
                        1);
        bench.up(LAN, Role.DOWNSTREAM);
        bench.advance(Duration.ofSeconds(15 + 40));
        assertThat(bench.queries(LAN))
                .hasSize(5)
                .allSatisfy(query -> {
                    assertThat(query.robustness()).isEqualTo(3);
                    assertThat(query.queryIntervalSeconds()).isEqualTo(40);
                    assertThat(query.maxResponseMillis()).isEqualTo(4000);
                });
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        assertThat(timer(bench)).as("8.4: 3 x 40 + 2 x 4").isEqualTo(128);
        bench.forget();
        bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        bench.advance(Duration.ofMillis(499));
        assertThat(bench.groupOn(LAN, 1)).isPresent();
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.groupOn(LAN, 1)).as("8.10: one query, half a second").isEmpty();
        assertThat(bench.specificQueries(LAN)).hasSize(1);
    }

    // RFC 9776 6.6.2: only General Queries elect; RFC 9777 7.6.2: any query does
    // shows RFC9776-6.6.2-3, RFC9777-7.6.2-2, RFC2710-4-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void aSpecificQueryElectsInMldOnly(Family family) {
        Bench bench = Bench.running(family);
        bench.specificQuery(LAN, 3, 1, true, SourceSet.EMPTY);
        assertThat(bench.downstream(LAN).isQuerier()).isEqualTo(family == Family.IPV4);
    }

    // Who has not heard that we are querier hears it at once, so that not both forward
    @ParameterizedTest
    @EnumSource(Family.class)
    void aNewcomerThatHasToYieldIsContradicted(Family family) {
        Bench bench = Bench.running(family);
        IpAddress higher = bench.node(LAN, 200);
        bench.advance(MINUTE);
        bench.forget();
        bench.generalQuery(LAN, higher, bench.newest());
        assertThat(bench.queries(LAN)).hasSize(1).allMatch(Message.Query::isGeneral);
        assertThat(bench.downstream(LAN).isQuerier()).isTrue();
        bench.forget();
        bench.generalQuery(LAN, higher, bench.newest());
        assertThat(bench.queries(LAN)).as("hosts are answering the last one").isEmpty();
        bench.advance(Duration.ofSeconds(10));
        bench.forget();
        bench.generalQuery(LAN, higher, bench.newest());
        assertThat(bench.queries(LAN)).hasSize(1);
        bench.forget();
        bench.generalQuery(LAN, bench.node(LAN, 1), bench.newest());
        bench.advance(Duration.ofSeconds(10));
        bench.generalQuery(LAN, higher, bench.newest());
        assertThat(bench.queries(LAN)).as("that is for the elected one").isEmpty();
    }

    // RFC 4541 2.1.1: queries from 0.0.0.0 take no part
    @Test
    void theUnspecifiedAddressIsNeverElected() {
        Bench bench = Bench.running(Family.IPV4);
        bench.generalQuery(LAN, Family.IPV4.unspecified(), Protocol.IGMPV3);
        assertThat(bench.downstream(LAN).isQuerier()).isTrue();
        assertThat(bench.events()).isEmpty();
    }

    // RFC 9777 7.6.2: the last 64 bits count
    // shows RFC9777-7.6.2-5
    @Test
    void ipv6ComparesTheLowerHalves() {
        Bench bench = Bench.running(Family.IPV6);
        IpAddress higherAbove = IpAddress.of("fe80:0:0:7::1");
        assertThat(higherAbove).isGreaterThan(bench.self(LAN));
        bench.generalQuery(LAN, higherAbove, Protocol.MLDV2);
        assertThat(bench.downstream(LAN).querier()).isEqualTo(higherAbove);
        IpAddress sameBelow = IpAddress.ipv6(0xfe80_0000_0000_0007L, bench.self(LAN2).low());
        bench.generalQuery(LAN2, sameBelow, Protocol.MLDV2);
        assertThat(bench.downstream(LAN2).isQuerier()).as("a tie changes nothing").isTrue();
    }

    // RFC 9776 6.6.2, 8.5, 4.1.6, 4.1.7: the querier's robustness and interval are adopted
    // shows RFC9776-4.1.6-2, RFC9776-4.1.7-1, RFC9776-8.5-1, RFC9777-5.1.8-1, RFC9777-5.1.9-1,
    // RFC9777-9.5-1, RFC2236-8.5-1, RFC2710-7.5-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void theElectedQueriersValuesHoldUntilItIsGone(Family family) {
        Bench bench = Bench.running(family);
        bench.hear(
                LAN,
                bench.node(LAN, 3),
                bench.allHosts(),
                new Message.Query(
                        bench.newest(), family.unspecified(), 1000, false, 3, 60, List.of()));
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        assertThat(timer(bench)).as("3 x 60 + 2 x 10").isEqualTo(200);
        bench.forget();
        bench.advance(Duration.ofMillis(184_999));
        assertThat(bench.queries(LAN)).isEmpty();
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.queries(LAN)).as("3 x 60 + 10 / 2, then we take over").hasSize(1);
        assertThat(bench.downstream(LAN).isQuerier()).isTrue();
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        assertThat(timer(bench)).as("our own values again").isEqualTo(270);
    }

    // RFC 9776 4.1.6, 4.1.7: zero tells nothing
    // shows RFC9776-4.1.6-2, RFC9776-4.1.7-1, RFC9777-5.1.8-1, RFC9777-5.1.9-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void zerosAreNotAdopted(Family family) {
        Bench bench = Bench.running(family);
        bench.hear(
                LAN,
                bench.node(LAN, 3),
                bench.allHosts(),
                new Message.Query(
                        bench.newest(), family.unspecified(), 1000, false, 0, 0, List.of()));
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        assertThat(timer(bench)).isEqualTo(270);
    }

    // RFC 9776 4.1.7, 4.1.6: then the query interval is the default, but the robustness our own
    // shows RFC9776-4.1.6-2, RFC9776-4.1.7-1, RFC9777-5.1.8-1, RFC9777-5.1.9-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void zeroIntervalMeansTheDefault(Family family) {
        Bench bench = new Bench(family);
        bench.timers =
                Timers.with(
                        3,
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(10),
                        Optional.empty(),
                        OptionalInt.empty(),
                        Duration.ofSeconds(1),
                        OptionalInt.empty());
        bench.up(LAN, Role.DOWNSTREAM);
        hearValues(bench, 0, 0);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        assertThat(timer(bench)).as("3 x 125 + 2 x 10").isEqualTo(395);
    }

    private static void hearValues(Bench bench, int robustness, int interval) {
        bench.hear(
                LAN,
                bench.node(LAN, 3),
                bench.allHosts(),
                new Message.Query(
                        bench.newest(),
                        bench.family.unspecified(),
                        1000,
                        false,
                        robustness,
                        interval,
                        List.of()));
    }

    // RFC 9776 8.9, 8.10: the Last Member Query Count is the robustness, the adopted one, too
    // shows RFC9776-4.1.6-2, RFC9777-5.1.8-1
    @ParameterizedTest
    @CsvSource({"IPV4, 2, 3", "IPV6, 2, 3", "IPV4, 4, 4", "IPV6, 4, 4"})
    void theAdoptedRobustnessIsTheCountOfLastQueriesUnlessThatIsSet(
            Family family, int count, int seconds) {
        Bench bench = new Bench(family);
        bench.timers =
                Bench.lastMember(Timers.DEFAULT_LAST_MEMBER_QUERY_INTERVAL, OptionalInt.of(count));
        bench.up(WAN, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM);
        hearValues(bench, 3, 125);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.hear(
                LAN,
                bench.node(LAN, 3),
                bench.group(1),
                new Message.Query(bench.newest(), bench.group(1), 1000, false, 3, 125, List.of()));
        assertThat(timer(bench)).isEqualTo(seconds);
    }

    // RFC 9776 6.6.2: the lowest of many
    // shows RFC9776-6.6.2-1, RFC9777-7.6.2-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void theLowestOfManyIsQuerier(Family family) {
        Bench bench = Bench.running(family);
        for (int node : List.of(7, 4, 6, 3, 5)) {
            bench.generalQuery(LAN, bench.node(LAN, node), bench.newest());
        }
        assertThat(bench.downstream(LAN).querier()).isEqualTo(bench.node(LAN, 3));
    }

    // RFC 9776 6.6.2, RFC 9777 7.6.2: any query from a lower address sets the timer, so that not we
    // but the next lowest takes over
    // shows RFC9776-6.6.2-1, RFC9777-7.6.2-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void theNextLowestFollowsTheLowestAndWeKeepQuiet(Family family) {
        Bench bench = Bench.running(family);
        IpAddress next = bench.node(LAN, 4);
        bench.generalQuery(LAN, bench.node(LAN, 3), bench.newest());
        bench.advance(Duration.ofSeconds(100));
        bench.generalQuery(LAN, next, bench.newest());
        assertThat(bench.downstream(LAN).querier()).isEqualTo(bench.node(LAN, 3));
        bench.forget();
        bench.advance(Duration.ofSeconds(200));
        assertThat(bench.queries(LAN)).isEmpty();
        bench.generalQuery(LAN, next, bench.newest());
        assertThat(bench.downstream(LAN).querier()).as("the other is silent").isEqualTo(next);
        bench.advance(Duration.ofMillis(254_999));
        assertThat(bench.queries(LAN)).isEmpty();
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.queries(LAN)).hasSize(1);
        assertThat(bench.downstream(LAN).isQuerier()).isTrue();
    }

    // RFC 9776 6.6.2, 8.5: each query of the elected querier is believed in for the whole interval
    // shows RFC9776-6.6.2-1, RFC9776-6.6.2-2, RFC9776-8.5-1, RFC9777-7.6.2-2, RFC9777-7.6.2-3,
    // RFC9777-9.5-1, RFC2236-8.5-1, RFC2710-7.5-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void eachQueryOfTheElectedQuerierKeepsUsSilentAnew(Family family) {
        Bench bench = Bench.running(family);
        bench.generalQuery(LAN, bench.node(LAN, 3), bench.newest());
        for (int i = 0; i < 2; i++) {
            bench.advance(Duration.ofSeconds(125));
            bench.generalQuery(LAN, bench.node(LAN, 3), bench.newest());
        }
        bench.advance(Duration.ofMillis(254_999));
        assertThat(bench.queries(LAN)).isEmpty();
        assertThat(bench.downstream(LAN).isQuerier()).isFalse();
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.queries(LAN)).hasSize(1);
        assertThat(bench.downstream(LAN).isQuerier()).isTrue();
    }

    // RFC 9777 7.6.2: any query elects, and for no longer than a General Query does
    // shows RFC9777-7.6.2-2, RFC9777-7.6.2-3, RFC9777-9.5-1
    @Test
    void whoIsElectedByASpecificQueryIsBelievedInForAsLongAsOthers() {
        Bench bench = Bench.running(Family.IPV6);
        bench.specificQuery(LAN, 3, 1, false, SourceSet.EMPTY);
        bench.advance(Duration.ofMillis(254_999));
        assertThat(bench.queries(LAN)).isEmpty();
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.queries(LAN)).singleElement().matches(Message.Query::isGeneral);
        assertThat(bench.downstream(LAN).isQuerier()).isTrue();
    }

    // RFC 9776 4.1.12, RFC 9777 5.1.15: queries to our own address count
    // shows RFC9776-4.1.12-3, RFC9776-6.6.1-2, RFC9777-5.1.15-3, RFC9777-7.6.1-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void queriesToOurOwnAddressElectAndLowerTimers(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        IpAddress router = bench.node(LAN, 3);
        bench.hear(
                LAN,
                router,
                bench.self(LAN),
                new Message.Query(
                        bench.newest(), family.unspecified(), 10_000, false, 2, 125, List.of()));
        assertThat(bench.downstream(LAN).querier()).isEqualTo(router);
        bench.hear(
                LAN,
                router,
                bench.self(LAN),
                new Message.Query(bench.newest(), bench.group(1), 1000, false, 2, 125, List.of()));
        assertThat(timer(bench)).isEqualTo(2);
    }

    // RFC 9776 4.1.5, RFC 9777 5.1.7: the S flag is about the timers of routers alone
    // shows RFC9776-4.1.5-1, RFC9776-5.2-1, RFC9776-5.2-5, RFC9776-6.6.2-1, RFC9777-5.1.7-1,
    // RFC9777-6.2-2, RFC9777-6.2-5, RFC9777-7.6.2-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void theFlagSuppressesNeitherTheElectionNorOurAnswers(Family family) {
        Bench bench = Bench.running(family);
        Message general =
                new Message.Query(
                        bench.newest(), family.unspecified(), 1000, true, 2, 125, List.of());
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.advance(MINUTE);
        bench.hear(LAN, bench.node(LAN, 3), bench.allHosts(), general);
        assertThat(bench.downstream(LAN).querier()).isEqualTo(bench.node(LAN, 3));
        bench.forget();
        bench.hear(WAN, bench.node(WAN, 3), bench.allHosts(), general);
        bench.advance(Duration.ofSeconds(1));
        bench.specificQuery(WAN, 3, 1, true, SourceSet.EMPTY);
        bench.advance(Duration.ofSeconds(1));
        GroupRecord answer = bench.record(RecordType.IS_EX, 1, SourceSet.EMPTY);
        assertThat(bench.records(WAN)).containsExactly(answer, answer);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void ourAddressOnAnotherNodeIsToldOnceAMinute(Family family) {
        Bench bench = Bench.running(family);
        bench.generalQuery(LAN, bench.self(LAN), bench.newest());
        assertThat(duplicates(bench)).as("an echo of what we have just sent").isEmpty();
        bench.advance(Duration.ofSeconds(10));
        for (int i = 0; i < 50; i++) {
            bench.generalQuery(LAN, bench.self(LAN), bench.newest());
            bench.advance(Duration.ofMillis(10));
        }
        assertThat(duplicates(bench))
                .containsExactly(new Event.DuplicateAddress("if2", bench.self(LAN)));
        assertThat(bench.events())
                .as("each is counted")
                .filteredOn(new Event.Refused("if2", Reason.OWN_MESSAGE, bench.self(LAN))::equals)
                .hasSize(50);
        assertThat(bench.downstream(LAN).isQuerier()).isTrue();
        bench.advance(MINUTE);
        bench.generalQuery(LAN, bench.self(LAN), bench.newest());
        assertThat(duplicates(bench)).hasSize(2);
    }

    private static List<Event> duplicates(Bench bench) {
        return bench.events().stream().filter(Event.DuplicateAddress.class::isInstance).toList();
    }

    // ---- versions ----

    // RFC 9776 6.6.2, RFC 9777 8.3.1: the oldest version on the link, whoever is querier
    // shows RFC9776-6.6.2-4, RFC9776-7.3.1-1, RFC9776-7.3.1-11, RFC9776-7.3.1-14, RFC9777-8.3.1-1,
    // RFC9777-8.3.1-7, RFC9777-8.3.1-10
    @ParameterizedTest
    @EnumSource(Family.class)
    void anOlderQuerierIsFollowedUntilItIsSilent(Family family) {
        Bench bench = Bench.running(family);
        bench.generalQuery(LAN, bench.node(LAN, 200), bench.older());
        assertThat(bench.events())
                .containsExactly(
                        new Event.OtherVersionQuerier(
                                "if2", bench.node(LAN, 200), bench.older(), bench.newest()),
                        new Event.DownstreamVersion("if2", family, bench.older()));
        assertThat(bench.downstream(LAN).isQuerier()).isTrue();
        bench.forget();
        bench.advance(Duration.ofMillis(31_250));
        assertThat(bench.queries(LAN))
                .containsExactly(
                        new Message.Query(
                                bench.older(),
                                family.unspecified(),
                                10_000,
                                false,
                                0,
                                0,
                                List.of()));
        bench.advance(Duration.ofMillis(350_000 - 31_250 - 1));
        assertThat(bench.downstream(LAN).protocol()).isEqualTo(bench.older());
        bench.advance(Duration.ofMillis(1)); // RFC 9776 8.12: 2 x 125 + 10 x 10
        assertThat(bench.downstream(LAN).protocol()).isEqualTo(bench.newest());
        assertThat(bench.queries(LAN)).allMatch(query -> query.protocol() == bench.older());
    }

    // shows RFC9776-6.6.2-4, RFC9776-7.3.1-1, RFC2236-4-6, RFC2236-4-12
    @Test
    void anIgmpV1QuerierIsFollowedToo() {
        Bench bench = Bench.running(Family.IPV4);
        bench.generalQuery(LAN, bench.node(LAN, 200), Protocol.IGMPV2);
        bench.generalQuery(LAN, bench.node(LAN, 201), Protocol.IGMPV1);
        assertThat(bench.downstream(LAN).protocol()).isEqualTo(Protocol.IGMPV1);
        bench.advance(Duration.ofSeconds(100));
        bench.generalQuery(LAN, bench.node(LAN, 200), Protocol.IGMPV2);
        bench.advance(Duration.ofSeconds(250));
        assertThat(bench.downstream(LAN).protocol()).isEqualTo(Protocol.IGMPV2);
    }

    // RFC 2236 4: who is not configured to version 1 warns of it
    // shows RFC2236-4-12, RFC2236-4-13
    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"IGMPV2", "IGMPV3"})
    void anIgmpV1QueryAloneIsWarnedOf(Protocol ours) {
        Bench bench = new Bench(Family.IPV4);
        bench.up(LAN, Role.DOWNSTREAM, bench.self(LAN), ours);
        bench.forget();
        IpAddress router = bench.node(LAN, 200);
        for (int i = 0; i < 100; i++) {
            bench.generalQuery(LAN, router, Protocol.IGMPV1);
        }
        assertThat(bench.events())
                .filteredOn(Event.OtherVersionQuerier.class::isInstance)
                .containsExactly(
                        new Event.OtherVersionQuerier("if2", router, Protocol.IGMPV1, ours));
    }

    // RFC 9776 7.3.1: a fixed version stays, and warnings are rate-limited
    // shows RFC9776-7.3.1-11, RFC9776-7.3.1-12, RFC9776-7.3.1-13, RFC9777-8.3.1-7, RFC9777-8.3.1-8,
    // RFC9777-8.3.1-9, RFC2236-4-13
    @ParameterizedTest
    @EnumSource(Family.class)
    void aFixedVersionStaysAndWarns(Family family) {
        Bench bench = new Bench(family);
        bench.router = bench.router.with(new Querying(true, false, false));
        bench.up(LAN, Role.DOWNSTREAM);
        bench.forget();
        for (int i = 0; i < 100; i++) {
            bench.generalQuery(LAN, bench.node(LAN, 200), bench.older());
        }
        assertThat(bench.events())
                .containsExactly(
                        new Event.OtherVersionQuerier(
                                "if2", bench.node(LAN, 200), bench.older(), bench.newest()));
        bench.advance(MINUTE);
        bench.generalQuery(LAN, bench.node(LAN, 200), bench.older());
        assertThat(bench.events())
                .filteredOn(Event.OtherVersionQuerier.class::isInstance)
                .hasSize(2);
        assertThat(bench.queries(LAN)).allMatch(query -> query.protocol() == bench.newest());
    }

    // RFC 9776 7.3.1, RFC 9777 8.3.1: in an older mode a newer query is warned of
    // shows RFC9776-7.3.1-8, RFC9777-8.3.1-4
    @ParameterizedTest
    @EnumSource(Family.class)
    void anOlderModeWarnsOfNewerQueriers(Family family) {
        Bench bench = new Bench(family);
        bench.up(LAN, Role.DOWNSTREAM, bench.self(LAN), bench.older());
        bench.forget();
        bench.generalQuery(LAN, bench.node(LAN, 200), bench.newest());
        assertThat(bench.events())
                .containsExactly(
                        new Event.OtherVersionQuerier(
                                "if2", bench.node(LAN, 200), bench.newest(), bench.older()));
        assertThat(bench.downstream(LAN).protocol()).isEqualTo(bench.older());
    }

    // RFC 9776 7.3.1, RFC 9777 8.3.1, RFC 2236 4
    // shows RFC9776-7.3.1-5, RFC9776-7.3.1-6, RFC9776-7.3.1-9, RFC9777-8.3.1-5, RFC2236-4-10,
    // RFC2236-4-11
    @ParameterizedTest
    @CsvSource({"IGMPV1, IGMPV2", "IGMPV1, IGMPV3", "IGMPV2, IGMPV3", "MLDV1, MLDV2"})
    void warningsOfNewerQueriersAreLimitedInRate(Protocol ours, Protocol newer) {
        Bench bench = new Bench(ours.family());
        bench.up(LAN, Role.DOWNSTREAM, bench.self(LAN), ours);
        bench.forget();
        IpAddress router = bench.node(LAN, 200);
        Event warning = new Event.OtherVersionQuerier("if2", router, newer, ours);
        for (int i = 0; i < 100; i++) {
            bench.generalQuery(LAN, router, newer);
        }
        assertThat(bench.events()).containsExactly(warning);
        bench.advance(MINUTE);
        bench.generalQuery(LAN, router, newer);
        assertThat(bench.events()).containsExactly(warning, warning);
    }

    // RFC 4604 3.6
    // shows RFC4604-3.6-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void losingToAnOlderVersionIsTold(Family family) {
        Bench bench = Bench.running(family);
        bench.generalQuery(LAN, bench.node(LAN, 3), bench.newest());
        assertThat(bench.events()).noneMatch(Event.ElectionLostToOlderVersion.class::isInstance);
        bench.generalQuery(LAN, bench.node(LAN, 3), bench.older());
        bench.generalQuery(LAN, bench.node(LAN, 2), bench.older());
        assertThat(bench.events())
                .filteredOn(Event.ElectionLostToOlderVersion.class::isInstance)
                .containsExactly(
                        new Event.ElectionLostToOlderVersion(
                                "if2", bench.node(LAN, 3), bench.older()));
    }

    // RFC 9776 7.3.1, RFC 2236 4, RFC 9777 8.3.1: short queries, and none for sources
    // shows RFC9776-6-3, RFC9776-7.3.1-7, RFC9777-8.3.1-3, RFC2236-3-8, RFC2710-4-12
    @ParameterizedTest
    @EnumSource(Family.class)
    void theSecondGenerationAsksForGroupsOnly(Family family) {
        Bench bench = new Bench(family);
        bench.up(WAN, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM, bench.self(LAN), bench.older());
        bench.report(LAN, RecordType.IS_IN, 1, bench.sources(1));
        bench.oldReportFrom(51, LAN, bench.older(), 2);
        bench.forget();
        bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        assertThat(bench.sent(LAN)).as("nobody could answer for the source alone").isEmpty();
        bench.advance(Duration.ofSeconds(3));
        assertThat(bench.groupOn(LAN, 1)).as("so its timer goes on").isPresent();
        bench.leaveFrom(51, LAN, 2);
        bench.advance(Duration.ofSeconds(1));
        Message.Query query =
                new Message.Query(bench.older(), bench.group(2), 1000, false, 0, 0, List.of());
        assertThat(bench.queries(LAN)).containsExactly(query, query);
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.groupOn(LAN, 2)).isEmpty();
    }

    // RFC 9776 7.3.1, RFC 2236 4: in IGMPv1 mode leaves MUST be ignored
    // shows RFC9776-6-3, RFC9776-7.3.1-3, RFC9776-7.3.1-4, RFC2236-4-8, RFC2236-4-9, RFC1112-I-3
    @Test
    void theFirstGenerationKnowsNoLeaves() {
        Bench bench = new Bench(Family.IPV4);
        bench.up(LAN, Role.DOWNSTREAM, bench.self(LAN), Protocol.IGMPV1);
        assertThat(bench.queries(LAN))
                .containsExactly(
                        new Message.Query(
                                Protocol.IGMPV1,
                                Family.IPV4.unspecified(),
                                10_000,
                                false,
                                0,
                                0,
                                List.of()));
        bench.oldReportFrom(51, LAN, Protocol.IGMPV2, 1);
        bench.report(LAN, RecordType.IS_EX, 2, SourceSet.EMPTY);
        bench.forget();
        bench.leaveFrom(51, LAN, 1);
        bench.report(LAN, RecordType.TO_IN, 2, SourceSet.EMPTY);
        bench.advance(Duration.ofSeconds(30));
        assertThat(bench.sent(LAN)).isEmpty();
        assertThat(bench.groupOn(LAN, 1)).isPresent();
        assertThat(bench.groupOn(LAN, 2)).isPresent();
        bench.advance(Duration.ofMinutes(4));
        assertThat(bench.downstream(LAN).groups()).as("8.4: they end by time").isEmpty();
    }

    // ---- settings ----

    @ParameterizedTest
    @EnumSource(Family.class)
    void aPassiveDownstreamLearnsAndNeverAsks(Family family) {
        Bench bench = new Bench(family);
        bench.router = bench.router.with(new Querying(false, true, false));
        bench.up(WAN, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM);
        bench.advance(Duration.ofHours(1));
        assertThat(bench.sent(LAN)).isEmpty();
        assertThat(bench.downstream(LAN).querier().isUnspecified()).isTrue();
        bench.generalQuery(LAN, bench.node(LAN, 200), bench.newest());
        assertThat(bench.downstream(LAN).querier()).isEqualTo(bench.node(LAN, 200));
        bench.generalQuery(LAN, bench.node(LAN, 100), bench.newest());
        assertThat(bench.downstream(LAN).querier()).isEqualTo(bench.node(LAN, 100));
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        assertThat(bench.reported(WAN, 1)).contains(Membership.ANY_SOURCE);
        bench.accept(new Input.CacheMiss(WAN, bench.source(1), bench.group(1)));
        assertThat(bench.routes())
                .as("RFC 4605 3: not the querier, so not the forwarder")
                .containsExactly(
                        new Effect.SetRoute(bench.source(1), bench.group(1), WAN, List.of()));
        bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        bench.advance(Duration.ofSeconds(255));
        assertThat(bench.downstream(LAN).querier().isUnspecified()).isTrue();
        assertThat(bench.sent(LAN)).isEmpty();
    }

    // RFC 4605 3: the rule MAY be disabled
    // shows RFC4605-3-6, RFC4605-4.2-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void forwardingWithoutBeingQuerierIsASetting(Family family) {
        Bench bench = new Bench(family);
        bench.router = bench.router.with(new Querying(true, true, true));
        bench.up(WAN, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM);
        bench.generalQuery(LAN, bench.node(LAN, 3), bench.newest());
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.accept(new Input.CacheMiss(WAN, bench.source(1), bench.group(1)));
        Effect.SetRoute route =
                new Effect.SetRoute(bench.source(1), bench.group(1), WAN, List.of(LAN));
        assertThat(bench.routes()).containsExactly(route);
        assertThat(bench.downstream(LAN).forwards()).isTrue();
        bench.router = bench.router.with(Querying.DEFAULT);
        bench.forget();
        bench.up(LAN, Role.DOWNSTREAM);
        assertThat(bench.routes())
                .as("a changed setting holds at once")
                .containsExactly(
                        new Effect.SetRoute(bench.source(1), bench.group(1), WAN, List.of()));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void changedTimersAndVersionsAreAskedInAtOnce(Family family) {
        Bench bench = Bench.running(family);
        bench.advance(Duration.ofMinutes(10));
        bench.forget();
        bench.up(LAN, Role.DOWNSTREAM, bench.self(LAN), bench.older());
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.queries(LAN))
                .singleElement()
                .satisfies(query -> assertThat(query.protocol()).isEqualTo(bench.older()));
    }

    private static long timer(Bench bench) {
        return Duration.ofNanos(bench.groupOn(LAN, 1).orElseThrow().timerNanos()).toSeconds();
    }
}
