package io.knarr.server.config;

import java.util.Collection;
import java.util.Optional;

/** The known name that somebody who typed an unknown one may have meant. */
final class NearestName {
    // Above this length the table of the distance is not worth its time: nobody mistypes that.
    private static final int MAX_LENGTH = 200;

    private NearestName() {}

    /** Returns the known name with the fewest changes from {@code name}, if these are few enough to be a slip. */
    static Optional<String> of(String name, Collection<String> known) {
        if (name.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        int most = Math.max(2, name.length() / 3);
        String nearest = null;
        for (String candidate : known.stream().sorted().toList()) {
            int distance = distance(name, candidate);
            if (distance <= most) {
                nearest = candidate;
                most = distance - 1;
            }
        }
        return Optional.ofNullable(nearest);
    }

    /** Returns how many characters must be put in, left out, changed or swapped with a neighbour to get from one to the other. */
    static int distance(String left, String right) {
        int[][] distance = new int[left.length() + 1][right.length() + 1];
        for (int i = 0; i <= left.length(); i++) {
            for (int j = 0; j <= right.length(); j++) {
                if (i == 0 || j == 0) {
                    distance[i][j] = i + j;
                    continue;
                }
                boolean same = left.charAt(i - 1) == right.charAt(j - 1);
                int best = distance[i - 1][j - 1] + (same ? 0 : 1);
                best = Math.min(best, distance[i - 1][j] + 1);
                best = Math.min(best, distance[i][j - 1] + 1);
                if (i > 1
                        && j > 1
                        && left.charAt(i - 1) == right.charAt(j - 2)
                        && left.charAt(i - 2) == right.charAt(j - 1)) {
                    best = Math.min(best, distance[i - 2][j - 2] + 1);
                }
                distance[i][j] = best;
            }
        }
        return distance[left.length()][right.length()];
    }
}
