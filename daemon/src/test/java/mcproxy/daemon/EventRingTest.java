package mcproxy.daemon;

import static mcproxy.daemon.Examples.GROUP;
import static mcproxy.daemon.Examples.SOURCE;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import mcproxy.control.Happening;
import mcproxy.core.Event;
import mcproxy.core.LinkSettings.Role;
import mcproxy.core.Membership;
import mcproxy.core.SourceSet;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Reason;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

@Timeout(60)
final class EventRingTest {
    private static final Duration AT_ONCE = Duration.ZERO;

    private final LogText text = new LogText();
    private final ManualClock clock = new ManualClock();
    private final EventLog log = new EventLog(text.stream(), Level.ERROR, true, clock);
    private final EventRing ring = log.events();

    private static Event refused(String link, Reason reason) {
        return new Event.Refused(link, reason, SOURCE);
    }

    private static DaemonEvent gone(int number) {
        return new DaemonEvent.InterfaceGone("tv", "lan" + number);
    }

    private List<Happening> after(long cursor) throws InterruptedException {
        return ring.after(cursor, AT_ONCE);
    }

    @Test
    void anEventIsTextForPeopleAndDataForPrograms() throws Exception {
        log.tell("tv", new Event.LinkStarted("lan0", Family.IPV4, Role.DOWNSTREAM, SOURCE));
        log.tell("tv", new Event.RouteSet(SOURCE, GROUP, "wan0", List.of("lan0", "lan1")));
        log.tell(new DaemonEvent.Stopped(12));
        List<Happening> all = after(0);
        assertThat(text.lines()).as("the log's level is another matter").isEmpty();
        assertThat(all)
                .extracting(Happening::kind)
                .containsExactly("link-started", "route-set", "stopped");
        assertThat(all).extracting(Happening::instance).containsExactly("tv", "tv", null);
        assertThat(all).extracting(Happening::level).containsExactly("info", "debug", "info");
        Happening route = all.get(1);
        assertThat(route.text())
                .isEqualTo("forwarding (10.0.0.9, 239.1.2.3) from wan0 to lan0, lan1");
        assertThat(route.data())
                .isEqualTo(
                        Map.of(
                                "source", "10.0.0.9",
                                "group", "239.1.2.3",
                                "incoming", "wan0",
                                "outgoing", "lan0, lan1"));
        assertThat(all.getFirst().data())
                .containsEntry("role", "downstream")
                .containsEntry("family", "IPv4");
        assertThat(Instant.parse(route.at()))
                .isBetween(Instant.now().minusSeconds(60), Instant.now());
        assertThat(after(all.get(1).cursor())).containsExactly(all.get(2));
        assertThat(ring.cursor()).isEqualTo(all.get(2).cursor());
        assertThat(after(ring.cursor())).isEmpty();
    }

    /** One whole second of a flood is two entries of each kind, and nothing else is pushed out. */
    @Test
    void aFloodOfRefusalsIsSummedUp() throws Exception {
        log.tell(gone(1));
        long before = ring.cursor();
        for (int i = 0; i < 100_000; i++) {
            log.tell("tv", refused("lan0", Reason.CHECKSUM));
            log.tell("tv", refused("lan0", Reason.HOP_LIMIT));
        }
        assertThat(after(before)).hasSize(2);
        clock.advance(Duration.ofSeconds(1));
        List<Happening> told = after(before);
        assertThat(told).hasSize(4).allMatch(one -> one.kind().equals("refused"));
        Happening sum = told.getLast();
        assertThat(sum.data())
                .containsEntry("reason", "hop-limit")
                .containsEntry("link", "lan0")
                .containsEntry("repeats", "99998");
        assertThat(sum.text()).endsWith("(and 99998 more like it in a second)");
        clock.advance(Duration.ofSeconds(1));
        assertThat(after(sum.cursor())).isEmpty();
        for (int second = 0; second < 2 * EventRing.COMMON_CAPACITY; second++) {
            log.tell("tv", refused("lan0", Reason.CHECKSUM));
            clock.advance(Duration.ofSeconds(1));
        }
        assertThat(after(0)).anyMatch(one -> one.kind().equals("interface-gone"));
    }

