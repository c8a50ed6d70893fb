package mcproxy.core;

import static mcproxy.core.Bench.LAN;
import static mcproxy.core.Bench.LAN2;
import static mcproxy.core.Bench.WAN;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.ViewRequest.Part;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/** What an engine shows, as a whole and in parts. */
class ViewTest {
    private static Bench full(Family family) {
        Bench bench = Bench.running(family);
        for (int n = 0; n < 20; n++) {
            bench.report(n % 3 == 0 ? LAN : LAN2, RecordType.IS_EX, n, SourceSet.EMPTY);
            bench.report(LAN, RecordType.ALLOW, 100 + n, bench.sources(1, 2, n));
        }
        return bench;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 16, 100, 1000})
    void portionsTogetherAreTheWhole(int most) {
        Bench bench = full(Family.IPV4);
        EngineView whole = bench.view();
        List<EngineView.Group> groups = new ArrayList<>();
        List<EngineView.Reported> reported = new ArrayList<>();
        List<EngineView.Route> routes = new ArrayList<>();
        ViewRequest request =
                new ViewRequest(
                        EnumSet.of(Part.GROUPS, Part.MEMBERSHIPS, Part.ROUTES),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        most);
        Optional<ViewRequest> next = Optional.of(request);
        int portions = 0;
        while (next.isPresent()) {
            EngineView portion = bench.engine.view(next.get(), bench.now());
            assertThat(portion.downstreams().stream().mapToInt(d -> d.groups().size()).sum())
                    .isLessThanOrEqualTo(Math.max(most, 2)); // one of each interface at least
            portion.downstreams().forEach(downstream -> groups.addAll(downstream.groups()));
            portion.upstreams().forEach(upstream -> reported.addAll(upstream.groups()));
            routes.addAll(portion.routes());
            next = portion.next().map(request::after);
            portions++;
        }
        assertThat(portions).isGreaterThan(most < 40 ? 1 : 0);
        assertThat(groups)
                .hasSize(40)
                .containsExactlyInAnyOrderElementsOf(
                        whole.downstreams().stream().flatMap(d -> d.groups().stream()).toList());
        assertThat(reported)
                .isNotEmpty()
                .containsExactlyInAnyOrderElementsOf(
                        whole.upstreams().stream().flatMap(up -> up.groups().stream()).toList());
        assertThat(routes).isNotEmpty().isEqualTo(whole.routes());
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void onlyWhatIsAskedForIsShown(Family family) {
        Bench bench = full(family);
        EngineView counts = bench.engine.view(ViewRequest.of(Part.COUNTS), bench.now());
        assertThat(counts.groupCount()).isEqualTo(40);
        assertThat(counts.routeCount()).isEqualTo(bench.view().routes().size()).isPositive();
        assertThat(counts.routes()).isEmpty();
        assertThat(counts.downstreams()).allMatch(downstream -> downstream.groups().isEmpty());
        assertThat(counts.downstreams())
                .extracting(EngineView.Downstream::groupCount)
                .containsExactly(27, 13);
        EngineView one =
                bench.engine.view(
                        new ViewRequest(
                                EnumSet.allOf(Part.class),
                                Optional.of("if" + LAN),
                                Optional.of(bench.group(105)),
                                Optional.empty(),
                                10),
                        bench.now());
        assertThat(one.upstreams()).isEmpty();
        assertThat(one.downstreams()).hasSize(1);
        assertThat(one.downstreams().getFirst().groups())
                .extracting(EngineView.Group::group)
                .containsExactly(bench.group(105));
        assertThat(one.routes()).hasSize(3).allMatch(r -> r.group().equals(bench.group(105)));
        assertThat(one.next()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void interfacesShowWhatTheyAre(Family family) {
        Bench bench = full(family);
        IpAddress router = bench.node(WAN, 1);
        bench.generalQuery(WAN, router, bench.newest());
        bench.advance(Duration.ofSeconds(3));
        EngineView.Upstream wan = bench.view().upstreams().getFirst();
        assertThat(wan.querier()).contains(router);
        assertThat(wan.queryAgoNanos()).isEqualTo(Duration.ofSeconds(3).toNanos());
        assertThat(wan.robustness()).isEqualTo(2);
        assertThat(wan.groupCount()).isEqualTo(40);
        assertThat(wan.peering()).isFalse();
        assertThat(wan.at()).isEqualTo(new EngineView.At(WAN, bench.self(WAN), 1500));
        bench.report(LAN, RecordType.IS_EX, 77, SourceSet.EMPTY);
        assertThat(reported(bench, 77).reportsLeft()).isEqualTo(1);
        bench.advance(Duration.ofSeconds(2));
        assertThat(reported(bench, 77).reportsLeft()).isZero();
        long age = bench.view().routes().getFirst().ageNanos();
        assertThat(age).isEqualTo(Duration.ofSeconds(5).toNanos());
    }

    private static EngineView.Reported reported(Bench bench, int group) {
        return bench.view().upstreams().getFirst().groups().stream()
                .filter(one -> one.group().equals(bench.group(group)))
                .findFirst()
                .orElseThrow();
    }

    /**
     * An instance that shows itself does nothing else meanwhile, so a portion has to be small. The
     * bound is loose, as machines are busy; the number is printed.
     */
    @Test
    @Timeout(120)
    void aPortionOfAHundredThousandGroupsIsQuick() {
        Bench bench = new Bench(Family.IPV4, new Limits(200_000, 400_000, 200_000));
        bench.router = bench.router.with(new RouterSettings.LinkLimits(200_000, 100, 400_000));
        bench.up(WAN, LinkSettings.Role.UPSTREAM);
        bench.up(LAN, LinkSettings.Role.DOWNSTREAM);
        for (int n = 0; n < 100_000; n++) {
            bench.reportFrom(20, LAN, RecordType.ALLOW, n, bench.sources(1));
            if (n % 1000 == 0) {
                bench.forget();
            }
        }
        for (Part part : List.of(Part.COUNTS, Part.GROUPS, Part.MEMBERSHIPS, Part.ROUTES)) {
            ViewRequest request =
                    new ViewRequest(
                            EnumSet.of(part),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            ViewRequest.PORTION);
            long longest = 0;
            long all = 0;
            for (int round = 0; round < 3; round++) {
                longest = 0;
                all = 0;
                Optional<ViewRequest> next = Optional.of(request);
                while (next.isPresent()) {
                    long start = System.nanoTime();
                    EngineView view = bench.engine.view(next.get(), bench.now());
                    long took = System.nanoTime() - start;
                    longest = Math.max(longest, took);
                    all += took;
                    next = view.next().map(request::after);
                }
            }
            System.out.printf(
                    "100,000 groups, %s: longest portion %d us, all %d us%n",
                    part, longest / 1000, all / 1000);
            assertThat(longest).isLessThan(Duration.ofMillis(200).toNanos());
        }
    }
}
