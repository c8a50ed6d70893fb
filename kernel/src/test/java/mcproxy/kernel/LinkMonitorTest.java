package mcproxy.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.kernel.LinkMonitor.Changes;
import mcproxy.wire.IpAddress;

import org.junit.jupiter.api.Test;

import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

class LinkMonitorTest {
    private final Kernel kernel = Linux.kernel();

    @Test
    void tellsTheLinksThatAreThere() {
        try (TestNet net = new TestNet()) {
            String a = net.namespace("a");
            net.ip(a, "link add name v0 address 02:00:00:00:00:05 type veth peer name v1");
            net.ip(a, "link set v0 mtu 1400 up");
            net.ip(a, "link set v1 up");
            net.ip(a, "address add 10.1.2.3/24 dev v0");
            net.ip(a, "address add 10.9.9.1 peer 10.9.9.2/32 dev v0");
            net.ip(a, "address add 2001:db8::5/64 dev v0");
            try (LinkMonitor monitor = net.in(a, kernel::openLinkMonitor)) {
                Link v0 =
                        TestNet.eventually(
                                "carrier of v0 and its four addresses, usable",
                                () -> {
                                    read(monitor);
                                    return named(monitor, "v0")
                                            .filter(Link::up)
                                            .filter(link ->
                                                    link.addresses().stream()
                                                                    .filter(Link.Address::usable)
                                                                    .count()
                                                            == 4);
                                });
                assertThat(v0.index()).isEqualTo(net.index(a, "v0"));
                assertThat(v0.mtu()).isEqualTo(1400);
                assertThat(v0.multicast()).isTrue();
                assertThat(v0.hardwareAddress()).isEqualTo("02:00:00:00:00:05");
                assertThat(v0.addresses())
                        .contains(
                                new Link.Address(IpAddress.of("10.1.2.3"), 24, true),
                                new Link.Address(IpAddress.of("10.9.9.1"), 32, true),
                                new Link.Address(IpAddress.of("2001:db8::5"), 64, true),
                                new Link.Address(IpAddress.of("fe80::ff:fe00:5"), 64, true));
                assertThat(named(monitor, "lo")).isPresent();
            }
        }
    }

    @Test
    void tellsEachChangeOnce() throws KernelException {
        try (TestNet net = new TestNet();
                Poller poller = kernel.openPoller()) {
            String a = net.namespace("a");
            try (LinkMonitor monitor = net.in(a, kernel::openLinkMonitor)) {
                read(monitor);
                assertThat(poller.await(Set.of(monitor), 0)).isEmpty();

                net.ip(a, "link add name v0 type veth peer name v1");
                assertThat(poller.await(Set.of(monitor), 5000)).containsExactly(monitor);
                Link added = changed(monitor, link -> link.name().equals("v0"));
                assertThat(added.up()).isFalse();

                net.ip(a, "link set v1 up");
                net.ip(a, "link set v0 up");
                Predicate<Link> v0 = link -> link.index() == added.index();
                changed(monitor, v0.and(Link::up));

                net.ip(a, "address add 10.0.0.1/8 dev v0");
                changed(monitor, v0.and(link -> has(link, "10.0.0.1")));
                net.ip(a, "address delete 10.0.0.1/8 dev v0");
                changed(monitor, v0.and(link -> !has(link, "10.0.0.1")));

                net.ip(a, "link set v1 down"); // v0 is still IFF_UP, without carrier
                changed(monitor, v0.and(link -> !link.up()));
                net.ip(a, "link set v0 down");
                net.ip(a, "link set v0 name other");
                changed(monitor, v0.and(link -> link.name().equals("other")));

                net.ip(a, "link delete other");
                TestNet.eventually(
                        "end of " + added.index(),
                        () ->
                                Optional.of(read(monitor))
                                        .filter(c -> c.gone().contains(added.index())));
                assertThat(monitor.links()).extracting(Link::name).containsExactly("lo");
                assertThat(read(monitor).isEmpty()).isTrue();
            }
        }
    }

