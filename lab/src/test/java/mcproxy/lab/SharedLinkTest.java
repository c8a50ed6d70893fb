package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.lab.StreamReceiver.Subscription;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Two proxies between the same two links: one of them forwards (RFC 4605 3), the one that wins the
 * election of the querier, and the other one when the first is gone.
 *
 * <pre>
 *                +-- wan [lower]  lan --+
 *   source --- above                  below --- tv
 *                +-- wan [higher] lan --+
 * </pre>
 */
@InSandbox
class SharedLinkTest {
    private static final List<IpAddress> GROUPS =
            List.of(IpAddress.of("239.1.1.1"), IpAddress.of("ff0e::1:1"));

    /** Of the proxy that wins and of the one that loses, on the link below. */
    private static final Map<Family, IpAddress> LOWER =
            Map.of(Family.IPV4, IpAddress.of("10.0.2.1"), Family.IPV6, IpAddress.of("fe80::1"));

    private static final Map<Family, IpAddress> HIGHER =
            Map.of(Family.IPV4, IpAddress.of("10.0.2.2"), Family.IPV6, IpAddress.of("fe80::2"));

    /** RFC 9776 8.5: robustness x query interval + half of the query response interval. */
    private static final Duration OTHER_QUERIER_PRESENT = Duration.ofMillis(2 * 2000 + 500);

    @Test
    void theQuerierAloneForwardsAndTheOtherTakesOverWhenItDies() throws Exception {
        try (Lab lab = Lab.open()) {
            Host source = lab.host("source");
            Host tv = lab.host("tv");
            Host lower = lab.host("lower");
            Host higher = lab.host("higher");
            Host above = lab.host("above");
            Host below = lab.host("below");
            lab.link(source, "eth0", above, "p0");
            lab.link(lower, "wan", above, "p1");
            lab.link(higher, "wan", above, "p2");
            lab.bridge(above, "br0", "p0", "p1", "p2");
            lab.link(tv, "eth0", below, "p0");
            lab.link(lower, "lan", below, "p1");
            lab.link(higher, "lan", below, "p2");
            lab.bridge(below, "br0", "p0", "p1", "p2");
            ProxyNetwork.address(lower, "wan", 1, 1);
            ProxyNetwork.address(source, "eth0", 1, 10);
            higher.address("wan", "10.0.1.2/24");
            higher.address("wan", "2001:db8:1::2/64");
            ProxyNetwork.address(lower, "lan", 2, 1);
            ProxyNetwork.address(tv, "eth0", 2, 10);
            higher.address("lan", "10.0.2.2/24");
            higher.address("lan", "2001:db8:2::2/64");
            for (Host host : List.of(lower, higher)) {
                host.awaitLinkLocal("wan");
                host.awaitLinkLocal("lan");
            }
            useLinkLocal(lower, LOWER);
            useLinkLocal(higher, HIGHER);
            tv.awaitLinkLocal("eth0");
            LinkCapture link = LinkCapture.start(tv, "eth0");

            long begin = System.nanoTime();
            LabProcess loser = startDaemon(lab, higher);
            awaitQueries(link, HIGHER, begin);
            LabProcess winner = startDaemon(lab, lower);
            awaitQueries(link, LOWER, begin);
            long elected = System.nanoTime();

            List<StreamReceiver> receivers = new ArrayList<>();
            for (IpAddress group : GROUPS) {
                StreamSender.start(
                        source,
                        "eth0",
                        new MulticastStream(
                                ProxyNetwork.node(group, 1, 10), group, ProxyNetwork.PORT, 200));
                receivers.add(
                        StreamReceiver.join(
                                tv, "eth0", Subscription.anySource(group, ProxyNetwork.PORT)));
            }
            for (StreamReceiver receiver : receivers) {
                // More than a query interval; nothing comes twice.
                ProxyNetwork.awaitWhole(receiver, 500);
            }
            assertThat(link.membership(seen -> isQuery(seen, HIGHER) && seen.nanos() > elected))
                    .as("queries of the one that lost")
                    .isEmpty();

            kill(winner);
            long killed = System.nanoTime();
            awaitQueries(link, HIGHER, killed);
            for (StreamReceiver receiver : receivers) {
                Family family = receiver.subscription().group().family();
                long last = link.membership(seen -> isQuery(seen, LOWER, family)).getLast().nanos();
                long first =
                        link.first(seen -> isQuery(seen, HIGHER, family) && seen.nanos() > killed)
                                .orElseThrow()
                                .nanos();
                assertThat(Duration.ofNanos(first - last))
                        .as("from the last query of the one to the first of the other, " + family)
                        .isBetween(
                                OTHER_QUERIER_PRESENT.minusMillis(100),
                                OTHER_QUERIER_PRESENT.plusMillis(1500));
                ProxyNetwork.awaitWhole(receiver, 200);
            }
            assertThat(loser.isAlive()).as(loser.tail(20).toString()).isTrue();

            // The one with the lower address comes back: it asks, and the other one is silent.
            var _ = startDaemon(lab, lower);
            long again = System.nanoTime();
            awaitQueries(link, LOWER, again);
            for (StreamReceiver receiver : receivers) {
                ProxyNetwork.awaitPackets(receiver, 100);
                long duplicates = receiver.received().duplicates();
                ProxyNetwork.awaitPackets(receiver, 300);
                assertThat(receiver.received().duplicates())
                        .as("double after the second election")
                        .isEqualTo(duplicates);
            }
        }
    }

    /** Replaces the link-local address that the kernel gave. */
    private static void useLinkLocal(Host host, Map<Family, IpAddress> addresses) {
        host.ip("-6", "address", "flush", "dev", "lan", "scope", "link");
        host.address("lan", addresses.get(Family.IPV6) + "/64");
    }

    private static boolean isQuery(LinkCapture.Seen seen, Map<Family, IpAddress> of) {
        return isQuery(seen, of, seen.packet().source().family());
    }

    private static boolean isQuery(
            LinkCapture.Seen seen, Map<Family, IpAddress> of, Family family) {
        return seen.isGeneralQuery(family) && seen.packet().source().equals(of.get(family));
    }

    private static void awaitQueries(LinkCapture link, Map<Family, IpAddress> of, long after) {
        for (Family family : Family.values()) {
            ProxyNetwork.await(
                    link,
                    "query of " + of.get(family),
                    seen -> isQuery(seen, of, family) && seen.nanos() > after);
        }
    }

    /** Without a word to anybody. */
    private static void kill(LabProcess process) {
        assertThat(ProcessHandle.of(process.pid()).map(ProcessHandle::destroyForcibly))
                .contains(true);
        Await.until(ProxyNetwork.PATIENCE, "its end", () -> !process.isAlive());
    }

    private static LabProcess startDaemon(Lab lab, Host proxy) throws IOException {
        Path file = lab.folder().resolve(proxy + ".conf");
        Files.writeString(
                file,
                """
                protocol IGMPv3, MLDv2;
                pinstance tv: wan ==> lan;
                pinstance tv set query-interval 2s;
                pinstance tv set query-response-interval 1s;
                pinstance tv set robustness 2;
                """);
        return proxy.start("daemon of " + proxy, DaemonCommand.run(file, "-v"));
    }
}
