package mcproxy.lab.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.avaje.jsonb.Jsonb;

import mcproxy.daemon.Subcommand;
import mcproxy.lab.sim.Simulator.Outcome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import picocli.CommandLine;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.LongStream;

/** The simulator runs clean, repeats itself exactly, and finds what is planted. */
class SimulatorTest {
    private static final int SEEDS = 200;
    private static final int SEEDS_TO_FIND = 1000;

    @Test
    void noInvariantIsViolated() {
        List<Outcome> outcomes =
                LongStream.rangeClosed(1, SEEDS)
                        .parallel()
                        .mapToObj(seed -> Simulator.run(seed, PlantedBug.NONE))
                        .toList();

        assertThat(outcomes)
                .allSatisfy(outcome ->
                        assertThat(outcome.failure())
                                .as(() -> Simulator.describe(outcome, PlantedBug.NONE))
                                .isEmpty());
        assertThat(outcomes.stream().mapToLong(Outcome::delivered).sum())
                .as("packets that reached somebody who wanted them: else nothing was tested")
                .isGreaterThan(SEEDS * 50L);
    }

    @Test
    void theSameSeedGivesTheSameWorld() {
        for (long seed = 1; seed <= 10; seed++) {
            Outcome once = Simulator.run(seed, PlantedBug.NONE);
            Outcome again = Simulator.run(seed, PlantedBug.NONE);

            assertThat(again.hash()).as("hash of seed %d", seed).isEqualTo(once.hash());
            assertThat(again.steps()).as("steps of seed %d", seed).isEqualTo(once.steps());
        }
        assertThat(LongStream.rangeClosed(1, 10).map(SimulatorTest::hash).distinct().count())
                .as("different worlds")
                .isEqualTo(10);
    }

    private static long hash(long seed) {
        return Simulator.run(seed, PlantedBug.NONE).hash();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aPlantedBugIsFound(PlantedBug bug) {
        Outcome found = Simulator.firstFailure(bug, 1, SEEDS_TO_FIND);

        assertThat(found.failure()).as("%s (%s)", bug, bug.area()).isPresent();
        assertThat(Simulator.describe(found, bug))
                .contains("seed " + found.seed())
                .contains("replay: ./mcproxy sim --seed " + found.seed() + " --bug " + bug);
    }

    @Test
    void theCommandIsFoundAndTellsOfFailures() {
        assertThat(ServiceLoader.load(Subcommand.class))
                .anySatisfy(found -> assertThat(found).isInstanceOf(SimCommand.class));

        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        int good = new CommandLine(new SimCommand(out)).execute("--seeds", "2", "--threads", "1");
        int bad =
                new CommandLine(new SimCommand(out))
                        .execute("--seeds", "2", "--bug", "QUERY_STORM");

        assertThat(good).isZero();
        assertThat(bad).isEqualTo(1);
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains("2 seeds, 0 failed")
                .contains("replay: ./mcproxy sim --seed 2 --bug QUERY_STORM");
    }

    @Test
    void theDocumentOfARunNamesTheSeedTheInvariantAndTheReplay() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        int bad =
                new CommandLine(new SimCommand(out))
                        .execute("--seeds", "3", "--bug", "QUERY_STORM", "--json");

        SimReport report =
                Jsonb.instance()
                        .type(SimReport.class)
                        .fromJson(bytes.toString(StandardCharsets.UTF_8));
        assertThat(bad).isEqualTo(1);
        assertThat(report.ok()).isFalse();
        assertThat(report.seeds()).isEqualTo(3);
        assertThat(report.steps()).isPositive();
        assertThat(report.failures())
                .isNotEmpty()
                .allSatisfy(failure -> {
                    Outcome again = Simulator.run(failure.seed(), PlantedBug.QUERY_STORM);
                    assertThat(failure.hash()).isEqualTo("%016x".formatted(again.hash()));
                    assertThat(failure.invariant())
                            .isEqualTo(again.failure().orElseThrow().invariant().label());
                    assertThat(failure.replay())
                            .isEqualTo(
                                    "./mcproxy sim --seed "
                                            + failure.seed()
                                            + " --bug QUERY_STORM");
                });
    }
}
