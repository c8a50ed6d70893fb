package mcproxy.daemon;

import static mcproxy.daemon.Examples.GROUP;
import static mcproxy.daemon.Examples.SOURCE;
import static mcproxy.daemon.Examples.report;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.kernel.KernelException;
import mcproxy.kernel.MulticastTable;
import mcproxy.kernel.MulticastTable.Arrival;
import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.Packet;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

final class ReceiverTest {
    private static final Packet REPORT = report(RecordType.TO_EX, GROUP);

    private final FakeKernel kernel = new FakeKernel();
    private final LogText text = new LogText();
    private final CompletableFuture<KernelException> failure = new CompletableFuture<>();
    private final Receiver receiver =
            new Receiver(
                    kernel.openPoller(),
                    kernel.openLinkMonitor(),
                    text.log(new ManualClock()),
                    failure::complete);
    private final Thread thread = Thread.ofPlatform().daemon().unstarted(receiver);
    private final Mailbox one = new Mailbox(() -> 0);
    private final Mailbox two = new Mailbox(() -> 0);
    private FakeKernel.FakeTable tableOne;
    private FakeKernel.FakeTable tableTwo;

    @BeforeEach
    void start() throws Exception {
        MulticastTable first = kernel.openTable(Family.IPV4, 1);
        MulticastTable second = kernel.openTable(Family.IPV4, 2);
        tableOne = kernel.table(Family.IPV4, 1);
        tableTwo = kernel.table(Family.IPV4, 2);
        receiver.attach(first, one);
        receiver.attach(second, two);
        receiver.register(first, 10);
        receiver.register(second, 20);
        thread.start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        receiver.stop();
        assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
    }

    private static Mail.Heard heard(int ifindex) {
        return new Mail.Heard(
                ifindex,
                Family.IPV4,
                new Decoded.Value<>(REPORT),
                FakeKernel.MAC,
                Examples.bytes(REPORT));
    }

    @Test
    void ofSeveralSocketsThatHearAPacketTheOneOfItsInstanceCounts() throws InterruptedException {
        tableOne.hear(20, REPORT);
        tableTwo.hear(20, REPORT);
        tableTwo.hear(10, REPORT);
        tableOne.hear(10, REPORT);

        assertThat(one.take()).isEqualTo(heard(10));
        assertThat(two.take()).isEqualTo(heard(20));
        Eventually.isTrue(() -> tableOne.waiting() + tableTwo.waiting() == 0, () -> "unread");
        assertThat(one.depth() + two.depth()).isZero();
        assertThat(receiver.counters().snapshot()).isEmpty();
    }

    @Test
    void upcallsBelongToTheirTable() throws InterruptedException {
        tableTwo.arrive(new Arrival.CacheMiss(3, SOURCE, GROUP));
        assertThat(two.take()).isEqualTo(new Mail.CacheMiss(3, SOURCE, GROUP));
        tableOne.arrive(new Arrival.WrongInterface(4, SOURCE, GROUP));
        assertThat(one.take()).isEqualTo(new Mail.WrongInterface(4, SOURCE, GROUP));
    }

    @Test
    void whatIsNobodysIsCounted() throws InterruptedException {
        tableOne.hear(30, REPORT);
        receiver.unregister(tableOne, 10);
        tableOne.hear(10, REPORT);
        tableOne.arrive(new Arrival.Other("whole-packet"));
        Map<String, Long> expected = Map.of("not-ours IPv4", 2L, "other whole-packet", 1L);
        Eventually.isTrue(
                () -> receiver.counters().snapshot().equals(expected),
                () -> receiver.counters().snapshot());
        assertThat(one.depth()).isZero();
    }

    @Test
    void unregisteringTheWrongTableChangesNothing() throws InterruptedException {
        receiver.unregister(tableTwo, 10);
        tableOne.hear(10, REPORT);
        assertThat(one.take()).isEqualTo(heard(10));
    }

    @Test
    void interfacesAreToldToAllAndGoneBeforeNew() throws InterruptedException {
        kernel.monitor().set(Examples.link(7, "lan0"));
        assertThat(one.take()).isInstanceOf(Mail.LinkChanged.class);
        assertThat(two.take()).isInstanceOf(Mail.LinkChanged.class);
    }

    @Test
    void aSocketThatKeepsFailingEndsTheReceiver() throws Exception {
        tableOne.fail("receive", "EIO");
        assertThat(failure.get(10, java.util.concurrent.TimeUnit.SECONDS).errnoName())
                .isEqualTo("EIO");
        assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
        assertThat(text.lines()).as("a line now and then, not one each").hasSize(1);
        assertThat(receiver.counters().snapshot())
                .isEqualTo(Map.of("receive-failed EIO", (long) Receiver.MAX_FAILURES));
    }
}
