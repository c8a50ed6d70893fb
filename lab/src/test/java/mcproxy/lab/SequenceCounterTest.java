package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

class SequenceCounterTest {
    @Test
    void countsGapsAndRepetitions() {
        SequenceCounter counter = new SequenceCounter();
        for (long sequence : List.of(100L, 101L, 103L, 103L, 106L, 102L, 5000L)) {
            counter.accept(sequence);
        }
        assertThat(counter.received()).isEqualTo(6);
        assertThat(counter.duplicates()).isEqualTo(1);
        assertThat(counter.lost()).isEqualTo(5000 - 100 + 1 - 6);
    }

    @Test
    void countsNothingLostBeforeTheFirstAndNothingAtAllWithoutPackets() {
        SequenceCounter counter = new SequenceCounter();
        assertThat(counter.lost()).isZero();
        counter.accept(1_000_000);
        assertThat(counter.lost()).isZero();
        assertThat(counter.received()).isEqualTo(1);
    }

    /** Against a set, for streams that lose, repeat and swap within the window. */
    @Test
    void agreesWithASet() {
        for (long seed = 0; seed < 500; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<Long> arrivals = new ArrayList<>();
            for (long sequence = random.nextInt(5000), i = 0; i < 3000; i++) {
                sequence += random.nextInt(10) == 0 ? random.nextInt(1, 50) : 1;
                arrivals.add(sequence);
                if (random.nextInt(20) == 0) {
                    arrivals.add(
                            arrivals.get(Math.max(0, arrivals.size() - 1 - random.nextInt(9))));
                }
                if (arrivals.size() > 1 && random.nextInt(20) == 0) {
                    arrivals.add(arrivals.size() - 2, arrivals.removeLast());
                }
            }
            SequenceCounter counter = new SequenceCounter();
            Set<Long> model = new HashSet<>();
            long duplicates = 0;
            for (long sequence : arrivals) {
                counter.accept(sequence);
                duplicates += model.add(sequence) ? 0 : 1;
            }
            long lowest = model.stream().min(Long::compare).orElseThrow();
            long highest = model.stream().max(Long::compare).orElseThrow();
            assertThat(counter.received()).as("seed %d", seed).isEqualTo(model.size());
            assertThat(counter.duplicates()).as("seed %d", seed).isEqualTo(duplicates);
            assertThat(counter.lost())
                    .as("seed %d", seed)
                    .isEqualTo(highest - lowest + 1 - model.size());
        }
    }
}
