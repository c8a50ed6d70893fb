package mcproxy.daemon;

import static mcproxy.daemon.Examples.GROUP;
import static mcproxy.daemon.Examples.OTHER_SOURCE;
import static mcproxy.daemon.Examples.SOURCE;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.IpAddress;

import org.junit.jupiter.api.Test;

class LastHopsTest {
    private final LastHops lastHops = new LastHops();

    @Test
    void aStreamIsNewsAgainWhenNothingWasSeenForAWhile() {
        long recent = LastHops.RECENT.toNanos();
        assertThat(lastHops.isRecent(SOURCE, GROUP, 0)).isFalse();
        assertThat(lastHops.seen(SOURCE, GROUP, 0)).isTrue();
        assertThat(lastHops.seen(SOURCE, GROUP, recent - 1)).isFalse();
        assertThat(lastHops.isRecent(OTHER_SOURCE, GROUP, 1)).isFalse();
        assertThat(lastHops.isRecent(SOURCE, GROUP, 2 * recent - 2)).isTrue();
        assertThat(lastHops.isRecent(SOURCE, GROUP, 2 * recent - 1)).isFalse();
        assertThat(lastHops.seen(SOURCE, GROUP, 2 * recent - 1)).isTrue();
    }

    @Test
    void theStreamThatWasSeenLongestAgoMakesRoom() {
        for (int i = 0; i < LastHops.MAX_STREAMS; i++) {
            lastHops.seen(IpAddress.ipv4(i), GROUP, i);
        }
        lastHops.seen(IpAddress.ipv4(0), GROUP, LastHops.MAX_STREAMS);
        lastHops.seen(SOURCE, GROUP, LastHops.MAX_STREAMS);
        assertThat(lastHops.isRecent(IpAddress.ipv4(0), GROUP, LastHops.MAX_STREAMS)).isTrue();
        assertThat(lastHops.isRecent(IpAddress.ipv4(1), GROUP, LastHops.MAX_STREAMS)).isFalse();
        assertThat(lastHops.isRecent(IpAddress.ipv4(2), GROUP, LastHops.MAX_STREAMS)).isTrue();
    }
}
