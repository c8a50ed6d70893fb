package mcproxy.lab;

import mcproxy.wire.IpAddress;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A listener on a host, with an ordinary socket: joins a group, from any source or from one (the
 * kernel then reports it by IGMP or MLD), and counts what arrives, until it leaves.
 */
public final class StreamReceiver implements AutoCloseable {
    private static final int MOST_SOURCES = 64;
    private static final int BUFFER_BYTES = 1 << 20;

    private final Host host;
    private final Subscription subscription;
    private final DatagramChannel channel;
    private final MembershipKey membership;
    private final long joinedNanos;
    private final Thread thread;

    private final Object lock = new Object();
    private final Map<IpAddress, SequenceCounter> bySource = new HashMap<>();
    private final Map<Integer, Long> bySender = new HashMap<>();
    private long foreign;
    private long held;
    private long firstNanos = -1;
    private long lastNanos = -1;
    private long leftNanos = -1;
    private long pauseExpectedNanos = Long.MAX_VALUE;
    private long pauseFromNanos = -1;
    private long pauseToNanos = -1;

    /**
     * What a receiver asks for.
     *
     * @param group the group
     * @param source the only source wanted; empty for any
     * @param port the UDP port
     */
    public record Subscription(IpAddress group, Optional<IpAddress> source, int port) {
        /** Everything sent to a group. */
        public static Subscription anySource(IpAddress group, int port) {
            return new Subscription(group, Optional.empty(), port);
        }

        /** What one source sends to a group. */
        public static Subscription channel(IpAddress source, IpAddress group, int port) {
            return new Subscription(group, Optional.of(source), port);
        }

        /** Is a packet of this source to this group wanted? */
        public boolean wants(IpAddress from, IpAddress to) {
            return group.equals(to) && source.map(from::equals).orElse(true);
        }

        @Override
        public String toString() {
            return "(" + source.map(IpAddress::toString).orElse("*") + ", " + group + ")";
        }
    }

    /**
     * What has arrived so far.
     *
     * @param packets packets of wanted sources, sent since the join; duplicates not counted
     * @param lost packets missing between the first and the last one that arrived
     * @param duplicates packets that arrived again
     * @param held packets sent before the join, which a router had held back
     * @param unwanted packets of other sources, or that no {@link StreamSender} sent
     * @param joinToFirst from the call of join to the first packet; empty before
     */
    public record Received(
            long packets,
            long lost,
            long duplicates,
            long held,
            long unwanted,
            Optional<Duration> joinToFirst) {}

    /**
     * A pause of the stream, by {@link System#nanoTime}.
     *
     * @param fromNanos the last packet before it
     * @param toNanos the first packet after it
     */
    public record Pause(long fromNanos, long toNanos) {}

