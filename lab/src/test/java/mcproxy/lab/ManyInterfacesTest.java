package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.lab.StreamReceiver.Subscription;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** More interfaces than the kernel's table holds, and what becomes of them. */
@InSandbox
class ManyInterfacesTest {
    private static final String ASM = "239.1.1.1";
    private static final String ASM_6 = "ff0e::1:1";

    private static final Pattern DOWNSTREAM =
            Pattern.compile(" +downstream (\\S+), IGMP.*: (\\d+) groups");

    /** MAXVIFS of linux/mroute.h, MAXMIFS of linux/mroute6.h. */
    private static final int TABLE = 32;

    /**
     * A proxy with one upstream, one downstream that stays, and any number of others, all of which
     * end at one host.
     *
     * <pre>
     *   up --- wan [proxy] stay --- tv
     *                n1 ------ e1 [crowd]
     *                n2 ------ e2
     *                n60 ----- late
     * </pre>
     */
    private static final class Network implements AutoCloseable {
        final Lab lab = Lab.open();
        final Host up = lab.host("up");
        final Host proxy = lab.host("proxy");
        final Host tv = lab.host("tv");
        final Host crowd = lab.host("crowd");
        final Host late = lab.host("late");
        final IpAddress group;

        Network(IpAddress group) {
            this.group = group;
            crowd.sysctl("net.ipv4.igmp_max_memberships", 1000);
            lab.link(up, "eth0", proxy, "wan");
            lab.link(tv, "eth0", proxy, "stay");
            ProxyNetwork.address(proxy, "wan", 1, 1);
            ProxyNetwork.address(up, "eth0", 1, 10);
            ProxyNetwork.address(proxy, "stay", 2, 1);
            ProxyNetwork.address(tv, "eth0", 2, 10);
            for (String name : List.of("wan", "stay")) {
                proxy.awaitLinkLocal(name);
            }
            up.awaitLinkLocal("eth0");
            tv.awaitLinkLocal("eth0");
        }

        LabProcess startDaemon() throws IOException {
            Path file = lab.folder().resolve("mcproxy.conf");
            Files.writeString(
                    file,
                    """
                    protocol IGMPv3, MLDv2;
                    pinstance tv: wan ==> stay "n*";
                    pinstance tv set last-member-query-interval 300ms;
                    """);
            LinkCapture atTv = LinkCapture.start(tv, "eth0");
            LabProcess daemon = proxy.start("daemon", DaemonCommand.run(file, "-s"));
            ProxyNetwork.await(atTv, "query", seen -> seen.isGeneralQuery(group.family()));
            return daemon;
        }

        /** Has a host do many things with one command. */
        void batch(Host host, List<String> lines) throws IOException {
            Path file = lab.folder().resolve("batch-" + host);
            Files.write(file, lines);
            host.ip("-batch", file.toString());
        }

        void plug(Collection<Integer> numbers) throws IOException {
            List<String> atCrowd = new ArrayList<>();
            List<String> atProxy = new ArrayList<>();
            for (int number : numbers) {
                String end = "e" + number;
                atCrowd.add("link add " + end + " type veth peer name n" + number + " netns proxy");
                atCrowd.add("address add " + address(number) + "/24 dev " + end);
                atCrowd.add("link set " + end + " up");
                atProxy.add("link set n" + number + " up");
            }
            batch(crowd, atCrowd);
            batch(proxy, atProxy);
        }

        private static String address(int number) {
            return "10." + (100 + number / 100) + "." + (number % 100) + ".10";
        }

        void unplug(Collection<Integer> numbers) throws IOException {
            batch(proxy, numbers.stream().map(number -> "link delete n" + number).toList());
        }

        /** Has the kernel behind some interfaces join the group (IFA_F_MCAUTOJOIN). */
        void join(Collection<Integer> numbers) throws IOException {
            batch(crowd, numbers.stream().map(number -> autojoin("add", number)).toList());
        }

        void leave(Collection<Integer> numbers) throws IOException {
            batch(crowd, numbers.stream().map(number -> autojoin("delete", number)).toList());
        }

