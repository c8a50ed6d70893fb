package mcproxy.core;

import static mcproxy.core.Bench.LAN;
import static mcproxy.core.Bench.WAN;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.LinkSettings.Role;
import mcproxy.core.RouterSettings.Advertising;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.Reason;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Multicast Router Discovery: RFC 4286. */
class RouterAdvertiserTest {
    private static Bench bench(Family family) {
        Bench bench = new Bench(family);
        bench.router = RouterSettings.DEFAULT;
        bench.up(WAN, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM);
        return bench;
    }

    private static List<Packet> discovery(Bench bench, int ifindex) {
        return bench.sent(ifindex).stream()
                .filter(packet -> packet.message() instanceof Message.RouterDiscovery)
                .toList();
    }

    /** The times of advertisements in the span, found by steps of 10 ms. */
    private static List<Long> times(Bench bench, Duration span) {
        List<Long> times = new ArrayList<>();
        for (long step = 0; step < span.toMillis() / 10; step++) {
            bench.forget();
            bench.advance(Duration.ofMillis(10));
            discovery(bench, LAN).forEach(_ -> times.add(bench.now()));
        }
        return times;
    }

    // RFC 4286 3.2 to 3.4
    // shows RFC4286-2-1, RFC4286-3.1.2-1, RFC4286-3.3.1-1, RFC4286-3.3.2-1, RFC4286-3.4-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void threeSoonAndThenOneEachInterval(Family family) {
        Bench bench = bench(family);
        long start = bench.now();
        assertThat(discovery(bench, LAN)).isEmpty();
        List<Long> times = times(bench, Duration.ofMinutes(10));
        assertThat(times.get(0) - start).isLessThanOrEqualTo(seconds(2.01));
        for (int i = 1; i < times.size(); i++) {
            long pause = times.get(i) - times.get(i - 1);
            if (i < 3) {
                assertThat(pause).isBetween(seconds(0.09), seconds(2.01));
            } else {
                assertThat(pause).isBetween(seconds(19.49), seconds(20.51));
            }
        }
        assertThat(times).hasSizeBetween(30, 34);
        bench.forget();
        bench.advance(Duration.ofSeconds(21));
        assertThat(discovery(bench, LAN).getFirst())
                .isEqualTo(
                        new Packet(
                                bench.self(LAN),
                                IpAddress.of(family == Family.IPV4 ? "224.0.0.106" : "ff02::6a"),
                                1,
                                0xc0,
                                true,
                                new Message.RouterAdvertisement(family, 20, 125, 2)));
        assertThat(discovery(bench, WAN)).as("only where we route").isEmpty();
    }

    // RFC 4286 3.4: answered within 2 s; a second question meanwhile is ignored
    // shows RFC4286-3.4-2, RFC4286-3.4-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void solicitationsAreAnsweredWithinTwoSeconds(Family family) {
        Bench bench = bench(family);
        bench.advance(Duration.ofSeconds(8));
        for (int i = 0; i < 20; i++) {
            bench.forget();
            solicit(bench, bench.node(LAN, 50));
            solicit(bench, bench.node(LAN, 51));
            bench.advance(Duration.ofSeconds(2));
            assertThat(discovery(bench, LAN)).hasSize(1);
            bench.advance(Duration.ofSeconds(3));
        }
    }

    // RFC 4286 3.1.6, 7: at most ten a second, however many questions there are
    // shows RFC4286-2-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void aFloodOfSolicitationsIsAnsweredAtABoundedRate(Family family) {
        Bench bench = bench(family);
        bench.advance(Duration.ofSeconds(8));
        bench.forget();
        for (int i = 0; i < 10_000; i++) {
            solicit(bench, bench.node(LAN, 50));
            bench.advance(Duration.ofMillis(1));
        }
        assertThat(discovery(bench, LAN)).hasSizeBetween(5, 100);
    }

    // RFC 4286 4.4, 7
    // shows RFC4286-4.4-2, RFC4286-4.4-3, RFC4286-4.4-4, RFC4286-7-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void wrongSolicitationsAreRefused(Family family) {
        Bench bench = bench(family);
        Message message = new Message.RouterSolicitation(family);
        IpAddress foreign = IpAddress.of(family == Family.IPV4 ? "198.51.100.1" : "2001:db8::1");
        bench.forget();
        bench.hear(LAN, bench.node(LAN, 50), bench.allHosts(), message);
        bench.hear(LAN, foreign, routers(family), message);
        assertThat(bench.events())
                .containsExactly(
                        new Event.Refused("if2", Reason.BAD_DESTINATION, bench.node(LAN, 50)),
                        new Event.Refused(
                                "if2",
                                family == Family.IPV4 ? Reason.OFF_SUBNET : Reason.BAD_SENDER,
                                foreign));
    }

    // RFC 4286 5.3
    // shows RFC4286-5.3-1, RFC4286-5.3-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void theEndIsTold(Family family) {
        Bench bench = bench(family);
        bench.advance(Duration.ofMinutes(1));
        bench.forget();
        bench.accept(new Input.Stop());
        assertThat(discovery(bench, LAN))
                .extracting(Packet::message)
                .containsExactly(new Message.RouterTermination(family));
        bench.advance(Duration.ofSeconds(30)); // what an upstream repeats
        assertThat(bench.engine.nextDeadlineNanos()).isEqualTo(ProxyEngine.NO_DEADLINE);
    }

    // shows RFC4286-5.3-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void itCanBeSwitchedOffAndOn(Family family) {
        Bench bench = bench(family);
        bench.advance(Duration.ofMinutes(1));
        bench.forget();
        bench.router = bench.router.withAdvertising(Optional.empty());
        bench.up(LAN, Role.DOWNSTREAM);
        assertThat(discovery(bench, LAN)).hasSize(1);
        bench.advance(Duration.ofMinutes(5));
        assertThat(discovery(bench, LAN)).hasSize(1);
        bench.forget();
        solicit(bench, bench.node(LAN, 50));
        bench.advance(Duration.ofMinutes(1));
        assertThat(discovery(bench, LAN)).isEmpty();
        bench.router =
                bench.router.withAdvertising(
                        Optional.of(Advertising.DEFAULT.withInterval(Duration.ofSeconds(4))));
        bench.up(LAN, Role.DOWNSTREAM);
        bench.advance(Duration.ofMinutes(1));
        assertThat(discovery(bench, LAN)).hasSizeBetween(15, 19);
    }

    // RFC 4286: a switch must know us whether we are querier or not
    @ParameterizedTest
    @EnumSource(Family.class)
    void aNonQuerierAdvertisesToo(Family family) {
        Bench bench = bench(family);
        bench.generalQuery(LAN, bench.node(LAN, 3), bench.newest());
        bench.forget();
        bench.advance(Duration.ofMinutes(1));
        assertThat(discovery(bench, LAN)).hasSizeBetween(5, 6);
    }

    // RFC 4286 3.3.1
    // shows RFC4286-3.3.1-1
    @Test
    void withoutAnAddressNothingIsAdvertised() {
        Bench bench = new Bench(Family.IPV4);
        bench.router = RouterSettings.DEFAULT;
        bench.up(LAN, Role.DOWNSTREAM, Family.IPV4.unspecified(), bench.newest());
        bench.advance(Duration.ofMinutes(1));
        assertThat(discovery(bench, LAN)).isEmpty();
        bench.up(LAN, Role.DOWNSTREAM);
        bench.advance(Duration.ofSeconds(2));
        assertThat(discovery(bench, LAN)).isNotEmpty();
    }

    // RFC 4286 3.4, 3.2.4, 3.2.5: what the elected querier says is in use
    // shows RFC4286-3.2.4-1, RFC4286-3.2.5-1, RFC4286-3.4-4, RFC4286-3.4-5
    @ParameterizedTest
    @EnumSource(Family.class)
    void newValuesAreToldByTheNextAdvertisement(Family family) {
        Bench bench = bench(family);
        bench.advance(Duration.ofMinutes(1));
        long last = times(bench, Duration.ofSeconds(21)).getLast();
        bench.forget();
        bench.hear(
                LAN,
                bench.node(LAN, 1),
                bench.allHosts(),
                new Message.Query(
                        bench.newest(), family.unspecified(), 1000, false, 5, 77, List.of()));
        long quiet = last + seconds(19.4) - bench.now();
        bench.advance(Duration.ofNanos(quiet));
        assertThat(discovery(bench, LAN)).as("no sooner than planned").isEmpty();
        bench.advance(Duration.ofSeconds(2));
        assertThat(discovery(bench, LAN))
                .extracting(Packet::message)
                .containsExactly(new Message.RouterAdvertisement(family, 20, 77, 5));
    }

    // shows RFC4286-3.4-6
    @ParameterizedTest
    @EnumSource(Family.class)
    void theIntervalBeginsAnewWithAnAnswer(Family family) {
        Bench bench = bench(family);
        bench.advance(Duration.ofMinutes(1));
        long planned = times(bench, Duration.ofSeconds(21)).getLast();
        bench.advance(Duration.ofNanos(planned + seconds(10) - bench.now()));
        solicit(bench, bench.node(LAN, 50));
        List<Long> times = times(bench, Duration.ofSeconds(23));
        assertThat(times).hasSize(2);
        assertThat(times.get(1) - times.get(0)).isBetween(seconds(19.49), seconds(20.51));
    }

    // RFC 4286 3.1
    // shows RFC4286-3.1-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void beginningAndRateAreConfigured(Family family) {
        Bench bench = new Bench(family);
        bench.router =
                RouterSettings.DEFAULT.withAdvertising(
                        Optional.of(
                                new Advertising(
                                        Duration.ofSeconds(100), Duration.ofSeconds(30), 5, 1)));
        bench.up(LAN, Role.DOWNSTREAM);
        long start = bench.now();
        List<Long> times = times(bench, Duration.ofMinutes(6));
        assertThat(times.getFirst() - start).isLessThan(seconds(30));
        List<Long> pauses = new ArrayList<>();
        for (int i = 1; i < times.size(); i++) {
            pauses.add(times.get(i) - times.get(i - 1));
        }
        assertThat(pauses.subList(0, 4))
                .allMatch(pause -> pause >= seconds(0.99) && pause <= seconds(30.01))
                .anyMatch(pause -> pause > seconds(2.01));
        assertThat(pauses.subList(4, pauses.size()))
                .isNotEmpty()
                .allMatch(pause -> pause >= seconds(97.49) && pause <= seconds(102.51));

        bench.forget();
        for (int i = 0; i < 10_000; i++) {
            solicit(bench, bench.node(LAN, 50));
            bench.advance(Duration.ofMillis(1));
        }
        assertThat(discovery(bench, LAN)).hasSizeBetween(2, 10);
    }

    // shows RFC4286-3.2.5-2
    @Test
    void withTheFirstVersionThereIsNoRobustness() {
        Bench bench = new Bench(Family.IPV4);
        bench.router = RouterSettings.DEFAULT;
        bench.up(LAN, Role.DOWNSTREAM, bench.self(LAN), Protocol.IGMPV1);
        bench.advance(Duration.ofSeconds(2));
        assertThat(discovery(bench, LAN))
                .extracting(Packet::message)
                .contains(new Message.RouterAdvertisement(Family.IPV4, 20, 125, 0));
    }

    private static void solicit(Bench bench, IpAddress from) {
        bench.hear(LAN, from, routers(bench.family), new Message.RouterSolicitation(bench.family));
    }

    private static IpAddress routers(Family family) {
        return IpAddress.of(family == Family.IPV4 ? "224.0.0.2" : "ff02::2");
    }

    private static long seconds(double seconds) {
        return (long) (seconds * 1e9);
    }
}
