package mcproxy.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.control.Explanation;
import mcproxy.core.Diagnosis;
import mcproxy.core.EngineView;
import mcproxy.core.Filter;
import mcproxy.core.Finding;
import mcproxy.core.LinkSettings.Role;
import mcproxy.core.Membership;
import mcproxy.core.SourceSet;
import mcproxy.daemon.InstanceView.LinkState;
import mcproxy.daemon.InstanceView.LinkView;
import mcproxy.kernel.MulticastTable.RouteCounters;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Protocol;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** What an explanation says for each thing that an engine finds, and what the kernel adds. */
class ExplainerTest {
    private static final IpAddress GROUP = IpAddress.of("239.1.1.1");
    private static final IpAddress OF_ONE_HOP = IpAddress.of("198.51.100.1");
    private static final IpAddress SOURCE = IpAddress.of("192.0.2.7");
    private static final IpAddress OTHER = IpAddress.of("10.0.0.1");

    private static final Finding ROUTED = new Finding.Routed(SOURCE, "wan0", List.of("lan0"));

    private static Finding.Decision decision(OptionalInt number, String rule) {
        return new Finding.Decision(
                Role.UPSTREAM,
                "wan0",
                Filter.Direction.IN,
                Filter.Kind.WHITELIST,
                "tv",
                number,
                rule);
    }

    private static Diagnosis diagnosis(boolean routed, Finding... findings) {
        return new Diagnosis(GROUP, Optional.of(SOURCE), "lan0", routed, List.of(findings));
    }

    private static Explanation explain(
            Diagnosis diagnosis, int rpFilter, Optional<RouteCounters> kernel) {
        return new Explainer(view(), (_, _) -> rpFilter)
                .explain(diagnosis, kernel.map(now -> new Explainer.Watched(now, true)));
    }

    private static InstanceView view(LinkView... links) {
        EngineView.Upstream wan0 =
                new EngineView.Upstream(
                        "wan0",
                        Family.IPV4,
                        Protocol.IGMPV2,
                        List.of(),
                        new EngineView.At(1, IpAddress.of("192.0.2.1"), 1500),
                        0,
                        0,
                        false,
                        Optional.of(OTHER),
                        0,
                        2);
        return new InstanceView(
                Examples.plan("wan0", "lan0", "tun*"),
                0,
                new EngineView(
                        List.of(),
                        List.of(wan0),
                        List.of(),
                        List.of(),
                        0,
                        Map.of(),
                        Optional.empty()),
                Map.of(),
                Map.of(),
                Map.of(),
                List.of(),
                List.of(links),
                Map.of(),
                (source, _) -> source.equals(OF_ONE_HOP),
                Map.of());
    }

    @Test
    void whatEndsHereDoesNotFlowHoweverManyPackets() {
        Diagnosis ofOneHop =
                new Diagnosis(GROUP, Optional.of(OF_ONE_HOP), "lan0", true, List.of(ROUTED));
        Explanation explanation = explain(ofOneHop, 0, Optional.of(new RouteCounters(50, 5000, 0)));
        assertThat(explanation.flows()).isFalse();
        assertThat(explanation.verdict()).contains("a TTL of 1");
        assertThat(explanation.steps().getLast().subject()).isEqualTo("hops");
    }

    private static Arguments stop(Finding finding, String text, String decidedBy) {
        return Arguments.of(finding, text, decidedBy);
    }

