package mcproxy.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.config.ConfigurationReader;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

final class RpFilterTest {
    private static final String HEADINGS =
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
    private static final String TO_LAN =
            "lan0\t0001000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
    private static final String DEFAULT_OVER_WAN0 =
            "wan0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";

    /** Of a form that has the default's destination, 0.0.0.0/1. */
    private static final String HALF_OVER_WAN0 =
            "wan0\t00000000\t0100000A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n";

    @TempDir Path system = Path.of("");

    private final List<DaemonEvent> events = new ArrayList<>();

    @BeforeEach
    void aRouteToTheLan() throws IOException {
        routes(TO_LAN);
    }

    private void routes(String... lines) throws IOException {
        Path file = system.resolve("proc/net/route");
        Files.createDirectories(file.getParent());
        Files.writeString(file, HEADINGS + String.join("", lines));
    }

    private Path set(String link, int value) throws IOException {
        Path folder = system.resolve("proc/sys/net/ipv4/conf").resolve(link);
        return Files.writeString(
                Files.createDirectories(folder).resolve("rp_filter"), value + "\n");
    }

    private RpFilter filter(boolean resetsAll) {
        return new RpFilter(system, resetsAll, events::add);
    }

    private static List<InstancePlan> plans(String... statements) {
        return InstancePlan.of(
                ConfigurationReader.read("test.conf", String.join("\n", statements))
                        .configuration()
                        .orElseThrow());
    }

    private List<DaemonEvent> told() {
        List<DaemonEvent> told = List.copyOf(events);
        events.clear();
        return told;
    }

    private static DaemonEvent changed(Path path, String before) {
        return new DaemonEvent.SettingChanged(path.toString(), before, "0");
    }

    @Test
    void putsBackWhatWasThereBefore() throws IOException {
        Path all = set("all", 2);
        Path wan = set("wan0", 1);
        Path lan = set("lan0", 0);
        Path other = set("other", 1);
        Path standard = set("default", 1);
        RpFilter filter = filter(false);
        List<InstancePlan> plans =
                plans("pinstance tv: wan0 missing ==> lan0;", "set rp-filter reset;");

        filter.tend(plans);
        filter.tend(plans);
        assertThat(all).hasContent("0");
        assertThat(wan).hasContent("0");
        assertThat(told()).containsExactly(changed(all, "2"), changed(wan, "1"));

        filter.restore();
        assertThat(all).hasContent("2");
        assertThat(wan).hasContent("1");
        assertThat(lan).hasContent("0");
        assertThat(other).hasContent("1");
        assertThat(standard).hasContent("1");
        assertThat(system.resolve("proc/sys/net/ipv4/conf/missing")).doesNotExist();
    }

    @Test
    void whatNobodyWantsOffAnyMoreIsPutBackOnce() throws IOException {
        Path all = set("all", 2);
        Path wan = set("wan0", 1);
        Path lan = set("lan0", 1);
        RpFilter filter = filter(false);
        String tv = "pinstance tv: wan0 ==> lan0;";
        String radio = "pinstance radio: wan1 ==> lan1; pinstance radio set rp-filter reset;";
        filter.tend(plans(tv, "pinstance tv set rp-filter reset;", radio));
        assertThat(told()).hasSize(3);

        filter.tend(plans(tv, "pinstance tv set rp-filter leave;", radio));
        assertThat(wan).hasContent("1");
        assertThat(lan).hasContent("1");
        assertThat(all).as("the other instance still wants it").hasContent("0");
        assertThat(told())
                .containsExactlyInAnyOrder(
                        new DaemonEvent.SettingChanged(wan.toString(), "0", "1"),
                        new DaemonEvent.SettingChanged(lan.toString(), "0", "1"));

        set("wan0", 2); // by somebody else, who shall find it so
        filter.tend(plans(tv, "set rp-filter leave;"));
        assertThat(all).hasContent("2");
        filter.restore();
        assertThat(wan).hasContent("2");
        assertThat(told()).hasSize(1);
    }

    @Test
    void whatSomebodySwitchesOnMeanwhileIsNotTakenForWhatWasThereBefore() throws IOException {
        set("all", 0);
        Path wan = set("wan0", 1);
        RpFilter filter = filter(true);
        List<InstancePlan> plans = plans("pinstance tv: wan0 ==> lan0;");
        filter.tend(plans);
        set("wan0", 2);
        filter.tend(plans);
        assertThat(wan).hasContent("0");
        filter.restore();
        assertThat(wan).hasContent("1");
    }

