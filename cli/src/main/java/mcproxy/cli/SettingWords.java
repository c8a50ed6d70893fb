package mcproxy.cli;

import mcproxy.config.SettingKey;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * {@code [INSTANCE [upstream|downstream INTERFACE]] KEY [VALUE]}.
 *
 * @param instance null for all instances
 * @param side null for a whole instance
 * @param link as side
 * @param value null when there is none
 */
record SettingWords(
        @Nullable String instance,
        @Nullable String side,
        @Nullable String link,
        String key,
        @Nullable String value) {
    private static final int KEY_OF_INTERFACE = 3;

    /**
     * Finds the key, as no value is named like one and each scope has it in another place.
     *
     * @throws IllegalArgumentException when no word is a key, with what could be meant
     */
    static SettingWords of(List<String> words) {
        if (isSide(words, 1)) {
            if (words.size() <= KEY_OF_INTERFACE) {
                throw new IllegalArgumentException(
                        "after INSTANCE " + words.get(1) + " come INTERFACE KEY VALUE");
            }
            return at(words, KEY_OF_INTERFACE, words.get(0), words.get(1), words.get(2));
        }
        if (isKey(words, 1) && (words.size() > 2 || !isKey(words, 0))) {
            return at(words, 1, words.get(0), null, null);
        }
        // With three words or more the second one was meant as a key of an instance.
        boolean ofInstance = words.size() > 2 && !isKey(words, 0);
        return at(words, ofInstance ? 1 : 0, null, null, null);
    }

    private static SettingWords at(
            List<String> words,
            int place,
            @Nullable String instance,
            @Nullable String side,
            @Nullable String link) {
        if (!isKey(words, place)) {
            throw unknown(words.get(place));
        }
        String value = String.join(" ", words.subList(place + 1, words.size()));
        return new SettingWords(
                instance, side, link, words.get(place), value.isEmpty() ? null : value);
    }

    private static IllegalArgumentException unknown(String word) {
        String near =
                Arrays.stream(SettingKey.values())
                        .map(SettingKey::toString)
                        .filter(key -> isNear(key, word))
                        .collect(Collectors.joining(", "));
        return new IllegalArgumentException(
                "'"
                        + word
                        + "' is no setting"
                        + (near.isEmpty() ? "" : ", but these are: " + near)
                        + "; all of them: mcproxy set --keys");
    }

    /** They share a word, or one is the start of the other. */
    private static boolean isNear(String key, String word) {
        return key.startsWith(word)
                || word.startsWith(key)
                || Arrays.stream(word.split("-"))
                        .anyMatch(part -> part.length() > 2 && key.contains(part));
    }

    private static boolean isKey(List<String> words, int place) {
        return place < words.size() && SettingKey.of(words.get(place)).isPresent();
    }

    private static boolean isSide(List<String> words, int place) {
        return place < words.size()
                && (words.get(place).equals("upstream") || words.get(place).equals("downstream"));
    }
}
