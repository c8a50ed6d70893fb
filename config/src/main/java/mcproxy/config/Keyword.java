package mcproxy.config;

import mcproxy.wire.Protocol;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The words that mean something wherever they stand, whatever their case; a name equal to one of
 * them must be quoted.
 *
 * <p>These are the words of mcproxy 1.1 and no others. A word that the language has gained since,
 * such as {@code set}, is only known where the grammar asks for it, because files exist in which it
 * is the name of an instance or an interface.
 */
enum Keyword {
    PROTOCOL,
    IGMPV1,
    IGMPV2,
    IGMPV3,
    MLDV1,
    MLDV2,
    PINSTANCE,
    UPSTREAM,
    DOWNSTREAM,
    IN,
    OUT,
    WHITELIST,
    BLACKLIST,
    RULEMATCHING,
    ALL,
    FIRST,
    MUTEX,
    TABLE,
    DISABLE;

    private static final Map<String, Keyword> BY_TEXT =
            Arrays.stream(values())
                    .collect(Collectors.toUnmodifiableMap(Keyword::text, Function.identity()));

    /** The keyword that a word is, whatever its case. */
    static Optional<Keyword> of(String word) {
        return Optional.ofNullable(BY_TEXT.get(word.toLowerCase(Locale.ROOT)));
    }

    /** The keyword in lower case. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The protocol that this keyword names, if it names one. */
    Optional<Protocol> protocol() {
        return Arrays.stream(Protocol.values())
                .filter(protocol -> protocol.toString().equalsIgnoreCase(text()))
                .findFirst();
    }

    /** The names of all protocols as the RFCs write them. */
    static List<String> protocolNames() {
        return Arrays.stream(Protocol.values()).map(Protocol::toString).toList();
    }
}