    @Test
    void interfacesThatMatchAPatternAreResetAsTheyCome() throws IOException {
        Path all = set("all", 0);
        Path first = set("tun1", 1);
        Path given = set("eth0.4", 1);
        RpFilter filter = filter(true);
        List<InstancePlan> plans = plans("pinstance tv: \"tun*\" ==> \"eth0.4\" \"veth*\";");
        filter.tend(plans);
        assertThat(told()).containsExactlyInAnyOrder(changed(first, "1"), changed(given, "1"));
        Path second = set("tun2", 2);
        Path below = set("veth7", 1);
        filter.tend(plans);
        assertThat(told()).containsExactlyInAnyOrder(changed(second, "2"), changed(below, "1"));

        Files.delete(second);
        filter.restore();
        assertThat(first).hasContent("1");
        assertThat(below).hasContent("1");
        assertThat(second).doesNotExist();
        assertThat(all).hasContent("0");
    }

    @ParameterizedTest
    @CsvSource({"1,0,1", "0,1,1", "1,1,1", "0,0,0", "2,0,0", "0,2,0", "1,2,0", "2,1,0"})
    void aStrictFilterIsToldOfWhereNoDefaultRouteGoes(int all, int own, int told)
            throws IOException {
        set("all", all);
        set("wan0", own);
        set("lan0", 1);
        filter(false).tend(plans("pinstance tv: wan0 ==> lan0;"));
        assertThat(told())
                .isEqualTo(
                        told == 0
                                ? List.of()
                                : List.of(new DaemonEvent.SourcesFiltered("tv", "wan0", 1)));
    }

    @Test
    void whereADefaultRouteGoesAStrictFilterIsNotToldOf() throws IOException {
        set("all", 1);
        set("wan0", 0);
        set("wan1", 0);
        routes(TO_LAN, DEFAULT_OVER_WAN0);
        filter(false).tend(plans("pinstance tv: wan0 wan1 ==> lan0;"));
        assertThat(told()).containsExactly(new DaemonEvent.SourcesFiltered("tv", "wan1", 1));
        routes(TO_LAN, HALF_OVER_WAN0);
        filter(false).tend(plans("pinstance tv: wan0 ==> lan0;"));
        assertThat(told()).containsExactly(new DaemonEvent.SourcesFiltered("tv", "wan0", 1));
    }

    @Test
    void aLooseFilterIsToldOfWhenThereIsNoRouteAtAll() throws IOException {
        set("all", 2);
        set("wan0", 1);
        List<InstancePlan> plans = plans("pinstance tv: \"wan*\" ==> lan0;");
        filter(false).tend(plans);
        assertThat(told()).isEmpty();
        routes();
        filter(false).tend(plans);
        assertThat(told()).containsExactly(new DaemonEvent.SourcesFiltered("tv", "wan0", 2));
    }

    @Test
    void itIsToldOnceAndAgainWhenItChanges() throws IOException {
        Path wan = set("wan0", 1);
        RpFilter filter = filter(false);
        List<InstancePlan> plans = plans("pinstance tv: wan0 ==> lan0;");
        DaemonEvent strict = new DaemonEvent.SourcesFiltered("tv", "wan0", 1);
        filter.tend(plans);
        filter.tend(plans);
        assertThat(told()).containsExactly(strict);
        set("wan0", 0);
        filter.tend(plans);
        assertThat(told()).isEmpty();
        set("wan0", 1);
        filter.tend(plans);
        assertThat(told()).containsExactly(strict);
        routes();
        set("all", 2);
        filter.tend(plans);
        assertThat(told()).containsExactly(new DaemonEvent.SourcesFiltered("tv", "wan0", 2));
        filter.restore();
        assertThat(told()).isEmpty();
        assertThat(wan).hasContent("1");
    }

    @Test
    void nothingIsToldWhereNothingIsKnownOrWanted() throws IOException {
        filter(false).tend(plans("pinstance tv: wan0 ==> lan0;")); // a kernel without IPv4
        set("wan0", 1);
        filter(false).tend(plans("pinstance tv: wan0 ==> lan0;", "set rp-filter leave;"));
        filter(false).tend(plans("protocol MLDv2;", "pinstance tv: wan0 ==> lan0;"));
        Files.delete(system.resolve("proc/net/route"));
        filter(false).tend(plans("pinstance tv: wan0 ==> lan0;"));
        assertThat(told()).isEmpty();
    }
}
