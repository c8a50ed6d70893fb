package mcproxy.config;

import static mcproxy.config.Texts.read;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.LinkSettings;
import mcproxy.wire.Family;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What each key changes of what the engine is told, and that it changes nothing else. */
class SettingEffectTest {
    private static final String TV = "protocol IGMPv3, MLDv2; pinstance tv: wan0 ==> lan0; ";

    /** All that the engine is told, by the names of its values. */
    private static Map<String, String> told(String text) {
        Reading reading = read(text);
        Configuration configuration =
                reading.configuration().orElseThrow(() -> new AssertionError(reading.render()));
        InstanceConfig tv = configuration.instances().getFirst();
        Map<String, String> told = new TreeMap<>();
        flatten("", configuration.proxy(tv), told);
        configuration
                .effective(tv)
                .choice(SettingKey.RP_FILTER)
                .ifPresent(care -> told.put("rp-filter", care));
        for (Side side : Side.values()) {
            String on = tv.side(side).getFirst().name();
            for (Family family : Family.values()) {
                String prefix =
                        side.toString().replace("stream", "") + (family == Family.IPV4 ? 4 : 6);
                LinkSettings link = configuration.link(tv, side, on, family).orElseThrow();
                flatten(prefix + ".", link, told);
                configuration
                        .effective("tv", side, on)
                        .sourceAddress(family)
                        .ifPresent(sender -> told.put(prefix + ".sender", sender.toString()));
            }
        }
        return told;
    }

