package mcproxy.lab.sim;

import java.util.PriorityQueue;

/** Virtual time: what happens when, equal times in the order in which they were planned. */
final class Agenda {
    static final long MILLI = 1_000_000L;
    static final long SECOND = 1_000 * MILLI;

    /** Something planned, which can be called off. */
    static final class Plan {
        private final long atNanos;
        private final long sequence;
        private final Runnable action;
        private boolean calledOff;

        private Plan(long atNanos, long sequence, Runnable action) {
            this.atNanos = atNanos;
            this.sequence = sequence;
            this.action = action;
        }

        /** Is this when it shall happen? */
        boolean isFor(long nanos) {
            return atNanos == nanos;
        }

        private static int inOrder(Plan one, Plan other) {
            int byTime = Long.compare(one.atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(one.sequence, other.sequence);
        }

        /** It shall not happen. */
        void callOff() {
            calledOff = true;
        }
    }

    private final PriorityQueue<Plan> plans = new PriorityQueue<>(Plan::inOrder);

    private long nowNanos;
    private long sequence;

    /** The present in nanoseconds. */
    long now() {
        return nowNanos;
    }

    /** Plans something for a time that is not past. */
    Plan at(long nanos, Runnable action) {
        if (nanos < nowNanos) {
            throw new IllegalArgumentException("planned for the past");
        }
        Plan plan = new Plan(nanos, sequence++, action);
        plans.add(plan);
        return plan;
    }

    /** Plans something for a time from now. */
    Plan in(long nanos, Runnable action) {
        return at(nowNanos + nanos, action);
    }

    /** Lets the next thing happen; false when nothing is planned until then. */
    boolean step(long untilNanos) {
        for (Plan next = plans.peek(); next != null; next = plans.peek()) {
            if (next.atNanos > untilNanos) {
                break;
            }
            plans.poll();
            if (!next.calledOff) {
                nowNanos = next.atNanos;
                next.action.run();
                return true;
            }
        }
        nowNanos = Math.max(nowNanos, untilNanos);
        return false;
    }
}
