package mcproxy.config;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the word that was meant. */
final class Suggestion {
    private static final int MAX_LENGTH = 64;

    private Suggestion() {}

    /** The hint {@code did you mean 'X'?}, if one of the known words is near enough. */
    static Optional<String> among(Collection<String> known, String written) {
        return nearest(known, written).map(word -> "did you mean '" + word + "'?");
    }

    /** The known word with the fewest typing errors, if they are few for its length. */
    private static Optional<String> nearest(Collection<String> known, String written) {
        if (written.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        String lower = written.toLowerCase(Locale.ROOT);
        String best = null;
        int bestDistance = Integer.MAX_VALUE;
        for (String word : known) {
            int distance = distance(word.toLowerCase(Locale.ROOT), lower);
            boolean near = distance <= Math.max(1, Math.min(word.length(), lower.length()) / 3);
            if (near && distance < bestDistance && word.length() > 1) {
                best = word;
                bestDistance = distance;
            }
        }
        return Optional.ofNullable(best);
    }

    /** How many characters to insert, delete, replace, or swap with their neighbour. */
    private static int distance(String a, String b) {
        int[][] steps = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                steps[i][j] = i == 0 || j == 0 ? i + j : cheapest(steps, a, b, i, j);
            }
        }
        return steps[a.length()][b.length()];
    }

    private static int cheapest(int[][] steps, String a, String b, int i, int j) {
        int replace = steps[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int least = Math.min(replace, 1 + Math.min(steps[i - 1][j], steps[i][j - 1]));
        boolean swapped =
                i > 1
                        && j > 1
                        && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(least, steps[i - 2][j - 2] + 1) : least;
    }
}
