package mcproxy.cli.doctor;

import java.util.List;

/** What is known about a condition. */
enum Truth {
    YES,
    NO,
    UNKNOWN;

    static Truth of(boolean holds) {
        return holds ? YES : NO;
    }

    Truth not() {
        return switch (this) {
            case YES -> NO;
            case NO -> YES;
            case UNKNOWN -> UNKNOWN;
        };
    }

    /** Do all of them hold? */
    static Truth all(List<Truth> conditions) {
        if (conditions.contains(NO)) {
            return NO;
        }
        return conditions.contains(UNKNOWN) ? UNKNOWN : YES;
    }

    /** Does one of them hold? */
    static Truth any(List<Truth> conditions) {
        if (conditions.contains(YES)) {
            return YES;
        }
        return conditions.contains(UNKNOWN) ? UNKNOWN : NO;
    }
}
