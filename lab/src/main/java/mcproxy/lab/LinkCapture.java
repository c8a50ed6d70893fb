package mcproxy.lab;

import mcproxy.kernel.KernelException;
import mcproxy.kernel.Linux;
import mcproxy.kernel.PacketCapture;
import mcproxy.kernel.Poller;
import mcproxy.wire.Decoded;
import mcproxy.wire.EthernetFrame;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.PcapWriter;
import mcproxy.wire.Reason;

import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Watches all packets at an interface of a host, as tcpdump does: joins nothing, so it also sees
 * what nobody asked for. Keeps membership packets decoded and as bytes, and counts multicast data
 * by source and group. For any thread.
 */
public final class LinkCapture implements AutoCloseable {
    /** What is kept at most; more is counted in {@link #forgotten}. */
    private static final int MOST_PACKETS = 20_000;

    private static final int MOST_FLOWS = 4096;

    /**
     * What turns the kernel's clock into {@link System#nanoTime}; the clock is not set meanwhile.
     */
    private static final long NANO_TIME_OF_EPOCH = nanoTimeOfEpoch();

    private final Host host;
    private final String interfaceName;
    private final PacketCapture capture;
    private final Poller poller;
    private final Thread thread;
    private volatile boolean closing;

    private final Object lock = new Object();
    private final List<Seen> membership = new ArrayList<>();
    private final Map<Flow, Count> flows = new HashMap<>();
    private final Map<Reason, Long> malformed = new EnumMap<>(Reason.class);
    private long forgotten;

    /**
     * A membership packet that was seen.
     *
     * @param nanos when, by {@link System#nanoTime}
     * @param time when, by the clock
     * @param outgoing sent by the host at whose interface the capture is
     * @param packet the packet
     * @param frame its bytes, from the Ethernet header on
     */
    public record Seen(
            long nanos, Instant time, boolean outgoing, Packet packet, ByteBuffer frame) {
        /** Does it report, join or leave this group? */
        public boolean reports(IpAddress group) {
            return switch (packet.message()) {
                case Message.Report report ->
                        report.records().stream().anyMatch(record -> record.group().equals(group));
                case Message.OldReport report -> report.group().equals(group);
                case Message.Leave leave -> leave.group().equals(group);
                case Message.Query _, Message.Unknown _ -> false;
            };
        }

        /** Is it a General Query of a family? */
        public boolean isGeneralQuery(Family family) {
            return packet.message() instanceof Message.Query query
                    && query.family() == family
                    && query.isGeneral();
        }
    }

    /** Data packets of one source to one group. */
    public record Flow(IpAddress source, IpAddress group) {
        @Override
        public String toString() {
            return source + " > " + group;
        }
    }

    /**
     * Packets of a flow that arrived at the interface.
     *
     * @param packets how many
     * @param firstNanos when the first came, by {@link System#nanoTime}
     * @param lastNanos when the last came
     */
    public record Count(long packets, long firstNanos, long lastNanos) {
        private Count and(long nanos) {
            return new Count(packets + 1, firstNanos, nanos);
        }
    }

    private static long nanoTimeOfEpoch() {
        Instant now = Instant.now();
        return System.nanoTime() - epochNanos(now);
    }

    private static long epochNanos(Instant time) {
        return TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
    }

    private LinkCapture(Host host, String interfaceName) throws IOException, KernelException {
        this.host = host;
        this.interfaceName = interfaceName;
        NetworkInterface device = StreamSender.interfaceOf(host, interfaceName);
        capture = Linux.kernel().openCapture(device.getIndex());
        poller = Linux.kernel().openPoller();
        thread = host.startThread("capture " + interfaceName + " of " + host, this::run);
    }

    /** Starts to watch; ends with the lab at the latest. */
    public static LinkCapture start(Host host, String interfaceName) {
        return host.lab().closeWithLab(host.call(() -> new LinkCapture(host, interfaceName)));
    }

    private void run() {
        try (capture;
                poller) {
            while (!closing) {
                var _ = poller.await(List.of(capture), -1);
                var frame = capture.receive();
                while (frame.isPresent()) {
                    take(frame.get());
                    frame = capture.receive();
                }
                long lost = capture.lost();
                synchronized (lock) {
                    forgotten += lost;
                }
            }
        } catch (KernelException e) {
            throw new LabException("the capture at " + this + " failed: " + e.getMessage(), e);
        }
    }

