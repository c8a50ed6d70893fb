package mcproxy.lab.sim;

import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Ipv4Envelope;
import mcproxy.wire.Ipv6Envelope;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.RecordType;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** A link: a shared medium on which everybody hears everybody, mostly. */
final class Segment {
    private final World world;
    private final int number;
    private final Settings settings;
    private final SplittableRandom random;
    private final List<Port> ports = new ArrayList<>();
    private final List<Long> lossesNanos = new ArrayList<>();
    private int mtu = 1500;

    Segment(World world, int number, Settings settings, SplittableRandom random) {
        this.world = world;
        this.number = number;
        this.settings = settings;
        this.random = random;
    }

    int number() {
        return number;
    }

    String name() {
        return "link" + number;
    }

    Settings settings() {
        return settings;
    }

    int mtu() {
        return mtu;
    }

    void mtu(int newMtu) {
        mtu = newMtu;
    }

    List<Port> ports() {
        return ports;
    }

    void attach(Port port) {
        ports.add(port);
    }

    void detach(Port port) {
        ports.remove(port);
    }

    /** Sends a membership message to everybody else, as bytes. */
    void send(Port from, Packet packet) {
        byte[] bytes = encode(packet);
        world.witness(number, bytes);
        Decoded<Packet> decoded = decode(packet.source().family(), bytes);
        // Old queries have no room for robustness and interval: bytes are compared, not values.
        if (!(decoded instanceof Decoded.Value<Packet>(Packet again))
                || !Arrays.equals(encode(again), bytes)) {
            throw new Violation(Invariant.CODEC, packet + " decodes to " + decoded);
        }
        world.tell(() -> from.address() + " on " + name() + " sends " + brief(packet));
        for (Port to : List.copyOf(ports)) {
            if (to != from) {
                deliver(from, to, packet, decoded, bytes);
            }
        }
    }

    private void deliver(Port from, Port to, Packet packet, Decoded<Packet> decoded, byte[] bytes) {
        Weather weather = world.weather();
        if (world.isStormy() ? random.nextInt(2) == 0 : loses(weather)) {
            world.tell(() -> "  lost on the way to " + to.address() + ": " + brief(packet));
            return;
        }
        hand(from, to, decoded, false);
        if (random.nextDouble() < weather.duplicate()) {
            hand(from, to, decoded, false);
        }
        if (random.nextDouble() < weather.damage()) {
            if (random.nextBoolean()) {
                handDamaged(from, to, decoded, bytes);
            } else {
                Packet illegal = illegal(packet);
                hand(from, to, decode(packet.source().family(), encode(illegal)), true);
            }
        }
    }

    private void hand(Port from, Port to, Decoded<Packet> decoded, boolean illegal) {
        Weather weather = world.weather();
        long at =
                world.agenda().now()
                        + random.nextLong(weather.minLatencyNanos(), weather.maxLatencyNanos());
        world.agenda()
                .at(
                        weather.reorder() ? at : to.inOrder(from, at),
                        () -> {
                            if (to.isUp()) {
                                to.owner().heard(to, decoded, illegal);
                            }
                        });
    }

    /** No more losses on a link within GMI than the Robustness Variable stands (RFC 9776 8.1). */
    private boolean loses(Weather weather) {
        if (random.nextDouble() >= weather.loss()) {
            return false;
        }
        long now = world.agenda().now();
        lossesNanos.removeIf(at -> at < now - settings.groupMembershipNanos() * 2);
        if (lossesNanos.size() >= settings.robustness() - 1) {
            return false;
        }
        lossesNanos.add(now);
        world.disturb("loss on " + name(), world.scenario().joinBoundNanos() + 6 * Agenda.SECOND);
        return true;
    }

    /** One bit flips. Unless it is one that means nothing, the packet has to be refused. */
    private void handDamaged(Port from, Port to, Decoded<Packet> sent, byte[] bytes) {
        byte[] damaged = bytes.clone();
        int bit = random.nextInt(damaged.length * 8);
        damaged[bit / 8] ^= (byte) (1 << bit % 8);
        Decoded<Packet> decoded = decode(world.scenario().family(), damaged);
        if (decoded instanceof Decoded.Value<Packet>(Packet heard)
                && sent instanceof Decoded.Value<Packet>(Packet packet)
                && !isHarmless(packet, heard)) {
            throw new Violation(
                    Invariant.CODEC, packet + " with bit " + bit + " flipped is taken as " + heard);
        }
        boolean same =
                decoded instanceof Decoded.Value<Packet>(Packet heard)
                        && heard.hopLimit() == 1
                        && heard.routerAlert();
        if (!same) {
            hand(from, to, decoded, true);
        }
    }

