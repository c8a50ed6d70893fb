package mcproxy.lab;

import mcproxy.wire.Family;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Sends a stream from a host at a steady rate, on a thread of its own, until it is closed. */
public final class StreamSender implements AutoCloseable {
    /** More than 1: a router forwards only what has a hop left. */
    private static final int HOPS = 8;

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final MulticastStream stream;
    private final int hops;
    private final int number = NUMBERS.incrementAndGet();
    private final AtomicLong sent = new AtomicLong();
    private final Thread thread;
    private volatile boolean closing;
    private volatile Optional<String> failure = Optional.empty();

    private StreamSender(Host host, String interfaceName, MulticastStream stream, int hops) {
        this.stream = stream;
        this.hops = hops;
        this.thread = host.startThread("sender " + stream, () -> run(host, interfaceName));
    }

    /** Starts to send a stream out of an interface; it ends with the lab at the latest. */
    public static StreamSender start(Host host, String interfaceName, MulticastStream stream) {
        return start(host, interfaceName, stream, HOPS);
    }

    /**
     * The same with another TTL or hop limit.
     *
     * @param hops 1 to 255
     */
    static StreamSender start(Host host, String interfaceName, MulticastStream stream, int hops) {
        return host.lab().closeWithLab(new StreamSender(host, interfaceName, stream, hops));
    }

    static ProtocolFamily socketFamily(Family family) {
        return switch (family) {
            case IPV4 -> StandardProtocolFamily.INET;
            case IPV6 -> StandardProtocolFamily.INET6;
        };
    }

    static NetworkInterface interfaceOf(Host host, String name) throws IOException {
        NetworkInterface found = NetworkInterface.getByName(name);
        if (found == null) {
            // The JDK finds interfaces by their IPv4 addresses, whatever thread asks.
            throw new IOException(name + " of " + host + " is missing or has no IPv4 address");
        }
        return found;
    }

    private void run(Host host, String interfaceName) {
        InetSocketAddress to = new InetSocketAddress(stream.group().toInetAddress(), stream.port());
        try (DatagramChannel channel =
                DatagramChannel.open(socketFamily(stream.group().family()))) {
            channel.setOption(
                    StandardSocketOptions.IP_MULTICAST_IF, interfaceOf(host, interfaceName));
            channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, hops);
            channel.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, false);
            channel.bind(new InetSocketAddress(stream.source().toInetAddress(), 0));
            ByteBuffer packet = ByteBuffer.allocateDirect(MulticastStream.PAYLOAD_BYTES);
            long intervalNanos = 1_000_000_000L / stream.packetsPerSecond();
            long start = System.nanoTime();
            for (long sequence = 0; !closing; sequence++) {
                long due = start + sequence * intervalNanos;
                for (long now = System.nanoTime(); now < due && !closing; now = System.nanoTime()) {
                    LockSupport.parkNanos(due - now);
                }
                new MulticastStream.Payload(number, sequence, System.nanoTime()).write(packet);
                if (channel.send(packet, to) != MulticastStream.PAYLOAD_BYTES) {
                    throw new IOException("a packet was not sent whole");
                }
                sent.setPlain(sequence + 1);
            }
        } catch (IOException e) {
            failure = Optional.of("sending " + stream + ": " + e.getMessage());
        }
    }

    /** What is sent. */
    public MulticastStream stream() {
        return stream;
    }

    /** What tells its packets from those of any other sender, whatever their addresses. */
    public int number() {
        return number;
    }

    /** Packets sent so far. */
    public long sent() {
        return sent.get();
    }

    /** Why sending ended by itself, if it did. */
    public Optional<String> failure() {
        return failure;
    }

    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
