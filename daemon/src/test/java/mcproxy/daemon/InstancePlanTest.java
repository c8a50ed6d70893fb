package mcproxy.daemon;

import static mcproxy.daemon.Examples.link;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.config.ConfigurationReader;
import mcproxy.config.Reading;
import mcproxy.core.Input;
import mcproxy.core.LinkSettings;
import mcproxy.core.LinkSettings.Role;
import mcproxy.core.RuleMatching;
import mcproxy.core.SsmRange;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Protocol;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** From the configuration to what the engine is told. */
final class InstancePlanTest {
    private static InstancePlan plan(String... lines) {
        Reading reading = ConfigurationReader.read("test.conf", String.join("\n", lines));
        return InstancePlan.of(
                        reading.configuration()
                                .orElseThrow(() -> new AssertionError(reading.render())))
                .getFirst();
    }

    private static List<String> ups(InstancePlan plan, String device) {
        List<Input> inputs = new Links(plan, _ -> {}).start(List.of(link(7, device)));
        List<String> ups = new ArrayList<>();
        for (Input input : inputs) {
            if (input instanceof Input.LinkUp up) {
                ups.add(up.family() + " " + up.settings().role() + " " + up.address());
            }
        }
        return ups.stream().sorted().toList();
    }

    @Test
    void policiesAndSettingsReachTheEngine() {
        InstancePlan plan =
                plan(
                        "protocol IGMPv3, MLDv2;",
                        "pinstance tv: wan0 wan1 ==> lan0;",
                        "pinstance tv protocol MLDv1;",
                        "pinstance tv upstream * in rulematching mutex 20;",
                        "pinstance tv upstream wan0 in whitelist table {(ff0e::/16|*)};",
                        "pinstance tv upstream wan1 set join-group ff0e::1;",
                        "pinstance tv set linger 2s; set rp-filter reset;");
        assertThat(plan.families()).containsExactly(Family.IPV6);
        assertThat(plan.rpFilter()).isEqualTo(RpFilter.Care.RESET);
        assertThat(plan.settings().linger()).isEqualTo(Duration.ofSeconds(2));
        assertThat(plan.settings().policy().in())
                .contains(new RuleMatching.Mutex(Duration.ofMillis(20)));
        assertThat(plan.settings().policy().filters()).hasSize(1);
        assertThat(plan.settings().policy().joins()).hasSize(1);
        assertThat(plan.of("lan0").getFirst().settings())
                .containsOnlyKeys(Family.IPV6)
                .allSatisfy(
                        (_, settings) -> assertThat(settings.protocol()).isEqualTo(Protocol.MLDV1));
        assertThat(plan.of("wan1").getFirst().settings().values())
                .allMatch(settings -> settings.order() == 1);
    }

    // shows RFC9776-7.2.1-9, RFC9776-7.3.1-13, RFC9777-8.2.1-6, RFC9777-8.3.1-9, RFC4605-4.1-1
    @Test
    void aVersionIsTheHighestUnlessItIsSetAndThenItIsKept() {
        InstancePlan plan =
                plan(
                        "protocol IGMPv3, MLDv2;",
                        "pinstance tv: wan0 ==> lan0 lan1;",
                        "pinstance tv upstream wan0 set version IGMPv2, MLDv1;",
                        "pinstance tv downstream lan0 set version IGMPv2, MLDv1;");
        for (Family family : Family.values()) {
            LinkSettings fixedUp = settings(plan, "wan0", family);
            assertThat(fixedUp.protocol()).isEqualTo(Protocol.of(family, 2));
            assertThat(fixedUp.host().fallback()).isFalse();
            LinkSettings fixedDown = settings(plan, "lan0", family);
            assertThat(fixedDown.protocol()).isEqualTo(Protocol.of(family, 2));
            assertThat(fixedDown.router().querying().followOlderQueriers()).isFalse();
            LinkSettings free = settings(plan, "lan1", family);
            assertThat(free.protocol()).isEqualTo(Protocol.newest(family));
            assertThat(free.router().querying().followOlderQueriers()).isTrue();
        }
    }

    // shows RFC4604-2-1, RFC4604-2-3
    @Test
    void theSourceSpecificRangeCanBeSet() {
        InstancePlan plan =
                plan(
                        "protocol IGMPv3, MLDv2;",
                        "pinstance tv: wan0 ==> lan0;",
                        "set ssm-range 233.0.0.0/8, ff3e::/32;");
        SsmRange ipv4 = settings(plan, "lan0", Family.IPV4).ssm();
        assertThat(ipv4.contains(IpAddress.of("233.1.1.1"))).isTrue();
        assertThat(ipv4.contains(IpAddress.of("232.1.1.1"))).isFalse();
        SsmRange ipv6 = settings(plan, "wan0", Family.IPV6).ssm();
        assertThat(ipv6.contains(IpAddress.of("ff3e::1"))).isTrue();
        assertThat(ipv6.contains(IpAddress.of("ff35::1"))).isFalse();
    }

    private static LinkSettings settings(InstancePlan plan, String device, Family family) {
        return Optional.ofNullable(plan.of(device).getFirst().settings().get(family)).orElseThrow();
    }

    @Test
    void anInterfaceOnBothSidesComesUpOnBothAndGoesDownOnce() {
        InstancePlan plan = plan("pinstance a: ap wan0 ==> ap lan0;");
        assertThat(ups(plan, "ap"))
                .containsExactly("IPv4 DOWNSTREAM 0.0.0.0", "IPv4 UPSTREAM 0.0.0.0");
        assertThat(ups(plan, "lan0")).hasSize(1);
        assertThat(plan.names()).containsExactly("ap", "wan0", "lan0");
    }

    @Test
    void aDeviceIsTakenByItsPatternUnlessItIsNamed() {
        InstancePlan plan =
                plan(
                        "pinstance a: wan0 ==> \"tun*\" tun5 \"*\";",
                        "pinstance a downstream tun5 set source-address 192.0.2.5;");
        assertThat(plan.of("tun1")).hasSize(1);
        assertThat(plan.of("tun1").getFirst().on().text()).isEqualTo("tun*");
        assertThat(plan.of("wan0"))
                .extracting(InstancePlan.PlannedLink::role)
                .containsExactly(Role.UPSTREAM);
        assertThat(ups(plan, "tun5")).containsExactly("IPv4 DOWNSTREAM 192.0.2.5");
        assertThat(plan.of("tun5").getFirst().senders())
                .containsEntry(Family.IPV4, IpAddress.of("192.0.2.5"));
        assertThat(plan("pinstance a: wan0 ==> lan0;").of("eth9")).isEmpty();
    }
}
