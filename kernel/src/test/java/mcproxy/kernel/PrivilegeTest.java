package mcproxy.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import mcproxy.kernel.Kernel.Finding;
import mcproxy.kernel.Kernel.Finding.Level;
import mcproxy.wire.Family;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is told with and without the capabilities; without, in a process that has dropped them. */
class PrivilegeTest {
    /** What the other process does: open tables, use one, then probe, and tell. */
    public static void main(String[] arguments) {
        for (Family family : Family.values()) {
            for (int number : new int[] {0, 7}) {
                try (MulticastTable table = Linux.kernel().openTable(family, number);
                        LinkMonitor monitor = Linux.kernel().openLinkMonitor()) {
                    for (Link link : monitor.links()) {
                        if (link.name().equals("v0")) {
                            table.addInterface(0, link.index());
                        }
                    }
                    System.out.println("opened");
                } catch (KernelException e) {
                    System.out.println(e.getMessage());
                }
            }
        }
        for (Finding finding : Linux.kernel().probe()) {
            System.out.println(finding);
        }
    }

    /** The kernel lets a raw socket's owner have the default table: CAP_NET_RAW is enough. */
    @Test
    void withoutNetAdminThereIsTheDefaultTableOnly() throws IOException, InterruptedException {
        List<String> lines = without("net_admin");
        assertThat(lines.get(0)).isEqualTo("opened");
        assertThat(lines.get(1))
                .startsWith("setsockopt(MRT_TABLE), IPv4 table 7: EACCES: ")
                .contains("needs CAP_NET_ADMIN; run as root, or");
        assertThat(lines.get(2)).isEqualTo("opened");
        assertThat(lines.get(3))
                .startsWith("setsockopt(MRT6_TABLE), IPv6 table 7: EACCES: ")
                .contains("needs CAP_NET_ADMIN; run as root, or");
        assertThat(lines)
                .anyMatch(line -> line.startsWith("Finding[what=CAP_NET_ADMIN, level=WARNING"))
                .anyMatch(line -> line.startsWith("Finding[what=CAP_NET_RAW, level=OK"))
                .anyMatch(line -> line.startsWith("Finding[what=IPv4 multicast routing, level=OK"))
                .anyMatch(line ->
                        line.startsWith("Finding[what=IPv6 multicast routing tables, level=WARN"));
    }

    @Test
    void withoutNetRawTheCapabilityIsNamed() throws IOException, InterruptedException {
        List<String> lines = without("net_raw");
        assertThat(lines.get(0))
                .isEqualTo(
                        "socket(AF_INET, SOCK_RAW, IPPROTO_IGMP): EPERM: needs CAP_NET_RAW; run as"
                                + " root, or grant it to the service");
        assertThat(lines)
                .anyMatch(line -> line.startsWith("Finding[what=CAP_NET_RAW, level=ERROR"))
                .anyMatch(
                        line -> line.startsWith("Finding[what=IPv4 multicast routing, level=ERR"));
    }

    @Test
    void theProbeOfAGoodSystemFindsNothingToMend() {
        try (TestNet net = new TestNet()) {
            String a = net.namespace("a");
            String forwarding = "/proc/sys/net/ipv4/conf/all/mc_forwarding";
            List<Finding> findings = net.in(a, Linux.kernel()::probe);
            assertThat(findings)
                    .extracting(Finding::what)
                    .contains(
                            "Linux version",
                            "IPv4 multicast routing",
                            "IPv6 multicast routing",
                            "IPv4 multicast routing tables",
                            "IPv6 (*,G) routes",
                            "receive buffer",
                            "reverse path filter");
            assertThat(findings).allMatch(f -> f.level() == Level.OK && f.fix().isEmpty());
            assertThat(net.text(a, forwarding).strip()).isEqualTo("0"); // changed nothing
        }
    }

    @Test
    void theProbeTellsWhatIsWrong() throws KernelException {
        try (TestNet net = new TestNet()) {
            String a = net.namespace("a");
            net.ip(a, "link add name v0 type veth peer name v1");
            net.sysctl(a, "net/ipv4/conf/v0/rp_filter", "1");
            net.sysctl(a, "net/ipv6/conf/all/disable_ipv6", "1");
            try (MulticastTable owned = net.in(a, () -> Linux.kernel().openTable(Family.IPV4, 0))) {
                List<Finding> findings = net.in(a, Linux.kernel()::probe);
                assertThat(finding(findings, "reverse path filter").detail())
                        .startsWith("strict on v0:");
                assertThat(finding(findings, "IPv6").fix())
                        .isEqualTo("sysctl net.ipv6.conf.all.disable_ipv6=0");
                assertThat(finding(findings, "IPv4 multicast routing").detail())
                        .startsWith("another multicast routing daemon owns table 0");
                assertThat(owned.receive()).isEmpty(); // and the owner is still that
            }
        }
    }

    private static Finding finding(List<Finding> findings, String what) {
        return findings.stream()
                .filter(f -> f.what().equals(what) && f.level() == Level.WARNING)
                .findAny()
                .orElseThrow(() -> new AssertionError(what + " not warned of in " + findings));
    }

    private static List<String> without(String capability)
            throws IOException, InterruptedException {
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/setpriv")),
                "SKIPPED: util-linux's setpriv is not installed");
        try (TestNet net = new TestNet()) {
            String a = net.namespace("a");
            net.ip(a, "link add name v0 type veth peer name v1");
            return without(capability, a);
        }
    }

    private static List<String> without(String capability, String namespace)
            throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "ip",
                                "netns",
                                "exec",
                                namespace,
                                "setpriv",
                                "--bounding-set=-" + capability));
        command.addAll(
                List.of(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PrivilegeTest.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().toList();
    }
}
