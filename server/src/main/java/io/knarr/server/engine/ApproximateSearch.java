package io.knarr.server.engine;

/**
 * Search by a graph, for the rows that it links, and by an exact scan for those that came later. Made for one search, on one thread.
 *
 * <p>What the graph finds is ordered by 7-bit codes; the best are compared in full, until those that follow are so far behind that their
 * codes' error does not make up for it.
 */
final class ApproximateSearch {
    /** Results wider than this are an exact scan's business. */
    private static final int MAX_LIMIT = 1_000;

    private static final int MIN_BEAM = 96;
    private static final double BEAM_PER_DOUBLING = 24;
    private static final int ROWS_OF_MIN_BEAM = 1_000;

    /** How many more rows than wanted may be compared in full. */
    private static final int MORE_ROWS = 22;

    private final VectorRows rows;
    private final Similarity similarity;
    private final VectorQuery query;
    private final SearchScratch scratch;

    ApproximateSearch(VectorRows rows, Similarity similarity, VectorQuery query, SearchScratch scratch) {
        this.rows = rows;
        this.similarity = similarity;
        this.query = query;
        this.scratch = scratch;
    }

    /** Returns whether the graph is the way to answer this query. */
    static boolean pays(Graph graph, VectorQuery query) {
        return query.accuracy() == Accuracy.APPROXIMATE
                && query.mask() == null
                && query.limit() <= MAX_LIMIT
                && query.rowCount() >= graph.rowCount() / 2;
    }

    /** Returns the beam for a graph of so many rows where the query names none: recall falls as rows come, and the beam makes up for it. */
    static int defaultBeam(int rowCount, int limit) {
        double doublings = Math.log(Math.max(1.0, (double) rowCount / ROWS_OF_MIN_BEAM)) / Math.log(2);
        return Math.max(Math.max(MIN_BEAM, 2 * limit), (int) (BEAM_PER_DOUBLING * doublings));
    }

    SearchOutcome search(Graph graph, ExactSearch.Prepared codes) {
        String plan = graph.mode() == GraphMode.FAST ? "graph-fast" : "graph-compact";
        int beam =
                query.beam() > 0 ? Math.max(query.beam(), query.limit()) : defaultBeam(graph.rowCount(), query.limit());
        GraphSearch walk = scratch.graphSearch();
        if (walk.search(graph, codes.query(), beam, query.stop())) {
            return SearchOutcomes.stopped(plan, walk.estimated());
        }
        TopRows top = new TopRows(query.limit(), query.order());
        compareBest(walk, codes.query(), top);
        if (query.rowCount() <= graph.rowCount()) {
            return SearchOutcomes.of(similarity, top, false, plan, walk.estimated());
        }
        int tail = graph.rowCount();
        int from = tail / 16 * 16;
        VectorQuery rest = query.withFilter(row -> row >= tail && query.filter().accepts(row));
        SearchOutcome merged = ExactSearch.search(rows, codes, similarity, rest, from, top, scratch);
        return merged.asApproximate(plan, walk.estimated());
    }

    private void compareBest(GraphSearch walk, QueryCode code, TopRows top) {
        TopRows best = new TopRows(query.limit() + MORE_ROWS, RowOrder.ASCENDING);
        for (int i = 0; i < walk.count(); i++) {
            int row = walk.row(i);
            if (walk.key(i) >= best.worstKey()
                    && row < query.rowCount()
                    && query.filter().accepts(row)) {
                best.offer(walk.key(i), row);
            }
        }
        int[] ranked = new int[best.size()];
        double[] keys = new double[ranked.length];
        best.drain(ranked, keys);
        double margin = code.codeDeviation();
        float[] row = scratch.row(rows.dimension());
        for (int i = 0; i < ranked.length; i++) {
            if (top.isFull() && keys[i] + code.offset() + margin < top.worstKey()) {
                break;
            }
            rows.copyRow(ranked[i], row);
            top.offer(PreciseScore.key(similarity, PreciseScore.of(similarity, query.vector(), row)), ranked[i]);
        }
    }
}