    @Test
    void kindsOfFloodsAreBoundedToo() throws Exception {
        for (int i = 0; i < 10 * EventRing.MAX_KINDS; i++) {
            log.tell("tv", refused("lan" + i, Reason.CHECKSUM));
        }
        assertThat(after(0)).hasSize(EventRing.MAX_KINDS + 1);
    }

    @Test
    void whoIsTooSlowIsToldHowMuchIsGone() throws Exception {
        log.tell(gone(0));
        long known = after(0).getFirst().cursor();
        int lost = 500;
        for (int i = 1; i <= EventRing.CAPACITY + lost; i++) {
            log.tell(gone(i));
        }
        List<Happening> rest = after(known);
        assertThat(rest).hasSize(EventRing.BATCH + 1);
        assertThat(rest.getFirst().kind()).isEqualTo("gap");
        assertThat(rest.getFirst().data()).isEqualTo(Map.of("lost", String.valueOf(lost)));
        assertThat(rest.getFirst().cursor()).isGreaterThan(known).isLessThan(rest.get(1).cursor());
        assertThat(rest.get(1).data()).isEqualTo(Map.of("link", "lan" + (lost + 1)));

        int read = rest.size() - 1;
        for (List<Happening> more = after(rest.getLast().cursor());
                !more.isEmpty();
                more = after(more.getLast().cursor())) {
            assertThat(more).noneMatch(one -> one.kind().equals("gap"));
            read += more.size();
        }
        assertThat(read).isEqualTo(EventRing.CAPACITY);
    }

    @Test
    void aCursorOfAnEarlierDaemonGetsAllWithAGapBefore() throws Exception {
        log.tell(gone(1));
        log.tell(gone(2));
        assertThat(after(0)).extracting(Happening::kind).doesNotContain("gap");
        for (long old : new long[] {7, ring.cursor() + 1_000_000}) {
            List<Happening> all = after(old);
            assertThat(all).as("cursor %d", old).hasSizeGreaterThanOrEqualTo(2);
            assertThat(all.getLast().data()).isEqualTo(Map.of("link", "lan2"));
        }
        assertThat(after(7).getFirst().kind()).isEqualTo("gap");
    }

    @Test
    void whoWaitsIsWoken() throws Exception {
        long known = ring.cursor();
        CompletableFuture<List<Happening>> read = new CompletableFuture<>();
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    try {
                        read.complete(ring.after(known, Duration.ofSeconds(30)));
                    } catch (InterruptedException e) {
                        read.completeExceptionally(e);
                    }
                });
        log.tell(gone(1));
        assertThat(read.get(30, TimeUnit.SECONDS)).hasSize(1);
        long start = System.nanoTime();
        assertThat(ring.after(ring.cursor(), Duration.ofMillis(50))).isEmpty();
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(50_000_000L);
    }

    /** A hostile host can make an event as long as it likes; what is kept of it is short. */
    @Test
    void whatIsLongIsCut() throws Exception {
        SourceSet many =
                SourceSet.of(
                        IntStream.range(0, 10_000)
                                .mapToObj(n -> IpAddress.ipv4(0x0a000000 + n))
                                .toList());
        log.tell("tv", new Event.DownstreamMembership("lan0", GROUP, Membership.include(many)));
        Happening one = after(0).getFirst();
        assertThat(one.text().length()).isLessThan(EventData.MAX_TEXT + 10);
        assertThat(requireNonNull(one.data().get("membership")).length())
                .isLessThan(EventData.MAX_TEXT + 10);
        assertThat(one.data()).containsEntry("group", GROUP.toString());
    }

    @Test
    void levelsChangeWhileItRuns() {
        log.tell(gone(1));
        assertThat(text.lines()).isEmpty();
        log.level(Level.WARNING);
        log.tell(gone(2));
        log.tell(new DaemonEvent.Stopped(1));
        assertThat(text.lines()).hasSize(1).first().asString().contains("lan2 has gone");
    }
}
