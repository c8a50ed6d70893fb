package mcproxy.lab;

/**
 * Counts the packets of one sender by their sequence numbers. Remembers the last {@value #WINDOW}
 * numbers; a packet older than that counts as a duplicate. Not safe for several threads.
 */
final class SequenceCounter {
    static final int WINDOW = 1024;

    private final long[] seen = new long[WINDOW / Long.SIZE];
    private long first = -1;
    private long highest = -1;
    private long distinct;
    private long duplicates;

    /** Takes the sequence number of a packet that arrived, 0 or more. */
    void accept(long sequence) {
        if (first < 0) {
            first = sequence;
            highest = sequence;
        } else if (sequence < first && sequence > highest - WINDOW) {
            first = sequence; // overtaken by the one that came first
        }
        if (sequence > highest) {
            long forget = Math.min(sequence - highest, WINDOW);
            for (long number = sequence; number > sequence - forget; number--) {
                seen[word(number)] &= ~bit(number);
            }
            highest = sequence;
        } else if (sequence <= highest - WINDOW || (seen[word(sequence)] & bit(sequence)) != 0) {
            duplicates++;
            return;
        }
        seen[word(sequence)] |= bit(sequence);
        distinct++;
    }

    /** Packets that arrived, duplicates not counted. */
    long received() {
        return distinct;
    }

    /** Numbers between the first and the highest that arrived, which did not arrive. */
    long lost() {
        return first < 0 ? 0 : highest - first + 1 - distinct;
    }

    /** Packets that arrived again, or too late to tell. */
    long duplicates() {
        return duplicates;
    }

    private static int word(long sequence) {
        return (int) (sequence % WINDOW) / Long.SIZE;
    }

    private static long bit(long sequence) {
        return 1L << (sequence % Long.SIZE);
    }
}