        private String autojoin(String verb, int number) {
            int bits = group.family() == Family.IPV4 ? 32 : 128;
            String address = "address " + verb + " " + group + "/" + bits + " dev e" + number;
            return verb.equals("add") ? address + " autojoin" : address;
        }

        void send() {
            IpAddress source = ProxyNetwork.node(group, 1, 10);
            var _ =
                    StreamSender.start(
                            up, "eth0", new MulticastStream(source, group, ProxyNetwork.PORT, 200));
        }

        StreamReceiver join(Host host, String device) {
            return StreamReceiver.join(
                    host, device, Subscription.anySource(group, ProxyNetwork.PORT));
        }

        /** The interfaces to which the kernel forwards the group. */
        Set<String> outgoing() {
            return MulticastRoute.of(proxy).stream()
                    .filter(route -> route.group().equals(group.toString()))
                    .flatMap(route -> route.outgoingNames().stream())
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        void awaitOutgoing(Set<String> wanted, LabProcess daemon) {
            await(() -> "streams to " + wanted, () -> outgoing().equals(wanted), daemon);
        }

        void await(Supplier<String> what, Supplier<Boolean> condition, LabProcess daemon) {
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () ->
                            what.get()
                                    + ", not to "
                                    + outgoing()
                                    + " of "
                                    + vifs()
                                    + "; the daemon says "
                                    + daemon.tail(5),
                    condition::get);
        }

        /** The interfaces that have a place in the kernel's table. */
        Set<String> vifs() {
            String file = group.family() == Family.IPV4 ? "ip_mr_vif" : "ip6_mr_vif";
            return proxy.procNet(file)
                    .lines()
                    .skip(1)
                    .map(line -> line.strip().split("\\s+", -1)[1])
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        @Override
        public void close() {
            lab.close();
        }
    }

    private static List<Integer> numbers(int first, int last) {
        return IntStream.rangeClosed(first, last).boxed().toList();
    }

    private static Set<String> names(Collection<Integer> numbers, String... more) {
        Set<String> names = new TreeSet<>(List.of(more));
        numbers.forEach(number -> names.add("n" + number));
        return names;
    }

    @ParameterizedTest
    @ValueSource(strings = {ASM, ASM_6})
    void aTableServesThoseInUseAndTellsWhenTheyAreTooMany(String to) throws Exception {
        try (Network net = new Network(IpAddress.of(to))) {
            LabProcess daemon = net.startDaemon();
            net.send();
            StreamReceiver stays = net.join(net.tv, "eth0");
            ProxyNetwork.awaitWhole(stays, 100);
            net.plug(numbers(1, 59));
            net.await(() -> "a full table", () -> net.vifs().size() == TABLE, daemon);
            net.lab.link(net.late, "eth0", net.proxy, "n60");
            ProxyNetwork.address(net.late, "eth0", 3, 10);

            // Few of many in use: every one is served, whether it came among the first or not.
            net.join(List.of(1, 40));
            StreamReceiver late = net.join(net.late, "eth0");
            net.awaitOutgoing(names(List.of(1, 40, 60), "stay"), daemon);
            ProxyNetwork.awaitWhole(late, 100);
            assertThat(net.vifs()).hasSize(TABLE).contains("wan", "stay", "n1", "n40", "n60");
            assertThat(warnings(daemon)).isEmpty();

            // More in use than there are places: the first are served, and it is told.
            net.join(numbers(2, 39));
            net.await(
                    () -> "the table to be told full",
                    () -> net.outgoing().size() == TABLE - 1 && !warnings(daemon).isEmpty(),
                    daemon);
            assertThat(net.outgoing()).contains("stay", "n1", "n40", "n60");
            String family = net.group.family().toString();
            assertThat(warnings(daemon).getFirst())
                    .matches(".*tv: n\\d+ gets no " + family + " streams: .*holds 32 interfaces.*")
                    .contains("divide the interfaces among several instances");

            // Whoever waits is served when another is done, or goes.
            net.leave(numbers(2, 10));
            net.unplug(numbers(11, 13));
            Set<String> wanted = names(numbers(14, 40), "stay", "n1", "n60");
            assertThat(wanted).hasSizeLessThan(TABLE);
            net.awaitOutgoing(wanted, daemon);
            ProxyNetwork.awaitWhole(late, 100);
            assertThat(stays.received().lost()).isZero();
            assertThat(stays.received().duplicates()).isZero();
        }
    }