    private static void flatten(String path, Record value, Map<String, String> into) {
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            try {
                Object part = component.getAccessor().invoke(value);
                if (part instanceof Record inner && isOfOurs(inner)) {
                    flatten(path + component.getName() + ".", inner, into);
                } else {
                    into.put(path + component.getName(), String.valueOf(part));
                }
            } catch (ReflectiveOperationException e) {
                throw new LinkageError(e.getMessage(), e);
            }
        }
    }

    private static boolean isOfOurs(Record value) {
        return value.getClass().getName().matches("mcproxy\\.core\\.\\w*(Settings|Timers).*");
    }

    /** What is not as without the statement; of both families at once where it is the same. */
    private static String changes(String statement) {
        Map<String, String> before = told(TV);
        Map<String, String> after = told(TV + statement);
        Map<String, String> changed = new TreeMap<>(after);
        changed.entrySet().removeIf(value -> value.getValue().equals(before.get(value.getKey())));
        assertThat(after.keySet()).containsAll(before.keySet());
        Map<String, String> merged = new TreeMap<>();
        changed.forEach((name, value) -> {
            String other = name.replaceFirst("^(up|down)[46]", "$1X");
            boolean both =
                    value.equals(changed.get(other.replace("X", "4")))
                            && value.equals(changed.get(other.replace("X", "6")));
            merged.put(both ? other.replace("X", "") : name, value);
        });
        return merged.entrySet().stream()
                .map(value -> value.getKey() + "=" + value.getValue())
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pinstance tv downstream lan0 set robustness 3; |"
                        + " down.timers.lastMemberQueryCount=3 down.timers.robustness=3"
                        + " down.timers.startupQueryCount=3",
                "pinstance tv upstream wan0 set robustness 3; |"
                        + " up.timers.lastMemberQueryCount=3 up.timers.robustness=3"
                        + " up.timers.startupQueryCount=3",
                "pinstance tv downstream lan0 set query-interval 60s; |"
                        + " down.timers.queryInterval=PT1M down.timers.startupQueryInterval=PT15S",
                "pinstance tv downstream lan0 set query-response-interval 5s; |"
                        + " down.timers.queryResponseInterval=PT5S",
                "pinstance tv downstream lan0 set startup-query-interval 5s; |"
                        + " down.timers.startupQueryInterval=PT5S",
                "pinstance tv downstream lan0 set startup-query-count 4; |"
                        + " down.timers.startupQueryCount=4",
                "pinstance tv downstream lan0 set last-member-query-interval 200ms; |"
                        + " down.timers.lastMemberQueryInterval=PT0.2S",
                "pinstance tv downstream lan0 set last-member-query-count 4; |"
                        + " down.timers.lastMemberQueryCount=4",
                "pinstance tv upstream wan0 set unsolicited-report-interval 500ms; |"
                        + " up.host.unsolicitedReportInterval=PT0.5S",
                "pinstance tv upstream wan0 set reports-per-second 100; |"
                        + " up.host.reportsPerSecond=100",
                "pinstance tv upstream wan0 set version IGMPv2; |"
                        + " up4.host.fallback=false up4.protocol=IGMPv2"
                        + " up4.router.querying.followOlderQueriers=false",
                "pinstance tv downstream lan0 set version MLDv1; |"
                        + " down6.host.fallback=false down6.protocol=MLDv1"
                        + " down6.router.querying.followOlderQueriers=false",
                "pinstance tv downstream lan0 set querier off; |"
                        + " down.router.querying.enabled=false",
                "pinstance tv downstream lan0 set forward-when-not-querier on; |"
                        + " down.router.querying.forwardWhenNotQuerier=true",
                "pinstance tv downstream lan0 set immediate-leave on; |"
                        + " down.router.tracking.immediateLeave=true",
                "pinstance tv downstream lan0 set explicit-tracking off; |"
                        + " down.router.tracking.enabled=false",
                "pinstance tv downstream lan0 set lite-exclude-filter on; |"
                        + " down.router.liteExcludeFilter=true",
                "pinstance tv downstream lan0 set require-router-alert on; |"
                        + " down.router.checks.requireRouterAlert=true",
                "pinstance tv downstream lan0 set verify-source-subnet on; |"
                        + " down.router.checks.verifySourceSubnet=true",
                "pinstance tv downstream lan0 set ignore-version-1 on; |"
                        + " down.router.checks.ignoreVersion1=true",
                "pinstance tv downstream lan0 set ignore-version-2 on; |"
                        + " down.router.checks.ignoreVersion2=true",
                "pinstance tv downstream lan0 set max-groups 7; | down.router.limits.groups=7",
                "pinstance tv downstream lan0 set max-group-sources 8; |"
                        + " down.router.limits.groupSources=8",
                "pinstance tv downstream lan0 set max-hosts 9; | down.router.limits.hosts=9",
                "pinstance tv downstream lan0 set mrdisc off; |"
                        + " down.router.advertising=Optional.empty",
                "pinstance tv downstream lan0 set mrdisc-interval 60s; |"
                        + " down.router.advertising=Optional[Advertising[interval=PT1M,"
                        + " initialInterval=PT2S, initialCount=3, messagesPerSecond=10]]",
                "pinstance tv downstream lan0 set mrdisc-initial-interval 5s; |"
                        + " down.router.advertising=Optional[Advertising[interval=PT20S,"
                        + " initialInterval=PT5S, initialCount=3, messagesPerSecond=10]]",
                "pinstance tv downstream lan0 set mrdisc-initial-count 4; |"
                        + " down.router.advertising=Optional[Advertising[interval=PT20S,"
                        + " initialInterval=PT2S, initialCount=4, messagesPerSecond=10]]",
                "pinstance tv downstream lan0 set mrdisc-messages-per-second 2; |"
                        + " down.router.advertising=Optional[Advertising[interval=PT20S,"
                        + " initialInterval=PT2S, initialCount=3, messagesPerSecond=2]]",
                "pinstance tv downstream lan0 set static-group 239.1.1.1; |"
                        + " down4.router.staticGroups=[StaticGroup[group=239.1.1.1, sources=[]]]",
                "pinstance tv downstream lan0 set static-group ff3e::1 2001:db8::1; |"
                        + " down6.router.staticGroups=[StaticGroup[group=ff3e::1,"
                        + " sources=[2001:db8::1]]]",
                "pinstance tv upstream wan0 set join-group 232.1.1.1 192.0.2.1; |"
                        + " policy.joins=[Join[on=wan0, group=232.1.1.1,"
                        + " membership=INCLUDE {192.0.2.1}]]",
                "pinstance tv upstream wan0 set join-group ff0e::1; |"
                        + " policy.joins=[Join[on=wan0, group=ff0e::1, membership=EXCLUDE {}]]",
                "pinstance tv downstream lan0 set ssm-map 232.1.1.1 192.0.2.1; |"
                        + " down.router.ssmMap=SsmMap[entries=[Entry[groups=232.1.1.1/32,"
                        + " source=192.0.2.1]]]",
                "set ssm-range 233.0.0.0/8; |"
                        + " down.ssm=SsmRange[prefixes=[233.0.0.0/8]]"
                        + " up.ssm=SsmRange[prefixes=[233.0.0.0/8]]",
                "set local-groups 239.0.0.0/8; | localGroups=[239.0.0.0/8]",
                "set linger 3s; | linger=PT3S",
                "set peering-wait 25ms; | policy.peeringWait=PT0.025S",
                "pinstance tv upstream wan0 set source-address 192.0.2.7; | up4.sender=192.0.2.7",
                "pinstance tv downstream lan0 set source-address fe80::7; | down6.sender=fe80::7",
                "pinstance tv set rp-filter reset; | rp-filter=reset",
            })
    void aKeyChangesWhatItIsFor(String statement, String changes) {
        assertThat(changes(statement)).isEqualTo(changes);
    }

    @Test
    void noKeyIsLeftOut() {
        CsvSource table =
                Arrays.stream(SettingEffectTest.class.getDeclaredMethods())
                        .flatMap(method ->
                                Arrays.stream(method.getAnnotationsByType(CsvSource.class)))
                        .findFirst()
                        .orElseThrow();
        for (SettingKey key : SettingKey.values()) {
            assertThat(table.value())
                    .as("a row for %s", key)
                    .anyMatch(row -> row.contains("set " + key + " "));
        }
    }
}
