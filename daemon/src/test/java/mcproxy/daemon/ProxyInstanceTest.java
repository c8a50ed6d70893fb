package mcproxy.daemon;

import static mcproxy.daemon.Examples.GROUP;
import static mcproxy.daemon.Examples.link;
import static mcproxy.daemon.Examples.report;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.EngineView;
import mcproxy.core.Limits;
import mcproxy.core.ProxyEngine;
import mcproxy.core.ProxySettings;
import mcproxy.core.ViewRequest;
import mcproxy.kernel.KernelException;
import mcproxy.kernel.MulticastTable;
import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** An instance on a clock that stands, and with a timer and a receiver that the test plays. */
@Timeout(60)
final class ProxyInstanceTest {
    private static final int WAN0 = 2;
    private static final int LAN0 = 3;

    private final FakeKernel kernel = new FakeKernel();
    private final ManualClock clock = new ManualClock();
    private final Timer timer = new Timer(clock);
    private final Mailbox mailbox = new Mailbox(clock);
    private final UnreadSocket socket = new UnreadSocket();
    private final Map<Family, OwnTable> tables = new EnumMap<>(Family.class);
    private Thread thread;

    /** What has arrived at a socket that nobody has come to read yet. */
    private final class UnreadSocket implements ProxyInstance.Registry {
        private final List<Mail.Heard> unread = new ArrayList<>();

        @Override
        public void register(MulticastTable of, int ifindex) {}

        @Override
        public void unregister(MulticastTable of, int ifindex) {}

        @Override
        public synchronized void readAll(MulticastTable of) {
            unread.forEach(mailbox::offer);
            unread.clear();
        }

        synchronized void arrives(Mail.Heard heard) {
            unread.add(heard);
        }
    }

    @BeforeEach
    void start() throws Exception {
        EventLog log = new LogText().log(clock);
        for (Family family : Family.values()) {
            tables.put(family, table(family));
        }
        ProxyInstance instance =
                new ProxyInstance(
                        Examples.plan("wan0", "lan0"),
                        List.of(
                                link(WAN0, "wan0", "10.0.2.1/24"),
                                link(LAN0, "lan0", "10.0.1.1/24")),
                        tables,
                        new JournaledEngine(
                                new ProxyEngine(
                                        Limits.DEFAULT,
                                        ProxySettings.DEFAULT,
                                        new SplittableRandom(1)),
                                Journal.Track.NONE),
                        mailbox,
                        socket,
                        timer,
                        clock,
                        log);
        thread = Thread.ofPlatform().daemon().start(instance);
    }

    private OwnTable table(Family family) throws KernelException {
        return new OwnTable(
                kernel.openTable(family, 0), new TableRules(kernel.rules(), family, 0, List.of()));
    }

    @AfterEach
    void stop() throws InterruptedException {
        mailbox.stop();
        assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
    }

    private static Mail.Heard heard(RecordType type) {
        return new Mail.Heard(
                LAN0,
                Family.IPV4,
                new Decoded.Value<>(report(type, GROUP)),
                FakeKernel.MAC,
                ByteBuffer.allocate(8));
    }

    private List<EngineView.Group> groups() throws Exception {
        Mail.Show show = new Mail.Show(ViewRequest.ALL, new CompletableFuture<>());
        mailbox.request(show);
        return show.answer().get(20, TimeUnit.SECONDS).engine().downstreams().getFirst().groups();
    }

    private void awaitRead() throws InterruptedException {
        Eventually.isTrue(() -> mailbox.depth() == 0, mailbox::depth);
    }

    private void timeGoesBy(Duration by) throws Exception {
        clock.advance(by);
        timer.expire(clock.nanos());
        var _ = groups(); // answered when the timer's mail was taken, and with it what had arrived
        awaitRead(); // and what is due follows before the next answer
    }

    @Test
    void whatStillComesOfAFamilyThatHasGoneIsPassedOver() throws Exception {
        InstancePlan plan = Examples.plan("wan0", "lan0");
        InstancePlan ofIpv6 =
                new InstancePlan(
                        plan.name(),
                        plan.table(),
                        List.of(Family.IPV6),
                        plan.settings(),
                        plan.links(),
                        plan.rpFilter());
        OwnTable ipv6 = java.util.Objects.requireNonNull(tables.get(Family.IPV6));
        Mail.Reconfigure next =
                new Mail.Reconfigure(ofIpv6, Map.of(Family.IPV6, ipv6), new CompletableFuture<>());
        mailbox.request(next);
        assertThat(next.answer().get(20, TimeUnit.SECONDS)).isTrue();
        mailbox.offer(new Mail.LastHop(LAN0, Examples.SOURCE, GROUP));
        mailbox.offer(new Mail.CacheMiss(0, Examples.SOURCE, GROUP));
        awaitRead();
        assertThat(groups()).as("it answers, of IPv6").isEmpty();
    }

    @Test
    void anAnswerThatOnlyWaitsToBeReadKeepsTheGroup() throws Exception {
        mailbox.offer(heard(RecordType.TO_EX));
        mailbox.offer(heard(RecordType.TO_IN));
        awaitRead();
        assertThat(groups()).as("being asked about, with two seconds to answer").hasSize(1);

        socket.arrives(heard(RecordType.IS_EX));
        timeGoesBy(Duration.ofSeconds(3));
        assertThat(groups()).as("answered before the instance woke up").hasSize(1);
        timeGoesBy(Duration.ofSeconds(200));
        assertThat(groups()).as("a membership lasts 270 s").hasSize(1);
        timeGoesBy(Duration.ofSeconds(71));
        assertThat(groups()).isEmpty();
    }
}
