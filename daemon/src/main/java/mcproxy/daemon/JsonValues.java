package mcproxy.daemon;

import mcproxy.core.AddressSet;
import mcproxy.core.Input;
import mcproxy.core.Rule;
import mcproxy.core.RuleMatching;
import mcproxy.core.SourceSet;
import mcproxy.core.Timers;
import mcproxy.wire.IpAddress;
import mcproxy.wire.LinkAddress;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The engine's values in JSON, whatever components their records have: a record is an object with a
 * member for each component, and one of several kinds says in {@code is} which. So a setting that
 * is added to the engine is in the journal without a further line of code.
 *
 * <p>A member that is not there, in a journal older than the setting, has the value that its
 * record's {@code DEFAULT} gives it.
 */
final class JsonValues {
    private static final String KIND = "is";

    /** Longer than any interval of the configuration, and far from where sums overflow. */
    private static final Duration LONGEST = Duration.ofDays(366);

    /** The interfaces whose records are told apart by {@link #KIND}. */
    private static final List<Class<?>> ALTERNATIVES =
            List.of(RuleMatching.class, AddressSet.class, Rule.class, Input.class);

    private JsonValues() {}

    // ---- writing ----

    /** A record as an object. */
    static Map<String, @Nullable Object> members(Record value) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            members.put(component.getName(), json(component(value, component)));
        }
        return members;
    }

    /** A record as an object that says of which kind it is. */
    static Map<String, @Nullable Object> membersAndKind(Record value) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put(KIND, value.getClass().getSimpleName());
        members.putAll(members(value));
        return members;
    }

    private static @Nullable Object json(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case Optional<?> optional -> json(optional.orElse(null));
            case List<?> list -> list.stream().map(JsonValues::json).toList();
            case SourceSet sources -> sources.stream().map(IpAddress::toString).toList();
            case IpAddress address -> address.toString();
            case ByteBuffer bytes -> EffectText.hex(bytes);
            case Enum<?> constant -> word(constant);
            case LinkAddress address -> address.toString();
            case Record one ->
                    ALTERNATIVES.stream().anyMatch(type -> type.isInstance(one))
                            ? membersAndKind(one)
                            : members(one);
            case Boolean truth -> truth;
            case Integer number -> number.longValue();
            case Long number -> number;
            default -> value.toString(); // String, Duration
        };
    }

    /** For instance {@code igmpv3} or {@code to-ex}. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static @Nullable Object component(Record value, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(value);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("records can be read: " + component, e);
        }
    }

    // ---- reading ----

    /**
     * The record that an object's members are the components of; other members are ignored.
     *
     * @throws DamagedLineException when a member is missing, of another type, or out of its range
     */
    static <T extends Record> T value(Map<?, ?> members, Class<T> type)
            throws DamagedLineException {
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            String name = components[i].getName();
            values[i] =
                    members.containsKey(name)
                            ? value(members.get(name), components[i].getGenericType(), name)
                            : missing(type, components[i]);
        }
        T value = type.cast(make(type, components, values));
        check(value);
        return value;
    }

    private static Object make(Class<?> type, RecordComponent[] components, Object[] values)
            throws DamagedLineException {
        try {
            Constructor<?> constructor =
                    type.getDeclaredConstructor(
                            Arrays.stream(components)
                                    .map(RecordComponent::getType)
                                    .toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new DamagedLineException(
                    "this is no "
                            + type.getSimpleName()
                            + ": "
                            + e.getTargetException().getMessage());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("records can be made: " + type, e);
        }
    }

    private static Object missing(Class<?> type, RecordComponent component)
            throws DamagedLineException {
        Optional<Object> whole = fallback(type);
        Optional<Object> part =
                whole.isPresent()
                        ? Optional.ofNullable(component((Record) whole.get(), component))
                        : fallback(component.getType());
        return part.orElseThrow(
                () -> new DamagedLineException("there is no \"" + component.getName() + "\""));
    }

    private static Optional<Object> fallback(Class<?> type) {
        try {
            return type.isRecord() && type.getField("DEFAULT").getType() == type
                    ? Optional.of(type.getField("DEFAULT").get(type))
                    : Optional.empty();
        } catch (ReflectiveOperationException _) {
            return Optional.empty();
        }
    }

    private static Object value(@Nullable Object json, Type type, String name)
            throws DamagedLineException {
        if (type instanceof ParameterizedType generic) {
            Type argument = generic.getActualTypeArguments()[0];
            if (generic.getRawType() == Optional.class) {
                return json == null ? Optional.empty() : Optional.of(value(json, argument, name));
            }
            if (generic.getRawType() != List.class) { // the packet of Input.Heard
                throw new DamagedLineException("\"" + name + "\" cannot stand here");
            }
            List<Object> values = new ArrayList<>();
            for (Object element : typed(json, List.class, name)) {
                values.add(value(element, argument, name));
            }
            return values;
        }
        return value(json, (Class<?>) type, name);
    }

    private static Object value(@Nullable Object json, Class<?> type, String name)
            throws DamagedLineException {
        if (type == boolean.class) {
            return typed(json, Boolean.class, name);
        } else if (type == long.class) {
            return typed(json, Long.class, name);
        } else if (type == int.class || type == Integer.class) {
            long number = typed(json, Long.class, name);
            if (number != (int) number) {
                throw new DamagedLineException("\"" + name + "\" is too large: " + number);
            }
            return (int) number;
        } else if (type == String.class) {
            return typed(json, String.class, name);
        } else if (type == IpAddress.class) {
            return address(typed(json, String.class, name));
        } else if (type == LinkAddress.class) {
            return linkAddress(typed(json, String.class, name));
        } else if (type == ByteBuffer.class) {
            return bytes(typed(json, String.class, name));
        } else if (type == Duration.class) {
            return duration(typed(json, String.class, name));
        } else if (type == SourceSet.class) {
            List<IpAddress> sources = new ArrayList<>();
            for (Object element : typed(json, List.class, name)) {
                sources.add(address(typed(element, String.class, name)));
            }
            return SourceSet.of(sources);
        } else if (type.isEnum()) {
            return constant(typed(json, String.class, name), type);
        }
        Map<?, ?> members = typed(json, Map.class, name);
        return value(
                members, (type.isSealed() ? kind(members, type) : type).asSubclass(Record.class));
    }

    private static Class<?> kind(Map<?, ?> members, Class<?> type) throws DamagedLineException {
        String kind = typed(members.get(KIND), String.class, KIND);
        for (Class<?> permitted : type.getPermittedSubclasses()) {
            if (permitted.getSimpleName().equals(kind)) {
                return permitted;
            }
        }
        throw new DamagedLineException("no " + type.getSimpleName() + " is \"" + kind + "\"");
    }

    /** A value, if it is of this type. */
    static <T> T typed(@Nullable Object json, Class<T> type, String name)
            throws DamagedLineException {
        if (json == null) {
            throw new DamagedLineException("there is no \"" + name + "\"");
        }
        if (!type.isInstance(json)) {
            throw new DamagedLineException("\"" + name + "\" is not what it should be");
        }
        return type.cast(json);
    }

    private static IpAddress address(String text) throws DamagedLineException {
        return IpAddress.parse(text)
                .orElseThrow(() -> new DamagedLineException("\"" + text + "\" is no address"));
    }

    private static LinkAddress linkAddress(String text) throws DamagedLineException {
        try {
            return LinkAddress.of(text);
        } catch (IllegalArgumentException e) {
            throw new DamagedLineException("this is no link-layer address: " + e.getMessage());
        }
    }

    private static ByteBuffer bytes(String text) throws DamagedLineException {
        try {
            return ByteBuffer.wrap(HexFormat.of().parseHex(text));
        } catch (IllegalArgumentException e) {
            throw new DamagedLineException("these are no bytes: " + e.getMessage());
        }
    }

    private static Duration duration(String text) throws DamagedLineException {
        try {
            Duration duration = Duration.parse(text);
            if (!duration.isNegative() && duration.compareTo(LONGEST) <= 0) {
                return duration;
            }
        } catch (DateTimeParseException | ArithmeticException _) {
            // told below
        }
        throw new DamagedLineException("\"" + text + "\" is no time up to " + LONGEST);
    }

    private static Object constant(String text, Class<?> type) throws DamagedLineException {
        for (Object constant : Objects.requireNonNull(type.getEnumConstants())) {
            if (word((Enum<?>) constant).equals(text)) {
                return constant;
            }
        }
        throw new DamagedLineException("\"" + text + "\" is no " + type.getSimpleName());
    }

    /** What the configuration would have refused, and an engine relies on: that time goes on. */
    private static void check(Record value) throws DamagedLineException {
        if (value instanceof Timers timers
                && (timers.robustness() < 1
                        || timers.robustness() > 7
                        || timers.queryInterval().toMillis() < 1
                        || timers.queryResponseInterval().toMillis() < 1
                        || timers.startupQueryInterval().toMillis() < 1
                        || timers.lastMemberQueryInterval().toMillis() < 1
                        || timers.startupQueryCount() < 1
                        || timers.lastMemberQueryCount() < 1)) {
            throw new DamagedLineException("timers that no configuration gives: " + timers);
        }
    }
}
