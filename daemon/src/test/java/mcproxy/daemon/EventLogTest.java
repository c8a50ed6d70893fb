package mcproxy.daemon;

import static mcproxy.daemon.Examples.GROUP;
import static mcproxy.daemon.Examples.SOURCE;
import static mcproxy.wire.Protocol.IGMPV2;
import static mcproxy.wire.Protocol.IGMPV3;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.Event;
import mcproxy.core.Membership;
import mcproxy.wire.Reason;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

final class EventLogTest {
    private final LogText text = new LogText();
    private final ManualClock clock = new ManualClock();

    private static final Event REFUSED = new Event.Refused("lan0", Reason.CHECKSUM, SOURCE);

    @Test
    void refusedPacketsAreOneLineInTenSecondsWithTheNumberOfTheOthers() {
        EventLog log = text.log(clock);
        for (int i = 0; i < 1000; i++) {
            log.tell("tv", REFUSED);
        }
        log.tell("tv", new Event.Refused("lan1", Reason.CHECKSUM, SOURCE));
        assertThat(text.lines())
                .containsExactly(
                        "<4>warning: tv: refused a packet on lan0 from 10.0.0.9: checksum",
                        "<4>warning: tv: refused a packet on lan1 from 10.0.0.9: checksum");

        clock.advance(Throttle.INTERVAL.minusNanos(1));
        log.tell("tv", REFUSED);
        assertThat(text.lines()).hasSize(2);
        clock.advance(Duration.ofNanos(1));
        log.tell("tv", REFUSED);
        assertThat(text.lines())
                .last()
                .asString()
                .endsWith(
                        "refused a packet on lan0 from 10.0.0.9: checksum (and 1000 more like it)");
    }

    @Test
    void aReversePathFilterIsToldOfWithItsRemedy() {
        EventLog log = text.log(clock);
        log.tell(new DaemonEvent.SourcesFiltered("tv", "eth0.4", 1));
        log.tell(new DaemonEvent.SourcesFiltered("tv", "eth0.4", 2));
        assertThat(text.lines())
                .containsExactly(
                        "<4>warning: tv: the kernel drops streams from eth0.4 whose source is not"
                                + " routed back over it, and no default route is (set rp-filter"
                                + " reset, or sysctl net/ipv4/conf/eth0.4/rp_filter=2)",
                        "<4>warning: tv: the kernel drops all streams from eth0.4, as it has no"
                                + " route to any source (set rp-filter reset, or ip route add"
                                + " default dev eth0.4)");
    }

    @Test
    void kindsThatAreHeldBackAreBounded() {
        Throttle throttle = new Throttle(clock);
        for (int i = 0; i <= Throttle.MAX_KINDS; i++) {
            assertThat(throttle.pass("kind " + i)).isZero();
        }
        assertThat(throttle.pass("kind " + Throttle.MAX_KINDS)).isEqualTo(-1);
        assertThat(throttle.pass("kind 0")).as("forgotten").isZero();
    }

    @Test
    void levelsDecideWhatIsWritten() {
        Event membership = new Event.DownstreamMembership("lan0", GROUP, Membership.ANY_SOURCE);
        Event route = new Event.RouteSet(SOURCE, GROUP, "wan0", List.of("lan0", "lan1"));
        EventLog quiet = new EventLog(text.stream(), Level.ofVerbosity(0), true, clock);
        quiet.tell("tv", membership);
        quiet.tell("tv", route);
        assertThat(text.lines()).isEmpty();

        EventLog verbose = new EventLog(text.stream(), Level.ofVerbosity(1), true, clock);
        verbose.tell("tv", membership);
        verbose.tell("tv", route);
        verbose.tell("tv", new Event.RouteSet(SOURCE, GROUP, "wan0", List.of()));
        assertThat(text.lines())
                .containsExactly(
                        "<7>tv: lan0 wants 239.1.2.3 EXCLUDE {}",
                        "<7>tv: forwarding (10.0.0.9, 239.1.2.3) from wan0 to lan0, lan1",
                        "<7>tv: dropping (10.0.0.9, 239.1.2.3) from wan0");
    }

    // shows RFC9776-7.2.1-8, RFC9776-7.3.1-5, RFC9776-7.3.1-8, RFC9776-7.3.1-11, RFC9777-5.1.14-3,
    // RFC9777-8.2.1-5, RFC9777-8.3.1-4, RFC9777-8.3.1-7, RFC4604-2.2.3-1, RFC4604-2.2.5-1,
    // RFC4604-3.6-1, RFC2236-4-10, RFC2236-4-12, RFC3590-4-3
    @Test
    void whatTheRfcsWantLoggedIsAWarning() {
        EventLog log = text.log(clock);
        log.tell("tv", new Event.OtherVersionQuerier("lan0", SOURCE, IGMPV2, IGMPV3));
        log.tell("tv", new Event.ElectionLostToOlderVersion("lan0", SOURCE, IGMPV2));
        log.tell("tv", new Event.OlderQueryForSsm("wan0", IGMPV2, GROUP));
        log.tell("tv", new Event.Refused("lan0", Reason.BAD_SENDER, SOURCE));
        assertThat(text.lines())
                .hasSize(4)
                .allMatch(line -> line.startsWith("<4>warning: tv: "))
                .allMatch(line -> line.contains(" lan0") || line.contains(" wan0"));
    }

    @Test
    void withoutTheJournalALineBeginsWithTheTime() {
        new EventLog(text.stream(), Level.INFO, false, clock)
                .tell(new DaemonEvent.InterfaceMissing("tv", "lan0"));
        assertThat(text.text())
                .matches(
                        "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{3})?Z warning: tv: there is"
                                + " no interface lan0 yet; waiting for it\n");
    }
}
