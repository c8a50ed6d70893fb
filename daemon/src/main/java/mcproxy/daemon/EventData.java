package mcproxy.daemon;

import mcproxy.core.Effect;
import mcproxy.core.Event;
import mcproxy.core.LinkSettings.Role;
import mcproxy.daemon.EventLog.Line;
import mcproxy.wire.Packet;
import mcproxy.wire.Reason;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * An event for programs.
 *
 * @param kind its record's name in small letters with hyphens
 * @param byName the record's components, each as it is logged
 */
record EventData(String kind, Map<String, String> byName) {
    /** Longer texts are cut. */
    static final int MAX_TEXT = 1_000;

    private static final String INSTANCE = "instance";

    /** The data of an event, which is a record. */
    static EventData of(Object event) {
        Map<String, String> byName = new LinkedHashMap<>();
        for (RecordComponent component : event.getClass().getRecordComponents()) {
            Object value = value(component, event);
            boolean missing = value instanceof Optional<?> optional && optional.isEmpty();
            if (!missing && !component.getName().equals(INSTANCE)) {
                byName.put(component.getName(), cut(text(value)));
            }
        }
        return new EventData(kind(event.getClass()), Collections.unmodifiableMap(byName));
    }

    private static Object value(RecordComponent component, Object event) {
        try {
            return component.getAccessor().invoke(event);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new LinkageError("events are records of ours: " + event, e);
        }
    }

    /** For instance {@code querier-elected}. */
    static String kind(Class<?> type) {
        return type.getSimpleName()
                .replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-")
                .toLowerCase(Locale.ROOT);
    }

    private static String text(Object value) {
        return switch (value) {
            case Optional<?> optional -> optional.map(EventData::text).orElse("");
            case Collection<?> many ->
                    many.stream().map(EventData::text).collect(Collectors.joining(", "));
            case Role role -> EventLog.side(role);
            case Reason reason -> reason.label();
            case Event.Limit limit -> EventLog.limit(limit);
            case Effect effect -> EventLog.change(effect);
            case Packet packet -> PacketText.of(packet);
            default -> String.valueOf(value);
        };
    }

    /** A level as it is named outside, for instance {@code warning}. */
    static String word(Level level) {
        return level.name().toLowerCase(Locale.ROOT);
    }

    /** Is it worth no more memory than its text, all of which is kept? */
    static boolean isSmall(Object event, Line line) {
        boolean hasPacket =
                event instanceof DaemonEvent.MessageHeard
                        || event instanceof DaemonEvent.MessageSent;
        return !hasPacket && line.text().length() <= MAX_TEXT;
    }

    /** The line with no more than so much text. */
    static Line cut(Line line) {
        return new Line(line.level(), line.instance(), cut(line.text()), line.key());
    }

    private static String cut(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "...";
    }
}
