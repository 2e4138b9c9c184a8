package io.knarr.server.index;

import java.util.Arrays;

/**
 * The rows of one answer, best first.
 *
 * @param rows row numbers
 * @param scores as callers see them, beside the rows
 * @param exact whether nothing better exists
 * @param scoredCount how many rows were scored in any way
 * @param plan what was done, in a word
 * @param reason why, in some words for people
 * @param expectedNanos what it was thought to take; 0 where nothing was thought
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; lives for one search
record RankedRows(
        int[] rows,
        double[] scores,
        boolean exact,
        long scoredCount,
        String plan,
        String reason,
        double expectedNanos) {
    int size() {
        return rows.length;
    }

    /** Returns the ranks from {@code first} to before {@code end}, or to the last there is. */
    RankedRows slice(int first, int end) {
        int from = Math.min(first, rows.length);
        int to = Math.clamp(end, from, rows.length);
        return from == 0 && to == rows.length
                ? this
                : with(Arrays.copyOfRange(rows, from, to), Arrays.copyOfRange(scores, from, to));
    }

    /** Returns this answer with other rows. */
    RankedRows with(int[] otherRows, double[] otherScores) {
        return new RankedRows(otherRows, otherScores, exact, scoredCount, plan, reason, expectedNanos);
    }

    /** Returns this answer under another plan. */
    RankedRows as(String otherPlan, String otherReason) {
        return new RankedRows(rows, scores, exact, scoredCount, otherPlan, otherReason, expectedNanos);
    }

    /** Returns the first ranks, as far as their scores reach a threshold. */
    RankedRows reaching(double threshold, boolean largerIsNearer) {
        int count = 0;
        while (count < rows.length && (largerIsNearer ? scores[count] >= threshold : scores[count] <= threshold)) {
            count++;
        }
        return slice(0, count);
    }
}
