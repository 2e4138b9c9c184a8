package io.knarr.server.index;

import io.knarr.server.lexical.BestRows;
import io.knarr.server.model.RecordId;
import java.util.Arrays;
import java.util.Set;

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
    /** Returns what was kept of the rows that were offered. */
    static RankedRows of(BestRows best, boolean exact, long scoredCount, String plan, String reason) {
        int[] rows = new int[best.size()];
        double[] scores = new double[rows.length];
        best.drain(rows, scores);
        return new RankedRows(rows, scores, exact, scoredCount, plan, reason, 0);
    }

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

    /** Returns this answer without the rows of some records, up to so many rows. */
    RankedRows without(Set<RecordId> excluded, RowTable.View view, int limit) {
        if (excluded.isEmpty()) {
            return slice(0, limit);
        }
        int[] otherRows = new int[rows.length];
        double[] otherScores = new double[rows.length];
        int count = 0;
        for (int rank = 0; rank < rows.length; rank++) {
            if (!excluded.contains(view.id(rows[rank]))) {
                otherRows[count] = rows[rank];
                otherScores[count++] = scores[rank];
            }
        }
        return with(otherRows, otherScores).slice(0, Math.min(count, limit));
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
