package ai.terraphim.supervisor.runtime.config;

import java.util.Collection;
import java.util.Optional;

/** Guesses which of the known words somebody meant. */
final class Suggestion {
    private Suggestion() {}

    /** {@code "; did you mean 'x'?"} if a known word is near, otherwise what all of them are. */
    static String among(Collection<String> known, String written, String whatTheyAre) {
        if (known.isEmpty()) {
            return "";
        }
        return nearest(known, written)
                .map(word -> "; did you mean '" + word + "'? ")
                .orElse("; ")
                .concat(whatTheyAre + ": " + String.join(", ", known));
    }

    /** The known word that takes the fewest changed letters, if they are few for its length. */
    private static Optional<String> nearest(Collection<String> known, String written) {
        String best = "";
        int least = Integer.MAX_VALUE;
        for (String word : known) {
            int distance = distance(word, written);
            if (distance < least && distance <= Math.max(1, word.length() / 3)) {
                best = word;
                least = distance;
            }
        }
        return best.isEmpty() ? Optional.empty() : Optional.of(best);
    }

    /** Levenshtein's, where a hyphen is an underscore and case does not count. */
    private static int distance(String a, String b) {
        // A word this long is no typing error, and the table below grows with both lengths.
        if (b.length() > 100) {
            return Integer.MAX_VALUE;
        }
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = plain(a.charAt(i - 1)) == plain(b.charAt(j - 1)) ? 0 : 1;
                row[j] = Math.min(previous[j - 1] + change, 1 + Math.min(previous[j], row[j - 1]));
            }
            previous = row;
        }
        return previous[b.length()];
    }

    private static char plain(char c) {
        return c == '-' ? '_' : Character.toLowerCase(c);
    }
}
