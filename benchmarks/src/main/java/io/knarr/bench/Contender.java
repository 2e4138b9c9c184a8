package io.knarr.bench;

import java.io.IOException;
import java.util.List;

/** One of those that {@code bench engine} compares: it answers all queries, on one thread, when it is its turn. */
interface Contender {
    /** Returns what it is called in the result. */
    String name();

    /** Returns the search parameters worth measuring, ascending. */
    List<Integer> parameters();

    /**
     * Answers all queries, on one thread.
     *
     * @throws IOException if it does not answer any more
     */
    Run run(int parameter) throws IOException;

    /**
     * What one run took and found.
     *
     * @param cpuSeconds processor time of all queries
     * @param wallSeconds time of all queries by the clock
     * @param found row numbers, shape {@code [queries][k]}; -1 or shorter where fewer were found
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Run(double cpuSeconds, double wallSeconds, int[][] found) {}
}
