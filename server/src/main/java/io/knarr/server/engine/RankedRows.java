package io.knarr.server.engine;

import static java.util.Objects.checkIndex;

import java.util.Arrays;

/** The rows a search found, nearest first, with their scores. Immutable. */
public final class RankedRows {
    private final int[] rows;
    private final float[] scores;

    /** Takes the arrays over: the caller does not touch them again. */
    RankedRows(int[] rows, float[] scores) {
        this.rows = rows;
        this.scores = scores;
    }

    /** Returns how many rows were found. */
    public int size() {
        return rows.length;
    }

    /** Returns the row at a rank; rank 0 is the nearest. */
    public int row(int rank) {
        return rows[checkIndex(rank, rows.length)];
    }

    /** Returns the score of the row at a rank; never NaN. */
    public float score(int rank) {
        return scores[checkIndex(rank, scores.length)];
    }

    /** Returns a copy of the rows, nearest first. */
    public int[] rows() {
        return rows.clone();
    }

    /** Returns a copy of the scores, in the order of {@link #rows()}. */
    public float[] scores() {
        return scores.clone();
    }

    @Override
    public String toString() {
        return "RankedRows[rows=" + Arrays.toString(rows) + ", scores=" + Arrays.toString(scores) + "]";
    }
}
