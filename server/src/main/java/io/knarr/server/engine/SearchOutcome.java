package io.knarr.server.engine;

import static java.util.Objects.checkIndex;

/** What a search found, nearest first, and how. Immutable. */
public final class SearchOutcome {
    private final int[] rows;
    private final double[] scores;
    private final boolean exact;
    private final boolean stopped;
    private final String plan;
    private final long scoredCount;
    private final String reason;
    private final double expectedNanos;

    /** Takes the arrays over: the caller does not touch them again. */
    SearchOutcome(int[] rows, double[] scores, boolean exact, boolean stopped, String plan, long scoredCount) {
        this(rows, scores, exact, stopped, plan, scoredCount, "", 0);
    }

    private SearchOutcome(
            int[] rows,
            double[] scores,
            boolean exact,
            boolean stopped,
            String plan,
            long scoredCount,
            String reason,
            double expectedNanos) {
        this.rows = rows;
        this.scores = scores;
        this.exact = exact;
        this.stopped = stopped;
        this.plan = plan;
        this.scoredCount = scoredCount;
        this.reason = reason;
        this.expectedNanos = expectedNanos;
    }

    /** Returns this outcome as the end of an approximate search that had scored {@code more} rows before. */
    SearchOutcome asApproximate(String approximatePlan, long more) {
        return new SearchOutcome(rows, scores, false, stopped, approximatePlan, scoredCount + more);
    }

    /** Returns this outcome with why it was done so, what that was thought to take, and how many more rows were scored for it. */
    SearchOutcome explained(String why, double nanos, long more) {
        return new SearchOutcome(rows, scores, exact, stopped, plan, scoredCount + more, why, nanos);
    }

    /** Returns how many rows were found. */
    public int size() {
        return rows.length;
    }

    /** Returns the row at a rank; rank 0 is the nearest. */
    public int row(int rank) {
        return rows[checkIndex(rank, rows.length)];
    }

    /** Returns the score of the row at a rank, by definition, summed in double precision. */
    public double score(int rank) {
        return scores[checkIndex(rank, scores.length)];
    }

    /** Returns whether nothing nearer exists among the rows asked for. */
    public boolean exact() {
        return exact;
    }

    /** Returns whether the stop signal ended it, so that this is no answer. */
    public boolean stopped() {
        return stopped;
    }

    /**
     * Returns what was done, in a word: {@code exact-float}, {@code exact-bounded}, {@code exact-estimated}, {@code graph-fast}, {@code
     * graph-compact}, the last two with {@code -filtered} where there was a mask.
     */
    public String plan() {
        return plan;
    }

    /** Returns why this was done and nothing else, in some words for people; empty in outcomes that no index has returned yet. */
    public String reason() {
        return reason;
    }

    /** Returns what it was thought to take beforehand, in nanoseconds of one thread; 0 where nothing was thought. */
    public double expectedNanos() {
        return expectedNanos;
    }

    /** Returns how many rows were scored in any way, estimates included. */
    public long scoredCount() {
        return scoredCount;
    }
}
