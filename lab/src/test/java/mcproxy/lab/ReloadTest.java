package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.RecordType;
import mcproxy.wire.ReportRecord;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The daemon takes other configurations while streams flow. */
@InSandbox
class ReloadTest {
    private static final int STREAMS = 100;
    private static final IpAddress EXTRA = IpAddress.of("239.9.9.9");

    private static final String TAIL =
            """
            pinstance tv set last-member-query-interval 300ms;
            pinstance tv set startup-query-count 1;
            """;

    private static final String HEAD = "protocol IGMPv3, MLDv2;\n";

    private static IpAddress group(int number) {
        return IpAddress.of(
                number % 2 == 0 ? "232.1.1." + (number + 1) : "ff3e::8000:" + (number + 1));
    }

    private static void reload(ProxyNetwork net, LabProcess daemon, String text)
            throws IOException {
        reload(net, daemon, HEAD + text + TAIL, "the configuration has changed");
    }

    private static void reload(ProxyNetwork net, LabProcess daemon, String text, String answer)
            throws IOException {
        Path file = net.lab.folder().resolve("mcproxy.conf");
        long before = told(daemon, answer);
        Files.writeString(file, text);
        Command.run("kill", "-HUP", Long.toString(daemon.pid()));
        Await.until(
                ProxyNetwork.PATIENCE,
                () -> "\"" + answer + "\"; the daemon says " + daemon.tail(10),
                () -> told(daemon, answer) > before);
    }

    private static long told(LabProcess daemon, String what) {
        try {
            return Files.readAllLines(daemon.output()).stream()
                    .filter(line -> line.contains(what))
                    .count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<GroupRecord> reported(ProxyNetwork net) {
        List<GroupRecord> records = new ArrayList<>();
        for (LinkCapture.Seen seen : net.atUp.membership(_ -> true)) {
            if (seen.packet().message() instanceof Message.Report report) {
                for (ReportRecord record : report.records()) {
                    if (record instanceof GroupRecord known && !known.group().isLinkScopeGroup()) {
                        records.add(known);
                    }
                }
            }
        }
        return records;
    }

    @Test
    void ofAHundredStreamsNoPacketIsLostOrDoubledAndUpstreamHearsTheDifferenceOnly()
            throws Exception {
        try (ProxyNetwork net = new ProxyNetwork()) {
            net.lab.link(net.up, "eth9", net.proxy, "wanb");
            net.lab.link(net.tv3, "eth9", net.proxy, "lanb");
            LabProcess daemon = net.startDaemon("pinstance tv set startup-query-count 1;");
            List<StreamSender> senders = new ArrayList<>();
            List<StreamReceiver> receivers = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                IpAddress source = ProxyNetwork.node(group(i), 1, 10);
                receivers.add(net.join(net.tv3, source, group(i)));
                senders.add(
                        StreamSender.start(
                                net.up,
                                "eth0",
                                new MulticastStream(source, group(i), ProxyNetwork.PORT, 10)));
            }
            awaitAll(receivers, 5);
            awaitReports(net, 2 * STREAMS);
            List<StreamReceiver.Received> before =
                    receivers.stream().map(StreamReceiver::received).toList();
            long queriesBefore = queries(net);

            String tv = "pinstance tv: wan ==> lan1 lan2;\n";
            String extra = "pinstance tv downstream lan1 set static-group 239.9.9.9;\n";
            String b = "pinstance b: wanb ==> lanb;\n";
            reload(net, daemon, tv + "pinstance tv downstream lan1 set query-interval 60s;\n");
            reload(net, daemon, "pinstance tv: wan ==> lan2;\n");
            reload(net, daemon, "pinstance tv: wan ==> lan2;\n" + b);
            reload(net, daemon, tv + extra + b);
            awaitReports(net, 2 * STREAMS + 2); // said twice, within a second
            reload(net, daemon, tv + extra);
            String routes = routes(net);
            String wrong = HEAD + "pinstance tv: wan ==> lan2;\nset max-hosts many;\n";
            reload(net, daemon, wrong, "not reloaded");
            assertThat(daemon.tail(10).toString())
                    .as("why, and where")
                    .contains("mcproxy.conf:3:15: error: max-hosts takes a number");
            assertThat(routes(net)).isEqualTo(routes);
            reload(net, daemon, tv + b);
            awaitReports(net, 2 * STREAMS + 4);
            reload(net, daemon, tv + "set max-hosts 1000;\n");

            awaitAll(receivers, 15);
            for (int i = 0; i < STREAMS; i++) {
                StreamReceiver.Received after = receivers.get(i).received();
                assertThat(after.lost()).as("lost of %s", group(i)).isEqualTo(before.get(i).lost());
                assertThat(after.duplicates()).as("double of %s", group(i)).isZero();
            }
            assertThat(queries(net)).as("queries where nothing is new").isEqualTo(queriesBefore);
            List<GroupRecord> all = reported(net);
            assertThat(all.subList(2 * STREAMS, all.size()))
                    .containsExactly(
                            new GroupRecord(RecordType.TO_EX, EXTRA, List.of()),
                            new GroupRecord(RecordType.TO_EX, EXTRA, List.of()),
                            new GroupRecord(RecordType.TO_IN, EXTRA, List.of()),
                            new GroupRecord(RecordType.TO_IN, EXTRA, List.of()));
            senders.forEach(sender -> assertThat(sender.failure()).isEmpty());
            assertThat(daemon.stop(Duration.ofSeconds(5)).status()).isZero();
        }
    }

    /** Waits until so many records were sent; each is said twice (RFC 9776 8.1, 5.1). */
    private static void awaitReports(ProxyNetwork net, int records) {
        Await.until(
                ProxyNetwork.PATIENCE,
                () -> records + " records, of " + reported(net).size(),
                () -> reported(net).size() >= records);
    }

    private static String routes(ProxyNetwork net) {
        return net.proxy.ip("-4", "mroute", "show", "table", "all")
                + net.proxy.ip("-6", "mroute", "show", "table", "all");
    }

    private static void awaitAll(List<StreamReceiver> receivers, long more) {
        List<Long> before = receivers.stream().map(one -> one.received().packets()).toList();
        for (int i = 0; i < receivers.size(); i++) {
            StreamReceiver receiver = receivers.get(i);
            long wanted = before.get(i) + more;
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> wanted + " packets, of " + receiver.received(),
                    () -> receiver.received().packets() >= wanted);
        }
    }

    private static long queries(ProxyNetwork net) {
        return net.atTv3
                .membership(seen -> seen.packet().message() instanceof Message.Query)
                .size();
    }
}
