package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.lab.StreamReceiver.Subscription;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.RecordType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

/** Real hosts that cannot name a source, or do not, and the proxy that does it for them. */
@InSandbox
class SsmMapTest {
    @ParameterizedTest
    @CsvSource({
        "232.1.1.1, true",
        "232.1.1.1, false",
        "239.1.1.1, true",
        "ff3e::8000:1, true",
        "ff3e::8000:1, false"
    })
    void aHostThatNamesNoSourceGetsTheMappedOneAndNoOther(String to, boolean older)
            throws Exception {
        IpAddress group = IpAddress.of(to);
        IpAddress mapped = ProxyNetwork.node(group, 1, 10);
        IpAddress other = ProxyNetwork.node(group, 1, 20);
        try (ProxyNetwork net = new ProxyNetwork()) {
            if (older) {
                net.tv1.igmpVersion("eth0", 2);
                net.tv1.mldVersion("eth0", 1);
            }
            net.up.address(
                    "eth0", group.family() == Family.IPV4 ? "10.0.1.20/24" : "2001:db8:1::20/64");
            var _ = net.startDaemon("set ssm-map " + group + " " + mapped + ";");
            StreamSender sender = net.send(net.up, mapped, group);
            StreamSender otherSender = net.send(net.up, other, group);
            StreamReceiver receiver = net.join(net.tv1, group);
            ProxyNetwork.await(
                    net.atUp, "join", seen -> has(seen, RecordType.ALLOW, group, mapped));
            ProxyNetwork.awaitWhole(receiver, 400);
            assertThat(net.atTv1.first(seen -> seen.outgoing() && isOlder(seen, group)).isPresent())
                    .as("an older host's report")
                    .isEqualTo(older);
            assertThat(net.atTv1.flow(other, group)).as("the other source").isEmpty();
            assertThat(net.atUp.membership(seen -> asksForAnySource(seen, group))).isEmpty();

            receiver.leave();
            ProxyNetwork.awaitSilence(net.atTv1, mapped, group);
            ProxyNetwork.await(
                    net.atUp, "leave", seen -> has(seen, RecordType.BLOCK, group, mapped));
            assertThat(sender.failure()).isEmpty();
            assertThat(otherSender.failure()).isEmpty();
        }
    }

    /** A newer host that names a source of its own gets it beside what the older one gets. */
    @ParameterizedTest
    @CsvSource({"232.1.1.1", "ff3e::8000:1"})
    void whoNamesASourceKeepsItWhenAnOlderHostJoinsAndLeaves(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        IpAddress mapped = ProxyNetwork.node(group, 1, 10);
        IpAddress named = ProxyNetwork.node(group, 1, 20);
        try (ProxyNetwork net = new ProxyNetwork()) {
            net.tv1.igmpVersion("eth0", 2);
            net.tv1.mldVersion("eth0", 1);
            net.up.address(
                    "eth0", group.family() == Family.IPV4 ? "10.0.1.20/24" : "2001:db8:1::20/64");
            var _ = net.startDaemon("set ssm-map " + group + " " + mapped + ";");
            StreamSender sender = net.send(net.up, mapped, group);
            StreamSender namedSender = net.send(net.up, named, group);
            StreamReceiver newer =
                    StreamReceiver.join(
                            net.tv2, "eth0", Subscription.channel(named, group, ProxyNetwork.PORT));
            ProxyNetwork.awaitPackets(newer, 50);
            assertThat(net.atTv1.flow(mapped, group)).isEmpty();
            StreamReceiver older = net.join(net.tv1, group);
            Await.until(
                    ProxyNetwork.PATIENCE,
                    "the mapped source",
                    () -> net.atTv1.flow(mapped, group).isPresent());
            older.leave();
            ProxyNetwork.awaitSilence(net.atTv1, mapped, group);
            ProxyNetwork.awaitWhole(newer, 400);
            assertThat(newer.received().lost()).as("at any time").isZero();
            assertThat(sender.failure()).isEmpty();
            assertThat(namedSender.failure()).isEmpty();
        }
    }

    private static boolean has(
            LinkCapture.Seen seen, RecordType type, IpAddress group, IpAddress source) {
        return seen.packet().message() instanceof Message.Report report
                && report.records().contains(new GroupRecord(type, group, List.of(source)));
    }

    private static boolean isOlder(LinkCapture.Seen seen, IpAddress group) {
        return seen.packet().message() instanceof Message.OldReport report
                && report.group().equals(group);
    }

    private static boolean asksForAnySource(LinkCapture.Seen seen, IpAddress group) {
        return seen.packet().message() instanceof Message.Report report
                && report.records().stream()
                        .anyMatch(record ->
                                record instanceof GroupRecord known
                                        && known.group().equals(group)
                                        && (known.type() == RecordType.TO_EX
                                                || known.type() == RecordType.IS_EX));
    }
}
