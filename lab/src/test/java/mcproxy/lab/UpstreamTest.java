package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.List;

/** What a router upstream hears of us: in its version, from our address, and no longer than set. */
@InSandbox
class UpstreamTest {
    private static IpAddress group(Family family) {
        return IpAddress.of(family == Family.IPV4 ? "239.1.1.1" : "ff0e::1:1");
    }

    /** Asks as a router upstream with a robustness and a query interval of 1, so soon forgotten. */
    private static void ask(ProxyNetwork net, Protocol protocol) {
        boolean newest = protocol == Protocol.newest(protocol.family());
        net.askFromAbove(
                new Message.Query(
                        protocol,
                        protocol.family().unspecified(),
                        protocol == Protocol.IGMPV1 ? 0 : 1000,
                        false,
                        newest ? 1 : 0,
                        newest ? 1 : 0,
                        List.of()));
    }

    private static boolean isOldReport(LinkCapture.Seen seen, Protocol protocol, IpAddress group) {
        return seen.packet().message() instanceof Message.OldReport report
                && report.protocol() == protocol
                && report.group().equals(group)
                && seen.packet().destination().equals(group);
    }

    private static boolean isChange(LinkCapture.Seen seen, RecordType type, IpAddress group) {
        return seen.packet().message() instanceof Message.Report report
                && report.records().contains(new GroupRecord(type, group, List.of()));
    }

    private static LinkCapture.Seen awaitChange(
            ProxyNetwork net, RecordType type, IpAddress group) {
        return ProxyNetwork.await(
                net.atUp, type + " of " + group, seen -> isChange(seen, type, group));
    }