    private void take(PacketCapture.Captured captured) {
        ByteBuffer frame = ByteBuffer.wrap(captured.frame()).asReadOnlyBuffer();
        if (!(EthernetFrame.decode(frame) instanceof Decoded.Value(EthernetFrame ether))) {
            return;
        }
        long nanos = NANO_TIME_OF_EPOCH + captured.epochNanos();
        Optional<Flow> data = captured.outgoing() ? Optional.empty() : dataFlow(ether);
        synchronized (lock) {
            if (data.isPresent()) {
                countData(data.get(), nanos);
                return;
            }
            switch (ether.packet()) {
                case Decoded.Value(Packet packet) -> {
                    if (membership.size() < MOST_PACKETS) {
                        Instant time = Instant.ofEpochSecond(0, captured.epochNanos());
                        membership.add(new Seen(nanos, time, captured.outgoing(), packet, frame));
                    } else {
                        forgotten++;
                    }
                }
                case Decoded.Malformed(Reason reason, int _) -> {
                    if (reason != Reason.NOT_MEMBERSHIP) {
                        malformed.merge(reason, 1L, Long::sum);
                    }
                }
            }
        }
    }

    private void countData(Flow flow, long nanos) {
        Count before = flows.get(flow);
        if (before != null) {
            flows.put(flow, before.and(nanos));
        } else if (flows.size() < MOST_FLOWS) {
            flows.put(flow, new Count(1, nanos, nanos));
        } else {
            forgotten++;
        }
    }

    /** The flow of a UDP packet to a group; empty for anything else. */
    private static Optional<Flow> dataFlow(EthernetFrame ether) {
        return switch (ether.etherType()) {
            case EthernetFrame.IPV4 -> dataFlow(Family.IPV4, ether.payload(), 20, 9, 12);
            case EthernetFrame.IPV6 -> dataFlow(Family.IPV6, ether.payload(), 40, 6, 8);
            default -> Optional.empty();
        };
    }

    private static Optional<Flow> dataFlow(
            Family family, ByteBuffer packet, int headerBytes, int protocolAt, int sourceAt) {
        int udp = 17;
        if (packet.remaining() < headerBytes || packet.get(protocolAt) != udp) {
            return Optional.empty();
        }
        ByteBuffer addresses = packet.duplicate().position(sourceAt);
        IpAddress source = IpAddress.read(family, addresses);
        IpAddress group = IpAddress.read(family, addresses);
        return group.isMulticast() ? Optional.of(new Flow(source, group)) : Optional.empty();
    }

    /** The membership packets so far, oldest first, that fulfil a condition. */
    public List<Seen> membership(Predicate<Seen> condition) {
        synchronized (lock) {
            return membership.stream().filter(condition).toList();
        }
    }

    /** The first membership packet so far that fulfils a condition. */
    public Optional<Seen> first(Predicate<Seen> condition) {
        synchronized (lock) {
            return membership.stream().filter(condition).findFirst();
        }
    }

    /** The data that arrived so far, by flow. */
    public Map<Flow, Count> flows() {
        synchronized (lock) {
            return Map.copyOf(flows);
        }
    }

    /** The packets of a flow so far. */
    public Optional<Count> flow(IpAddress source, IpAddress group) {
        synchronized (lock) {
            return Optional.ofNullable(flows.get(new Flow(source, group)));
        }
    }

    /** Membership packets that could not be decoded, by reason. */
    public Map<Reason, Long> malformed() {
        synchronized (lock) {
            return Map.copyOf(malformed);
        }
    }

    /** What was seen but had no room; 0 unless a limit was hit. */
    public long forgotten() {
        synchronized (lock) {
            return forgotten;
        }
    }

    /** Writes the membership packets so far to a capture file, for tshark and the like. */
    public void writePcap(Path file) {
        try (PcapWriter writer =
                new PcapWriter(
                        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                        PcapWriter.LinkType.ETHERNET,
                        PcapWriter.Resolution.NANOSECONDS)) {
            for (Seen seen : membership(_ -> true)) {
                writer.write(seen.time(), seen.frame());
            }
        } catch (IOException e) {
            throw new LabException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        closing = true;
        poller.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return interfaceName + " of " + host;
    }
}
