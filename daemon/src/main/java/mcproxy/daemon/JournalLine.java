package mcproxy.daemon;

import mcproxy.core.Input;
import mcproxy.core.Limits;
import mcproxy.core.ProxySettings;
import mcproxy.wire.Family;
import mcproxy.wire.LinkAddress;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one line of a journal says; docs/journal.md has an example of each. Times are in nanoseconds
 * of the daemon's {@link Clock}, which begins with the daemon.
 */
sealed interface JournalLine {
    /** The format that this program writes, and the newest that it reads. */
    int FORMAT = 1;

    /**
     * A recording begins.
     *
     * @param format the number of the format, 1 or more
     * @param version the program's version
     * @param started the time of day at which the daemon's clock began
     * @param configuration the configuration as the language writes it
     */
    record Head(int format, String version, Instant started, String configuration)
            implements JournalLine {}

    /** The configuration is new; what an engine is told of it follows in lines of its own. */
    record Configured(long atNanos, String configuration) implements JournalLine {}

    /**
     * An engine begins.
     *
     * @param instance the name of its instance; later ones of the same name have {@code #2} and so
     *     on behind it
     * @param table the number of its kernel tables
     * @param seed of its random numbers
     */
    record Began(
            long atNanos,
            String instance,
            int table,
            long seed,
            Limits limits,
            ProxySettings settings)
            implements JournalLine {}

    /** An engine was called. */
    record Called(long atNanos, String instance, Call call, Outcome outcome)
            implements JournalLine {}

    /** So many calls of an engine are missing here: the disk was too slow. */
    record Gap(long atNanos, String instance, long lost) implements JournalLine {}

    /** The journal has reached its limit; nothing follows. */
    record Full(long atNanos, long limitBytes) implements JournalLine {}

    /** How an engine was called. */
    sealed interface Call {
        /** With an input. */
        record Accept(Input input) implements Call {}

        /** With what arrived, as {@link Input.Heard}; the bytes begin with the IP header. */
        record Hear(int ifindex, Family family, LinkAddress linkAddress, ByteBuffer bytes)
                implements Call {}

        /** To let happen what is due. */
        record Expire() implements Call {}
    }

    /** What came of a call. */
    sealed interface Outcome {
        /** Effects, by their {@link EffectText#digest digest}. */
        record Effects(String digest) implements Outcome {}

        /** The engine failed, which is a bug. */
        record Failure(String text) implements Outcome {}
    }

    /** The inputs that stand in a journal as they are, by their names there. */
    Map<String, Class<? extends Input>> INPUTS =
            Map.of(
                    "link-up", Input.LinkUp.class,
                    "link-down", Input.LinkDown.class,
                    "link-released", Input.LinkReleased.class,
                    "cache-miss", Input.CacheMiss.class,
                    "wrong-interface", Input.WrongInterface.class,
                    "usage", Input.RouteUsage.class,
                    "ask-again", Input.AskAgain.class,
                    "configure", Input.Configure.class,
                    "together", Input.Together.class,
                    "stop", Input.Stop.class);

    /** The line's text, without a line feed. */
    default String text() {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        switch (this) {
            case Head(int format, String version, Instant started, String configuration) -> {
                members.put("kind", "journal");
                members.put("format", format);
                members.put("version", version);
                members.put("started", started.toString());
                members.put("configuration", configuration);
            }
            case Configured(long at, String configuration) -> {
                members.put("kind", "configuration");
                members.put("at", at);
                members.put("configuration", configuration);
            }
            case Began began -> {
                put(members, "instance", began.atNanos, began.instance);
                members.put("table", began.table);
                // A text, as many programs' numbers have 53 bits.
                members.put("seed", Long.toString(began.seed));
                members.put("limits", JsonValues.members(began.limits));
                members.put("settings", JsonValues.members(began.settings));
            }
            case Called called -> put(members, called);
            case Gap(long at, String instance, long lost) -> {
                put(members, "gap", at, instance);
                members.put("lost", lost);
            }
            case Full(long at, long limitBytes) -> {
                members.put("kind", "full");
                members.put("at", at);
                members.put("limit", limitBytes);
            }
        }
        return JsonLine.write(members);
    }

    private static void put(
            Map<String, @Nullable Object> members, String kind, long at, String instance) {
        members.put("kind", kind);
        members.put("at", at);
        members.put("instance", instance);
    }

