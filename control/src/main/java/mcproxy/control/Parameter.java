package mcproxy.control;

import mcproxy.wire.IpAddress;

import java.util.List;
import java.util.Locale;

/** A parameter of a query. */
enum Parameter {
    /** Only what belongs to this instance. */
    INSTANCE,
    /** Only what is on this interface. */
    LINK,
    /** Only this group. */
    GROUP,
    /** Only this source. */
    SOURCE,
    /** Only tell what would happen. */
    DRY_RUN,
    /** Only events after this cursor. */
    AFTER;

    /** What a {@link Selection} is made of. */
    static final List<Parameter> SELECTION = List.of(INSTANCE, LINK, GROUP, SOURCE);

    /** Refuses a value that it cannot have. */
    void check(String value) {
        switch (this) {
            case INSTANCE, LINK -> {
                if (value.isEmpty()) {
                    throw wrong(value, "a name");
                }
            }
            case GROUP -> {
                if (!IpAddress.parse(value).map(IpAddress::isMulticast).orElse(false)) {
                    throw wrong(value, "a multicast address");
                }
            }
            case SOURCE -> {
                if (!IpAddress.parse(value).map(IpAddress::isSource).orElse(false)) {
                    throw wrong(value, "a unicast address");
                }
            }
            case DRY_RUN -> {
                if (!value.equals("true") && !value.equals("false")) {
                    throw wrong(value, "true or false");
                }
            }
            case AFTER -> {
                if (!value.matches("\\d{1,18}")) {
                    throw wrong(value, "a cursor, which is a number from 0 on");
                }
            }
        }
    }

    private Refused wrong(String value, String expected) {
        return Refused.with(
                Refusal.PARAMETER, "'" + value + "' is no value for " + this + ": " + expected);
    }

    /** Its name in the query. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
