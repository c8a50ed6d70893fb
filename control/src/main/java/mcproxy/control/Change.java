package mcproxy.control;

import io.avaje.jsonb.Json;

import org.jspecify.annotations.Nullable;

import java.util.Set;
import java.util.TreeSet;

/**
 * A change of the running configuration.
 *
 * <table>
 * <caption>What is needed for each kind, and what is read where it is given in brackets</caption>
 * <tr><th>kind</th><th>add</th><th>remove</th></tr>
 * <tr><td>instance</td><td>instance, text {@code wan0 ==> lan0}, [table number as value]</td>
 *     <td>instance</td></tr>
 * <tr><td>upstream, downstream</td><td>instance, link, [number: its place, 1 first]</td>
 *     <td>instance, link</td></tr>
 * <tr><td>protocol</td><td>[instance], value {@code IGMPv3, MLDv2}</td><td>instance</td></tr>
 * <tr><td>table</td><td>table, text {@code (239.0.0.0/8 | *)}</td><td>table</td></tr>
 * <tr><td>rule</td><td>table, text, [number: its place, 1 first]</td><td>table, text or number</td>
 *     </tr>
 * <tr><td>filter</td><td>instance, side, link or {@code *}, direction, text {@code whitelist table
 *     tv}</td><td>instance, side, link, direction</td></tr>
 * <tr><td>matching</td><td>instance, direction, value {@code mutex 10}</td><td>instance,
 *     direction</td></tr>
 * <tr><td>setting</td><td>[instance, [side, link]], key, value; it takes the place of an earlier
 *     value</td><td>[instance, [side, link]], key, [value: only this entry of a list]</td></tr>
 * <tr><td>entry</td><td>as setting, for keys that are lists: value is added to those that are
 *     there, for instance a static group</td><td>as setting</td></tr>
 * </table>
 *
 * @param action {@code add} or {@code remove}
 * @param kind the first column
 */
@Json
public record Change(
        String action,
        String kind,
        @Nullable String instance,
        @Nullable String side,
        @Nullable String link,
        @Nullable String direction,
        @Nullable String table,
        @Nullable Integer number,
        @Nullable String key,
        @Nullable String value,
        @Nullable String text) {
    private static final Set<String> ACTIONS = new TreeSet<>(Set.of("add", "remove"));
    private static final Set<String> KINDS =
            new TreeSet<>(
                    Set.of(
                            "instance",
                            "upstream",
                            "downstream",
                            "protocol",
                            "table",
                            "rule",
                            "filter",
                            "matching",
                            "setting",
                            "entry"));

    /**
     * Checks the action and the kind; the rest depends on the configuration.
     *
     * @throws IllegalArgumentException when they are not among those above
     */
    public Change {
        check("action", action, ACTIONS);
        check("kind", kind, KINDS);
    }

    private static void check(String what, @Nullable String word, Set<String> known) {
        if (word == null || !known.contains(word)) {
            throw new IllegalArgumentException(
                    (word == null ? "a change needs its " + what : "no " + what + " is " + word)
                            + "; known: "
                            + String.join(", ", known));
        }
    }
}
