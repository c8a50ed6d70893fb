package mcproxy.control;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.control.testing.FakeControl;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

class ControlServerTest {
    private static final Selection ALL = Selection.ALL;

    @TempDir Path folder;

    private final FakeControl control = new FakeControl();
    private final List<ControlEvent> told = new ArrayList<>();
    private Path socket = Path.of("none");
    private ControlServer server;
    private ControlClient client;

    @BeforeEach
    void start() throws ControlStartException {
        socket = folder.resolve("mcproxy/control.sock");
        server =
                ControlServer.start(
                        control, ControlSocket.at(socket), ControlLimits.DEFAULT, told::add);
        client = new ControlClient(socket);
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void aClientSeesWhatTheDaemonHas() {
        assertThat(client.status()).isEqualTo(control.status());
        assertThat(client.instances()).isEqualTo(control.instances());
        assertThat(client.interfaces(ALL)).isEqualTo(control.interfaces(ALL));
        assertThat(client.groups(ALL)).isEqualTo(control.groups(ALL));
        assertThat(client.memberships(ALL)).isEqualTo(control.memberships(ALL));
        assertThat(client.flows(ALL)).isEqualTo(control.flows(ALL));
        assertThat(client.hosts(ALL)).isEqualTo(control.hosts(ALL)).hasSize(2);
        assertThat(client.rules(ALL)).isEqualTo(control.rules(ALL));
        assertThat(client.counters(ALL)).startsWith(control.counters(ALL).toArray(Counter[]::new));
        assertThat(client.explain("232.1.1.1", Optional.empty(), ALL))
                .isEqualTo(control.explain("232.1.1.1", Optional.empty(), ALL));
        assertThat(client.configuration()).isEqualTo(FakeControl.CONFIGURATION);
    }
}
