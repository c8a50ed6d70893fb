package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.EthernetFrame;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Packets that are wrong, from below and from above, while streams run. */
@InSandbox
class HostilePacketsTest {
    private static final int ETHERNET_HEADER = 14;
    private static final long SEED = 20_261_124;
    private static final byte[] MAC = {2, 0, 0, 0, 0, 0x66};

    private static final int RANDOM_FRAMES = 50;

    /** One of a kind and link in ten seconds; a test on a busy machine may take twenty. */
    private static final int MOST_WARNINGS = 100;

    private final SplittableRandom random = new SplittableRandom(SEED);

    @Test
    void nothingIsLostAndNothingIsBelieved() throws Exception {
        List<IpAddress> groups = List.of(watched(Family.IPV4), watched(Family.IPV6));
        try (ProxyNetwork net = new ProxyNetwork()) {
            LabProcess daemon = net.startDaemon();
            List<StreamSender> senders = new ArrayList<>();
            List<StreamReceiver> receivers = new ArrayList<>();
            for (IpAddress group : groups) {
                senders.add(net.send(net.up, ProxyNetwork.node(group, 1, 10), group));
                receivers.add(net.join(net.tv3, group));
                // Nobody joins what the bad packets ask for; it is there to be forwarded.
                senders.add(
                        net.send(net.up, ProxyNetwork.node(group, 1, 10), bait(group.family())));
            }
            receivers.forEach(receiver -> ProxyNetwork.awaitPackets(receiver, 100));
            List<Long> lost = receivers.stream().map(one -> one.received().lost()).toList();
            int sent = 0;
            for (Host from : List.of(net.tv3, net.tv1, net.up)) {
                for (Family family : Family.values()) {
                    List<byte[]> frames = hostile(net, from, family);
                    ProxyNetwork.injectFrames(from, frames);
                    sent += frames.size();
                }
            }
            assertThat(sent).isGreaterThan(1000);

            // All of them were heard when the one after them is.
            IpAddress last = IpAddress.of("239.3.3.3");
            StreamReceiver after = net.join(net.tv1, last);
            ProxyNetwork.await(net.atUp, "join", seen -> !seen.outgoing() && seen.reports(last));
            // Longer than a leave takes that was believed.
            receivers.forEach(receiver -> ProxyNetwork.awaitWhole(receiver, 200));
            assertThat(receivers.stream().map(one -> one.received().lost()).toList())
                    .as("lost, seed %s", SEED)
                    .isEqualTo(lost);
            for (IpAddress group : groups) {
                IpAddress source = ProxyNetwork.node(group, 1, 10);
                IpAddress bait = bait(group.family());
                for (LinkCapture link : List.of(net.atTv1, net.atTv3)) {
                    assertThat(link.flow(source, bait)).as("seed %s", SEED).isEmpty();
                }
                assertThat(net.atTv1.flow(source, group)).isEmpty();
                assertThat(net.atUp.first(seen -> !seen.outgoing() && seen.reports(bait)))
                        .as("reported because of a bad packet, seed %s", SEED)
                        .isEmpty();
            }
            assertThat(daemon.isAlive()).as(daemon.tail(20).toString()).isTrue();
            List<String> warnings =
                    Files.readAllLines(daemon.output()).stream()
                            .filter(line -> line.contains("warning:"))
                            .toList();
            assertThat(warnings)
                    .as("warnings about %s packets", sent)
                    .isNotEmpty()
                    .hasSizeLessThan(MOST_WARNINGS);
            after.leave();

            // And what was spoilt is believed when it is not.
            for (IpAddress group : groups) {
                Family family = group.family();
                Packet join = whole(senderAt(net, net.tv3, family), family).getFirst();
                ProxyNetwork.injectFrames(net.tv3, List.of(frame(join)));
                IpAddress bait = bait(family);
                ProxyNetwork.await(
                        net.atUp, "join", seen -> !seen.outgoing() && seen.reports(bait));
            }
            assertThat(senders).allSatisfy(one -> assertThat(one.failure()).isEmpty());
        }
    }

    /** Good packets of all kinds, each spoilt in all ways: none may be taken for what it says. */
    private List<byte[]> hostile(ProxyNetwork net, Host from, Family family) {
        IpAddress good = senderAt(net, from, family);
        List<byte[]> frames = new ArrayList<>();
        for (Packet packet : whole(good, family)) {
            byte[] frame = frame(packet);
            for (int length = ETHERNET_HEADER; length < frame.length; length += 3) {
                frames.add(Arrays.copyOf(frame, length));
            }
            for (int at = message(family); at < frame.length; at++) {
                // The checksum is wrong then.
                frames.add(with(frame, at, frame[at] ^ (1 << random.nextInt(8))));
            }
            frames.add(frame(with(packet, good, 64, true)));
            if (family == Family.IPV6) {
                frames.add(frame(with(packet, good, 1, false)));
                frames.add(frame(with(packet, ProxyNetwork.node(bait(family), 9, 9), 1, true)));
            }
            for (int type : new int[] {0, 1, 0x44, 0x80, 0xc8, 0xff}) {
                frames.add(summed(with(frame, message(family), type), family));
            }
        }
        frames.addAll(contradictions(good, family));
        for (int i = 0; i < RANDOM_FRAMES; i++) {
            byte[] noise = frame(whole(good, family).get(random.nextInt(2)));
            for (int at = message(family) + 4; at < noise.length; at++) {
                noise[at] = (byte) random.nextInt(256);
            }
            frames.add(summed(noise, family));
        }
        return frames;
    }

