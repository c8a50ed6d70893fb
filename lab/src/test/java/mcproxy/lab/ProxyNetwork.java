package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.kernel.Linux;
import mcproxy.kernel.MulticastTable;
import mcproxy.kernel.PacketCapture;
import mcproxy.lab.StreamReceiver.Subscription;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;

import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The network that the daemon's tests use: a host upstream, the proxy, a downstream with two
 * receivers behind a bridge, and a downstream with one.
 *
 * <pre>
 *   up --- wan [proxy] lan1 --- hub --- tv1
 *                 |               +---- tv2
 *                lan2 --- tv3
 * </pre>
 */
final class ProxyNetwork implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(15);
    static final int PORT = 5000;

    final Lab lab = Lab.open();
    final Host up = lab.host("up");
    final Host proxy = lab.host("proxy");
    final Host hub = lab.host("hub");
    final Host tv1 = lab.host("tv1");
    final Host tv2 = lab.host("tv2");
    final Host tv3 = lab.host("tv3");
    final LinkCapture atUp;
    final LinkCapture atTv1;
    final LinkCapture atTv3;

    ProxyNetwork() {
        lab.link(up, "eth0", proxy, "wan");
        lab.link(proxy, "lan1", hub, "p0");
        lab.link(tv1, "eth0", hub, "p1");
        lab.link(tv2, "eth0", hub, "p2");
        lab.bridge(hub, "br0", "p0", "p1", "p2");
        lab.link(tv3, "eth0", proxy, "lan2");
        address(proxy, "wan", 1, 1);
        address(up, "eth0", 1, 10);
        address(proxy, "lan1", 2, 1);
        address(tv1, "eth0", 2, 10);
        address(tv2, "eth0", 2, 20);
        address(proxy, "lan2", 3, 1);
        address(tv3, "eth0", 3, 10);
        for (String name : List.of("wan", "lan1", "lan2")) {
            proxy.awaitLinkLocal(name);
        }
        for (Host host : List.of(up, tv1, tv2, tv3)) {
            host.awaitLinkLocal("eth0");
        }
        atUp = LinkCapture.start(up, "eth0");
        atTv1 = LinkCapture.start(tv1, "eth0");
        atTv3 = LinkCapture.start(tv3, "eth0");
    }

    /** Gives a host an address of a net in both families; node 1 is everybody else's router. */
    static void address(Host host, String device, int net, int node) {
        host.address(device, "10.0." + net + "." + node + "/24");
        host.address(device, "2001:db8:" + net + "::" + node + "/64");
        if (node != 1) {
            host.defaultRoute(IpAddress.of("10.0." + net + ".1"));
            host.defaultRoute(IpAddress.of("2001:db8:" + net + "::1"));
        }
    }

    /** An address of node 10 or 20 on a net, in the family of a group. */
    static IpAddress node(IpAddress group, int net, int node) {
        return IpAddress.of(
                group.family() == Family.IPV4
                        ? "10.0." + net + "." + node
                        : "2001:db8:" + net + "::" + node);
    }

    /** Starts the daemon with further statements, and waits until it has asked both downstreams. */
    LabProcess startDaemon(String... statements) throws IOException {
        return startDaemonWith(List.of(), statements);
    }

    /** The same with further options. */
    LabProcess startDaemonWith(List<String> options, String... statements) throws IOException {
        Path file = lab.folder().resolve("mcproxy.conf");
        Files.writeString(
                file,
                """
                protocol IGMPv3, MLDv2;
                pinstance tv: wan ==> lan1 lan2;
                pinstance tv set last-member-query-interval 300ms;
                """
                        + String.join("\n", statements));
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of("-v", "-v"));
        // Whatever runs the tests in the background may have SIGHUP ignored.
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=HUP"));
        command.addAll(DaemonCommand.run(file, all.toArray(String[]::new)));
        LabProcess daemon = proxy.start("daemon", command);
        for (LinkCapture link : List.of(atTv1, atTv3)) {
            for (Family family : Family.values()) {
                Await.until(
                        PATIENCE,
                        () -> "a query on " + link + "; the daemon says " + daemon.tail(20),
                        () -> link.first(seen -> seen.isGeneralQuery(family)).isPresent());
            }
        }
        return daemon;
    }

    /** Sends a stream from a host, 200 packets a second. */
    StreamSender send(Host from, IpAddress source, IpAddress group) {
        return StreamSender.start(from, "eth0", new MulticastStream(source, group, PORT, 200));
    }

    StreamReceiver join(Host host, IpAddress group) {
        return StreamReceiver.join(host, "eth0", Subscription.anySource(group, PORT));
    }

    StreamReceiver join(Host host, IpAddress source, IpAddress group) {
        return StreamReceiver.join(host, "eth0", Subscription.channel(source, group, PORT));
    }

    static void awaitPackets(StreamReceiver receiver, long more) {
        long wanted = receiver.received().packets() + more;
        Await.until(
                PATIENCE,
                () -> receiver.host() + ": " + wanted + " packets, of " + receiver.received(),
                () -> receiver.received().packets() >= wanted);
    }

    /**
     * Waits for more packets, of which none may be missing or double. What was lost before does not
     * count: the kernel keeps only four packets of a source that it asks about for the first time,
     * and delivers these before the gap.
     */
    static void awaitWhole(StreamReceiver receiver, long more) {
        awaitPackets(receiver, 20);
        StreamReceiver.Received before = receiver.received();
        awaitPackets(receiver, more);
        StreamReceiver.Received after = receiver.received();
        assertThat(after.lost()).as("lost at %s", receiver.host()).isEqualTo(before.lost());
        assertThat(after.duplicates()).as("double at %s", receiver.host()).isZero();
    }

    /** Waits until a flow has not moved on a link for half a second. */
    static void awaitSilence(LinkCapture link, IpAddress source, IpAddress group) {
        Duration silence = Duration.ofMillis(500);
        Await.until(
                PATIENCE,
                () -> "silence of " + source + " > " + group + " on " + link,
                () ->
                        link.flow(source, group)
                                .map(LinkCapture.Count::lastNanos)
                                .map(last -> System.nanoTime() - last > silence.toNanos())
                                .orElse(true));
    }

    /** Waits for a membership packet on a link. */
    static LinkCapture.Seen await(
            LinkCapture link, String what, Predicate<LinkCapture.Seen> condition) {
        Optional<LinkCapture.Seen> seen = Await.value(PATIENCE, () -> link.first(condition));
        if (seen.isEmpty()) {
            throw new AssertionError(
                    "no " + what + " on " + link + " among " + link.membership(_ -> true));
        }
        return seen.get();
    }

    /** Sends a membership packet from a host, as a router there would. */
    static void inject(Host host, Packet packet) {
        host.call(() -> {
            int index = NetworkInterface.getByName("eth0").getIndex();
            Family family = packet.message().family();
            try (MulticastTable table = Linux.kernel().openTable(family, 0)) {
                table.send(index, packet);
            }
            return index;
        });
    }

    /** Asks as the router upstream would; a specific query goes to its group. */
    void askFromAbove(Message.Query query) {
        boolean ipv4 = query.family() == Family.IPV4;
        inject(
                up,
                Packet.toSend(
                        ipv4 ? IpAddress.of("10.0.1.10") : linkLocal(up),
                        query.isGeneral()
                                ? IpAddress.of(ipv4 ? "224.0.0.1" : "ff02::1")
                                : query.group(),
                        query));
    }

    /** Sends frames from a host as they are, right or wrong. */
    static void injectFrames(Host host, List<byte[]> frames) {
        host.call(() -> {
            int index = NetworkInterface.getByName("eth0").getIndex();
            try (PacketCapture link = Linux.kernel().openCapture(index)) {
                for (byte[] frame : frames) {
                    link.send(frame);
                }
            }
            return index;
        });
    }

    /** The link-local address of a host. */
    static IpAddress linkLocal(Host host) {
        return linkLocal(host, "eth0");
    }

    /** The link-local address of an interface. */
    static IpAddress linkLocal(Host host, String device) {
        String shown = host.ip("-6", "-o", "address", "show", "dev", device, "scope", "link");
        return IpAddress.of(shown.replaceAll("(?s).*inet6 (fe80:[^/]*)/.*", "$1"));
    }

    @Override
    public void close() {
        lab.close();
    }
}
