package mcproxy.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

@Timeout(20)
class PollerTest {
    private final Kernel kernel = Linux.kernel();

    @Test
    void aWakeupEndsTheNextAwaitAndOnlyThat() throws KernelException {
        try (Poller poller = kernel.openPoller()) {
            poller.wakeup();
            poller.wakeup();
            assertThat(poller.await(Set.of(), -1)).isEmpty();
            long before = System.nanoTime();
            assertThat(poller.await(Set.of(), 30)).isEmpty();
            assertThat(System.nanoTime() - before)
                    .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(29));
        }
    }

    @Test
    void anotherThreadWakesARunningAwait() throws KernelException, InterruptedException {
        try (Poller poller = kernel.openPoller()) {
            Thread other =
                    Thread.ofPlatform()
                            .start(() -> {
                                for (int i = 0; i < 1000; i++) {
                                    poller.wakeup();
                                }
                            });
            assertThat(poller.await(Set.of(), -1)).isEmpty();
            other.join();
        }
    }

    @Test
    void manyDescriptorsAreWaitedForTogether() throws KernelException {
        try (TestNet net = new TestNet();
                Poller poller = kernel.openPoller()) {
            List<LinkMonitor> monitors = new ArrayList<>();
            try {
                String quiet = net.namespace("quiet");
                String busy = net.namespace("busy");
                for (int i = 0; i < 20; i++) {
                    monitors.add(net.in(i == 13 ? busy : quiet, kernel::openLinkMonitor));
                }
                for (LinkMonitor monitor : monitors) {
                    var _ = monitor.readChanges();
                }
                assertThat(poller.await(monitors, 0)).isEmpty();
                net.ip(busy, "address add 10.0.0.1/24 dev lo");
                assertThat(poller.await(monitors, 5000)).containsExactly(monitors.get(13));
            } finally {
                monitors.forEach(LinkMonitor::close);
            }
        }
    }

    @Test
    void afterCloseNothingHappens() throws KernelException {
        Poller poller = kernel.openPoller();
        poller.close();
        poller.close();
        poller.wakeup();
    }
}