    private static void put(Map<String, @Nullable Object> members, Called called) {
        switch (called.call) {
            case Call.Accept(Input input) -> {
                put(members, name(input), called.atNanos, called.instance);
                members.putAll(JsonValues.members((Record) input));
            }
            case Call.Hear hear -> {
                put(members, "heard", called.atNanos, called.instance);
                members.putAll(JsonValues.members(hear));
            }
            case Call.Expire() -> put(members, "expire", called.atNanos, called.instance);
        }
        switch (called.outcome) {
            case Outcome.Effects(String digest) -> members.put("effects", digest);
            case Outcome.Failure(String text) -> members.put("failure", text);
        }
    }

    private static String name(Input input) {
        return switch (input) {
            case Input.LinkUp _ -> "link-up";
            case Input.LinkDown _ -> "link-down";
            case Input.LinkReleased _ -> "link-released";
            case Input.CacheMiss _ -> "cache-miss";
            case Input.WrongInterface _ -> "wrong-interface";
            case Input.RouteUsage _ -> "usage";
            case Input.AskAgain _ -> "ask-again";
            case Input.Configure _ -> "configure";
            case Input.Together _ -> "together";
            case Input.Stop _ -> "stop";
            case Input.Heard _ -> throw new IllegalArgumentException("without its bytes: " + input);
        };
    }

    /**
     * What a text says.
     *
     * @throws DamagedLineException when it says nothing that can be used
     */
    static JournalLine of(String text) throws DamagedLineException {
        Map<String, @Nullable Object> members = JsonLine.read(text);
        String kind = text(members, "kind");
        return switch (kind) {
            case "journal" -> head(members);
            case "configuration" -> new Configured(at(members), text(members, "configuration"));
            case "instance" -> began(members);
            case "gap" -> new Gap(at(members), instance(members), number(members, "lost"));
            case "full" -> new Full(at(members), number(members, "limit"));
            default ->
                    new Called(
                            at(members), instance(members), call(kind, members), outcome(members));
        };
    }

    private static JournalLine head(Map<String, @Nullable Object> members)
            throws DamagedLineException {
        long format = number(members, "format");
        if (format != FORMAT) {
            throw new DamagedLineException(
                    "the format is " + format + "; this program knows " + FORMAT);
        }
        try {
            return new Head(
                    FORMAT,
                    text(members, "version"),
                    Instant.parse(text(members, "started")),
                    text(members, "configuration"));
        } catch (DateTimeException _) {
            throw new DamagedLineException("\"started\" is no time of day");
        }
    }

    private static JournalLine began(Map<String, @Nullable Object> members)
            throws DamagedLineException {
        try {
            return new Began(
                    at(members),
                    instance(members),
                    Math.toIntExact(number(members, "table")),
                    Long.parseLong(text(members, "seed")),
                    JsonValues.value(
                            JsonValues.typed(members.get("limits"), Map.class, "limits"),
                            Limits.class),
                    JsonValues.value(
                            JsonValues.typed(members.get("settings"), Map.class, "settings"),
                            ProxySettings.class));
        } catch (NumberFormatException | ArithmeticException _) {
            throw new DamagedLineException("\"seed\" or \"table\" is no number");
        }
    }

    private static Call call(String kind, Map<String, @Nullable Object> members)
            throws DamagedLineException {
        if (kind.equals("expire")) {
            return new Call.Expire();
        }
        if (kind.equals("heard")) {
            return JsonValues.value(members, Call.Hear.class);
        }
        Class<? extends Input> type = INPUTS.get(kind);
        if (type == null) {
            throw new DamagedLineException("the kind \"" + kind + "\" is unknown");
        }
        return new Call.Accept((Input) JsonValues.value(members, type.asSubclass(Record.class)));
    }

    private static Outcome outcome(Map<String, @Nullable Object> members)
            throws DamagedLineException {
        return members.containsKey("failure")
                ? new Outcome.Failure(text(members, "failure"))
                : new Outcome.Effects(text(members, "effects"));
    }

    private static String text(Map<String, @Nullable Object> members, String name)
            throws DamagedLineException {
        return JsonValues.typed(members.get(name), String.class, name);
    }

    private static long number(Map<String, @Nullable Object> members, String name)
            throws DamagedLineException {
        return JsonValues.typed(members.get(name), Long.class, name);
    }

    private static String instance(Map<String, @Nullable Object> members)
            throws DamagedLineException {
        return text(members, "instance");
    }

    /** A century is more than any clock has counted, and far from where sums overflow. */
    private static long at(Map<String, @Nullable Object> members) throws DamagedLineException {
        long at = number(members, "at");
        if (at < 0 || at > 3_155_760_000L * 1_000_000_000L) {
            throw new DamagedLineException("\"at\" is no time: " + at);
        }
        return at;
    }
}
