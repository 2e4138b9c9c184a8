package io.knarr.server.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Search by a graph, for the rows that it links, and by an exact scan for those that came later. Made for one search, on one thread.
 *
 * <p>What the graph finds is ordered by 7-bit codes; the best are compared in full, until those that follow are so far behind that their
 * codes' error does not make up for it. With a mask the walk is the same, but what it finds comes from a {@link MatchPool} too.
 */
final class ApproximateSearch {
    private static final int MIN_BEAM = 128;
    private static final double BEAM_PER_DOUBLING = 32;
    private static final int ROWS_OF_MIN_BEAM = 1_000;

    /** Where the rows near a query match by so much more seldom than all rows do, its matches are somewhere else. */
    private static final double FEWER_THAN_EXPECTED = 4;

    /** The beam, and a candidate for each that is wanted, of a walk for some near rows. */
    private static final int SHORT_BEAM = 24;

    /** Rows beyond those wanted that an exact search begins with: the order by 7-bit codes is not quite the right one. */
    private static final int MORE_NEAR = 2;

    /** How many more rows than wanted may be compared in full. */
    private static final int MORE_ROWS = 22;

    /** Rows that are on their way to the cache while one is compared. */
    private static final int FETCHED_AHEAD = 6;

    private final VectorRows rows;
    private final Similarity similarity;
    private final VectorQuery query;
    private final SearchScratch scratch;
    private long scored;

    ApproximateSearch(VectorRows rows, Similarity similarity, VectorQuery query, SearchScratch scratch) {
        this.rows = rows;
        this.similarity = similarity;
        this.query = query;
        this.scratch = scratch;
    }

    /** Returns the beam for a graph of so many rows where the query names none: recall falls as rows come, and the beam makes up for it. */
    static int defaultBeam(int rowCount, int limit) {
        double doublings = Math.log(Math.max(1.0, (double) rowCount / ROWS_OF_MIN_BEAM)) / Math.log(2);
        return Math.max(Math.max(MIN_BEAM, 4 * limit), (int) (BEAM_PER_DOUBLING * doublings));
    }

    /**
     * Walks the graph with a beam of so many candidates. Returns {@code null} where a filter and the walk have too little to do with each other
     * for an answer, or fewer rows were found than are wanted: then {@link #scoredCount} rows were scored in vain.
     */
    @Nullable
    SearchOutcome search(Graph graph, ExactSearch.Prepared codes, int beam) {
        long[] mask = query.mask();
        String plan =
                (graph.mode() == GraphMode.FAST ? "graph-fast" : "graph-compact") + (mask == null ? "" : "-filtered");
        GraphSearch walk = scratch.graphSearch();
        MatchPool pool = null;
        if (mask != null) {
            pool = scratch.matchPool();
            pool.reset(query, mask, graph.rowCount());
        }
        long startedAt = System.nanoTime();
        boolean stopped = walk.search(graph, codes.query(), beam, query.limit(), query.stop(), pool);
        scored = walk.estimated();
        if (stopped) {
            return SearchOutcomes.stopped(plan, scored);
        }
        MachineCosts.learn(
                codes.rows().layout(), graph.mode(), Math.min(beam, graph.rowCount()), System.nanoTime() - startedAt);
        TopRows best = new TopRows(query.limit() + MORE_ROWS, RowOrder.ASCENDING);
        if (pool == null) {
            offerWalked(walk, best);
        } else if (!offerMatches(walk, pool, graph, codes.query(), best)) {
            return null;
        }
        if (best.size() < query.limit()) {
            return null;
        }
        TopRows top = new TopRows(query.limit(), query.order());
        compareBest(best, codes.query(), top);
        if (query.rowCount() <= graph.rowCount()) {
            return SearchOutcomes.of(similarity, top, false, plan, scored);
        }
        int tail = graph.rowCount();
        int from = tail / 16 * 16;
        VectorQuery rest = query.withFilter(row -> row >= tail && query.filter().accepts(row));
        SearchOutcome merged = ExactSearch.search(rows, codes, similarity, rest, from, top, scratch);
        return merged.asApproximate(plan, scored);
    }

    /**
     * Returns some rows near the query, at least as many as are wanted, found by a short walk of a fast graph, ascending; none if it was stopped
     * or found too few.
     */
    int[] near(Graph graph, QueryCode code) {
        GraphSearch walk = scratch.graphSearch();
        if (walk.search(graph, code, SHORT_BEAM + query.limit(), query.limit(), query.stop())) {
            return new int[0];
        }
        TopRows best = new TopRows(query.limit() + MORE_NEAR, RowOrder.ASCENDING);
        offerWalked(walk, best);
        if (best.size() < query.limit()) {
            return new int[0];
        }
        int[] near = new int[best.size()];
        for (int i = 0; i < near.length; i++) {
            near[i] = best.row(i);
        }
        Arrays.sort(near);
        return near;
    }

    /** Returns how many keys were estimated in any way. */
    long scoredCount() {
        return scored;
    }

    private void offerWalked(GraphSearch walk, TopRows best) {
        for (int i = 0; i < walk.count(); i++) {
            int row = walk.row(i);
            if (walk.key(i) >= best.worstKey()
                    && row < query.rowCount()
                    && query.filter().accepts(row)) {
                best.offer(walk.key(i), row);
            }
        }
    }

    /** Offers what the walk and its pool have of matches. Returns whether these may be taken for the nearest ones. */
    private boolean offerMatches(GraphSearch walk, MatchPool pool, Graph graph, QueryCode code, TopRows best) {
        for (int i = 0; i < walk.count(); i++) {
            int row = walk.row(i);
            if (pool.matches(row)) {
                pool.drop(row);
                best.offer(walk.key(i), row);
            }
        }
        // By the nearest rows, not by those that were on the way there.
        int matches = 0;
        int near = 0;
        for (int i = 0; i < walk.count(); i++) {
            if (walk.isNear(i)) {
                near++;
                matches += pool.matches(walk.row(i)) ? 1 : 0;
            }
        }
        double expected = near * ((double) query.maskCount() / query.rowCount());
        // So few that chance does not explain it: by less than two standard deviations it would.
        if (matches * FEWER_THAN_EXPECTED < expected - 2 * Math.sqrt(expected)) {
            return false;
        }
        scratch.reserveSelected(pool.size());
        int kept = pool.rows(scratch.selected);
        scored += walk.rescore(graph, code, scratch.selected, kept, best);
        return true;
    }

    private void compareBest(TopRows best, QueryCode code, TopRows top) {
        int[] ranked = new int[best.size()];
        double[] keys = new double[ranked.length];
        best.drain(ranked, keys);
        double margin = code.codeDeviation();
        float[] row = scratch.row(rows.dimension());
        for (int i = 0; i < Math.min(FETCHED_AHEAD, ranked.length); i++) {
            rows.fetch(ranked[i]);
        }
        for (int i = 0; i < ranked.length; i++) {
            if (i + FETCHED_AHEAD < ranked.length) {
                rows.fetch(ranked[i + FETCHED_AHEAD]);
            }
            if (top.isFull() && keys[i] + code.offset() + margin < top.worstKey()) {
                break;
            }
            rows.copyRow(ranked[i], row);
            top.offer(PreciseScore.key(similarity, PreciseScore.of(similarity, query.vector(), row)), ranked[i]);
        }
    }
}