    static Stream<Arguments> stops() {
        return Stream.of(
                stop(new Finding.LinkScope(), "never leaves its link", "scope"),
                stop(
                        new Finding.NotWanted("lan0", false, false),
                        "nobody on lan0 has reported it",
                        "the receivers' reports"),
                stop(
                        new Finding.NotWanted("lan0", true, false),
                        "with a source, which a source-specific group needs",
                        "ssm-range"),
                stop(
                        new Finding.NotWanted("lan0", false, true),
                        "as many groups as it may",
                        "max-groups"),
                stop(
                        new Finding.SourceNotWanted(
                                "lan0", Membership.exclude(SourceSet.of(List.of(SOURCE)))),
                        "want other sources: EXCLUDE {192.0.2.7}",
                        "source list"),
                stop(new Finding.NoSourceNamed("lan0"), "without a source", "ssm-range"),
                stop(new Finding.SourceOnSameLink("lan0"), "on lan0 itself", "place"),
                stop(
                        new Finding.NotForwarder("lan0", OTHER),
                        "as 10.0.0.1 is the querier",
                        "querier election"),
                stop(
                        new Finding.NotForwarder("lan0", IpAddress.of("0.0.0.0")),
                        "querier off",
                        "querier election"),
                stop(new Finding.NotForPeers("lan0"), "leads to a peer", "peering link"),
                stop(
                        new Finding.OneLink("wan0", "lan0"),
                        "wan0 and lan0 are one link",
                        "loop between wan0 and lan0"),
                stop(
                        new Finding.FilterStops(decision(OptionalInt.of(3), "(* | 10.0.0.1)")),
                        "the whitelist of upstream wan0 in does not let it pass",
                        "table tv, rule 3: (* | 10.0.0.1)"),
                stop(
                        new Finding.FilterStops(decision(OptionalInt.empty(), "")),
                        "does not let it pass",
                        "table tv, no rule matches"),
                stop(new Finding.LocalGroup(), "kept among the downstreams", "local-groups"),
                stop(new Finding.NoUpstream(), "no upstream", "configuration"),
                stop(
                        new Finding.NotAsked("wan0", Finding.NotAskedBecause.PEERS_FIRST),
                        "peers are waited for",
                        "peering-wait"),
                stop(
                        new Finding.NotAsked("wan0", Finding.NotAskedBecause.COMES_FROM_ANOTHER),
                        "from another upstream",
                        "rulematching"),
                stop(
                        new Finding.NotAsked("wan0", Finding.NotAskedBecause.NOTHING_LEFT),
                        "leave nothing to ask for",
                        "rulematching"),
                stop(new Finding.CannotReport("wan0"), "no link-local address", "RFC 9777 5"),
                stop(new Finding.RoutesFull(9), "9 forwarding entries", "limit"),
                stop(
                        new Finding.NoPacketYet(List.of("wan0", "wan1")),
                        "no packet has come in yet from wan0 or wan1",
                        "the source"),
                stop(
                        new Finding.FromAnotherUpstream("wan1", Optional.of("wan0")),
                        "taken from wan1, and may only come from wan0",
                        "rulematching"));
    }

    @ParameterizedTest
    @MethodSource("stops")
    void eachCauseIsASentenceWithWhatDecides(Finding finding, String text, String decidedBy) {
        Explanation explanation = explain(diagnosis(false, finding), 0, Optional.empty());
        assertThat(explanation.flows()).isFalse();
        assertThat(explanation.verdict()).contains(text);
        Explanation.Step last = explanation.steps().getLast();
        assertThat(last.outcome()).isEqualTo("stops");
        assertThat(last.decidedBy()).contains(decidedBy);
    }

    @Test
    void aStreamThatFlowsIsToldStepByStep() {
        Explanation explanation =
                explain(
                        diagnosis(
                                true,
                                new Finding.Wanted(
                                        "lan0",
                                        Membership.ANY_SOURCE,
                                        false,
                                        42_000_000_000L,
                                        List.of(OTHER, SOURCE)),
                                new Finding.Forwards("lan0", OTHER, true),
                                new Finding.FilterPasses(decision(OptionalInt.of(1), "(* | *)")),
                                new Finding.Asked("wan0", Membership.ANY_SOURCE, Protocol.IGMPV3),
                                ROUTED),
                        1,
                        Optional.of(new RouteCounters(12, 1200, 2)));
        assertThat(explanation.flows()).isTrue();
        assertThat(explanation.verdict()).isEqualTo("10.0.0.1 and 1 more get it from wan0");
        assertThat(explanation.steps())
                .extracting(Explanation.Step::text)
                .containsExactly(
                        "lan0 wants it; reported by 10.0.0.1 and 1 more",
                        "we are the querier on lan0",
                        "the whitelist of upstream wan0 in lets it pass",
                        "wan0 is asked for it in IGMPv3",
                        "packets of 192.0.2.7 are taken from wan0 to lan0",
                        "10 packets used the entry so far, and 2 came in on another interface");
        assertThat(explanation.steps().getFirst().decidedBy())
                .isEqualTo("the group timer: 42 s left");
    }

