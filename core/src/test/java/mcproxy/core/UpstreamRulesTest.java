package mcproxy.core;

import static mcproxy.core.Bench.LAN;
import static mcproxy.core.Bench.LAN2;
import static mcproxy.core.Bench.WAN;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.Reason;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.List;

/** Which queries an upstream answers at all, and what the proxy may ask for there. */
class UpstreamRulesTest {
    private static Bench joined(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.TO_EX, 1, SourceSet.EMPTY);
        bench.advance(Duration.ofSeconds(5));
        bench.forget();
        return bench;
    }

    private static Message.Query general(Protocol protocol) {
        IpAddress none = protocol.family().unspecified();
        return new Message.Query(protocol, none, 1000, false, 0, 0, List.of());
    }

    private static boolean isAnswered(Bench bench, Packet packet) {
        bench.forget();
        bench.hear(WAN, packet);
        bench.advance(Duration.ofSeconds(10));
        return !bench.sent(WAN).isEmpty();
    }

    // shows RFC9776-5.2-2, RFC9776-9.1-2, RFC9777-6.2-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void aQueryWithoutRouterAlertIsNotAnswered(Family family) {
        // RFC 9776 5.2, 9.1; RFC 9777 6.2
        Bench bench = joined(family);
        for (Protocol protocol : List.of(bench.older(), bench.newest())) {
            Packet packet =
                    new Packet(
                            bench.node(WAN, 1),
                            bench.allHosts(),
                            1,
                            0xc0,
                            false,
                            general(protocol));
            assertThat(isAnswered(bench, packet)).as("%s", protocol).isFalse();
            assertThat(bench.events())
                    .contains(new Event.Refused("if1", Reason.NO_ROUTER_ALERT, bench.node(WAN, 1)));
        }
    }

    @Test
    void aQueryOfVersion1NeedsNoRouterAlert() {
        // RFC 1112 knows no such option; RFC 9776 9.1 names only versions 2 and 3
        Bench bench = joined(Family.IPV4);
        Packet packet =
                new Packet(
                        bench.node(WAN, 1),
                        bench.allHosts(),
                        1,
                        0,
                        false,
                        general(Protocol.IGMPV1));
        assertThat(isAnswered(bench, packet)).isTrue();
    }

    // shows RFC9777-6.2-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void aQueryFromBeyondTheLinkIsNotAnswered(Family family) {
        // RFC 9776 4, RFC 9777 6.2
        Bench bench = joined(family);
        IpAddress router = bench.node(WAN, 1);
        Message.Query query = general(bench.newest());
        assertThat(isAnswered(bench, new Packet(router, bench.allHosts(), 2, 0xc0, true, query)))
                .isFalse();
        assertThat(isAnswered(bench, Packet.toSend(router, bench.allHosts(), query))).isTrue();
    }

    // shows RFC9776-4.1.12-3, RFC9776-9.1-3, RFC9777-5.1.15-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void aGeneralQueryIsTakenAtTheAllHostsGroupOrOurOwnAddress(Family family) {
        // RFC 9776 9.1, 4.1.12; RFC 9777 5.1.15
        Bench bench = joined(family);
        IpAddress router = bench.node(WAN, 1);
        Message.Query query = general(bench.newest());
        assertThat(isAnswered(bench, Packet.toSend(router, bench.group(1), query))).isFalse();
        assertThat(isAnswered(bench, Packet.toSend(router, bench.self(WAN), query))).isTrue();
    }

    // shows RFC9776-4.1.12-3, RFC9777-5.1.15-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void aSpecificQueryIsTakenAtAnyAddressOfTheInterface(Family family) {
        // RFC 9776 4.1.12; RFC 9777 5.1.15: "any of the addresses (unicast or multicast)"
        Bench bench = joined(family);
        IpAddress router = bench.node(WAN, 1);
        IpAddress group = bench.group(1);
        for (IpAddress to : List.of(bench.self(WAN), group, bench.allHosts())) {
            for (SourceSet sources : List.of(SourceSet.EMPTY, bench.sources(1))) {
                Message.Query query =
                        new Message.Query(
                                bench.newest(), group, 1000, false, 2, 125, sources.toList());
                assertThat(isAnswered(bench, Packet.toSend(router, to, query)))
                        .as("to %s for %s", to, sources)
                        .isTrue();
                assertThat(bench.records(WAN))
                        .containsExactly(
                                sources.isEmpty()
                                        ? bench.record(RecordType.IS_EX, 1, sources)
                                        : bench.record(RecordType.IS_IN, 1, sources));
            }
            Message.Query query =
                    new Message.Query(bench.older(), group, 1000, false, 0, 0, List.of());
            Bench older = joined(family);
            assertThat(isAnswered(older, Packet.toSend(router, to, query))).as("%s", to).isTrue();
        }
    }

    // shows RFC9776-7.1-4, RFC9777-8.1-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void aQueryOfNoKnownLengthChangesNothingAndIsTold(Family family) {
        // RFC 9776 7.1, RFC 9777 8.1: "silently ignored", which forbids an answer, not a log (RFC
        // 1122 1.3.3)
        Bench bench = joined(family);
        EngineView before = bench.view();
        bench.forget();
        int length = family == Family.IPV4 ? 10 : 26;
        bench.accept(
                new Input.Heard(WAN, family, new Decoded.Malformed<>(Reason.QUERY_LENGTH, length)));
        assertThat(bench.view()).isEqualTo(before);
        bench.advance(Duration.ofSeconds(20));
        assertThat(bench.sent(WAN)).isEmpty();
        assertThat(bench.events())
                .containsExactly(
                        new Event.Refused("if1", Reason.QUERY_LENGTH, family.unspecified()));
    }

    // shows RFC2710-5-5
    @Test
    void aReportFromBeyondTheLinkDoesNotStandForOurs() {
        // RFC 2710 5: "To be valid, the Report message MUST come from a link-local" address
        Bench bench = joined(Family.IPV6);
        IpAddress group = bench.group(1);
        Message report = new Message.OldReport(Protocol.MLDV1, group);
        for (IpAddress host : List.of(bench.source(1), bench.node(WAN, 50))) {
            bench.forget();
            bench.hear(WAN, bench.node(WAN, 1), bench.allHosts(), general(Protocol.MLDV1));
            bench.hear(WAN, host, group, report);
            bench.advance(Duration.ofSeconds(10));
            assertThat(bench.sent(WAN))
                    .as("reported by %s", host)
                    .hasSize(host.isLinkLocalUnicast() ? 0 : 1);
        }
    }

    // shows RFC9777-5.1.14-2, RFC9777-6.2-1, RFC2710-5-1, RFC3590-4-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void aQueryWithoutSenderIsTakenInIgmpOnly(Family family) {
        // RFC 4541 2.1.1: switches ask from 0.0.0.0; RFC 9777 5.1.14: MUST be discarded
        Bench bench = joined(family);
        Packet packet =
                Packet.toSend(family.unspecified(), bench.allHosts(), general(bench.newest()));
        assertThat(isAnswered(bench, packet)).isEqualTo(family == Family.IPV4);
    }

    // shows RFC9776-4.2.13-1, RFC9776-4.2.13-2, RFC9777-5.2.13-1, RFC9777-5.2.13-2, RFC4605-4.3-1,
    // RFC4604-2.2.2-1, RFC4604-2.2.2-2, RFC4604-2.2.4-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void theMergeOfASourceSpecificGroupCountsNamedSourcesOnly(Family family) {
        // RFC 4604 2.2.2, 3.1; RFC 4605 4.3
        Bench bench = Bench.running(family);
        IpAddress group = IpAddress.of(family == Family.IPV4 ? "232.9.9.9" : "ff35::9");
        hearRecord(bench, LAN, new GroupRecord(RecordType.TO_EX, group, List.of()));
        hearRecord(
                bench, LAN2, new GroupRecord(RecordType.ALLOW, group, bench.sources(1).toList()));
        bench.hear(LAN, bench.node(LAN, 51), group, new Message.OldReport(bench.older(), group));
        assertThat(bench.records(WAN))
                .containsExactly(
                        new GroupRecord(RecordType.ALLOW, group, bench.sources(1).toList()));
        bench.advance(Duration.ofSeconds(5));
        bench.hear(WAN, bench.node(WAN, 1), bench.allHosts(), general(bench.newest()));
        bench.advance(Duration.ofHours(1));
        assertThat(bench.records(WAN))
                .extracting(GroupRecord::type)
                .contains(RecordType.IS_IN, RecordType.BLOCK)
                .doesNotContain(RecordType.IS_EX, RecordType.TO_EX, RecordType.TO_IN);
    }

    // shows RFC1112-I-13
    @Test
    void aVersion1QueryToAGroupIsNotAnswered() {
        // RFC 1112 I; RFC 9776 9.1
        Bench bench = joined(Family.IPV4);
        Message.Query query = general(Protocol.IGMPV1);
        IpAddress router = bench.node(WAN, 1);
        assertThat(isAnswered(bench, new Packet(router, bench.group(1), 1, 0, false, query)))
                .isFalse();
        assertThat(isAnswered(bench, new Packet(router, bench.allHosts(), 1, 0, false, query)))
                .isTrue();
    }

    // shows RFC9776-7.2.1-2, RFC9777-8.2.1-2, RFC2236-4-2
    @ParameterizedTest
    @EnumSource(names = {"IGMPV1", "IGMPV2", "MLDV1"})
    void anOlderQuerierConcernsItsOwnLinkOnly(Protocol older) {
        // RFC 9776 7.2.1, RFC 9777 8.2.1, RFC 2236 4: per interface
        Bench bench = new Bench(older.family());
        bench.up(WAN, LinkSettings.Role.UPSTREAM);
        bench.up(LAN2, LinkSettings.Role.UPSTREAM);
        bench.up(LAN, LinkSettings.Role.DOWNSTREAM);
        bench.generalQuery(LAN2, bench.node(LAN2, 1), older);
        bench.generalQuery(WAN, bench.node(WAN, 1), bench.newest());
        assertThat(bench.view().upstreams())
                .extracting(EngineView.Upstream::link, EngineView.Upstream::protocol)
                .containsExactlyInAnyOrder(tuple("if1", bench.newest()), tuple("if3", older));
        assertThat(bench.downstream(LAN).protocol()).isEqualTo(bench.newest());
    }

    private static void hearRecord(Bench bench, int ifindex, GroupRecord record) {
        bench.hear(
                ifindex,
                bench.node(ifindex, 50),
                bench.reportsGoTo(),
                new Message.Report(bench.newest(), List.of(record)));
    }

    // shows RFC4604-2-2, RFC4604-3-1
    @Test
    void theRangeOfIanaIsTheDefault() {
        // RFC 4604 3, RFC 4607 1
        for (String inside : List.of("232.0.0.1", "232.255.255.255", "ff30::1", "ff3e::8000:1")) {
            assertThat(SsmRange.IANA.contains(IpAddress.of(inside))).as(inside).isTrue();
        }
        for (String outside :
                List.of("231.255.255.255", "233.0.0.0", "ff2e::1", "ff4e::1", "ff3e:1::1")) {
            assertThat(SsmRange.IANA.contains(IpAddress.of(outside))).as(outside).isFalse();
        }
        assertThat(new SsmRange(List.of(Prefix.of("239.232.0.0/16"))).prefixes()).hasSize(1);
    }

    // shows RFC4605-3-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void nothingIsEverAskedOnAnUpstream(Family family) {
        // RFC 4605 3: MUST NOT perform the router portion there
        Bench bench = joined(family);
        bench.hear(
                WAN,
                bench.node(WAN, 50),
                bench.reportsGoTo(),
                new Message.Report(
                        bench.newest(),
                        List.of(bench.record(RecordType.TO_IN, 1, SourceSet.EMPTY))));
        bench.hear(
                WAN,
                bench.node(WAN, 50),
                bench.allHosts(),
                new Message.Leave(bench.older(), bench.group(1)));
        bench.query(WAN, 200, family.unspecified(), 1000, SourceSet.EMPTY);
        bench.down(WAN);
        bench.up(WAN, LinkSettings.Role.UPSTREAM);
        bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        bench.advance(Duration.ofHours(1));
        bench.accept(new Input.Stop());
        bench.advance(Duration.ofHours(1));
        assertThat(bench.queries(WAN)).isEmpty();
        assertThat(bench.records(WAN)).isNotEmpty();
    }
}
