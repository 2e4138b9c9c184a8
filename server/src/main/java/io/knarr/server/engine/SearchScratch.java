package io.knarr.server.engine;

import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Arrays that a search needs, kept from one search to the next. A search borrows one and gives it back; as many exist as searches at once. */
final class SearchScratch {
    /** What is larger is not kept for the next search. */
    private static final int MAX_KEPT_ROWS = 4 << 20;

    private static final int MAX_KEPT = 64;
    private static final ConcurrentLinkedDeque<SearchScratch> IDLE = new ConcurrentLinkedDeque<>();
    private static final AtomicInteger IDLE_COUNT = new AtomicInteger();

    float[] estimates = new float[0];
    float[] uppers = new float[0];
    int[] selected = new int[0];
    float[] row = new float[0];

    /** Estimates of one slice. */
    final float[] sliceEstimates = new float[ExactSearch.SIGN_SLICE_ROWS];

    /** Places of rows in one slice, or in the first round. */
    final int[] chosen = new int[ExactSearch.FIRST_ROUND_ROWS];

    /** How many rows each slice has left. */
    int[] sliceCounts = new int[0];

    private @Nullable QueryCode code;
    private @Nullable GraphSearch walk;
    private @Nullable MatchPool pool;
    private int codeDimension;
    private @Nullable Similarity codeSimilarity;

    private SearchScratch() {}

    /** Takes one; the caller gives it back with {@link #giveBack}. */
    static SearchScratch borrow() {
        SearchScratch idle = IDLE.pollFirst();
        if (idle == null) {
            return new SearchScratch();
        }
        IDLE_COUNT.decrementAndGet();
        return idle;
    }

    void giveBack() {
        if (estimates.length <= MAX_KEPT_ROWS && IDLE_COUNT.get() < MAX_KEPT) {
            IDLE_COUNT.incrementAndGet();
            IDLE.addFirst(this);
        }
    }

    /** Makes room for estimates of that many rows. */
    void reserveEstimates(int count) {
        if (estimates.length < count) {
            estimates = new float[grown(count)];
        }
    }

    /** Makes room for upper bounds of that many rows. */
    void reserveUppers(int count) {
        if (uppers.length < count) {
            uppers = new float[grown(count)];
        }
    }

    /** Makes room for that many row numbers, keeping those there are. */
    void reserveSelected(int count) {
        if (selected.length < count) {
            selected = Arrays.copyOf(selected, grown(count));
        }
    }

    /** Makes room for the counts of that many slices. */
    void reserveSlices(int count) {
        if (sliceCounts.length < count) {
            sliceCounts = new int[grown(count)];
        }
    }

    /** Returns room for the codes of a query. */
    QueryCode queryCode(int dimension, Similarity similarity) {
        QueryCode known = code;
        if (known == null || codeDimension != dimension || codeSimilarity != similarity) {
            known = new QueryCode(dimension, similarity);
            code = known;
            codeDimension = dimension;
            codeSimilarity = similarity;
        }
        return known;
    }

    /** Returns room for a search of a graph. */
    GraphSearch graphSearch() {
        GraphSearch known = walk;
        if (known == null) {
            known = new GraphSearch();
            walk = known;
        }
        return known;
    }

    /** Returns room for the matches of a filtered search of a graph. */
    MatchPool matchPool() {
        MatchPool known = pool;
        if (known == null) {
            known = new MatchPool();
            pool = known;
        }
        return known;
    }

    /** Returns an array for a row of a dimension. */
    float[] row(int dimension) {
        if (row.length != dimension) {
            row = new float[dimension];
        }
        return row;
    }

    private static int grown(int count) {
        return (int) Math.min(Integer.MAX_VALUE - 64L, count + (count >>> 2) + 64L);
    }
}