    /** IPv6 protects neither traffic class, flow label, hop limit nor options by a checksum. */
    private static boolean isHarmless(Packet sent, Packet heard) {
        return sent.message().equals(heard.message()) && sent.source().equals(heard.source());
    }

    /** What somebody far away, or who knows no better, could send. */
    private Packet illegal(Packet packet) {
        Message lure = lure(packet);
        boolean ipv6 = packet.source().family() == Family.IPV6;
        return switch (random.nextInt(ipv6 ? 3 : 2)) {
            case 0 -> with(packet, lure, packet.source(), 2 + random.nextInt(254), true);
            case 1 ->
                    ipv6
                            ? with(packet, lure, packet.source(), 1, false)
                            : with(packet, lure, world.scenario().group(0), 1, true);
            default -> with(packet, lure, world.scenario().source(0, 77), 1, true);
        };
    }

    private Message lure(Packet packet) {
        IpAddress group = world.scenario().group(random.nextInt(world.scenario().groups()));
        return switch (random.nextInt(3)) {
            case 0 -> packet.message();
            case 1 -> report(RecordType.TO_EX, group);
            default -> report(RecordType.TO_IN, group);
        };
    }

    private Message report(RecordType type, IpAddress group) {
        return new Message.Report(
                mcproxy.wire.Protocol.newest(group.family()),
                List.of(new GroupRecord(type, group, List.of())));
    }

    private static Packet with(
            Packet packet, Message message, IpAddress source, int hopLimit, boolean alert) {
        return new Packet(
                source, packet.destination(), hopLimit, packet.trafficClass(), alert, message);
    }

    /** Sends a packet of a stream to everybody else; those are never lost. */
    void sendData(Port from, DataPacket packet) {
        Weather weather = world.weather();
        for (Port to : List.copyOf(ports)) {
            if (to == from || (!EngineFeatures.TWINS_HEAR_EACH_OTHER && isTwin(from, to))) {
                continue;
            }
            long at =
                    world.agenda().now()
                            + random.nextLong(weather.minLatencyNanos(), weather.maxLatencyNanos());
            world.agenda()
                    .at(
                            to.inOrder(from, at),
                            () -> {
                                if (to.isUp()) {
                                    to.owner().arrived(to, packet);
                                }
                            });
        }
    }

    /** Are both routers of this link? */
    private static boolean isTwin(Port from, Port to) {
        return from.owner() instanceof ProxyNode one
                && one.routes(from)
                && to.owner() instanceof ProxyNode other
                && other.routes(to);
    }

    static byte[] encode(Packet packet) {
        return switch (packet.source().family()) {
            case IPV4 -> {
                ByteBuffer buffer = ByteBuffer.allocate(Ipv4Envelope.size(packet));
                Ipv4Envelope.encode(packet, buffer);
                yield buffer.array();
            }
            case IPV6 -> {
                ByteBuffer buffer = ByteBuffer.allocate(Ipv6Envelope.size(packet));
                Ipv6Envelope.encode(packet, buffer);
                yield buffer.array();
            }
        };
    }

    static Decoded<Packet> decode(Family family, byte[] bytes) {
        return switch (family) {
            case IPV4 -> Ipv4Envelope.decode(ByteBuffer.wrap(bytes));
            case IPV6 -> Ipv6Envelope.decode(ByteBuffer.wrap(bytes));
        };
    }

    /** A message in short, for the story. */
    static String brief(Packet packet) {
        return switch (packet.message()) {
            case Message.Query query ->
                    query.protocol()
                            + " query "
                            + (query.isGeneral()
                                    ? "general"
                                    : query.group() + " " + query.sources())
                            + (query.suppressRouterSide() ? " S" : "")
                            + " in "
                            + query.maxResponseMillis()
                            + " ms";
            case Message.Report report -> report.protocol() + " report " + report.records();
            case Message.OldReport report -> report.protocol() + " report " + report.group();
            case Message.Leave leave -> leave.protocol() + " leave " + leave.group();
            default -> packet.message().toString();
        };
    }
}
