package mcproxy.core;

/**
 * The most that an engine keeps for others, so that nobody can make it run out of memory. What goes
 * beyond is refused and told as {@link Event.LimitReached}.
 *
 * @param groupsPerLink groups on one downstream, for one family
 * @param sourcesPerLink source records of all groups on one downstream, for one family
 * @param routes forwarding entries for one family
 */
public record Limits(int groupsPerLink, int sourcesPerLink, int routes) {
    /** 65,536 groups, 262,144 sources and 131,072 routes. */
    public static final Limits DEFAULT = new Limits(65_536, 262_144, 131_072);
}
