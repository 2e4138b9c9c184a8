package io.knarr.server.index;

import io.knarr.server.engine.RowOrder;

/** The best rows of those offered: a bounded heap by score, larger better, ties in a given order. For one thread. */
final class BestRows {
    private static final int FIRST_CAPACITY = 16;

    private final int limit;
    private final RowOrder ties;

    // A heap with the worst row first.
    private int[] rows;
    private double[] scores;
    private int size;

    BestRows(int limit, RowOrder ties) {
        this.limit = limit;
        this.ties = ties;
        this.rows = new int[Math.min(limit, FIRST_CAPACITY)];
        this.scores = new double[rows.length];
    }

    /** Takes a row in if it is among the best so far. A row is offered once. */
    void offer(int row, double score) {
        if (size < limit) {
            append(row, score);
        } else if (isWorse(rows[0], scores[0], row, score)) {
            rows[0] = row;
            scores[0] = score;
            sink(0);
        }
    }

    private void append(int row, double score) {
        if (size == rows.length) {
            int capacity = (int) Math.min(limit, 2L * size);
            rows = java.util.Arrays.copyOf(rows, capacity);
            scores = java.util.Arrays.copyOf(scores, capacity);
        }
        int at = size++;
        while (at > 0) {
            int parent = (at - 1) / 2;
            if (!isWorse(row, score, rows[parent], scores[parent])) {
                break;
            }
            rows[at] = rows[parent];
            scores[at] = scores[parent];
            at = parent;
        }
        rows[at] = row;
        scores[at] = score;
    }

    private void sink(int from) {
        int row = rows[from];
        double score = scores[from];
        int at = from;
        while (2 * at + 1 < size) {
            int child = 2 * at + 1;
            if (child + 1 < size && isWorse(rows[child + 1], scores[child + 1], rows[child], scores[child])) {
                child++;
            }
            if (!isWorse(rows[child], scores[child], row, score)) {
                break;
            }
            rows[at] = rows[child];
            scores[at] = scores[child];
            at = child;
        }
        rows[at] = row;
        scores[at] = score;
    }

    private boolean isWorse(int row, double score, int otherRow, double otherScore) {
        return score != otherScore ? score < otherScore : ties.compare(row, otherRow) > 0;
    }

    /** Ends it: returns what was kept, best first, under a plan. */
    RankedRows take(boolean exact, long scoredCount, String plan, String reason) {
        int[] sorted = new int[size];
        double[] sortedScores = new double[size];
        for (int rank = size - 1; rank >= 0; rank--) {
            sorted[rank] = rows[0];
            sortedScores[rank] = scores[0];
            size--;
            rows[0] = rows[size];
            scores[0] = scores[size];
            sink(0);
        }
        return new RankedRows(sorted, sortedScores, exact, scoredCount, plan, reason, 0);
    }
}