    @Test
    void anEntryThatNoPacketUsesDoesNotFlow() {
        Explanation silent =
                explain(diagnosis(true, ROUTED), 0, Optional.of(new RouteCounters(0, 0, 0)));
        assertThat(silent.flows()).isFalse();
        assertThat(silent.verdict()).contains("no packet has come in yet from wan0");
        Explanation wrong =
                explain(diagnosis(true, ROUTED), 0, Optional.of(new RouteCounters(5, 500, 5)));
        assertThat(wrong.flows()).isFalse();
        assertThat(wrong.verdict()).contains("5 packets came in on another interface than wan0");
        Explanation refused = explain(diagnosis(true, ROUTED), 0, Optional.empty());
        assertThat(refused.verdict()).contains("the kernel has not taken the entry");
    }

    @Test
    void theReversePathFilterIsNamedWhereNothingComes() {
        Explanation strict =
                explain(
                        diagnosis(false, new Finding.NoPacketYet(List.of("wan0"))),
                        1,
                        Optional.empty());
        assertThat(strict.steps().getLast().decidedBy())
                .isEqualTo("net.ipv4.conf.wan0.rp_filter, or that of all, which is strict (1)");
        assertThat(strict.steps().getLast().remedy())
                .contains("ip route add 192.0.2.7 dev wan0", "mcproxy set tv rp-filter reset");
    }

    @Test
    void whatNoLongerComesDoesNotFlow() {
        Explanation ended =
                new Explainer(view(), (_, _) -> 0)
                        .explain(
                                diagnosis(true, ROUTED),
                                Optional.of(
                                        new Explainer.Watched(
                                                new RouteCounters(7, 700, 0), false)));
        assertThat(ended.flows()).isFalse();
        assertThat(ended.verdict())
                .isEqualTo("7 packets used the entry, but now none comes in from wan0");
    }

    @Test
    void anOldVersionUpstreamIsNamedWhereSourcesAreLost() {
        Explanation old =
                explain(
                        diagnosis(
                                false,
                                new Finding.Asked(
                                        "wan0",
                                        Membership.include(SourceSet.of(List.of(SOURCE))),
                                        Protocol.IGMPV2)),
                        0,
                        Optional.empty());
        Explanation.Step asked = old.steps().getFirst();
        assertThat(asked.outcome()).isEqualTo("note");
        assertThat(asked.decidedBy()).contains("the querier 10.0.0.1");
        assertThat(asked.remedy()).contains("mcproxy set tv upstream wan0 version IGMPv3");
    }

    @Test
    void downstreamsThatAreNotThereAreToldOf() {
        InstanceView view =
                view(
                        link("lan0", LinkState.DOWN),
                        link("tun7", LinkState.REFUSED),
                        link("tun*", LinkState.MISSING),
                        link("lan9", LinkState.UP));
        List<Explanation> others =
                new Explainer(view, (_, _) -> 0).others(GROUP, Optional.of(SOURCE));
        assertThat(others)
                .extracting(Explanation::verdict)
                .containsExactly(
                        "lan0 is down, or cannot multicast",
                        "tun7 has no room in kernel table 0, which has 0 virtual interfaces of 32",
                        "there is no interface tun*");
        assertThat(others.get(1).steps().getFirst().remedy())
                .endsWith("mcproxy remove downstream tv 'tun*'");
    }

    private static LinkView link(String name, LinkState state) {
        return new LinkView(
                name,
                Role.DOWNSTREAM,
                Family.IPV4,
                state,
                OptionalInt.empty(),
                IpAddress.of("0.0.0.0"),
                0);
    }
}
