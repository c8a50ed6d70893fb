package mcproxy.daemon;

import mcproxy.core.Effect;
import mcproxy.core.Input;
import mcproxy.core.ProxyEngine;
import mcproxy.daemon.JournalLine.Call;
import mcproxy.daemon.JournalLine.Outcome;
import mcproxy.wire.Decoded;
import mcproxy.wire.Ipv4Envelope;
import mcproxy.wire.Ipv6Envelope;
import mcproxy.wire.Packet;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/**
 * Runs a journal through the engines on virtual time: prints the effects, and compares them with
 * those that were recorded.
 */
final class Replay {
    /** Up to when a journal is replayed. */
    sealed interface Until {
        /** A time after the start of each daemon that recorded. */
        record After(long nanos) implements Until {}

        /** A time of day. */
        record At(Instant time) implements Until {}

        /** Reads it from the command line. */
        final class Reader implements ITypeConverter<Until> {
            private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,9})?");

            @Override
            public Until convert(String text) {
                if (SECONDS.matcher(text).matches()) {
                    return new After(new BigDecimal(text).movePointRight(9).longValueExact());
                }
                try {
                    return new At(Instant.parse(text));
                } catch (DateTimeException _) {
                    throw new TypeConversionException(
                            "\""
                                    + text
                                    + "\" is neither seconds (12.5) nor a time of day"
                                    + " (2026-11-25T10:00:00Z)");
                }
            }
        }
    }

    /** One engine again. */
    private static final class Player {
        final JournalLine.Began began;
        final ProxyEngine engine;
        final Map<Integer, String> links = new HashMap<>();
        long nowNanos;

        /** What comes after a gap would happen to an engine in another state. */
        boolean lost;

        Player(JournalLine.Began began) {
            this.began = began;
            this.nowNanos = began.atNanos();
            this.engine =
                    new ProxyEngine(
                            began.limits(), began.settings(), new SplittableRandom(began.seed()));
        }

        String link(int ifindex) {
            return links.getOrDefault(ifindex, "index " + ifindex);
        }
    }

    private final String file;
    private final PrintStream out;
    private final PrintStream err;
    private final boolean json;
    private final Optional<String> only;
    private final Optional<Until> until;
    private final EventLog log;
    private final Map<String, Player> players = new LinkedHashMap<>();

    private Instant started = Instant.EPOCH;
    private boolean headed;
    private long nowNanos;
    private long calls;
    private long differing;
    private boolean complete = true;
    private boolean found;

    /**
     * A replay that has not begun.
     *
     * @param file its name, for messages
     * @param json shall effects be printed as JSON rather than as the log has them?
     * @param only the instance to replay; empty: all
     */
    Replay(
            String file,
            PrintStream out,
            PrintStream err,
            boolean json,
            Optional<String> only,
            Optional<Until> until) {
        this.file = file;
        this.out = out;
        this.err = err;
        this.json = json;
        this.only = only;
        this.until = until;
        this.log =
                new EventLog(
                        out, Level.TRACE, false, () -> nowNanos, () -> started.plusNanos(nowNanos));
    }

    /** Replays all of it; gives the exit status. */
    int run(InputStream from) throws IOException {
        JournalReader reader = new JournalReader(from);
        try {
            readAll(reader);
        } catch (DamagedLineException e) {
            err.println(place(reader.number()) + "error: " + e.getMessage());
            return ExitStatus.USER;
        }
        out.flush();
        if (only.isPresent() && !found) {
            err.println("mcproxy: error: " + file + " has no instance " + only.get());
            return ExitStatus.USER;
        }
        if (!headed) {
            err.println("mcproxy: error: " + file + " is no journal: it is empty");
            return ExitStatus.USER;
        }
        if (differing > 0) {
            err.println(file + ": " + differing + " of " + calls + " calls had other effects");
        } else {
            err.println(file + ": " + calls + " calls had the effects that were recorded");
        }
        return differing == 0 && complete ? ExitStatus.OK : ExitStatus.ENVIRONMENT;
    }

    private void readAll(JournalReader reader) throws IOException, DamagedLineException {
        Optional<DamagedLineException> damage = Optional.empty();
        for (Optional<String> text = reader.next(); text.isPresent(); text = reader.next()) {
            Optional<JournalLine> line = Optional.empty();
            Optional<DamagedLineException> damageBefore = damage;
            damage = Optional.empty();
            try {
                line = Optional.of(JournalLine.of(text.get()));
            } catch (DamagedLineException e) {
                damage = Optional.of(e);
            }
            if (damageBefore.isPresent()) {
                // A daemon that was killed leaves half a line; the next one begins after it.
                if (line.isEmpty() || !(line.get() instanceof JournalLine.Head)) {
                    throw new DamagedLineException(
                            "the line before this one is damaged: "
                                    + damageBefore.get().getMessage());
                }
                cutOff(reader.number() - 1);
            }
            if (line.isPresent()) {
                take(line.get(), reader.number());
            }
        }
        if (damage.isPresent()) {
            if (reader.isWhole()) {
                throw damage.get();
            }
            cutOff(reader.number());
        }
    }

    private void cutOff(int number) {
        err.println(place(number) + "the recording was cut off here");
    }

    private String place(int number) {
        return file + ":" + number + ": ";
    }

    private void take(JournalLine line, int number) throws DamagedLineException {
        if (!headed && !(line instanceof JournalLine.Head)) {
            throw new DamagedLineException("the journal does not begin with its \"journal\" line");
        }
        switch (line) {
            case JournalLine.Head head -> {
                headed = true;
                players.clear();
                started = head.started();
            }
            case JournalLine.Configured _ -> {} // what it means follows in lines of its own
            case JournalLine.Began began -> {
                if (isWanted(began.instance()) && isInTime(began.atNanos())) {
                    players.put(began.instance(), new Player(began));
                }
            }
            case JournalLine.Called called -> {
                if (isWanted(called.instance()) && isInTime(called.atNanos())) {
                    call(called, number);
                }
            }
            case JournalLine.Gap gap -> {
                if (isWanted(gap.instance()) && isInTime(gap.atNanos())) {
                    gap(gap, number);
                }
            }
            case JournalLine.Full(long _, long limitBytes) ->
                    err.println(
                            place(number)
                                    + "the recording ended at its limit of "
                                    + limitBytes
                                    + " bytes");
        }
    }

    /** Later instances of a name have a '#' behind it. */
    private boolean isWanted(String instance) {
        boolean wanted =
                only.isEmpty()
                        || instance.equals(only.get())
                        || instance.startsWith(only.get() + "#");
        found |= wanted;
        return wanted;
    }

    private boolean isInTime(long atNanos) {
        return switch (until.orElse(null)) {
            case null -> true;
            case Until.After(long nanos) -> atNanos <= nanos;
            case Until.At(Instant time) ->
                    Duration.ofNanos(atNanos).compareTo(Duration.between(started, time)) <= 0;
        };
    }

    private void gap(JournalLine.Gap gap, int number) {
        complete = false;
        err.println(
                place(number)
                        + "the recording lost "
                        + gap.lost()
                        + " calls of "
                        + gap.instance()
                        + " here; what follows cannot be repeated");
        Player player = players.get(gap.instance());
        if (player != null) {
            player.lost = true;
        }
    }

    // ---- calls ----

    private void call(JournalLine.Called called, int number) throws DamagedLineException {
        Player player = players.get(called.instance());
        if (player == null) {
            throw new DamagedLineException("instance " + called.instance() + " has not begun");
        }
        if (player.lost) {
            return;
        }
        if (called.atNanos() < player.nowNanos) {
            throw new DamagedLineException("time goes back in instance " + called.instance());
        }
        player.nowNanos = called.atNanos();
        nowNanos = called.atNanos();
        calls++;
        try {
            List<Effect> effects = made(player, called.call());
            print(player, called, effects, number);
            compare(called, new Outcome.Effects(EffectText.digest(effects)), number);
        } catch (RuntimeException | AssertionError | StackOverflowError bug) {
            complete = false;
            player.lost = true;
            compare(called, new Outcome.Failure(bug.toString()), number);
            err.println(place(number) + "the engine fails, which is a bug: " + bug);
            bug.printStackTrace(err);
        }
    }

    private List<Effect> made(Player player, Call call) {
        return switch (call) {
            case Call.Accept(Input input) -> {
                if (input instanceof Input.LinkUp up) {
                    player.links.put(up.ifindex(), up.name());
                }
                yield player.engine.accept(input, nowNanos);
            }
            case Call.Hear hear -> {
                Decoded<Packet> packet =
                        switch (hear.family()) {
                            case IPV4 -> Ipv4Envelope.decode(hear.bytes());
                            case IPV6 -> Ipv6Envelope.decode(hear.bytes());
                        };
                if (!json && packet instanceof Decoded.Value<Packet>(Packet value)) {
                    log.tell(
                            new DaemonEvent.MessageHeard(
                                    player.began.instance(), player.link(hear.ifindex()), value));
                }
                yield player.engine.accept(
                        new Input.Heard(hear.ifindex(), hear.family(), packet, hear.linkAddress()),
                        nowNanos);
            }
            case Call.Expire() -> player.engine.expire(nowNanos);
        };
    }

    private void compare(JournalLine.Called called, Outcome outcome, int number) {
        if (!outcome.equals(called.outcome())) {
            differing++;
            if (differing == 1) {
                err.println(
                        place(number)
                                + "other effects than recorded, for the first time: "
                                + text(outcome)
                                + ", not "
                                + text(called.outcome()));
            }
        }
    }

    private static String text(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Effects(String digest) -> digest;
            case Outcome.Failure(String text) -> text;
        };
    }

    private void print(Player player, JournalLine.Called called, List<Effect> effects, int number) {
        if (json) {
            Map<String, @Nullable Object> members = new LinkedHashMap<>();
            members.put("line", number);
            members.put("at", called.atNanos());
            members.put("instance", called.instance());
            members.put("digest", EffectText.digest(effects));
            members.put("effects", effects.stream().map(EffectText::json).toList());
            out.println(JsonLine.write(members));
            return;
        }
        for (Effect effect : effects) {
            switch (effect) {
                case Effect.Send(int ifindex, Packet packet) ->
                        log.tell(
                                new DaemonEvent.MessageSent(
                                        called.instance(), player.link(ifindex), packet));
                case Effect.Tell(var event) -> log.tell(called.instance(), event);
                // The engine tells of its routes in events of their own.
                case Effect.SetRoute _, Effect.DeleteRoute _, Effect.AskUsage _ -> {}
            }
        }
    }

    /** Prints the state of each instance as it is after the last line. */
    void printState() {
        for (Player player : players.values()) {
            out.print(
                    StatusText.of(
                            player.began.instance(),
                            player.began.table(),
                            player.nowNanos - player.began.atNanos(),
                            player.engine.view(player.nowNanos)));
        }
        out.flush();
    }
}
