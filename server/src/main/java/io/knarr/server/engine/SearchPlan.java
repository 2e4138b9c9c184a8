package io.knarr.server.engine;

/**
 * How a query is to be answered, and why. Decided from what the steps of a search cost and from nothing else, so the same costs make the
 * same plan.
 *
 * <p>A filtered answer is exact as long as that is thought to take no longer than the query's {@linkplain VectorQuery#exactBudgetNanos()
 * budget}; beyond it, and without a filter, whichever of an exact search and a walk is thought to be the shorter one is done. Without a
 * graph, and where it was asked for, the answer is exact whatever it costs.
 *
 * @param walks whether the graph is walked
 * @param beam candidates that the walk keeps; 0 where there is none
 * @param nanos what this is thought to take, in nanoseconds of one thread
 * @param reason why, in some words, for people
 */
record SearchPlan(boolean walks, int beam, double nanos, String reason) {
    /** Results wider than this are an exact scan's business. */
    private static final int MAX_LIMIT = 1_000;

    /** What a walk does once: the entry sample, comparing the best in full. */
    static final double WALK_NANOS = 12_000;

    /** What is added to a candidate of a filtered walk: looking for matches among all neighbours. */
    private static final double POOL_SHARE = 0.25;

    /** Wider results, and fewer rows, are scanned from the first row on. */
    private static final int MAX_STARTING_LIMIT = 100;

    private static final int MIN_STARTED_ROWS = 16_384;

    /** A graph is worth its build where a scan takes so many times as long as a walk. */
    private static final double WORTH_A_BUILD = 1.0;

    /** How many are wanted by the search that a graph is built for. */
    private static final int USUAL_LIMIT = 10;

    /** Plans a search of rows that have no graph. */
    static SearchPlan withoutGraph(SearchCosts costs, VectorQuery query) {
        return exact(exactNanos(costs, query), "there is no graph");
    }

    /**
     * Plans a search of rows of which the first {@code linked} have a graph.
     *
     * @param mode of the graph
     */
    static SearchPlan withGraph(SearchCosts costs, GraphMode mode, int linked, VectorQuery query) {
        double exact = exactNanos(costs, query);
        if (query.accuracy() != Accuracy.APPROXIMATE) {
            return exact(exact, "an exact answer was asked for");
        }
        if (query.limit() > MAX_LIMIT) {
            return exact(exact, "too many rows are wanted for a graph");
        }
        if (query.rowCount() < linked / 2) {
            return exact(exact, "most rows of the graph are newer than the view");
        }
        boolean filtered = query.mask() != null;
        if (filtered && query.maskCount() <= query.limit()) {
            return exact(exact, "no more rows match than are wanted");
        }
        int beam = beam(linked, query);
        double walk = walkNanos(costs, mode, linked, beam, query);
        if (query.exactBudgetNanos() == 0) {
            return new SearchPlan(true, beam, walk, "the query leaves no time for an exact answer");
        }
        if (filtered && exact <= query.exactBudgetNanos()) {
            return exact(exact, "an exact answer is within the budget");
        }
        if (!filtered && query.beam() > 0) {
            return new SearchPlan(true, beam, walk, "a beam was asked for");
        }
        if (exact <= walk) {
            return exact(exact, "a walk would take longer");
        }
        return new SearchPlan(true, beam, walk, "an exact answer would take longer");
    }

    /** Returns whether a short walk first makes an exact search shorter by more than it takes itself. */
    static boolean startsByGraph(GraphMode mode, VectorQuery query) {
        return mode == GraphMode.FAST
                && query.mask() == null
                && query.accuracy() != Accuracy.STRICT
                && query.limit() <= MAX_STARTING_LIMIT
                && query.rowCount() >= MIN_STARTED_ROWS;
    }

    /** Returns whether so many rows out of {@code range} are better picked than found by a scan of all. */
    static boolean picks(SearchCosts costs, int matches, int range) {
        return matches * costs.pickedRow() <= range * costs.scannedRow();
    }

    /** Returns whether a walk would be so much faster than a scan of the rows that no graph links that it is worth a build. */
    static boolean wantsGraph(SearchCosts costs, int rowCount, int unlinked) {
        double walk = WALK_NANOS + ApproximateSearch.defaultBeam(rowCount, USUAL_LIMIT) * costs.fastStep();
        return unlinked * costs.scannedRow() >= WORTH_A_BUILD * walk;
    }

    /** Returns what an exact answer takes. */
    static double exactNanos(SearchCosts costs, VectorQuery query) {
        int range = query.rowCount();
        if (query.mask() == null) {
            return range * costs.scannedRow();
        }
        int matches = Math.min(range, query.maskCount());
        return Math.min(matches * costs.pickedRow(), range * costs.scannedRow());
    }

    private static double walkNanos(SearchCosts costs, GraphMode mode, int linked, int beam, VectorQuery query) {
        double share = query.mask() == null ? 1 : 1 + POOL_SHARE;
        double late = Math.max(0, query.rowCount() - linked) * costs.scannedRow();
        return WALK_NANOS + Math.min(beam, linked) * share * costs.step(mode) + late;
    }

    /**
     * Returns how many candidates a walk keeps. With a filter more are needed to have as many matches among them, but not by as much as the
     * matches are rarer: those that are only estimated are looked at too.
     */
    private static int beam(int linked, VectorQuery query) {
        if (query.beam() > 0) {
            return Math.max(query.beam(), query.limit());
        }
        int beam = ApproximateSearch.defaultBeam(linked, query.limit());
        if (query.mask() == null) {
            return beam;
        }
        double selectivity = Math.min(1, (double) query.maskCount() / query.rowCount());
        return (int) Math.min(VectorQuery.MAX_BEAM, beam / Math.sqrt(selectivity));
    }

    private static SearchPlan exact(double nanos, String reason) {
        return new SearchPlan(false, 0, nanos, reason);
    }
}
