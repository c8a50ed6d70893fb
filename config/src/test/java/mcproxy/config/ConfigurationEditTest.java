package mcproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Changes of a configuration, one kind after the other. */
class ConfigurationEditTest {
    private static final Configuration BEFORE =
            Texts.clean(
                    "protocol IGMPv3, MLDv2;",
                    "set robustness 3;",
                    "table news {(239.1.0.0/16 | *)};",
                    "table tv {(232.0.0.0/8 | 192.0.2.1) (table news)};",
                    "pinstance home: wan0 wan1 ==> lan0 lan1;",
                    "pinstance home downstream lan0 set static-group 239.1.1.1, 239.1.1.2;",
                    "pinstance home upstream wan0 in whitelist table tv;",
                    "pinstance home upstream * in rulematching all;",
                    "pinstance radio: ==> \"tun*\"");

    /** An edit from words: {@code add upstream instance=home link=wan2}. */
    private static Edit edit(String... words) {
        Map<String, String> parts = new TreeMap<>();
        Arrays.stream(words)
                .skip(2)
                .forEach(word -> {
                    int at = word.indexOf('=');
                    parts.put(word.substring(0, at), word.substring(at + 1));
                });
        @Nullable String number = parts.get("number");
        return new Edit(
                words[0],
                words[1],
                parts.get("instance"),
                parts.get("side"),
                parts.get("link"),
                parts.get("direction"),
                parts.get("table"),
                number == null ? null : Integer.valueOf(number),
                parts.get("key"),
                parts.get("value"),
                parts.get("text"));
    }

    private static List<String> lines(Configuration configuration) {
        return ConfigurationWriter.write(configuration).lines().map(String::strip).toList();
    }

    /** Checks which lines of the written configuration go, and which come. */
    private static Configuration changed(List<String> gone, List<String> come, Edit... edits) {
        ConfigurationEdit.Edited edited = ConfigurationEdit.of(BEFORE, List.of(edits));
        assertThat(edited.problems()).isEmpty();
        Configuration after = edited.configuration().orElseThrow();
        List<String> wanted = new ArrayList<>(lines(BEFORE));
        assertThat(wanted).containsAll(gone);
        gone.forEach(wanted::remove); // one of each
        wanted.addAll(come);
        assertThat(lines(after)).containsExactlyInAnyOrderElementsOf(wanted);
        return after;
    }

    private static List<String> refused(Edit... edits) {
        ConfigurationEdit.Edited edited = ConfigurationEdit.of(BEFORE, List.of(edits));
        assertThat(edited.configuration()).isEmpty();
        return edited.problems().stream()
                .filter(problem -> problem.severity() == Severity.ERROR)
                .map(problem ->
                        problem.message()
                                + problem.hint().map(hint -> " (" + hint + ")").orElse(""))
                .toList();
    }

    @Test
    void nothingChangesNothing() {
        assertThat(changed(List.of(), List.of())).isEqualTo(BEFORE);
    }

    @Test
    void instances() {
        changed(
                List.of(),
                List.of("pinstance guests(7): wan2 ==> \"wlan-0\" \"wlan-1\";"),
                edit(
                        "add",
                        "instance",
                        "instance=guests",
                        "value=7",
                        "text=wan2 ==> wlan-0 wlan-1"));
        changed(
                List.of("pinstance radio: ==> \"tun*\";"),
                List.of(),
                edit("remove", "instance", "instance=radio"));
    }

    @Test
    void anInterfaceTakesItsPlaceAndGoesWithAllThatIsSaidAboutIt() {
        Configuration after =
                changed(
                        List.of("pinstance home: wan0 wan1 ==> lan0 lan1;"),
                        List.of("pinstance home: wan9 wan0 wan1 ==> lan0 lan1 lan2;"),
                        edit("add", "upstream", "instance=home", "link=wan9", "number=1"),
                        edit("add", "downstream", "instance=home", "link=lan2"));
        assertThat(after.instance("home").orElseThrow().upstreams().getFirst().name())
                .isEqualTo("wan9");
        changed(
                List.of(
                        "pinstance home: wan0 wan1 ==> lan0 lan1;",
                        "pinstance home downstream lan0 set static-group 239.1.1.1, 239.1.1.2;",
                        "pinstance home upstream wan0 in whitelist table tv;"),
                List.of("pinstance home: wan1 ==> lan1;"),
                edit("remove", "downstream", "instance=home", "link=lan0"),
                edit("remove", "upstream", "instance=home", "link=wan0"));
    }

