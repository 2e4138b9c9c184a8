package io.knarr.server.engine;

import static java.util.Objects.requireNonNull;

/**
 * Vectors by dense row number, and all that makes a search of them fast. The one door to the engine.
 *
 * <p>One writer at a time appends; it publishes the count of rows through a volatile (or release) write of its own, and any number of
 * readers search what they read of it, without locks. Values are the caller's to check: finite, and for cosine of unit length. Closing is
 * for a moment when nobody reads or writes, which the caller sees to.
 */
public final class VectorIndex implements AutoCloseable {
    private final Similarity similarity;
    private final VectorRows rows;

    /** Makes an empty index of vectors of 1 to {@link VectorRows#MAX_DIMENSION} floats. */
    public VectorIndex(int dimension, Similarity similarity) {
        this.similarity = requireNonNull(similarity, "similarity is null");
        this.rows = new VectorRows(dimension);
    }

    /** Returns how many floats a vector has. */
    public int dimension() {
        return rows.dimension();
    }

    /** Returns how vectors are compared. */
    public Similarity similarity() {
        return similarity;
    }

    /** Returns how many rows were appended; for the writer. Readers know the count that the writer published. */
    public int rowCount() {
        return rows.rowCount();
    }

    /**
     * Appends a row and returns its number; for the writer.
     *
     * @throws IllegalArgumentException if the vector has another dimension
     * @throws OutOfMemoryError if the machine has no room; nothing has changed then
     */
    public int append(float[] vector) {
        return rows.append(vector);
    }

    /** Appends a row of zeros, for a record without this vector, and returns its number; for the writer. Throws as {@link #append}. */
    public int appendZero() {
        return rows.appendZero();
    }

    /** Makes room for this many more rows, exactly; for a writer that knows how many come. Throws as {@link #append}. */
    public void reserve(int moreRows) {
        rows.reserve(moreRows);
    }

    /** Copies a published row into {@code target}, which has as many floats as a row; for any thread. */
    public void copyRow(int row, float[] target) {
        rows.copyRow(row, target);
    }

    /** Finds the nearest rows; for any thread. The answer is the definition's, ordered by double-precision scores. */
    public SearchOutcome search(VectorQuery query) {
        TopRows top = new TopRows(query.limit() + PreciseRanking.MARGIN, similarity, query.order());
        long[] mask = query.mask();
        ScanReport report = mask == null
                ? ExactScan.scan(
                        rows, 0, query.rowCount(), query.vector(), similarity, query.filter(), top, query.stop())
                : ExactScan.scanMasked(rows, 0, query.rowCount(), mask, query.vector(), similarity, top, query.stop());
        PreciseRanking ranking =
                PreciseRanking.of(top.ranked(), rows, query.vector(), similarity, query.order(), query.limit());
        int[] found = new int[ranking.size()];
        double[] scores = new double[ranking.size()];
        for (int rank = 0; rank < found.length; rank++) {
            found[rank] = ranking.row(rank);
            scores[rank] = ranking.score(rank);
        }
        return new SearchOutcome(
                found, scores, !report.stopped(), report.stopped(), "exact-float", report.rowsScored());
    }

    /** Returns the bytes taken; for any thread. */
    public Footprint footprint() {
        return new Footprint(rows.footprintBytes(), 0, 0, 0);
    }

    /** Frees the native memory. Nobody reads or writes then or later. A second call does nothing. */
    @Override
    public void close() {
        rows.close();
    }
}
