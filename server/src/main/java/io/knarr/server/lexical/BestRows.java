package io.knarr.server.lexical;

import io.knarr.server.engine.RowOrder;
import java.util.Arrays;

/** The best rows of those offered: a bounded heap by score, larger better, ties in a given order. For one thread. */
public final class BestRows {
    private static final int FIRST_CAPACITY = 16;

    private final int limit;
    private final RowOrder ties;

    // A heap with the worst row first.
    private int[] rows;
    private double[] scores;
    private int size;

    /** Makes an empty heap for this many rows, 1 or more. */
    public BestRows(int limit, RowOrder ties) {
        this.limit = limit;
        this.ties = ties;
        this.rows = new int[Math.min(limit, FIRST_CAPACITY)];
        this.scores = new double[rows.length];
    }

    /** Takes a row in if it is among the best so far. A row is offered once. */
    public void offer(int row, double score) {
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
            rows = Arrays.copyOf(rows, capacity);
            scores = Arrays.copyOf(scores, capacity);
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

    /** Returns the score that a row needs to be taken in; below all while there is room. A row that has exactly this one may be. */
    public double threshold() {
        return size < limit ? Double.NEGATIVE_INFINITY : scores[0];
    }

    /** Returns how many rows are kept. */
    public int size() {
        return size;
    }

    /** Ends it: writes what was kept, best first, into arrays of as many places. */
    public void drain(int[] sortedRows, double[] sortedScores) {
        for (int rank = size - 1; rank >= 0; rank--) {
            sortedRows[rank] = rows[0];
            sortedScores[rank] = scores[0];
            size--;
            rows[0] = rows[size];
            scores[0] = scores[size];
            sink(0);
        }
    }
}