    @Test
    void protocols() {
        changed(
                List.of("protocol IGMPv3, MLDv2;"),
                List.of("protocol IGMPv2;", "pinstance radio protocol MLDv1;"),
                edit("add", "protocol", "value=IGMPv2"),
                edit("add", "protocol", "instance=radio", "value=MLDv1"));
        assertThat(refused(edit("remove", "protocol", "instance=radio")))
                .containsExactly("change 1: instance radio has no protocol statement of its own");
    }

    @Test
    void tablesAndRules() {
        changed(
                List.of("(232.0.0.0/8 | 192.0.2.1)"),
                List.of("table late {", "(239.9.0.0/16 | *)", "};", "wan0(239.2.2.2 | *)"),
                edit("add", "table", "table=late", "text={(239.9.0.0/16 | *)}"),
                edit("add", "rule", "table=tv", "text=wan0(239.2.2.2|*)", "number=1"),
                edit("remove", "rule", "table=tv", "text=(232.0.0.0/8|192.0.2.1)"));
        changed(
                List.of("(table news)", "table news {", "(239.1.0.0/16 | *)", "};"),
                List.of(),
                edit("remove", "rule", "table=tv", "number=2"),
                edit("remove", "table", "table=news"));
    }

    @Test
    void filtersAndMatchings() {
        changed(
                List.of(
                        "pinstance home upstream wan0 in whitelist table tv;",
                        "pinstance home upstream * in rulematching all;"),
                List.of(
                        "pinstance home upstream wan0 in blacklist table {(239.1.0.0/16 | *)};",
                        "pinstance home downstream * out whitelist table news;",
                        "pinstance home upstream * out rulematching first;"),
                edit(
                        "add",
                        "filter",
                        "instance=home",
                        "side=upstream",
                        "link=wan0",
                        "direction=in",
                        "text=blacklist table {(239.1.0.0/16|*)}"),
                edit(
                        "add",
                        "filter",
                        "instance=home",
                        "side=downstream",
                        "link=*",
                        "direction=out",
                        "text=whitelist table news"),
                edit("remove", "matching", "instance=home", "direction=in"),
                edit("add", "matching", "instance=home", "direction=out", "value=first"));
        changed(
                List.of("pinstance home upstream wan0 in whitelist table tv;"),
                List.of(),
                edit(
                        "remove",
                        "filter",
                        "instance=home",
                        "side=upstream",
                        "link=wan0",
                        "direction=in"));
    }

    @Test
    void settingsAndEntries() {
        String lan0 = "pinstance home downstream lan0 set ";
        changed(
                List.of("set robustness 3;", lan0 + "static-group 239.1.1.1, 239.1.1.2;"),
                List.of(
                        "set robustness 4;",
                        "pinstance radio set query-interval 60s;",
                        lan0 + "static-group 239.1.1.2, 232.1.1.1 192.0.2.1;"),
                edit("add", "setting", "key=robustness", "value=4"),
                edit("add", "setting", "instance=radio", "key=query-interval", "value=60000ms"),
                edit(
                        "add",
                        "entry",
                        "instance=home",
                        "side=downstream",
                        "link=lan0",
                        "key=static-group",
                        "value=232.1.1.1 192.0.2.1"),
                edit(
                        "remove",
                        "entry",
                        "instance=home",
                        "side=downstream",
                        "link=lan0",
                        "key=static-group",
                        "value=239.1.1.1"));
        changed(
                List.of("set robustness 3;"),
                List.of(),
                edit("remove", "setting", "key=robustness"));
    }

    @Test
    void severalChangesMayOnlyTogetherMakeSense() {
        changed(
                List.of("pinstance radio: ==> \"tun*\";"),
                List.of("pinstance radio: ==> ppp0;"),
                edit("add", "downstream", "instance=radio", "link=ppp0"),
                edit("remove", "downstream", "instance=radio", "link=tun*"));
    }

