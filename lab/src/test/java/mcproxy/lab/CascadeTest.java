package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.lab.StreamReceiver.Subscription;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A proxy below a proxy (RFC 4605 1.1: a tree of proxies), for streams down and memberships up.
 *
 * <pre>
 *   source --- wan [upper] lan --- wan [lower] lan --- tv
 * </pre>
 */
@InSandbox
class CascadeTest {
    private static final IpAddress SOURCE = IpAddress.of("10.0.1.10");
    private static final IpAddress SOURCE6 = IpAddress.of("2001:db8:1::10");

    private static final List<Subscription> WISHES =
            List.of(
                    Subscription.anySource(IpAddress.of("239.1.1.1"), ProxyNetwork.PORT),
                    Subscription.channel(SOURCE, IpAddress.of("232.1.1.1"), ProxyNetwork.PORT),
                    Subscription.anySource(IpAddress.of("ff0e::1:1"), ProxyNetwork.PORT),
                    Subscription.channel(SOURCE6, IpAddress.of("ff3e::8000:1"), ProxyNetwork.PORT));

    @Test
    void streamsComeDownThroughTwoProxiesAndLeavesGoUp() throws Exception {
        try (Lab lab = Lab.open()) {
            Host source = lab.host("source");
            Host upper = lab.host("upper");
            Host lower = lab.host("lower");
            Host tv = lab.host("tv");
            lab.link(source, "eth0", upper, "wan");
            lab.link(upper, "lan", lower, "wan");
            lab.link(lower, "lan", tv, "eth0");
            ProxyNetwork.address(upper, "wan", 1, 1);
            ProxyNetwork.address(source, "eth0", 1, 10);
            ProxyNetwork.address(upper, "lan", 2, 1);
            ProxyNetwork.address(lower, "wan", 2, 10);
            ProxyNetwork.address(lower, "lan", 3, 1);
            ProxyNetwork.address(tv, "eth0", 3, 10);
            for (Host proxy : List.of(upper, lower)) {
                proxy.awaitLinkLocal("wan");
                proxy.awaitLinkLocal("lan");
            }
            source.awaitLinkLocal("eth0");
            tv.awaitLinkLocal("eth0");
            LinkCapture top = LinkCapture.start(source, "eth0");
            LinkCapture middle = LinkCapture.start(lower, "wan");
            LinkCapture bottom = LinkCapture.start(tv, "eth0");
            LabProcess upperDaemon = startDaemon(lab, upper);
            LabProcess lowerDaemon = startDaemon(lab, lower);
            for (LinkCapture link : List.of(middle, bottom)) {
                for (Family family : Family.values()) {
                    ProxyNetwork.await(link, "query", seen -> seen.isGeneralQuery(family));
                }
            }

            List<StreamSender> senders = new ArrayList<>();
            List<StreamReceiver> receivers = new ArrayList<>();
            for (Subscription wish : WISHES) {
                senders.add(
                        StreamSender.start(
                                source,
                                "eth0",
                                new MulticastStream(
                                        sourceOf(wish), wish.group(), ProxyNetwork.PORT, 100)));
                receivers.add(StreamReceiver.join(tv, "eth0", wish));
            }
            for (StreamReceiver receiver : receivers) {
                ProxyNetwork.awaitWhole(receiver, 100);
            }
            for (Subscription wish : WISHES) {
                for (LinkCapture link : List.of(middle, top)) {
                    ProxyNetwork.await(link, "join of " + wish, seen -> says(seen, wish, true));
                }
            }
            receivers.forEach(StreamReceiver::leave);
            for (Subscription wish : WISHES) {
                for (LinkCapture link : List.of(middle, top)) {
                    ProxyNetwork.await(link, "leave of " + wish, seen -> says(seen, wish, false));
                }
                ProxyNetwork.awaitSilence(middle, sourceOf(wish), wish.group());
            }
            assertThat(top.first(seen -> seen.packet().message() instanceof Message.Query))
                    .as("a query upstream")
                    .isEmpty();
            assertThat(upperDaemon.isAlive()).isTrue();
            assertThat(lowerDaemon.isAlive()).isTrue();
            assertThat(senders).allSatisfy(one -> assertThat(one.failure()).isEmpty());
        }
    }

    private static IpAddress sourceOf(Subscription wish) {
        return wish.group().family() == Family.IPV4 ? SOURCE : SOURCE6;
    }

    /** Is this the change record with which a proxy joins, or leaves? */
    private static boolean says(LinkCapture.Seen seen, Subscription wish, boolean join) {
        Optional<IpAddress> source = wish.source();
        RecordType type =
                source.isPresent()
                        ? join ? RecordType.ALLOW : RecordType.BLOCK
                        : join ? RecordType.TO_EX : RecordType.TO_IN;
        return seen.packet().message() instanceof Message.Report report
                && report.records()
                        .contains(new GroupRecord(type, wish.group(), source.stream().toList()));
    }

    private static LabProcess startDaemon(Lab lab, Host proxy) throws IOException {
        Path file = lab.folder().resolve(proxy + ".conf");
        Files.writeString(
                file,
                """
                protocol IGMPv3, MLDv2;
                pinstance tv: wan ==> lan;
                pinstance tv set last-member-query-interval 300ms;
                """);
        return proxy.start("daemon of " + proxy, DaemonCommand.run(file, "-v"));
    }
}
