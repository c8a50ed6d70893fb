package mcproxy.cli.doctor;

import mcproxy.config.InstanceConfig;
import mcproxy.config.InterfaceConfig;
import mcproxy.core.InterfacePattern;
import mcproxy.kernel.KernelException;
import mcproxy.kernel.Link;

import java.util.List;

/** Interfaces that are missing, down, or cannot multicast. */
final class InterfaceCheck implements Check {
    @Override
    public String kind() {
        return "interface";
    }

    @Override
    public void look(Scene scene, Report report) throws KernelException {
        List<Link> links = scene.machine().links();
        for (InstanceConfig instance : scene.configuration().instances()) {
            for (InterfaceConfig on : instance.interfaces()) {
                InterfacePattern pattern = new InterfacePattern(on.name());
                List<Link> there =
                        links.stream().filter(link -> pattern.matches(link.name())).toList();
                if (there.isEmpty() && !pattern.isPattern()) {
                    report.add(
                            finding(
                                    instance,
                                    on.name(),
                                    "there is no interface " + on.name(),
                                    "ip link does not show it",
                                    "ip link set dev DEVICE name " + on.name()));
                }
                for (Link link : there) {
                    look(instance, link, report);
                }
            }
        }
    }

    private void look(InstanceConfig instance, Link link, Report report) {
        if (!link.up()) {
            report.add(
                    finding(
                            instance,
                            link.name(),
                            link.name() + " is down, or has no carrier",
                            "ip link show " + link.name(),
                            "ip link set dev " + link.name() + " up"));
        }
        if (!link.multicast()) {
            report.add(
                    finding(
                            instance,
                            link.name(),
                            link.name() + " cannot multicast",
                            "ip link show " + link.name() + " has no MULTICAST",
                            "ip link set dev " + link.name() + " multicast on"));
        }
    }

    private Finding finding(
            InstanceConfig instance, String link, String text, String evidence, String fix) {
        return new Finding(
                kind(),
                Level.ERROR.word(),
                instance.name(),
                link,
                null,
                text,
                evidence,
                "nothing is heard, asked or forwarded there",
                fix);
    }
}
