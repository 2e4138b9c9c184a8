package io.knarr.bench;

import java.io.IOException;
import java.util.List;

/** One of those that {@code bench engine} compares: it answers all queries when it is its turn. */
interface Contender {
    /** Returns what it is called in the result. */
    String name();

    /** Returns the search parameters worth measuring, ascending. */
    List<Integer> parameters();

    /** Returns whether several threads can share the queries. */
    boolean isThreaded();

    /**
     * Answers all queries, each of so many threads a share of them.
     *
     * @throws IOException if it does not answer any more
     */
    Run run(int parameter, int threads) throws IOException;

    /**
     * What one run took and found.
     *
     * @param cpuSeconds processor time of all queries and threads
     * @param wallSeconds time of all queries by the clock
     * @param found row numbers, shape {@code [queries][k]}; -1 or shorter where fewer were found
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Run(double cpuSeconds, double wallSeconds, int[][] found) {}
}