    /** Messages with right checksums whose numbers are wrong; and a query that elects nobody. */
    private static List<byte[]> contradictions(IpAddress good, Family family) {
        List<byte[]> frames = new ArrayList<>();
        byte[] join = frame(whole(good, family).getFirst());
        int record = message(family) + 8;
        int group = record + 4;
        frames.add(summed(with(with(join, record - 2, 60_000 >> 8), record - 1, 60_000), family));
        frames.add(summed(with(with(join, record + 2, 60_000 >> 8), record + 3, 60_000), family));
        frames.add(summed(with(join, record + 1, 255), family)); // auxiliary data
        frames.add(summed(with(join, record, 77), family)); // its type
        frames.add(summed(with(join, group, 10), family)); // no group
        byte[] query = frame(whole(good, family).getLast());
        frames.add(summed(with(query, query.length - 2, 0xff), family)); // number of sources
        frames.add(summed(with(query, query.length - 1, 1), family));
        var general =
                new Message.Query(
                        Protocol.newest(family),
                        family.unspecified(),
                        10_000,
                        false,
                        7,
                        30_000,
                        List.of());
        frames.add(
                frame(
                        Packet.toSend(
                                family.unspecified(),
                                IpAddress.of(family == Family.IPV4 ? "224.0.0.1" : "ff02::1"),
                                general)));
        return frames;
    }

    /** A join of the bait first; then leaves of what is watched, and a query that ends it soon. */
    private static List<Packet> whole(IpAddress sender, Family family) {
        boolean ipv4 = family == Family.IPV4;
        IpAddress watched = watched(family);
        Protocol newest = Protocol.newest(family);
        Protocol older = Protocol.of(family, 2);
        IpAddress reports = IpAddress.of(ipv4 ? "224.0.0.22" : "ff02::16");
        IpAddress routers = IpAddress.of(ipv4 ? "224.0.0.2" : "ff02::2");
        var join = new GroupRecord(RecordType.TO_EX, bait(family), List.of());
        var leave = new GroupRecord(RecordType.TO_IN, watched, List.of());
        return List.of(
                Packet.toSend(sender, reports, new Message.Report(newest, List.of(join))),
                Packet.toSend(sender, reports, new Message.Report(newest, List.of(leave))),
                Packet.toSend(sender, bait(family), new Message.OldReport(older, bait(family))),
                Packet.toSend(sender, routers, new Message.Leave(older, watched)),
                Packet.toSend(
                        sender,
                        watched,
                        new Message.Query(newest, watched, 100, false, 2, 125, List.of())));
    }

    private static IpAddress senderAt(ProxyNetwork net, Host from, Family family) {
        if (family == Family.IPV6) {
            return ProxyNetwork.linkLocal(from);
        }
        return IpAddress.of(
                from == net.up ? "10.0.1.10" : from == net.tv1 ? "10.0.2.10" : "10.0.3.10");
    }

    private static IpAddress watched(Family family) {
        return IpAddress.of(family == Family.IPV4 ? "239.1.1.1" : "ff0e::1:1");
    }

    /** A group that nobody wants, and to which something is sent. */
    private static IpAddress bait(Family family) {
        return IpAddress.of(family == Family.IPV4 ? "239.6.6.6" : "ff0e::6:6");
    }

    private static Packet with(Packet packet, IpAddress source, int hopLimit, boolean alert) {
        return new Packet(
                source,
                packet.destination(),
                hopLimit,
                packet.trafficClass(),
                alert,
                packet.message());
    }

    private static byte[] with(byte[] frame, int at, int value) {
        byte[] changed = frame.clone();
        changed[at] = (byte) value;
        return changed;
    }

    private static byte[] frame(Packet packet) {
        ByteBuffer buffer = ByteBuffer.allocate(EthernetFrame.size(packet));
        EthernetFrame.encode(packet, MAC, buffer);
        return buffer.array();
    }

    /** Where the message begins: behind a header with Router Alert. */
    private static int message(Family family) {
        return ETHERNET_HEADER + (family == Family.IPV4 ? 20 + 4 : 40 + 8);
    }

    /** The frame with the right checksum of its message (RFC 1071; RFC 8200 8.1). */
    private static byte[] summed(byte[] frame, Family family) {
        int from = message(family);
        byte[] changed = with(with(frame, from + 2, 0), from + 3, 0);
        long sum = 0;
        if (family == Family.IPV6) {
            sum += frame.length - from + 58;
            for (int at = ETHERNET_HEADER + 8; at < ETHERNET_HEADER + 40; at += 2) {
                sum += word(changed, at);
            }
        }
        for (int at = from; at < changed.length; at += 2) {
            sum += word(changed, at);
        }
        while (sum >> 16 != 0) {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return with(with(changed, from + 2, (int) ~sum >> 8), from + 3, (int) ~sum);
    }

    private static int word(byte[] bytes, int at) {
        return ((bytes[at] & 0xff) << 8) | (bytes[at + 1] & 0xff);
    }
}
