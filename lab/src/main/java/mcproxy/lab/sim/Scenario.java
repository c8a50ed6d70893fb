package mcproxy.lab.sim;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Protocol;

import java.util.SplittableRandom;

/** What a seed decides before anything happens: family, weather, timers, versions, length. */
final class Scenario {
    /** Proxies between the root and the farthest receiver, at most. */
    static final int LEVELS = 3;

    private final long seed;
    private final SplittableRandom random;
    private final Family family;
    private final Weather weather;
    private final Settings base;
    private final int groups;
    private final boolean mixedVersions;
    private final long durationNanos;
    private final Room room;
    private final boolean secondRoot;
    private final boolean asksAllUpstreams;

    /**
     * What routers of this world have room for: everything, or less than people there want.
     *
     * @param groups groups on a downstream
     * @param groupSources sources of a group on a downstream
     * @param hosts hosts that are tracked on a downstream, counted in each group
     * @param routes forwarding entries of a proxy
     */
    record Room(int groups, int groupSources, int hosts, int routes) {
        /** So much that nobody can reach it. */
        static final Room AMPLE = new Room(64, 512, 4096, 256);

        boolean isAmple() {
            return equals(AMPLE);
        }
    }

    Scenario(long seed) {
        this.seed = seed;
        this.random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + 1);
        this.family = random.nextBoolean() ? Family.IPV4 : Family.IPV6;
        this.weather = Weather.of(random.split());
        this.mixedVersions = random.nextInt(5) < 2;
        this.base = timers();
        this.groups = 2 + random.nextInt(4);
        this.durationNanos = base.groupMembershipNanos() * (4 + random.nextInt(4));
        this.room =
                !mixedVersions && random.nextInt(4) == 0
                        ? new Room(
                                1 + random.nextInt(groups),
                                1 + random.nextInt(3),
                                1 + random.nextInt(4),
                                2 + random.nextInt(5))
                        : Room.AMPLE;
        this.secondRoot = random.nextInt(3) == 0;
        this.asksAllUpstreams = random.nextInt(3) == 0;
    }

    private Settings timers() {
        int robustness = random.nextInt(4) == 0 ? 3 : 2;
        Protocol newest = Protocol.newest(family);
        return switch (random.nextInt(4)) {
            case 0 -> new Settings(newest, 2, 125, 10, 1000);
            case 1 -> new Settings(newest, robustness, 30 + random.nextInt(30), 10, 1000);
            default ->
                    new Settings(
                            newest,
                            robustness,
                            10 + random.nextInt(20),
                            2 + random.nextInt(4),
                            500 * (1 + random.nextInt(2)));
        };
    }

    long seed() {
        return seed;
    }

    /** A stream of random numbers of its own for a part of the world. */
    SplittableRandom split() {
        return random.split();
    }

    Family family() {
        return family;
    }

    Weather weather() {
        return weather;
    }

    int groups() {
        return groups;
    }

    /** Are there hosts and routers of older versions? */
    boolean hasMixedVersions() {
        return mixedVersions;
    }

    /** What routers have room for. */
    Room room() {
        return room;
    }

    /** Are there two links at the top, and proxies with an upstream on each? */
    boolean hasSecondRoot() {
        return secondRoot;
    }

    /** Do proxies with several upstreams ask all of them, not only their first one? */
    boolean asksAllUpstreams() {
        return asksAllUpstreams;
    }

    /**
     * How long a stream whose source has moved may take to reach all again. Each proxy on the way
     * has to see two packets beside its route, of which the kernel tells three seconds apart, and
     * three seconds after the last it told of; and a source does not move back within ten seconds.
     */
    long moveBoundNanos(long intervalNanos) {
        return 10 * Agenda.SECOND + LEVELS * (6 * Agenda.SECOND + 2 * intervalNanos);
    }

    /** How long people come and go. */
    long durationNanos() {
        return durationNanos;
    }

    /** The timers of a link: those of the world, or with another interval, in some version. */
    Settings settings(SplittableRandom any) {
        int generation = 3;
        if (mixedVersions && any.nextInt(3) == 0) {
            boolean v1 = family == Family.IPV4 && allowsV1() && any.nextInt(3) == 0;
            generation = v1 ? 1 : 2;
        }
        int interval = base.queryIntervalSeconds() + (any.nextInt(4) == 0 ? 3 : 0);
        return new Settings(
                Protocol.of(family, generation),
                base.robustness(),
                interval,
                base.queryResponseSeconds(),
                base.lastMemberMillis());
    }

    /** IGMPv1 hosts take up to 10 s to answer, whatever they are told. */
    boolean allowsV1() {
        return family == Family.IPV4 && base.queryResponseSeconds() == 10 && weather.loss() == 0;
    }

    int hostGeneration(SplittableRandom any) {
        if (!mixedVersions || any.nextBoolean()) {
            return 3;
        }
        return allowsV1() && any.nextBoolean() ? 1 : 2;
    }

    /** The longest GMI of any link, also with a twin's longer interval. */
    long longestMembershipNanos() {
        return base.membershipNanos(base.robustness(), base.queryIntervalSeconds() + 10);
    }

    long longestQueryNanos() {
        return (base.queryIntervalSeconds() + 10) * Agenda.SECOND;
    }

    /** After this time nothing of a disturbance is left for those who want something. */
    long recoveryNanos() {
        return longestMembershipNanos()
                + longestQueryNanos()
                + (mixedVersions ? 25 : 5) * Agenda.SECOND;
    }

    /** How long a wish may take from the application to the farthest source. */
    long joinBoundNanos() {
        long each = (mixedVersions ? 10 : 1) * Agenda.SECOND;
        long repeats = weather.loss() > 0 || weather.reorder() ? base.robustness() - 1 : 0;
        return 1500 * Agenda.MILLI + (LEVELS + 1) * repeats * each;
    }

    // ---- addresses ----

    /** Groups from any source, and behind those, at {@link #groups()}, two for SSM. */
    IpAddress group(int number) {
        boolean ssm = number >= groups;
        return switch (family) {
            case IPV4 -> IpAddress.ipv4((ssm ? 0xe801_0100 : 0xef01_0100) + number + 1);
            case IPV6 ->
                    ssm
                            ? IpAddress.ipv6(0xff35_0000_0000_0000L, 0x8000_0000L + number)
                            : IpAddress.ipv6(0xff15_0000_0000_0000L, number + 1);
        };
    }

    /** RFC 4607: 232.0.0.0/8 and ff3x::/32. */
    static boolean isSsm(IpAddress group) {
        return switch (group.family()) {
            case IPV4 -> group.low() >>> 24 == 232;
            case IPV6 -> group.high() >>> 52 == 0xff3 && (group.high() & 0xffff_ffffL) == 0;
        };
    }

    /** A sender on a link. */
    IpAddress source(int link, int number) {
        return switch (family) {
            case IPV4 -> IpAddress.ipv4((10 << 24) | (link << 16) | (0x0100 + number));
            case IPV6 -> IpAddress.ipv6(0x2001_0db8_0000_0000L + link, number);
        };
    }

    /** A sender of membership messages on a link; number 1 to 250. */
    IpAddress speaker(int link, int number) {
        return switch (family) {
            case IPV4 -> IpAddress.ipv4((10 << 24) | (link << 16) | number);
            case IPV6 -> IpAddress.ipv6(0xfe80_0000_0000_0000L, ((long) link << 16) | number);
        };
    }
}
