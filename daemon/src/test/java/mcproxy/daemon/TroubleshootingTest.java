package mcproxy.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.Effect;
import mcproxy.core.Event;
import mcproxy.core.Membership;
import mcproxy.daemon.EventLog.Line;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.Reason;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * docs/troubleshooting.md has an entry for each event that is logged as a warning or an error: its
 * kind as the heading, its texts with the names of the record's components for their values, the
 * cause, and what to do.
 */
class TroubleshootingTest {
    private static final Path PAGE = Path.of("../docs/troubleshooting.md");
    private static final String HEADING = "### ";

    /** Every type of event there is. */
    private static List<Class<?>> types() {
        List<Class<?>> types = new ArrayList<>();
        for (Class<?> sealed : List.of(DaemonEvent.class, Event.class)) {
            leaves(sealed, types);
        }
        return types;
    }

    private static void leaves(Class<?> type, List<Class<?>> into) {
        if (!type.isSealed()) {
            into.add(type);
            return;
        }
        for (Class<?> one : type.getPermittedSubclasses()) {
            leaves(one, into);
        }
    }

    /** An argument, and the text that it becomes in a line. */
    private record Value(Object argument, String text) {}

    /** The values of a component that can make a difference to the text. */
    private static List<Value> values(RecordComponent component, int number) {
        Class<?> type = component.getType();
        if (type == String.class) {
            return List.of(value(name(component)));
        }
        if (type == boolean.class) {
            return List.of(value(true), value(false));
        }
        if (type == int.class) {
            return component.getName().equals("filter")
                    ? List.of(value(1), value(2))
                    : List.of(value(70_000 + number));
        }
        if (type == long.class) {
            return List.of(value(70_000L + number));
        }
        if (type == IpAddress.class) {
            String start = component.getName().equals("group") ? "239.1.1." : "192.0.2.";
            return List.of(value(IpAddress.of(start + (100 + number))));
        }
        if (type == Family.class) {
            return List.of(value(Family.IPV4));
        }
        if (type == Protocol.class) {
            return List.of(value(Protocol.of(Family.IPV4, 1 + number % 3)));
        }
        if (type == Reason.class) {
            return Arrays.stream(Reason.values()).map(one -> new Value(one, one.label())).toList();
        }
        if (type == Event.Limit.class) {
            return Arrays.stream(Event.Limit.values())
                    .map(one -> new Value(one, EventLog.limit(one)))
                    .toList();
        }
        if (type == Effect.class) {
            IpAddress source = IpAddress.of("192.0.2.99");
            IpAddress group = IpAddress.of("239.9.9.9");
            return Stream.of(
                            new Effect.SetRoute(source, group, 1, List.of(2)),
                            new Effect.DeleteRoute(source, group),
                            new Effect.AskUsage(source, group))
                    .map(one -> new Value(one, EventLog.change(one)))
                    .toList();
        }
        if (type == List.class) {
            return List.of(new Value(List.of("x"), "x"));
        }
        if (type == Membership.class) {
            return List.of(value(Membership.ANY_SOURCE));
        }
        if (type == Packet.class) {
            return List.of(
                    value(
                            Packet.toSend(
                                    IpAddress.of("192.0.2.1"),
                                    IpAddress.of("224.0.0.2"),
                                    new Message.Leave(
                                            Protocol.IGMPV2, IpAddress.of("239.1.1.1")))));
        }
        if (type.isEnum()) {
            return Arrays.stream(type.getEnumConstants()).map(TroubleshootingTest::value).toList();
        }
        throw new AssertionError("an example of " + component + " is needed here");
    }

    private static Value value(Object argument) {
        return new Value(argument, argument.toString());
    }

    private static String name(RecordComponent component) {
        return component.getName().toUpperCase(Locale.ROOT);
    }

    /** All texts of a type at WARNING and above. */
    private static Set<String> texts(Class<?> type) {
        List<List<Value>> rows = List.of(List.of());
        int number = 0;
        for (RecordComponent component : type.getRecordComponents()) {
            List<List<Value>> more = new ArrayList<>();
            for (Value value : values(component, number)) {
                for (List<Value> row : rows) {
                    more.add(Stream.concat(row.stream(), Stream.of(value)).toList());
                }
            }
            rows = more;
            number++;
        }
        Set<String> texts = new TreeSet<>();
        for (List<Value> row : rows) {
            Line line = line(make(type, row));
            if (line.level().compareTo(Level.WARNING) <= 0) {
                texts.add(named(line.text(), type, row));
            }
        }
        return texts;
    }

    private static Object make(Class<?> type, List<Value> row) {
        try {
            var constructor = type.getDeclaredConstructors()[0];
            return constructor.newInstance(row.stream().map(Value::argument).toArray());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("an example of " + type, e);
        }
    }

    private static Line line(Object event) {
        return switch (event) {
            case DaemonEvent ours -> EventLog.line(ours);
            case Event engines -> EventLog.line("tv", engines);
            default -> throw new AssertionError(event);
        };
    }

    /** The text with the components' names in the place of their values. */
    private static String named(String text, Class<?> type, List<Value> row) {
        String named = text;
        RecordComponent[] components = type.getRecordComponents();
        for (int i = 0; i < components.length; i++) {
            boolean telling =
                    row.get(i).text().length() > 1 && components[i].getType() != boolean.class;
            if (telling) {
                named = named.replace(row.get(i).text(), name(components[i]));
            }
        }
        return named;
    }

    /** The entries of the page by their headings. */
    private static Map<String, String> entries() {
        Map<String, String> entries = new TreeMap<>();
        String heading = "";
        try {
            for (String line : Files.readAllLines(PAGE)) {
                if (line.startsWith("#")) {
                    heading = line.startsWith(HEADING) ? line.substring(HEADING.length()) : "";
                } else if (!heading.isEmpty()) {
                    entries.merge(heading, line + "\n", String::concat);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return entries;
    }

    @TestFactory
    Stream<DynamicTest> eachWarningHasItsEntry() {
        Map<String, String> entries = entries();
        assertThat(entries).hasSizeGreaterThan(20);
        return types().stream()
                .filter(type -> !texts(type).isEmpty())
                .map(type ->
                        DynamicTest.dynamicTest(
                                EventData.kind(type),
                                () ->
                                        assertThat(entries.getOrDefault(EventData.kind(type), ""))
                                                .as(PAGE + ", " + EventData.kind(type))
                                                .contains(
                                                        texts(type).stream()
                                                                .map(text -> "    " + text + "\n")
                                                                .toList())
                                                .containsPattern("\\n\\*\\*Cause:\\*\\* \\S")
                                                .containsPattern("\\n\\*\\*To do:\\*\\* \\S")));
    }

    @Test
    void noEntryIsLeftOver() {
        assertThat(entries().keySet())
                .containsExactlyInAnyOrderElementsOf(
                        types().stream()
                                .filter(type -> !texts(type).isEmpty())
                                .map(EventData::kind)
                                .toList());
    }

    @Test
    void eachReasonAndEachLimitIsExplained() {
        Map<String, String> entries = entries();
        for (Reason reason : Reason.values()) {
            assertThat(entries.get("refused")).contains("\n| `" + reason.label() + "` | ");
        }
        for (Event.Limit limit : Event.Limit.values()) {
            assertThat(entries.get("limit-reached"))
                    .contains("\n| `" + EventLog.limit(limit) + "` | ");
        }
    }
}
