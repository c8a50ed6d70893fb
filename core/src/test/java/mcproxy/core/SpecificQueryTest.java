package mcproxy.core;

import static mcproxy.core.Bench.LAN;
import static mcproxy.core.Bench.WAN;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.LinkSettings.Role;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.MessageSize;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** What is asked after leaves, and what other routers' questions do: RFC 9776 6.6.1, 6.6.3. */
class SpecificQueryTest {
    private static Message.Query query(Bench bench, boolean suppress, SourceSet sources) {
        return new Message.Query(
                bench.newest(), bench.group(1), 1000, suppress, 2, 125, sources.toList());
    }

    // RFC 9776 6.6.3.2, RFC 9777 7.6.3.2: two messages, with S and without
    // shows RFC9776-6.6.3.2-3, RFC9777-7.6.3.2-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void sourcesAreAskedForInTwoMessages(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_IN, 1, bench.sources(1, 2, 3));
        bench.forget();
        bench.report(LAN, RecordType.BLOCK, 1, bench.sources(1, 2));
        assertThat(bench.queries(LAN)).containsExactly(query(bench, false, bench.sources(1, 2)));
        bench.advance(Duration.ofMillis(500));
        bench.reportFrom(51, LAN, RecordType.IS_IN, 1, bench.sources(1));
        bench.forget();
        bench.advance(Duration.ofMillis(500));
        assertThat(bench.queries(LAN))
                .containsExactly(
                        query(bench, true, bench.sources(1)),
                        query(bench, false, bench.sources(2)));
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.reported(WAN, 1)).contains(Membership.include(bench.sources(1, 3)));
        assertThat(bench.queries(LAN)).hasSize(2);
    }

    // RFC 9776 6.6.3.2, the note: Q(G,X) with S may be left out beside Q(G)
    @ParameterizedTest
    @EnumSource(Family.class)
    void theSuppressedMessageIsLeftOutBesideAGroupQuery(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1));
        bench.forget();
        bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        assertThat(bench.queries(LAN))
                .containsExactly(
                        query(bench, false, SourceSet.EMPTY),
                        query(bench, false, bench.sources(1)));
        bench.reportFrom(51, LAN, RecordType.IS_IN, 1, bench.sources(1));
        bench.forget();
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.queries(LAN)).containsExactly(query(bench, false, SourceSet.EMPTY));
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.reported(WAN, 1)).contains(Membership.include(bench.sources(1)));
    }

    // RFC 9776 6.6.3.1: the query for the group is repeated after its interval, and no sooner
    // shows RFC9776-6.6.3.1-1, RFC9776-6.4.2-11, RFC9777-7.6.3.1-1, RFC9777-7.4.2-10
    @ParameterizedTest
    @EnumSource(Family.class)
    void questionsForSourcesDoNotHastenTheOneForTheGroup(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1));
        bench.forget();
        bench.report(LAN, RecordType.TO_IN, 1, bench.sources(1));
        Message.Query group = query(bench, false, SourceSet.EMPTY);
        Message.Query source = query(bench, false, bench.sources(1));
        assertThat(bench.queries(LAN)).containsExactly(group);
        bench.advance(Duration.ofMillis(50));
        bench.report(LAN, RecordType.BLOCK, 1, bench.sources(1));
        assertThat(bench.queries(LAN)).containsExactly(group, source);
        bench.advance(Duration.ofMillis(949));
        assertThat(bench.queries(LAN)).hasSize(2);
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.queries(LAN)).containsExactly(group, source, group);
        bench.advance(Duration.ofMillis(50));
        assertThat(bench.queries(LAN)).containsExactly(group, source, group, source);
        bench.advance(Duration.ofSeconds(30));
        assertThat(bench.queries(LAN)).hasSize(4);
    }

    // RFC 9776 6.6.3.2: LMQC times, LMQI apart, whatever else is asked for meanwhile
    // shows RFC9776-6.6.3.2-2, RFC9776-6.4.2-11, RFC9777-7.6.3.2-2, RFC9777-7.4.2-10
    @ParameterizedTest
    @EnumSource(Family.class)
    void eachSourceIsAskedForAtItsOwnTimes(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1, 2));
        bench.forget();
        Message.Query first = query(bench, false, bench.sources(1));
        Message.Query second = query(bench, false, bench.sources(2));
        bench.report(LAN, RecordType.BLOCK, 1, bench.sources(1));
        bench.advance(Duration.ofMillis(30));
        bench.report(LAN, RecordType.BLOCK, 1, bench.sources(2));
        assertThat(bench.queries(LAN)).containsExactly(first, second);
        bench.advance(Duration.ofMillis(969));
        assertThat(bench.queries(LAN)).hasSize(2);
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.queries(LAN)).containsExactly(first, second, first);
        bench.advance(Duration.ofMillis(30));
        assertThat(bench.queries(LAN)).containsExactly(first, second, first, second);
        bench.advance(Duration.ofMillis(970));
        assertThat(bench.reported(WAN, 1)).contains(Membership.include(bench.sources(2)));
        bench.advance(Duration.ofSeconds(5));
        assertThat(bench.queries(LAN)).hasSize(4);
    }

    // RFC 2236 7, RFC 2710 6: "report received" clears the retransmission timer; there is no S flag
    // shows RFC2236-3-8, RFC2710-4-12
    @ParameterizedTest
    @EnumSource(Family.class)
    void anOlderQuestionThatIsAnsweredIsNotRepeated(Family family) {
        Bench bench = new Bench(family);
        bench.up(WAN, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM, bench.self(LAN), bench.older());
        bench.oldReportFrom(51, LAN, bench.older(), 1);
        bench.advance(Duration.ofSeconds(40));
        bench.forget();
        bench.leaveFrom(51, LAN, 1);
        assertThat(bench.queries(LAN)).hasSize(1);
        bench.advance(Duration.ofMillis(300));
        bench.oldReportFrom(52, LAN, bench.older(), 1);
        bench.advance(Duration.ofSeconds(30));
        assertThat(bench.queries(LAN)).hasSize(1);
        bench.forget();
        bench.leaveFrom(52, LAN, 1);
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.queries(LAN)).as("nobody answers").hasSize(2);
    }

    // RFC 9776 4.1.8: no query is larger than the MTU; 6.6.3.2 with thousands of sources
    // shows RFC9776-4.1.8-1, RFC9776-6.6.3.2-2, RFC9777-5.1.10-1, RFC9777-7.6.3.2-2
    @Timeout(10)
    @ParameterizedTest
    @EnumSource(Family.class)
    void thousandsOfSourcesAreAskedForInParts(Family family) {
        Bench bench = Bench.running(family);
        SourceSet many =
                SourceSet.of(IntStream.rangeClosed(1, 5000).mapToObj(bench::source).toList());
        bench.report(LAN, RecordType.ALLOW, 1, many);
        bench.forget();
        bench.report(LAN, RecordType.BLOCK, 1, many);
        checkParts(bench, many);
        bench.forget();
        bench.advance(Duration.ofSeconds(1));
        checkParts(bench, many);
        bench.forget();
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.groupOn(LAN, 1)).isEmpty();
        assertThat(bench.queries(LAN)).isEmpty();
    }

    private static void checkParts(Bench bench, SourceSet expected) {
        TreeSet<IpAddress> asked = new TreeSet<>();
        List<Message.Query> queries = bench.specificQueries(LAN);
        for (Message.Query query : queries) {
            assertThat(MessageSize.of(query))
                    .isLessThanOrEqualTo(MessageSize.budget(bench.family, 1500));
            assertThat(query.suppressRouterSide()).isFalse();
            asked.addAll(query.sources());
        }
        assertThat(asked).containsExactlyElementsOf(expected);
        assertThat(queries).hasSize(bench.family == Family.IPV4 ? 14 : 57);
    }

    // RFC 9776 6.4.2: new and pending queries are merged (hosts repeat their leaves)
    // shows RFC9776-6.4.2-11, RFC9776-6.6.3.1-1, RFC9777-7.4.2-10, RFC9777-7.6.3.1-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void aRepeatedLeaveAsksNothingNew(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.forget();
        for (int i = 0; i < 9; i++) {
            bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
            bench.advance(Duration.ofMillis(100));
        }
        assertThat(bench.queries(LAN)).hasSize(1);
        bench.advance(Duration.ofMillis(1100));
        assertThat(bench.groupOn(LAN, 1)).as("2 s after the first leave").isEmpty();
        assertThat(bench.queries(LAN)).hasSize(2);
        bench.advance(Duration.ofSeconds(30));
        assertThat(bench.inTheNextHour()).isEmpty();
    }

    // RFC 9776 6.6.3.2: only sources whose timers exceed LMQT are asked for anew
    // shows RFC9776-6.4.2-9, RFC9776-6.6.3.2-1, RFC9777-7.4.2-9, RFC9777-7.6.3.2-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void aRepeatedBlockAsksNothingNew(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_IN, 1, bench.sources(1));
        bench.forget();
        bench.report(LAN, RecordType.BLOCK, 1, bench.sources(1));
        bench.report(LAN, RecordType.BLOCK, 1, bench.sources(1));
        bench.advance(Duration.ofMillis(500));
        bench.report(LAN, RecordType.BLOCK, 1, bench.sources(1));
        bench.advance(Duration.ofMillis(499));
        assertThat(bench.queries(LAN)).containsExactly(query(bench, false, bench.sources(1)));
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.queries(LAN)).as("LMQI after the first").hasSize(2);
        bench.advance(Duration.ofMillis(999));
        assertThat(bench.groupOn(LAN, 1)).isPresent();
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.groupOn(LAN, 1)).as("2 s after the first").isEmpty();
        assertThat(bench.queries(LAN)).hasSize(2);
    }

    // RFC 9776 6.4.2: sources that are being asked for stay so when others join them
    // shows RFC9776-6.4.2-11, RFC9776-6.6.3.2-2, RFC9777-7.4.2-10, RFC9777-7.6.3.2-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void aNewQuestionDoesNotDropTheOneBefore(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_IN, 1, bench.sources(1, 2, 3));
        bench.forget();
        bench.report(LAN, RecordType.BLOCK, 1, bench.sources(1));
        bench.advance(Duration.ofMillis(500));
        bench.report(LAN, RecordType.BLOCK, 1, bench.sources(2));
        bench.advance(Duration.ofMillis(1500));
        assertThat(bench.reported(WAN, 1)).contains(Membership.include(bench.sources(2, 3)));
        bench.advance(Duration.ofMillis(500));
        assertThat(bench.reported(WAN, 1)).contains(Membership.include(bench.sources(3)));
        bench.advance(Duration.ofSeconds(10));
        assertThat(bench.specificQueries(LAN))
                .flatExtracting(Message.Query::sources)
                .as("LMQC times each")
                .containsExactlyInAnyOrder(
                        bench.source(1), bench.source(1), bench.source(2), bench.source(2));
    }

    // RFC 9776 6.6.3.1: LMQC queries, whether an answer comes or not
    // shows RFC9776-6.4.2-9, RFC9776-6.6.3.1-1, RFC9776-6.6.3.1-2, RFC9777-7.4.2-9,
    // RFC9777-7.6.3.1-1, RFC9777-7.6.3.1-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void anAnsweredGroupIsAskedForNoMoreOftenThanAnyOther(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.forget();
        bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        bench.advance(Duration.ofMillis(500));
        bench.reportFrom(51, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.advance(Duration.ofMillis(499));
        assertThat(bench.specificQueries(LAN))
                .containsExactly(query(bench, false, SourceSet.EMPTY));
        bench.advance(Duration.ofMillis(1));
        List<Message.Query> both =
                List.of(query(bench, false, SourceSet.EMPTY), query(bench, true, SourceSet.EMPTY));
        assertThat(bench.specificQueries(LAN)).isEqualTo(both);
        bench.advance(Duration.ofSeconds(200));
        assertThat(bench.specificQueries(LAN)).isEqualTo(both);
        assertThat(bench.groupOn(LAN, 1)).isPresent();
    }

    // RFC 9776 8.8, RFC 9777 9.8: the interval between the queries is also their Max Resp Time
    // shows RFC9776-8.8-3, RFC9777-9.8-3, RFC2236-3-8, RFC2710-4-12
    @ParameterizedTest
    @EnumSource(Family.class)
    void specificQueriesAllowTheLastMemberQueryInterval(Family family) {
        Bench bench = new Bench(family);
        bench.timers = Bench.lastMember(Duration.ofMillis(700), OptionalInt.empty());
        for (Protocol protocol : List.of(bench.newest(), bench.older())) {
            bench.up(LAN, Role.DOWNSTREAM, bench.self(LAN), protocol);
            bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
            bench.report(LAN, RecordType.IS_IN, 2, bench.sources(1));
            bench.forget();
            bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
            bench.report(LAN, RecordType.BLOCK, 2, bench.sources(1));
            bench.advance(Duration.ofMillis(700));
            assertThat(bench.specificQueries(LAN))
                    .hasSize(protocol == bench.newest() ? 4 : 2)
                    .allMatch(query -> query.protocol() == protocol)
                    .allMatch(query -> query.maxResponseMillis() == 700);
            bench.advance(Duration.ofMillis(699));
            assertThat(bench.groupOn(LAN, 1)).isPresent();
            bench.advance(Duration.ofMillis(1));
            assertThat(bench.groupOn(LAN, 1)).isEmpty();
        }
    }

    // RFC 9776 6.6.3.1: a leave after an answer is a new question
    // shows RFC9776-6.4.2-11, RFC9777-7.4.2-10
    @ParameterizedTest
    @EnumSource(Family.class)
    void aLeaveAfterAnAnswerAsksAgain(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        bench.advance(Duration.ofMillis(200));
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.forget();
        bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        assertThat(bench.queries(LAN)).containsExactly(query(bench, false, SourceSet.EMPTY));
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.queries(LAN)).hasSize(2);
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.groupOn(LAN, 1)).isEmpty();
    }

    // RFC 9776 6.4.2: only the querier asks
    // shows RFC9776-6.1-3, RFC9777-7.1-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void aNonQuerierKeepsItsTimersAndItsPeace(Family family) {
        Bench bench = Bench.running(family);
        bench.generalQuery(LAN, bench.node(LAN, 3), bench.newest());
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.report(LAN, RecordType.IS_IN, 2, bench.sources(1));
        bench.forget();
        bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        bench.report(LAN, RecordType.BLOCK, 2, bench.sources(1));
        bench.advance(Duration.ofSeconds(200));
        assertThat(bench.sent(LAN)).isEmpty();
        assertThat(bench.groupOn(LAN, 1)).isPresent();
        assertThat(bench.groupOn(LAN, 2)).isPresent();
    }

    // RFC 9776 6.6.1, RFC 9777 7.6.1: a query without S lowers our timers, one with S does not
    // shows RFC9776-6.6.1-1, RFC9776-6.6.1-2, RFC9776-6.6.1-3, RFC9777-7.6.1-1, RFC9777-7.6.1-2,
    // RFC9777-7.6.1-3, RFC2236-3-10
    @ParameterizedTest
    @EnumSource(Family.class)
    void anothersQueryWithoutTheFlagLowersTimers(Family family) {
        Bench bench = Bench.running(family);
        bench.generalQuery(LAN, bench.node(LAN, 3), bench.newest());
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.report(LAN, RecordType.IS_IN, 2, bench.sources(1, 2));
        bench.specificQuery(LAN, 3, 1, true, SourceSet.EMPTY);
        bench.specificQuery(LAN, 3, 2, true, bench.sources(1));
        bench.advance(Duration.ofSeconds(3));
        assertThat(bench.reported(WAN, 1)).isPresent();
        assertThat(bench.reported(WAN, 2)).contains(Membership.include(bench.sources(1, 2)));
        bench.specificQuery(LAN, 3, 1, false, SourceSet.EMPTY);
        bench.specificQuery(LAN, 3, 2, false, bench.sources(1, 9));
        bench.advance(Duration.ofMillis(1999));
        assertThat(bench.reported(WAN, 1)).isPresent();
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.reported(WAN, 1)).isEmpty();
        assertThat(bench.reported(WAN, 2)).contains(Membership.include(bench.sources(2)));
    }

    // RFC 9776 6.6.1, RFC 9777 7.6.1: in EXCLUDE (X,Y), too, the timers of X are lowered
    // shows RFC9776-6.6.1-1, RFC9777-7.6.1-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void anothersQueryLowersTimersOfSourcesInExcludeMode(Family family) {
        Bench bench = Bench.running(family);
        bench.generalQuery(LAN, bench.node(LAN, 3), bench.newest());
        bench.report(LAN, RecordType.IS_EX, 1, bench.sources(2));
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1, 3));
        bench.specificQuery(LAN, 3, 1, false, bench.sources(1, 2));
        bench.advance(Duration.ofMillis(1999));
        assertThat(bench.reported(WAN, 1)).contains(Membership.exclude(bench.sources(2)));
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.reported(WAN, 1)).contains(Membership.exclude(bench.sources(1, 2)));
        bench.advance(Duration.ofSeconds(200));
        assertThat(bench.reported(WAN, 1)).contains(Membership.exclude(bench.sources(1, 2)));
    }

    // RFC 2236 3, RFC 2710 4: LMQC times what the query allows, whatever we would allow ourselves
    // shows RFC2236-3-10, RFC2710-4-15
    @ParameterizedTest
    @EnumSource(Family.class)
    void anOlderQueriersSpecificQueryLowersTheTimerByItsOwnTime(Family family) {
        Bench bench = Bench.running(family);
        bench.generalQuery(LAN, bench.node(LAN, 3), bench.older());
        bench.oldReportFrom(50, LAN, bench.older(), 1);
        bench.oldReportFrom(50, LAN, bench.older(), 2);
        bench.hear(
                LAN,
                bench.node(LAN, 3),
                bench.group(1),
                new Message.Query(bench.older(), bench.group(1), 500, false, 0, 0, List.of()));
        bench.advance(Duration.ofMillis(999));
        assertThat(bench.groupOn(LAN, 1)).isPresent();
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.groupOn(LAN, 1)).isEmpty();
        assertThat(bench.groupOn(LAN, 2)).isPresent();
        assertThat(bench.sent(LAN)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aQueryThatGivesNoTimeToAnswerDoesNotEndAGroupAtOnce(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.query(LAN, 200, bench.group(1), 0, SourceSet.EMPTY);
        bench.advance(Duration.ofMillis(1999));
        assertThat(bench.groupOn(LAN, 1)).isPresent();
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.groupOn(LAN, 1)).isEmpty();
    }

    // RFC 2236 3, RFC 2710 4: the router that began to ask goes on, whoever is querier meanwhile
    // shows RFC2236-3-9, RFC2710-4-13
    @ParameterizedTest
    @EnumSource(Family.class)
    void questionsUnderWayGoOnWhenAnotherBecomesQuerier(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        bench.generalQuery(LAN, bench.node(LAN, 3), bench.newest());
        bench.forget();
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.queries(LAN)).containsExactly(query(bench, false, SourceSet.EMPTY));
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.groupOn(LAN, 1)).isEmpty();
    }

    // RFC 9776 6.5: what is asked for in EXCLUDE mode stays when the group timer ends
    // shows RFC9776-6.5-1, RFC9777-7.5-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void whenTheGroupTimerEndsSourcesWithTimersStay(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, bench.sources(1, 2));
        bench.advance(Duration.ofSeconds(100));
        bench.reportFrom(51, LAN, RecordType.ALLOW, 1, bench.sources(1));
        bench.advance(Duration.ofSeconds(170));
        assertThat(bench.reported(WAN, 1)).contains(Membership.include(bench.sources(1)));
        bench.advance(Duration.ofSeconds(100));
        assertThat(bench.reported(WAN, 1)).isEmpty();
        bench.advance(Duration.ofSeconds(30));
        assertThat(bench.inTheNextHour()).isEmpty();
    }

    // RFC 9776 4.1.12, RFC 9777 5.1.15
    // shows RFC9776-4.1.12-2, RFC9777-5.1.15-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void specificQueriesGoToTheGroupTheyAskFor(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.report(LAN, RecordType.IS_IN, 2, bench.sources(1));
        bench.forget();
        bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        bench.report(LAN, RecordType.BLOCK, 2, bench.sources(1));
        assertThat(bench.sent(LAN))
                .extracting(Packet::destination)
                .containsExactly(bench.group(1), bench.group(2));
        assertThat(bench.queries(LAN))
                .extracting(Message.Query::group)
                .containsExactly(bench.group(1), bench.group(2));
    }
}