    /** RFC 9776 7.2.1, RFC 2236 3 and 6; RFC 9777 8.2.1, RFC 2710 4 and 5. */
    @ParameterizedTest
    @CsvSource({"IGMPV2, 224.0.0.2", "MLDV1, ff02::2"})
    void anOlderQuerierIsAnsweredInItsVersionAndLeftAtItsAddress(Protocol protocol, String routers)
            throws Exception {
        IpAddress group = group(protocol.family());
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = net.startDaemon();
            ask(net, protocol);
            StreamReceiver receiver = net.join(net.tv3, group);
            ProxyNetwork.await(
                    net.atUp, "older report", seen -> isOldReport(seen, protocol, group));
            receiver.leave();
            LinkCapture.Seen leave =
                    ProxyNetwork.await(
                            net.atUp,
                            "leave",
                            seen -> seen.packet().message() instanceof Message.Leave);
            assertThat(leave.packet().message())
                    .isInstanceOfSatisfying(
                            Message.Leave.class, left -> assertThat(left.group()).isEqualTo(group));
            assertThat(leave.packet().destination()).isEqualTo(IpAddress.of(routers));
            assertThat(net.atUp.first(seen -> isChange(seen, RecordType.TO_EX, group)))
                    .as("nothing in a version that the querier does not know")
                    .isEmpty();
        }
    }

    /** RFC 9777 9.12: for RV x QI and a response time; in IGMP (8.12) that is four minutes. */
    @Test
    void anOlderQuerierThatHasGoneIsForgotten() throws Exception {
        IpAddress group = group(Family.IPV6);
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = net.startDaemon();
            StreamReceiver receiver = net.join(net.tv3, group);
            awaitChange(net, RecordType.TO_EX, group);
            ask(net, Protocol.MLDV2);
            ask(net, Protocol.MLDV1);
            LinkCapture.Seen old =
                    ProxyNetwork.await(
                            net.atUp, "report", seen -> isOldReport(seen, Protocol.MLDV1, group));
            ProxyNetwork.await(
                    net.atUp,
                    "report in MLDv2 after " + old,
                    seen -> seen.nanos() > old.nanos() && isChange(seen, RecordType.TO_EX, group));
            receiver.leave();
            awaitChange(net, RecordType.TO_IN, group);
        }
    }

    /** RFC 1112, appendix I: a report, and never a leave. */
    @Test
    void aQuerierOfTheFirstVersionHearsReportsOnly() throws Exception {
        IpAddress group = group(Family.IPV4);
        IpAddress another = IpAddress.of("239.1.1.2");
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = net.startDaemon();
            ask(net, Protocol.IGMPV1);
            IpAddress source = ProxyNetwork.node(group, 1, 10);
            var _ = net.send(net.up, source, group);
            StreamReceiver receiver = net.join(net.tv3, group);
            ProxyNetwork.awaitPackets(receiver, 200);
            assertThat(net.atUp.first(seen -> isOldReport(seen, Protocol.IGMPV1, group)))
                    .isPresent();
            receiver.leave();
            ProxyNetwork.awaitSilence(net.atTv3, source, group);
            // What there is to say of the first group is said before.
            var _ = net.join(net.tv3, another);
            ProxyNetwork.await(
                    net.atUp, "report", seen -> isOldReport(seen, Protocol.IGMPV1, another));
            assertThat(net.atUp.first(seen -> seen.packet().message() instanceof Message.Leave))
                    .isEmpty();
        }
    }

    /** RFC 9776 4.2.13: without an address from 0.0.0.0, and from one as soon as there is one. */
    @Test
    void withoutAnAddressWeReportFromNoneAndFromOneWhenThereIsOne() throws Exception {
        IpAddress group = group(Family.IPV4);
        try (ProxyNetwork net = new ProxyNetwork()) {
            net.proxy.ip("address", "del", "10.0.1.1/24", "dev", "wan");
            var _ = net.startDaemon();
            var _ = net.join(net.tv3, group);
            LinkCapture.Seen join = awaitChange(net, RecordType.TO_EX, group);
            assertThat(join.packet().source()).isEqualTo(IpAddress.of("0.0.0.0"));
            assertThat(join.packet().destination()).isEqualTo(IpAddress.of("224.0.0.22"));
            net.proxy.address("wan", "10.0.1.7/24");
            ask(net, Protocol.IGMPV3);
            LinkCapture.Seen answer = awaitChange(net, RecordType.IS_EX, group);
            assertThat(answer.packet().source()).isEqualTo(IpAddress.of("10.0.1.7"));
        }
    }

    /** RFC 3590 4: from :: at most, and repeated when there is a link-local address. */
    @Test
    void whatWasWantedBeforeThereWasALinkLocalAddressIsReportedWhenThereIsOne() throws Exception {
        IpAddress group = group(Family.IPV6);
        IpAddress address = IpAddress.of("fe80::77");
        try (ProxyNetwork net = new ProxyNetwork()) {
            net.proxy.ip("-6", "address", "flush", "dev", "wan");
            var _ = net.startDaemon();
            var _ = net.join(net.tv3, group);
            // The address is checked for duplicates first, as it is not added with "nodad".
            net.proxy.ip("address", "add", address + "/64", "dev", "wan");
            ProxyNetwork.await(
                    net.atUp,
                    "report from " + address,
                    seen ->
                            isChange(seen, RecordType.TO_EX, group)
                                    && seen.packet().source().equals(address));
            assertThat(net.atUp.membership(seen -> !seen.outgoing() && seen.reports(group)))
                    .extracting(seen -> seen.packet().source())
                    .isSubsetOf(address, IpAddress.of("::"));
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aGroupThatLingersIsLeftLaterAndCostsNoReportWhenItIsJoinedAgain(Family family)
            throws Exception {
        IpAddress group = group(family);
        IpAddress source = ProxyNetwork.node(group, 1, 10);
        Duration linger = Duration.ofSeconds(2);
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ =
                    net.startDaemon(
                            "pinstance tv set linger 2s;",
                            "pinstance tv set immediate-leave on;",
                            "pinstance tv upstream wan set unsolicited-report-interval 50ms;");
            var _ = net.send(net.up, source, group);
            StreamReceiver first = net.join(net.tv3, group);
            ProxyNetwork.awaitPackets(first, 200);
            int reports = net.atUp.membership(seen -> seen.reports(group)).size();
            first.leave();
            ProxyNetwork.awaitSilence(net.atTv3, source, group);
            StreamReceiver second = net.join(net.tv3, group);
            ProxyNetwork.awaitPackets(second, 200);
            assertThat(net.atUp.membership(seen -> seen.reports(group)))
                    .as("upstream knows of no leave and of no join")
                    .hasSize(reports);
            long before = System.nanoTime();
            second.leave();
            LinkCapture.Seen left = awaitChange(net, RecordType.TO_IN, group);
            assertThat(Duration.ofNanos(left.nanos() - before)).isGreaterThanOrEqualTo(linger);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"239.1.1.1", "ff0e::1:1"})
    void whatIsSetIsAskedForAndForwardedThoughNobodyJoins(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        IpAddress joined = IpAddress.of(group.family() == Family.IPV4 ? "239.9.9.9" : "ff0e::9:9");
        IpAddress source = ProxyNetwork.node(group, 1, 10);
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ =
                    net.startDaemon(
                            "pinstance tv downstream lan2 set static-group " + group + ";",
                            "pinstance tv upstream wan set join-group " + joined + ";");
            awaitChange(net, RecordType.TO_EX, group);
            awaitChange(net, RecordType.TO_EX, joined);
            var _ = net.send(net.up, source, group);
            var _ = net.send(net.up, source, joined);
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "the stream on lan2, of " + net.atTv3.flows(),
                    () ->
                            net.atTv3
                                    .flow(source, group)
                                    .filter(count -> count.packets() > 200)
                                    .isPresent());
            assertThat(net.atTv1.flow(source, group)).as("lan1 has not asked").isEmpty();
            assertThat(net.atTv3.flow(source, joined)).as("joined, not forwarded").isEmpty();
        }
    }
}
