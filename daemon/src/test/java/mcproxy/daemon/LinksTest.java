package mcproxy.daemon;

import static mcproxy.daemon.Examples.down;
import static mcproxy.daemon.Examples.link;
import static mcproxy.daemon.Examples.plan;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.Input;
import mcproxy.core.LinkSettings;
import mcproxy.core.LinkSettings.Role;
import mcproxy.core.Prefix;
import mcproxy.kernel.Link;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Protocol;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

final class LinksTest {
    private static final IpAddress NONE_6 = Family.IPV6.unspecified();

    private final List<DaemonEvent> events = new ArrayList<>();
    private final Links links = new Links(plan("wan0", "lan0", "lan1"), events::add);

    private List<Input> set(Link link) {
        return links.changed(new Mail.LinkChanged(link.index(), false, Optional.of(link)));
    }

    private List<Input> remove(int ifindex) {
        return links.changed(new Mail.LinkChanged(ifindex, true, Optional.empty()));
    }

    /** The change as text: family, index and address. */
    private static List<String> texts(List<Input> inputs) {
        return inputs.stream()
                .map(input ->
                        switch (input) {
                            case Input.LinkUp up ->
                                    "up %s %d %s %s"
                                            .formatted(
                                                    up.family(),
                                                    up.ifindex(),
                                                    up.name(),
                                                    up.address());
                            case Input.LinkDown gone ->
                                    "down %s %d".formatted(gone.family(), gone.ifindex());
                            case Input.LinkReleased gone ->
                                    "released %s %d".formatted(gone.family(), gone.ifindex());
                            case Input.Heard _,
                                    Input.CacheMiss _,
                                    Input.WrongInterface _,
                                    Input.RouteUsage _,
                                    Input.AskAgain _,
                                    Input.Configure _,
                                    Input.Together _,
                                    Input.Stop _ ->
                                    input.toString();
                        })
                .sorted()
                .toList();
    }

    // shows RFC9777-7.6.2-4
    @Test
    void theStartTakesWhatIsThereAndWarnsOfWhatIsNot() {
        List<Input> inputs =
                links.start(
                        List.of(
                                link(1, "lo", "127.0.0.1/8"),
                                link(
                                        4,
                                        "lan1",
                                        "10.0.2.1/24",
                                        "2001:db8::1/64",
                                        "fe80:0:0:1::4/64",
                                        "fe80::4/64")));

        assertThat(texts(inputs))
                .containsExactly("up IPv4 4 lan1 10.0.2.1", "up IPv6 4 lan1 fe80::4");
        assertThat(inputs).first().isInstanceOf(Input.LinkUp.class);
        Input.LinkUp ipv6 =
                inputs.stream()
                        .map(Input.LinkUp.class::cast)
                        .filter(up -> up.family() == Family.IPV6)
                        .findFirst()
                        .orElseThrow();
        LinkSettings settings = ipv6.settings();
        assertThat(settings.role()).isEqualTo(Role.DOWNSTREAM);
        assertThat(settings.order()).isEqualTo(1);
        assertThat(settings.protocol()).isEqualTo(Protocol.MLDV2);
        assertThat(ipv6.subnets())
                .containsExactly(
                        Prefix.of("2001:db8::1/64"),
                        Prefix.of("fe80:0:0:1::4/64"),
                        Prefix.of("fe80::4/64"));
        assertThat(ipv6.mtu()).isEqualTo(1500);
        assertThat(events)
                .containsExactly(
                        new DaemonEvent.InterfaceMissing("tv", "wan0"),
                        new DaemonEvent.InterfaceMissing("tv", "lan0"));
    }

    @Test
    void anAddressThatComesLaterIsToldAndNoAddressIsNoObstacle() {
        assertThat(texts(set(link(4, "lan0"))))
                .containsExactly("up IPv4 4 lan0 0.0.0.0", "up IPv6 4 lan0 " + NONE_6);
        assertThat(set(link(4, "lan0"))).as("nothing new").isEmpty();
        assertThat(texts(set(link(4, "lan0", "10.0.1.1/24"))))
                .containsExactly("up IPv4 4 lan0 10.0.1.1");
        assertThat(texts(set(link(4, "lan0", "10.0.1.1/24", "2001:db8::1/64"))))
                .as("new subnets, still no link-local address")
                .containsExactly("up IPv6 4 lan0 ::");
        assertThat(texts(set(link(4, "lan0", "10.0.1.2/24", "2001:db8::1/64"))))
                .containsExactly("up IPv4 4 lan0 10.0.1.2");
    }

