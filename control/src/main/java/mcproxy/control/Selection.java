package mcproxy.control;

import org.jspecify.annotations.Nullable;

/**
 * Which part of an answer is wanted; what is null is not looked at.
 *
 * @param instance only what belongs to this instance
 * @param link only what is on this interface
 * @param group only this group, written as an address
 * @param source only this source, written as an address
 */
public record Selection(
        @Nullable String instance,
        @Nullable String link,
        @Nullable String group,
        @Nullable String source) {
    /** Everything. */
    public static final Selection ALL = new Selection(null, null, null, null);
}
