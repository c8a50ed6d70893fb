package mcproxy.daemon;

/** Waiting that must come to its end: an interruption is kept for later. */
final class Uninterrupted {
    private Uninterrupted() {}

    /** A wait; begun again after an interruption. */
    interface Wait {
        void run() throws InterruptedException;
    }

    /** Waits to the end. */
    static void run(Wait wait) {
        boolean interrupted = false;
        while (true) {
            try {
                wait.run();
                break;
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