    @Test
    void whatIsMissingOrUselessIsNamed() {
        assertThat(refused(edit("add", "downstream", "instance=home")))
                .containsExactly("change 1: add downstream needs instance, link; there is no link");
        assertThat(refused(edit("remove", "instance", "instance=home", "key=robustness")))
                .containsExactly("change 1: remove instance has no use for key");
        assertThat(refused(edit("remove", "downstream", "instance=home", "link=lan7")))
                .containsExactly(
                        "change 1: instance home has no downstream lan7; it has lan0, lan1"
                                + " (did you mean 'lan0'?)");
        assertThat(refused(edit("add", "upstream", "instance=hone", "link=wan3")))
                .containsExactly(
                        "change 1: there is no instance hone; there are home, radio"
                                + " (did you mean 'home'?)");
        assertThat(refused(edit("ad", "upstream"), edit("add", "upstreams")))
                .containsExactly(
                        "change 1: expected an action, found 'ad' (did you mean 'add'?)",
                        "change 2: expected a kind, found 'upstreams' (did you mean 'upstream'?)");
    }

    @Test
    void whatIsInUseStays() {
        assertThat(refused(edit("remove", "table", "table=tv")))
                .containsExactly(
                        "change 1: table tv is in use: by the filter of instance home, upstream"
                                + " wan0 in; remove that first");
        assertThat(refused(edit("remove", "table", "table=news")))
                .containsExactly("change 1: table news is in use: by table tv; remove that first");
        assertThat(refused(edit("remove", "downstream", "instance=radio", "link=tun*")))
                .containsExactly(
                        "change 1: tun* is the last downstream of instance radio, which needs one;"
                                + " remove the instance instead");
        assertThat(
                        refused(
                                edit("remove", "instance", "instance=radio"),
                                edit("remove", "instance", "instance=home")))
                .containsExactly("there is no instance, so there is nothing to do");
    }

    @Test
    void whatIsThereAlreadyIsToldSo() {
        assertThat(
                        refused(
                                edit("add", "instance", "instance=home", "text=wan5 ==> lan5"),
                                edit("add", "table", "table=tv", "text=(* | *)"),
                                edit("add", "downstream", "instance=home", "link=lan1"),
                                edit("add", "upstream", "instance=home", "link=w", "number=9")))
                .containsExactly(
                        "change 1: there is an instance home already",
                        "change 2: there is a table tv already",
                        "change 3: instance home has downstream lan1 already",
                        "change 4: expected a number from 1 to 3, found 9");
    }

    /** The same problems as in a file, at their places in the text that would be. */
    @Test
    void whatTheWholeSaysIsCheckedLikeAFile() {
        ConfigurationEdit.Edited edited =
                ConfigurationEdit.of(
                        BEFORE,
                        List.of(
                                edit(
                                        "add",
                                        "setting",
                                        "instance=home",
                                        "key=query-interval",
                                        "value=125"),
                                edit("add", "downstream", "instance=home", "link=tun*")));
        assertThat(edited.configuration()).isEmpty();
        assertThat(edited.problems()).hasSize(2);
        for (Problem problem : edited.problems()) {
            String line = edited.text().lines().toList().get(problem.span().start().line() - 1);
            assertThat(line).startsWith("pinstance");
        }
        assertThat(edited.problems().toString()).contains("belongs to instance 'home'");
    }

    /** No part of a change may become more than that part. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            value = {
                "add setting key=robustness value=3; disable",
                "add setting key=robustness value=3 # rest",
                "add setting key=robustness value=3 = disable",
                "add instance instance=x text=wan5 ==> lan5; pinstance y: ==> lan6",
                "add table table=x text=(* | *)} foo {",
                "add rule table=tv text=(* | *) (* | *)",
                "add protocol value=IGMPv3; disable",
                "add matching instance=home direction=in value=all in whitelist table tv",
                "add table table=x\"y text=(* | *)",
                "add instance instance=x\"y text= ==> lan7",
                "add downstream instance=home link=a\"b",
                "add downstream instance=home link=a b",
            })
    void nothingIsSmuggledIn(String line) {
        String[] words = line.split(" ", 3);
        List<String> all = new ArrayList<>(List.of(words[0], words[1]));
        all.addAll(List.of(words[2].split(" (?=[a-z]+=)")));
        assertThat(refused(edit(all.toArray(String[]::new)))).hasSize(1);
    }
}
