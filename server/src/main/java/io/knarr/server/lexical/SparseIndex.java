package io.knarr.server.lexical;

import io.knarr.server.engine.SectionSink;
import io.knarr.server.engine.SectionSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Sparse vectors by dense row number: an inverted index of their entries. One writer appends rows in ascending order; any number of readers
 * search the rows below a count that the writer published afterwards, without locks. Rows are never taken out: searches pass over those
 * that are no longer seen, and {@link #appendMoved} leaves them behind.
 */
public final class SparseIndex {
    private static final String ROWS = "rows-";

    private final Postings<Integer> entries = new Postings<>(Summary.FLOATS, _ -> Integer.BYTES * 4);
    private final PostingList rows;

    /** Makes an empty index. */
    public SparseIndex() {
        this(new PostingList(Summary.SUM));
    }

    private SparseIndex(PostingList rows) {
        this.rows = rows;
    }

    /**
     * Reads what {@link #writeSections} wrote.
     *
     * @param prefix what the names of its sections begin with
     * @throws io.knarr.server.engine.SegmentException if it is damaged
     */
    public static SparseIndex open(SectionSource source, String prefix) {
        SparseIndex index = new SparseIndex(PostingSections.readOne(source, prefix + ROWS, Summary.SUM));
        PostingSections.read(
                source,
                prefix,
                Summary.FLOATS,
                (key, list) -> index.entries.put(ByteBuffer.wrap(key).getInt(), list));
        return index;
    }

    /**
     * Writes the first rows; for any thread, while the writer goes on. The sections are those of {@link PostingSections}, once for the
     * entries, with big-endian indices as keys, and once after {@code rows-} for the rows that have a vector.
     *
     * @param prefix what the names of the sections shall begin with
     */
    public void writeSections(SectionSink sink, String prefix, int rowCount) throws IOException {
        PostingSections.writeOne(sink, prefix + ROWS, rows, rows.countBelow(rowCount));
        PostingSections.write(sink, prefix, entries.entries(rowCount, index -> ByteBuffer.allocate(Integer.BYTES)
                .putInt(index)
                .array()));
    }

    /**
     * Appends a row that has a vector. Writer only.
     *
     * @param indices distinct; unsigned
     * @param values beside the indices, finite
     */
    public void append(int row, int[] indices, float[] values) {
        rows.append(row, indices.length);
        for (int i = 0; i < indices.length; i++) {
            entries.append(indices[i], row, Float.floatToRawIntBits(values[i]));
        }
    }

    /** Appends rows of another index under new numbers, see {@link Postings#appendMoved}. */
    public void appendMoved(SparseIndex from, int firstRow, int[] moved) {
        rows.appendMoved(from.rows, firstRow, moved);
        entries.appendMoved(from.entries, firstRow, moved);
    }

    /**
     * Finds the rows of the greatest inner product with a vector, exactly, among those that share an index with it. A score is the sum, in
     * double precision and in the order of the indices given, of the products of the floats; with {@code idf} each product is multiplied by
     * {@link #inverseFrequency} of its index.
     */
    public LexicalOutcome search(int[] indices, float[] values, boolean idf, RowScope scope) {
        int end = rows.countBelow(scope.rowCount());
        int rowCount = idf ? scope.visibleCount(rows, end) : 0;
        List<TermCursor> cursors = new ArrayList<>(indices.length);
        for (int i = 0; i < indices.length; i++) {
            PostingList list = entries.get(indices[i]);
            int listEnd = list == null ? 0 : list.countBelow(scope.rowCount());
            if (list != null && listEnd > 0) {
                double weight = idf ? inverseFrequency(scope.visibleCount(list, listEnd), rowCount) : 1;
                cursors.add(new TermCursor(list, new FloatScorer(values[i], weight), scope.rowCount()));
            }
        }
        return PrunedSearch.search(cursors, scope, false);
    }

    /** Returns ln(1 + (N - n + 0.5) / (n + 0.5)), with n of N rows that have an index. */
    public static double inverseFrequency(long n, long rowCount) {
        return Math.log(1 + (rowCount - n + 0.5) / (n + 0.5));
    }

    /** Returns an estimate of the heap taken. Writer only. */
    public long footprintBytes() {
        return entries.footprintBytes() + rows.footprintBytes();
    }

    /** A float of the query times a float of the posting, times a weight. */
    private record FloatScorer(float factor, double weight) implements TermScorer {
        @Override
        public double score(int value) {
            return (double) factor * Float.intBitsToFloat(value) * weight;
        }

        @Override
        public double bound(long summary) {
            float extreme = factor > 0 ? Summary.greatest(summary) : Summary.least(summary);
            return Math.max(0, (double) factor * extreme * weight);
        }

        @Override
        public double magnitude(long summary) {
            float extreme = Math.max(Math.abs(Summary.greatest(summary)), Math.abs(Summary.least(summary)));
            return Math.abs((double) factor * extreme * weight);
        }
    }
}