    @Test
    void anAddressUnderDuplicateDetectionIsNotUsableYet() {
        try (TestNet net = new TestNet()) {
            String a = net.namespace("a");
            net.sysctl(a, "net/ipv6/conf/default/accept_dad", "1");
            net.sysctl(a, "net/ipv6/conf/all/accept_dad", "1");
            net.ip(a, "link add name v0 type veth peer name v1");
            net.ip(a, "link set v1 up");
            net.ip(a, "link set v0 up");
            // The kernel tells of the address only when detection is over, a second or two later;
            // who reads all of them sees it before.
            try (LinkMonitor monitor =
                    TestNet.eventually(
                            "an address under detection",
                            () -> {
                                LinkMonitor opened = net.in(a, kernel::openLinkMonitor);
                                if (opened.links().stream()
                                        .anyMatch(link -> hasLinkLocal(link, "v0", false))) {
                                    return Optional.of(opened);
                                }
                                opened.close();
                                return Optional.empty();
                            })) {
                changed(monitor, link -> hasLinkLocal(link, "v0", true));
            }
        }
    }

    @Test
    void anAddressOfABridgePortIsNoLinkThatGoes() {
        try (TestNet net = new TestNet()) {
            String a = net.namespace("a");
            net.ip(a, "link add name br type bridge");
            net.ip(a, "link add name v0 type veth peer name v1");
            net.ip(a, "link set v0 master br");
            try (LinkMonitor monitor = net.in(a, kernel::openLinkMonitor)) {
                read(monitor);
                net.ip(a, "link set v0 nomaster"); // tells RTM_DELLINK under AF_BRIDGE
                net.ip(a, "link set v1 mtu 1300");
                changed(monitor, link -> link.name().equals("v1") && link.mtu() == 1300);
                assertThat(named(monitor, "v0")).isPresent();
            }
        }
    }

    @Test
    void whatTheKernelDroppedIsReadAnew() throws KernelException {
        try (TestNet net = new TestNet()) {
            String a = net.namespace("a");
            net.ip(a, "link add name v0 type veth peer name v1");
            net.ip(a, "link add name doomed type veth peer name doomed1");
            try (LinkMonitor monitor = net.in(a, () -> LinuxLinkMonitor.open(4096))) {
                int doomed = named(monitor, "doomed").orElseThrow().index();
                read(monitor);
                StringBuilder lines = new StringBuilder();
                for (int i = 1; i <= 200; i++) {
                    lines.append("address add 10.0.0.").append(i).append("/24 dev v0\n");
                }
                lines.append("link delete doomed\n");
                net.ipBatch(a, lines.toString());

                Changes changes = monitor.readChanges();
                assertThat(changes.gone()).contains(doomed);
                assertThat(named(monitor, "v0").orElseThrow().addresses()).hasSize(200);
                assertThat(changes.changed()).contains(named(monitor, "v0").orElseThrow());
            }
        }
    }

    private static boolean has(Link link, String address) {
        return link.addresses().stream()
                .anyMatch(each -> each.address().equals(IpAddress.of(address)));
    }

    private static boolean hasLinkLocal(Link link, String name, boolean usable) {
        return link.name().equals(name)
                && link.addresses().stream()
                        .anyMatch(each ->
                                each.address().isLinkLocalUnicast() && each.usable() == usable);
    }

    private static Optional<Link> named(LinkMonitor monitor, String name) {
        return monitor.links().stream().filter(link -> link.name().equals(name)).findAny();
    }

    private static Link changed(LinkMonitor monitor, Predicate<Link> what) {
        return TestNet.eventually(
                "a change", () -> read(monitor).changed().stream().filter(what).findAny());
    }

    private static Changes read(LinkMonitor monitor) {
        try {
            return monitor.readChanges();
        } catch (KernelException e) {
            throw new AssertionError(e);
        }
    }
}
