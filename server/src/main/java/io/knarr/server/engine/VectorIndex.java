package io.knarr.server.engine;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Vectors by dense row number, and all that makes a search of them fast. The one door to the engine.
 *
 * <p>One writer at a time appends; it publishes the count of rows through a volatile (or release) write of its own, and any number of
 * readers search what they read of it, without locks. Values are the caller's to check: finite, and for cosine of unit length. Closing is
 * for a moment when nobody reads or writes, which the caller sees to.
 */
public final class VectorIndex implements AutoCloseable {
    /** From this many rows on they have codes. */
    static final int CODES_FROM_ROWS = 1_024;

    /** Rows with fewer components are read in full about as fast as their codes. */
    private static final int MIN_CODED_DIMENSION = 48;

    private final Similarity similarity;
    private final VectorRows rows;
    private volatile @Nullable CodedRows coded;

    /** Makes an empty index of vectors of 1 to {@link VectorRows#MAX_DIMENSION} floats. */
    public VectorIndex(int dimension, Similarity similarity) {
        this(similarity, new VectorRows(dimension));
    }

    private VectorIndex(Similarity similarity, VectorRows rows) {
        this.similarity = requireNonNull(similarity, "similarity is null");
        this.rows = rows;
    }

    /**
     * Opens what {@link #writeSections} wrote. Rows stay where they are and are verified when they are first used, which may throw
     * {@link SegmentException} at any time; rows appended later go to memory.
     *
     * @param source lives as long as the index
     * @param prefix what the names of its sections begin with
     * @param rowCount rows that were written
     * @throws SegmentException if a section is missing or damaged, or has another size than so many rows
     */
    public static VectorIndex open(
            int dimension, Similarity similarity, SectionSource source, String prefix, int rowCount) {
        return new VectorIndex(similarity, VectorRows.open(dimension, source, prefix, rowCount));
    }

    /**
     * Writes the first rows and what belongs to them; for any thread, while the writer goes on.
     *
     * @param prefix what the names of the sections shall begin with
     * @param rowCount at most the count that the writer published
     * @throws SegmentException if these rows are themselves a file's and that is damaged
     */
    public void writeSections(SectionSink sink, String prefix, int rowCount) throws IOException {
        rows.writeSections(sink, prefix, rowCount);
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
        int row = rows.append(vector);
        code(vector);
        return row;
    }

    /** Appends a row of zeros, for a record without this vector, and returns its number; for the writer. Throws as {@link #append}. */
    public int appendZero() {
        int row = rows.appendZero();
        if (coded != null) {
            code(new float[dimension()]);
        } else {
            startCodes();
        }
        return row;
    }

    private void code(float[] vector) {
        CodedRows codes = coded;
        if (codes == null) {
            startCodes();
        } else {
            codes.append(vector);
        }
    }

    /** Codes all rows once there are enough for a centre to mean something, and for a scan of floats to take longer. */
    private void startCodes() {
        if (rows.rowCount() != CODES_FROM_ROWS
                || similarity == Similarity.MANHATTAN
                || dimension() < MIN_CODED_DIMENSION) {
            return;
        }
        CodedRows codes = new CodedRows(dimension(), similarity, Centre.ofMean(rows, rows.rowCount()));
        float[] row = new float[dimension()];
        for (int i = 0; i < rows.rowCount(); i++) {
            rows.copyRow(i, row);
            codes.append(row);
        }
        coded = codes;
    }

    /** Makes room for this many more rows, exactly; for a writer that knows how many come. Throws as {@link #append}. */
    public void reserve(int moreRows) {
        rows.reserve(moreRows);
    }

    /** Copies a published row into {@code target}, which has as many floats as a row; for any thread. */
    public void copyRow(int row, float[] target) {
        rows.copyRow(row, target);
    }

    /** Finds the nearest rows; for any thread. The answer is ordered by scores in double precision. */
    public SearchOutcome search(VectorQuery query) {
        if (query.vector().length != dimension()) {
            throw new IllegalArgumentException("the query has another dimension than the rows; dimension=" + dimension()
                    + " length=" + query.vector().length);
        }
        if (query.rowCount() > rows.capacity()) {
            throw new IndexOutOfBoundsException("there are fewer rows; rowCount=" + query.rowCount());
        }
        SearchScratch scratch = SearchScratch.borrow();
        try {
            return ExactSearch.search(rows, codes(query, scratch), similarity, query, scratch);
        } finally {
            scratch.giveBack();
        }
    }

    private ExactSearch.@Nullable Codes codes(VectorQuery query, SearchScratch scratch) {
        CodedRows codes = coded;
        if (codes == null) {
            return null;
        }
        QueryCode code = scratch.queryCode(dimension(), similarity);
        return code.prepare(query.vector(), codes.centre()) ? new ExactSearch.Codes(codes, code) : null;
    }

    /** Returns the bytes taken; for any thread. */
    public Footprint footprint() {
        CodedRows codes = coded;
        return new Footprint(rows.footprintBytes(), codes == null ? 0 : codes.footprintBytes(), 0, rows.mappedBytes());
    }

    /** Frees the native memory. Nobody reads or writes then or later. A second call does nothing. */
    @Override
    public void close() {
        rows.close();
        CodedRows codes = coded;
        if (codes != null) {
            codes.close();
        }
    }
}
