package mcproxy.core;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.MessageSize;
import mcproxy.wire.Packet;
import mcproxy.wire.RecordType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/**
 * RFC 9776 8.14.1: the protocol is robust to RV - 1 losses. Whatever changes, and whichever reports
 * of it are lost, short of RV in a row: a router ends up with what is wanted.
 */
class HostModelTest {
    /** The path between the host and the model of a router, which loses some reports. */
    private static final class Path {
        final HostBench bench;
        final RouterModel router = new RouterModel();
        private final int robustness;
        private final Predicate<Integer> loses;
        private final Map<IpAddress, Integer> lostInARow = new HashMap<>();
        private int batches;

        Path(HostBench bench, int robustness, Predicate<Integer> loses) {
            this.bench = bench;
            this.robustness = robustness;
            this.loses = loses;
        }

        /** Lets a time pass in small steps; what is sent reaches the router, and its queries us. */
        void advance(Duration duration) {
            deliver();
            Duration end = bench.now().plus(duration);
            while (bench.nextDeadline().filter(at -> at.compareTo(end) <= 0).isPresent()) {
                bench.advance(bench.nextDeadline().orElseThrow().minus(bench.now()));
                deliver();
            }
            bench.advance(end.minus(bench.now()));
        }

        void deliver() {
            List<Packet> packets = bench.takePackets();
            if (packets.isEmpty()) {
                return;
            }
            List<GroupRecord> records =
                    packets.stream().flatMap(packet -> HostBench.records(packet).stream()).toList();
            List<GroupRecord> changes =
                    records.stream().filter(HostModelTest::isStateChange).toList();
            boolean lost = !changes.isEmpty() && mayBeLost(changes) && loses.test(batches++);
            for (GroupRecord record : changes) {
                lostInARow.put(
                        record.group(), lost ? lostInARow.getOrDefault(record.group(), 0) : 0);
            }
            if (lost) {
                changes.stream()
                        .map(GroupRecord::group)
                        .distinct()
                        .forEach(group -> lostInARow.merge(group, 1, Integer::sum));
            }
            for (GroupRecord record : records) {
                if (!lost || !isStateChange(record)) {
                    router.receive(record, bench.now().toNanos());
                }
            }
            for (RouterModel.Query query : router.takeQueries()) {
                bench.hear(
                        query.group(),
                        new mcproxy.wire.Message.Query(
                                mcproxy.wire.Protocol.newest(bench.family),
                                query.group(),
                                1000,
                                false,
                                robustness,
                                125,
                                query.sources()));
            }
        }

        private boolean mayBeLost(List<GroupRecord> records) {
            return records.stream()
                    .allMatch(
                            record -> lostInARow.getOrDefault(record.group(), 0) < robustness - 1);
        }

        Membership state(int group) {
            return router.state(bench.group(group), bench.now().toNanos());
        }
    }

    private static boolean isStateChange(GroupRecord record) {
        return record.type() != RecordType.IS_IN && record.type() != RecordType.IS_EX;
    }

    private static List<Membership> allMemberships(HostBench bench) {
        List<Membership> all = new ArrayList<>();
        for (int bits = 0; bits < 4; bits++) {
            List<IpAddress> sources = new ArrayList<>();
            for (int n = 0; n < 2; n++) {
                if ((bits >> n & 1) == 1) {
                    sources.add(bench.source(n));
                }
            }
            all.add(Membership.include(SourceSet.of(sources)));
            all.add(Membership.exclude(SourceSet.of(sources)));
        }
        return all;
    }

