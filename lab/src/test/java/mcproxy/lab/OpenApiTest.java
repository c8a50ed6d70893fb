package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.control.ControlClient;
import mcproxy.control.Counter;
import mcproxy.control.Selection;
import mcproxy.control.testing.DocumentClient;
import mcproxy.control.testing.DocumentClient.Done;
import mcproxy.control.testing.DocumentClient.Operation;
import mcproxy.control.testing.RawHttp;
import mcproxy.wire.IpAddress;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A client that has read the OpenAPI document, which the daemon gives, and nothing else, makes
 * every request of it to a daemon on a real kernel. The network has the names of the document's
 * examples.
 */
@InSandbox
class OpenApiTest {
    private static final IpAddress SOURCE = IpAddress.of("192.0.2.10");
    private static final IpAddress GROUP = IpAddress.of("232.1.1.1");

    private static final String CONFIGURATION =
            """
            protocol IGMPv3, MLDv2;
            pinstance tv: wan0 ==> lan0 lan1;
            pinstance "house 2": ==> lan9;
            pinstance tv set query-interval 5s;
            pinstance tv set query-response-interval 1s;
            """;

    private static StreamReceiver watch(Lab lab, Host proxy) {
        Host up = lab.host("up");
        Host tv = lab.host("tv");
        lab.link(up, "eth0", proxy, "wan0");
        lab.link(tv, "eth0", proxy, "lan0");
        lab.link(tv, "eth1", proxy, "lan1");
        up.address("eth0", SOURCE + "/24");
        proxy.address("wan0", "192.0.2.1/24");
        proxy.address("lan0", "10.0.0.1/24");
        tv.address("eth0", "10.0.0.2/24");
        for (String name : List.of("wan0", "lan0", "lan1")) {
            proxy.awaitLinkLocal(name);
        }
        var _ = StreamSender.start(up, "eth0", new MulticastStream(SOURCE, GROUP, 5000, 100));
        return StreamReceiver.join(
                tv, "eth0", StreamReceiver.Subscription.channel(SOURCE, GROUP, 5000));
    }

    @Test
    void aClientMadeOfTheDocumentAloneDrivesARealDaemon() throws Exception {
        try (Lab lab = Lab.open()) {
            Host proxy = lab.host("proxy");
            StreamReceiver receiver = watch(lab, proxy);
            Path file = lab.folder().resolve("mcproxy.conf");
            Path socket = lab.folder().resolve("control.sock");
            Files.writeString(file, CONFIGURATION);
            LabProcess daemon =
                    proxy.start("daemon", DaemonCommand.run(file, "--control", socket.toString()));
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "a control socket; the daemon says " + daemon.tail(20),
                    () -> Files.exists(socket));
            ProxyNetwork.awaitPackets(receiver, 10);
            DocumentClient client =
                    new DocumentClient(
                            RawHttp.exchange(
                                            socket,
                                            "GET",
                                            "/v1/openapi.yaml",
                                            Map.of("Accept", "application/yaml"),
                                            new byte[0])
                                    .body());
            Set<String> driven = new TreeSet<>();
            List<String> refused = new ArrayList<>();
            try (ControlClient control = new ControlClient(socket)) {
                for (Operation operation : client.operations()) {
                    // What an operation before has changed is not this one's matter.
                    assertThat(control.replace(CONFIGURATION, false).problems()).isEmpty();
                    for (Done done : client.drive(socket, operation, Map.of())) {
                        driven.add(operation.id());
                        if (done.reply().status() != 200) {
                            refused.add(operation.id() + " " + done);
                        }
                    }
                    checkEffect(operation, control);
                }
                assertThat(driven).hasSize(client.operations().size()).hasSizeGreaterThan(15);
                // Trying what has just been done has nothing left to do, and says so.
                assertThat(refused)
                        .allMatch(one -> one.contains("dry-run=true") && one.contains("422"));
                assertThat(control.counters(Selection.ALL))
                        .filteredOn(counter -> counter.name().equals("control-refused"))
                        .filteredOn(counter -> !"configuration".equals(counter.label()))
                        .extracting(Counter::value)
                        .isNotEmpty()
                        .containsOnly(0L);
            }
            ProxyNetwork.awaitPackets(receiver, 10);
            assertThat(daemon.stop(Duration.ofSeconds(5)).status())
                    .as("%s", daemon.tail(20))
                    .isZero();
        }
    }

    /** What the requests that change something have changed. */
    private static void checkEffect(Operation operation, ControlClient control) {
        switch (operation.id()) {
            case "change" ->
                    assertThat(control.configuration())
                            .contains("lan7", "query-interval 60s", "232.1.1.9 192.0.2.1")
                            .doesNotContain("house 2");
            case "replaceConfiguration", "reload" ->
                    assertThat(control.configuration()).contains("wan0 ==> lan0 lan1");
            case "setLogLevel" -> assertThat(control.status().logLevel()).isEqualTo("debug");
            default -> assertThat(control.status().instances()).contains("tv");
        }
    }
}