    private StreamReceiver(
            Host host, Subscription subscription, DatagramChannel channel, String interfaceName)
            throws IOException {
        this.host = host;
        this.subscription = subscription;
        this.channel = channel;
        var group = subscription.group().toInetAddress();
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER_BYTES);
        channel.bind(new InetSocketAddress(group, subscription.port()));
        var device = StreamSender.interfaceOf(host, interfaceName);
        joinedNanos = System.nanoTime();
        membership =
                subscription.source().isPresent()
                        ? channel.join(group, device, subscription.source().get().toInetAddress())
                        : channel.join(group, device);
        thread = host.startThread("receiver " + subscription, this::run);
    }

    /** Joins on an interface; leaves with the lab at the latest. */
    public static StreamReceiver join(Host host, String interfaceName, Subscription subscription) {
        return host.lab()
                .closeWithLab(
                        host.call(() -> {
                            DatagramChannel channel =
                                    DatagramChannel.open(
                                            StreamSender.socketFamily(
                                                    subscription.group().family()));
                            try {
                                return new StreamReceiver(
                                        host, subscription, channel, interfaceName);
                            } catch (IOException e) {
                                channel.close();
                                throw new LabException(
                                        host + " cannot join " + subscription + ": " + e, e);
                            }
                        }));
    }

    private void run() {
        ByteBuffer packet = ByteBuffer.allocateDirect(2048);
        try {
            while (true) {
                packet.clear();
                var from = (InetSocketAddress) channel.receive(packet);
                long now = System.nanoTime();
                if (from != null) {
                    count(IpAddress.of(from.getAddress()), packet.flip(), now);
                }
            }
        } catch (ClosedChannelException _) {
            // left
        } catch (IOException e) {
            throw new LabException(host + " cannot receive " + subscription + ": " + e, e);
        }
    }

    private void count(IpAddress source, ByteBuffer packet, long now) {
        var payload = MulticastStream.Payload.read(packet);
        synchronized (lock) {
            boolean known = bySource.containsKey(source) || bySource.size() < MOST_SOURCES;
            if (payload.isEmpty() || !known || !subscription.wants(source, subscription.group())) {
                foreign++;
                return;
            }
            bySender.merge(payload.get().sender(), 1L, Long::sum);
            notePause(payload.get().sentNanos(), now);
            if (payload.get().sentNanos() < joinedNanos) {
                // A router holds the first packets of a source until it has a route (Linux: four)
                // and sends them then; those between them and the join are nobody's loss.
                held++;
            } else {
                bySource.computeIfAbsent(source, _ -> new SequenceCounter())
                        .accept(payload.get().sequence());
            }
            if (firstNanos < 0) {
                firstNanos = now;
            }
            lastNanos = now;
        }
    }

    private void notePause(long sentNanos, long now) {
        if (sentNanos < pauseExpectedNanos) {
            pauseFromNanos = now;
        } else if (pauseToNanos < 0) {
            pauseToNanos = now;
        }
    }

    /** Between what was sent before now and what is sent from now on there will be a pause. */
    public void expectPause() {
        synchronized (lock) {
            pauseExpectedNanos = System.nanoTime();
            pauseFromNanos = lastNanos;
            pauseToNanos = -1;
        }
    }

    /** The pause that was expected last; empty until it has ended. */
    public Optional<Pause> pause() {
        synchronized (lock) {
            return pauseToNanos < 0
                    ? Optional.empty()
                    : Optional.of(new Pause(pauseFromNanos, pauseToNanos));
        }
    }

    /** The host that listens. */
    public Host host() {
        return host;
    }

    /** What is asked for. */
    public Subscription subscription() {
        return subscription;
    }

    /** {@link System#nanoTime} just before the join. */
    public long joinedNanos() {
        return joinedNanos;
    }

    /** {@link System#nanoTime} just before the leave; empty before. */
    public Optional<Long> leftNanos() {
        synchronized (lock) {
            return leftNanos < 0 ? Optional.empty() : Optional.of(leftNanos);
        }
    }

    /** {@link System#nanoTime} of the last packet that arrived; empty before the first. */
    public Optional<Long> lastNanos() {
        synchronized (lock) {
            return lastNanos < 0 ? Optional.empty() : Optional.of(lastNanos);
        }
    }

    /** What has arrived so far. */
    public Received received() {
        synchronized (lock) {
            long packets = 0;
            long lost = 0;
            long duplicates = 0;
            for (SequenceCounter counter : bySource.values()) {
                packets += counter.received();
                lost += counter.lost();
                duplicates += counter.duplicates();
            }
            return new Received(
                    packets,
                    lost,
                    duplicates,
                    held,
                    foreign,
                    firstNanos < 0
                            ? Optional.empty()
                            : Optional.of(Duration.ofNanos(firstNanos - joinedNanos)));
        }
    }

    /** How many packets of each sender have arrived, by {@link StreamSender#number}. */
    public Map<Integer, Long> packetsBySender() {
        synchronized (lock) {
            return Map.copyOf(bySender);
        }
    }

    /**
     * Wants no packets of a source any more (IP_BLOCK_SOURCE; the kernel reports it).
     *
     * @throws IllegalStateException when only one source was asked for
     */
    public void block(IpAddress source) {
        try {
            var _ = membership.block(source.toInetAddress());
        } catch (IOException e) {
            throw new LabException(host + " cannot block " + source + ": " + e, e);
        }
    }

    /** Wants the packets of a blocked source again. */
    public void unblock(IpAddress source) {
        var _ = membership.unblock(source.toInetAddress());
    }

    /** Leaves the group (the kernel reports it) and stops listening. */
    public void leave() {
        synchronized (lock) {
            if (leftNanos >= 0) {
                return;
            }
            leftNanos = System.nanoTime();
        }
        drop();
        try {
            channel.close();
            thread.join();
        } catch (IOException e) {
            throw new LabException(host + " cannot leave " + subscription + ": " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void drop() {
        try {
            membership.drop();
        } catch (AssertionError e) {
            if (!(e.getCause() instanceof IOException)) {
                throw e;
            }
            // The device has gone, and the membership with it; the JDK takes that for impossible.
        }
    }

    @Override
    public void close() {
        leave();
    }
}
