package io.knarr.server.lexical;

/** What the postings of one key add to scores. */
interface TermScorer {
    /** Returns what a posting of this value adds. */
    double score(int value);

    /** Returns a number that no posting of a block adds more than, 0 or more: a row may have none. */
    double bound(long summary);

    /** Returns a number that the amount of what any posting of a block adds does not exceed. */
    double magnitude(long summary);

    /**
     * Adds what some postings add to the sums of their rows, and notes which rows these are.
     *
     * @param first the row of the first sum
     * @param sums by row
     * @param seen a bit for each sum
     */
    default void add(int[] rows, int[] values, int from, int to, int first, double[] sums, long[] seen) {
        for (int at = from; at < to; at++) {
            int place = rows[at] - first;
            sums[place] += score(values[at]);
            seen[place / Long.SIZE] |= 1L << place;
        }
    }
}
