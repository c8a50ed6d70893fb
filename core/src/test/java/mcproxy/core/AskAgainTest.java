package mcproxy.core;

import static mcproxy.core.Bench.LAN;
import static mcproxy.core.Bench.LAN2;
import static mcproxy.core.Bench.WAN;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import mcproxy.wire.Family;
import mcproxy.wire.Message;
import mcproxy.wire.RecordType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Members are forgotten and asked again, on virtual time; who answers loses nothing. */
class AskAgainTest {
    private static final Input ALL = new Input.AskAgain(Optional.empty(), Optional.empty());

    private static List<Event> told(Bench bench) {
        return bench.events().stream()
                .filter(event -> event instanceof Event.MembersAskedAgain)
                .toList();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void whoAnswersLosesNothingAndWhoDoesNotIsGoneInTwoSeconds(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.report(LAN, RecordType.IS_IN, 2, bench.sources(1, 2));
        bench.report(LAN2, RecordType.IS_EX, 3, SourceSet.EMPTY);
        bench.forget();
        bench.accept(ALL);
        assertThat(told(bench))
                .containsExactly(
                        new Event.MembersAskedAgain("if" + LAN, family, 2),
                        new Event.MembersAskedAgain("if" + LAN2, family, 1));
        assertThat(bench.hosts(LAN, 1)).isEmpty();
        assertThat(bench.specificQueries(LAN))
                .extracting(Message.Query::group, Message.Query::suppressRouterSide)
                .containsExactly(tuple(bench.group(1), false), tuple(bench.group(2), false));
        bench.forget();
        bench.advance(Duration.ofMillis(1900));
        bench.report(LAN, RecordType.IS_IN, 2, bench.sources(1));
        bench.report(LAN2, RecordType.IS_EX, 3, SourceSet.EMPTY);
        assertThat(bench.reported(WAN, 1)).contains(Membership.ANY_SOURCE);
        assertThat(bench.reported(WAN, 2)).contains(Membership.include(bench.sources(1, 2)));
        bench.advance(Duration.ofMillis(200));
        assertThat(bench.reported(WAN, 1)).isEmpty();
        assertThat(bench.reported(WAN, 2)).contains(Membership.include(bench.sources(1)));
        bench.advance(Duration.ofSeconds(200));
        assertThat(bench.reported(WAN, 2)).contains(Membership.include(bench.sources(1)));
        assertThat(bench.reported(WAN, 3)).contains(Membership.ANY_SOURCE);
        assertThat(bench.events())
                .doesNotContain(new Event.RouteDeleted(bench.source(1), bench.group(2)));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void oneGroupOfOneLink(Family family) {
        Bench bench = Bench.running(family);
        for (int link : List.of(LAN, LAN2)) {
            bench.report(link, RecordType.IS_EX, 1, SourceSet.EMPTY);
            bench.report(link, RecordType.IS_EX, 2, SourceSet.EMPTY);
        }
        bench.forget();
        bench.accept(new Input.AskAgain(Optional.of(LAN), Optional.of(bench.group(2))));
        assertThat(bench.specificQueries(LAN))
                .extracting(Message.Query::group)
                .containsExactly(bench.group(2));
        assertThat(bench.queries(LAN2)).isEmpty();
        bench.advance(Duration.ofSeconds(3));
        assertThat(bench.groupOn(LAN, 2)).isEmpty();
        assertThat(bench.groupOn(LAN, 1)).isPresent();
        assertThat(bench.groupOn(LAN2, 2)).isPresent();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void nothingToForgetAsksNothing(Family family) {
        Bench bench = Bench.running(family);
        bench.accept(ALL);
        assertThat(bench.done()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void ofManyGroupsTwoGeneralQueriesAsk(Family family) {
        Bench bench = Bench.running(family);
        int many = RouterSide.MAX_ASKED_SINGLY + 1;
        IntStream.range(0, many)
                .forEach(n -> bench.report(LAN, RecordType.IS_EX, n, SourceSet.EMPTY));
        bench.forget();
        bench.accept(ALL);
        assertThat(bench.queries(LAN)).hasSize(1).allMatch(Message.Query::isGeneral);
        bench.forget();
        bench.advance(Duration.ofMillis(10_001));
        assertThat(bench.queries(LAN)).hasSize(1).allMatch(Message.Query::isGeneral);
        bench.advance(Duration.ofMillis(9_900)); // the answer to the second one, as late as can be
        bench.report(LAN, RecordType.IS_EX, 7, SourceSet.EMPTY);
        assertThat(bench.downstream(LAN).groups()).hasSize(many);
        bench.advance(Duration.ofSeconds(2));
        assertThat(bench.downstream(LAN).groups())
                .extracting(EngineView.Group::group)
                .containsExactly(bench.group(7));
    }

    /** Another router asks: its next General Query decides, and until then nothing stops. */
    @ParameterizedTest
    @EnumSource(Family.class)
    void whereAnotherRouterAsksWeWaitForItsQuery(Family family) {
        Bench bench = Bench.running(family);
        bench.generalQuery(LAN, bench.node(LAN, 1), bench.newest());
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.forget();
        bench.accept(ALL);
        assertThat(bench.queries(LAN)).isEmpty();
        bench.advance(Duration.ofSeconds(134));
        assertThat(bench.groupOn(LAN, 1)).isPresent();
        bench.advance(Duration.ofSeconds(2));
        assertThat(bench.groupOn(LAN, 1)).isEmpty();
    }

    /** Hosts that are back first are not taken for all there are: their leave is asked about. */
    @ParameterizedTest
    @EnumSource(Family.class)
    void immediateLeaveWaitsUntilAllAreBack(Family family) {
        Bench bench = new Bench(family);
        bench.router = bench.router.with(new RouterSettings.Tracking(true, true));
        bench.up(WAN, LinkSettings.Role.UPSTREAM);
        bench.up(LAN, LinkSettings.Role.DOWNSTREAM);
        bench.reportFrom(51, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.reportFrom(52, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.accept(ALL);
        bench.reportFrom(51, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.reportFrom(51, LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        assertThat(bench.reported(WAN, 1)).contains(Membership.ANY_SOURCE);
    }
}