    /** Three states in a row, each loss pattern, with three different pauses between them. */
    // shows RFC9776-5.1-11, RFC9777-6.1-10
    @ParameterizedTest
    @EnumSource(Family.class)
    void everySmallCaseEndsWithTheRouterKnowingWhatIsWanted(Family family) {
        List<Membership> memberships = allMemberships(new HostBench(family));
        List<Duration> pauses =
                List.of(Duration.ZERO, Duration.ofMillis(300), Duration.ofSeconds(10));
        int cases = 0;
        for (Membership first : memberships) {
            for (Membership second : memberships) {
                for (Membership third : memberships) {
                    for (Duration pause : pauses) {
                        for (int losses = 0; losses < 8; losses++) {
                            int pattern = losses;
                            HostBench bench = HostBench.robust(family, 2, cases, 1500);
                            Path path =
                                    new Path(bench, 2, batch -> (pattern >> batch % 3 & 1) == 1);
                            for (Membership membership : List.of(first, second, third)) {
                                bench.want(1, membership);
                                path.advance(pause);
                            }
                            path.advance(Duration.ofSeconds(10));
                            assertThat(path.state(1))
                                    .as(
                                            "%s, %s, %s after %s, losses %s",
                                            first, second, third, pause, pattern)
                                    .isEqualTo(third);
                            cases++;
                        }
                    }
                }
            }
        }
        assertThat(cases).isEqualTo(512 * 3 * 8);
    }

    /** Random changes of many groups, in packets so small that reports and records divide. */
    // shows RFC9776-5.1-11, RFC9777-6.1-10
    @ParameterizedTest
    @EnumSource(Family.class)
    void randomChangesEndWithTheRouterKnowingWhatIsWanted(Family family) {
        for (long seed = 0; seed < 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int robustness = 1 + random.nextInt(4);
            int mtu = family == Family.IPV4 ? 68 + random.nextInt(200) : 200 + random.nextInt(400);
            HostBench bench = HostBench.robust(family, robustness, seed, mtu);
            Path path = new Path(bench, robustness, _ -> random.nextInt(3) > 0);
            int most = MessageSize.sourcesPerRecord(family, mtu);
            Map<Integer, Membership> wanted = new HashMap<>();
            Map<Integer, Boolean> cut = new HashMap<>();
            for (int change = 0; change < 40; change++) {
                int group = random.nextInt(5);
                Membership membership = randomMembership(bench, random, 2 * most);
                wanted.put(group, membership);
                cut.merge(group, isCut(membership, most), Boolean::logicalOr);
                bench.want(group, membership);
                path.deliver();
                if (random.nextInt(3) > 0) {
                    path.advance(Duration.ofMillis(random.nextLong(1500)));
                }
            }
            path.advance(Duration.ofSeconds(20));
            for (Map.Entry<Integer, Membership> entry : wanted.entrySet()) {
                Membership state = path.state(entry.getKey());
                Membership membership = entry.getValue();
                String what = "seed " + seed + ", group " + entry.getKey();
                if (!cut.getOrDefault(entry.getKey(), false)) {
                    assertThat(state).as(what).isEqualTo(membership);
                } else {
                    // RFC 9776 4.2.17: what did not fit is forwarded though it is not wanted
                    assertThat(state.mode()).as(what).isEqualTo(membership.mode());
                    assertThat(everythingWanted(state, membership)).as(what).isTrue();
                }
            }
            assertThat(bench.isSilent()).as("seed %s: silence", seed).isTrue();
        }
    }

    private static boolean isCut(Membership membership, int most) {
        return membership.mode() == FilterMode.EXCLUDE && membership.sources().size() > most;
    }

    private static boolean everythingWanted(Membership state, Membership wanted) {
        return switch (wanted.mode()) {
            case INCLUDE -> state.equals(wanted);
            case EXCLUDE -> state.sources().minus(wanted.sources()).isEmpty();
        };
    }

    private static Membership randomMembership(
            HostBench bench, SplittableRandom random, int mostSources) {
        List<IpAddress> sources = new ArrayList<>();
        int size = random.nextInt(4) == 0 ? random.nextInt(mostSources) : random.nextInt(4);
        for (int n = 0; n < size; n++) {
            sources.add(bench.source(random.nextInt(2 * mostSources)));
        }
        return switch (random.nextInt(3)) {
            case 0 -> Membership.exclude(SourceSet.of(sources));
            case 1 -> Membership.include(SourceSet.of(sources));
            default -> Membership.NONE;
        };
    }
}
