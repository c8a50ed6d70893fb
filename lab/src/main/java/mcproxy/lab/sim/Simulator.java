package mcproxy.lab.sim;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Runs worlds. */
final class Simulator {
    private static final int STORY_LINES = 60;

    /**
     * What came of a seed.
     *
     * @param hash a number that stands for everything that happened
     * @param steps how many things happened
     * @param delivered how many packets reached somebody who wanted them
     * @param failure what was wrong; empty when nothing was
     */
    record Outcome(long seed, long hash, long steps, long delivered, Optional<Violation> failure) {}

    private Simulator() {}

    /** Runs the world of a seed. */
    static Outcome run(long seed, PlantedBug bug) {
        return run(new World(seed, bug, false), seed);
    }

    /** The first seed that shows a bug; the last one tried when none does. */
    static Outcome firstFailure(PlantedBug bug, long from, long seeds) {
        Outcome outcome = run(from, bug);
        for (long seed = from + 1; outcome.failure().isEmpty() && seed < from + seeds; seed++) {
            outcome = run(seed, bug);
        }
        return outcome;
    }

    private static Outcome run(World world, long seed) {
        Optional<Violation> failure = Optional.empty();
        try {
            world.run();
        } catch (Violation violation) {
            failure = Optional.of(violation);
        }
        return new Outcome(seed, world.hash(), world.steps(), world.oracle().delivered(), failure);
    }

    /** Runs the world of a seed again and tells what happened, all of it or what led to the end. */
    static List<String> story(long seed, PlantedBug bug, boolean whole) {
        World world = new World(seed, bug, true);
        Outcome outcome = run(world, seed);
        List<String> story = world.story();
        if (whole || outcome.failure().isEmpty()) {
            return story;
        }
        String text = String.valueOf(outcome.failure().get().getMessage());
        List<String> groups =
                IntStream.range(0, world.scenario().groups() + 2)
                        .mapToObj(number -> world.scenario().group(number).toString())
                        .filter(text::contains)
                        .toList();
        List<String> about = story.stream().filter(line -> concerns(line, groups)).toList();
        return about.subList(Math.max(0, about.size() - STORY_LINES), about.size());
    }

    private static boolean concerns(String line, List<String> groups) {
        return groups.isEmpty()
                || groups.stream().anyMatch(line::contains)
                || line.contains("starts")
                || line.contains("stops")
                || line.contains("killed")
                || line.contains("disturbance")
                || line.contains("QuerierElected");
    }

    /** A failure as people read it, with the command that replays it. */
    static String describe(Outcome outcome, PlantedBug bug) {
        Violation violation = outcome.failure().orElseThrow();
        return String.join(
                "\n",
                "seed "
                        + outcome.seed()
                        + ", step "
                        + outcome.steps()
                        + ": "
                        + violation.invariant().label()
                        + ": "
                        + violation.getMessage(),
                String.join("\n", story(outcome.seed(), bug, false)),
                "replay: " + replay(outcome.seed(), bug));
    }

    /** The command that runs a seed again and tells all that happens. */
    static String replay(long seed, PlantedBug bug) {
        return "./mcproxy sim --seed " + seed + (bug == PlantedBug.NONE ? "" : " --bug " + bug);
    }
}
