package mcproxy.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

class NamespacesTest {
    private final Namespaces namespaces = Linux.kernel().namespaces();

    @Test
    void workSeesItsNamespaceAndTheCallerStaysWhereItWas() {
        try (TestNet net = new TestNet()) {
            String a = net.namespace("a");
            String b = net.namespace("b");
            net.veth(a, "inside-a", b, "inside-b");

            assertThat(net.text(a, "/proc/thread-self/net/dev"))
                    .contains("inside-a")
                    .doesNotContain("inside-b");
            assertThat(net.text(b, "/proc/thread-self/net/dev"))
                    .contains("inside-b")
                    .doesNotContain("inside-a");
            assertThat(Path.of("/proc/thread-self/net/dev")).content().doesNotContain("inside-");
        }
    }

    @Test
    void startedWorkRunsInsideAThreadOfTheGivenName()
            throws KernelException, InterruptedException, ExecutionException {
        try (TestNet net = new TestNet()) {
            String a = net.namespace("a");
            FutureTask<String> name = new FutureTask<>(() -> Thread.currentThread().getName());
            namespaces.start(Namespaces.named(a), "worker", name).join();
            assertThat(name.get()).isEqualTo("worker");
        }
    }

    @Test
    void whatTheWorkThrowsReachesTheCaller() {
        assertThatThrownBy(() ->
                        namespaces.call(
                                Namespaces.CURRENT,
                                () -> {
                                    throw new IOException("from inside");
                                }))
                .isInstanceOf(IOException.class)
                .hasMessage("from inside");
    }

    @Test
    void aMissingNamespaceIsToldByName() {
        assertThatThrownBy(() -> namespaces.call(Path.of("/run/netns/none-such"), () -> 1))
                .isInstanceOf(KernelException.class)
                .hasMessage("open(/run/netns/none-such): ENOENT");
    }

    @Test
    void aFileThatIsNoNamespaceIsRefused() {
        assertThatThrownBy(() -> namespaces.start(Path.of("/dev/null"), "x", () -> {}))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("setns(/dev/null, CLONE_NEWNET): EINVAL");
    }
}