    private static List<String> warnings(LabProcess daemon) {
        try {
            return Files.readAllLines(daemon.output()).stream()
                    .filter(line -> line.contains("gets no"))
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void twoHundredInterfacesComeAndGoInAnyOrderAndAStreamDoesNotMind() throws Exception {
        long seed = System.nanoTime();
        System.out.println("interfaces come and go by the seed " + seed);
        Random random = new Random(seed);
        try (Network net = new Network(IpAddress.of(ASM))) {
            LabProcess daemon = net.startDaemon();
            net.send();
            StreamReceiver stays = net.join(net.tv, "eth0");
            ProxyNetwork.awaitWhole(stays, 100);
            long lost = stays.received().lost();

            Set<Integer> there = new TreeSet<>();
            Set<Integer> joined = new TreeSet<>();
            List<Integer> order = new ArrayList<>(numbers(1, 200));
            Collections.shuffle(order, random);
            for (int from = 0; from < order.size(); from += 20) {
                change(net, order.subList(from, from + 20), there, joined, random);
            }
            assertThat(there).as("all at once").hasSize(200);
            for (int round = 0; round < 15; round++) {
                Collections.shuffle(order, random);
                change(net, order.subList(0, 20 + random.nextInt(20)), there, joined, random);
            }
            net.awaitOutgoing(names(joined, "stay"), daemon);
            awaitState(net, daemon, there, joined);
            assertThat(net.vifs())
                    .hasSize(Math.min(TABLE, there.size() + 2))
                    .isSubsetOf(names(there, "wan", "stay"))
                    .containsAll(names(joined, "wan", "stay"));

            net.unplug(there);
            net.awaitOutgoing(Set.of("stay"), daemon);
            awaitState(net, daemon, Set.of(), Set.of());
            net.await(
                    () -> "nothing but what stays",
                    () -> net.vifs().equals(Set.of("wan", "stay")),
                    daemon);
            ProxyNetwork.awaitPackets(stays, 100);
            assertThat(stays.received().lost()).as("lost, with seed %d", seed).isEqualTo(lost);
            assertThat(stays.received().duplicates()).isZero();
            assertThat(daemon.stop(Duration.ofSeconds(5)).status()).isZero();
        }
    }

    /** Waits until the daemon shows these interfaces, and members on those of them. */
    private static void awaitState(
            Network net, LabProcess daemon, Set<Integer> there, Set<Integer> joined) {
        Map<String, Integer> groups = new TreeMap<>();
        names(there).forEach(name -> groups.put(name, 0));
        names(joined, "stay").forEach(name -> groups.put(name, 1));
        net.await(
                () -> groups + " of " + groupsBelow(daemon),
                () -> groupsBelow(daemon).equals(groups),
                daemon);
    }

    /** How many groups each downstream has by the last status (option -s). */
    private static Map<String, Integer> groupsBelow(LabProcess daemon) {
        Map<String, Integer> groups = new TreeMap<>();
        try {
            for (String line : Files.readAllLines(daemon.output())) {
                if (line.startsWith("instance ")) {
                    groups.clear();
                }
                Matcher downstream = DOWNSTREAM.matcher(line);
                if (downstream.matches()) {
                    groups.put(downstream.group(1), Integer.valueOf(downstream.group(2)));
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return groups;
    }

    /** Takes away those that are there, and plugs the others, of which a few have members. */
    private static void change(
            Network net,
            List<Integer> numbers,
            Set<Integer> there,
            Set<Integer> joined,
            Random random)
            throws IOException {
        List<Integer> gone = numbers.stream().filter(there::contains).toList();
        List<Integer> come = numbers.stream().filter(number -> !there.contains(number)).toList();
        List<Integer> watching = come.stream().filter(_ -> random.nextInt(8) == 0).toList();
        net.unplug(gone);
        there.removeAll(gone);
        joined.removeAll(gone);
        net.plug(come);
        there.addAll(come);
        net.join(watching);
        joined.addAll(watching);
    }
}