    @Test
    void aTentativeAddressIsNotUsed() {
        Link tentative =
                new Link(
                        4,
                        "lan0",
                        true,
                        true,
                        1500,
                        link(4, "lan0").hardwareAddress(),
                        List.of(new Link.Address(IpAddress.of("fe80::4"), 64, false)));
        assertThat(texts(set(tentative))).contains("up IPv6 4 lan0 ::");
        assertThat(texts(set(link(4, "lan0", "fe80::4/64"))))
                .containsExactly("up IPv6 4 lan0 fe80::4");
    }

    @ParameterizedTest
    @CsvSource({
        "02:00:00:00:00:07, 02:00:00:00:00:07",
        "'', ''", // a tun device
        "80:00:02:08:fe:80:00:00:00:00:00:00:7c:fe:90:03:00:1c:3a:32, ''" // InfiniBand
    })
    void theLinkAddressComesWithTheInterface(String hardware, String expected) {
        Link lan0 =
                new Link(
                        4,
                        "lan0",
                        true,
                        true,
                        1500,
                        hardware,
                        List.of(new Link.Address(IpAddress.of("10.0.1.1"), 24, true)));
        List<Input> inputs = set(lan0);
        assertThat(inputs)
                .isNotEmpty()
                .allSatisfy(input ->
                        assertThat(input)
                                .isInstanceOfSatisfying(
                                        Input.LinkUp.class,
                                        up -> assertThat(up.linkAddress()).hasToString(expected)));
    }

    @Test
    void downAndUpAgain() {
        Link lan0 = link(4, "lan0", "10.0.1.1/24");
        set(lan0);
        assertThat(texts(set(down(lan0)))).containsExactly("down IPv4 4", "down IPv6 4");
        assertThat(set(down(lan0))).isEmpty();
        assertThat(events).containsExactly(new DaemonEvent.InterfaceDown("tv", "lan0"));
        assertThat(texts(set(lan0))).contains("up IPv4 4 lan0 10.0.1.1");
    }

    @Test
    void goneAndBackWithANewIndex() {
        set(link(4, "lan0"));
        assertThat(texts(remove(4))).containsExactly("down IPv4 4", "down IPv6 4");
        assertThat(events).containsExactly(new DaemonEvent.InterfaceGone("tv", "lan0"));
        assertThat(texts(set(link(9, "lan0"))))
                .containsExactly("up IPv4 9 lan0 0.0.0.0", "up IPv6 9 lan0 ::");
    }

    @Test
    void goneAndBackWithTheSameIndexInOneChange() {
        Link lan0 = link(4, "lan0");
        set(lan0);
        List<Input> inputs = links.changed(new Mail.LinkChanged(4, true, Optional.of(lan0)));

        assertThat(inputs).hasSize(4);
        assertThat(inputs.subList(0, 2)).allMatch(input -> input instanceof Input.LinkDown);
        assertThat(inputs.subList(2, 4)).allMatch(input -> input instanceof Input.LinkUp);
    }

    @Test
    void renamedFromAndToANameOfOurs() {
        assertThat(set(link(4, "eth0"))).isEmpty();
        assertThat(texts(set(link(4, "lan0"))))
                .containsExactly("up IPv4 4 lan0 0.0.0.0", "up IPv6 4 lan0 ::");
        List<Input> toAnother = set(link(4, "lan1"));
        assertThat(texts(toAnother))
                .containsExactly(
                        "released IPv4 4",
                        "released IPv6 4",
                        "up IPv4 4 lan1 0.0.0.0",
                        "up IPv6 4 lan1 ::");
        assertThat(toAnother.getFirst()).isInstanceOf(Input.LinkReleased.class);
        assertThat(texts(set(link(4, "eth0"))))
                .containsExactly("released IPv4 4", "released IPv6 4");
        assertThat(events)
                .containsExactly(
                        new DaemonEvent.InterfaceGone("tv", "lan0"),
                        new DaemonEvent.InterfaceGone("tv", "lan1"));
    }

    @Test
    void anInterfaceThatCannotMulticastIsToldOnce() {
        Link deaf = new Link(4, "lan0", true, false, 1500, "", List.of());
        assertThat(set(deaf)).isEmpty();
        assertThat(set(deaf)).isEmpty();
        assertThat(events).containsExactly(new DaemonEvent.InterfaceWithoutMulticast("tv", "lan0"));
    }
}
