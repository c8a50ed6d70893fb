package mcproxy.lab.sim;

import java.util.SplittableRandom;

/**
 * How a world's links treat packets.
 *
 * @param minLatencyNanos the shortest way over a link
 * @param maxLatencyNanos the longest way over a link
 * @param reorder may a packet overtake another one?
 * @param duplicate the share of deliveries that come twice, 0 to 1
 * @param loss the share of deliveries that are lost while the budget of losses lasts, 0 to 1
 * @param damage the share of deliveries that are followed by a damaged copy, 0 to 1
 */
record Weather(
        long minLatencyNanos,
        long maxLatencyNanos,
        boolean reorder,
        double duplicate,
        double loss,
        double damage) {

    static Weather of(SplittableRandom random) {
        boolean rough = random.nextInt(3) == 0;
        return new Weather(
                50_000,
                Agenda.MILLI * (1 + random.nextInt(20)),
                random.nextInt(4) == 0,
                random.nextInt(3) == 0 ? 0.1 : 0,
                rough ? 0.1 : 0,
                random.nextInt(2) == 0 ? 0.05 : 0);
    }

    /** Does nothing get lost, and nothing overtake? */
    boolean isCalm() {
        return loss == 0 && !reorder;
    }
}
