package io.knarr.server.engine;

import io.knarr.server.engine.kernel.DistanceKernel;
import io.knarr.server.engine.kernel.DistanceKernels;
import io.knarr.server.engine.kernel.VectorBlock;

/**
 * Exact search: every row in question is compared with the query, so nothing near is missed. Runs on the calling thread, which is one
 * of those for searches; allocates two small arrays a scan.
 *
 * <p>Query and rows are finite. Then a score is never NaN, and infinite only where the true value is beyond float32.
 */
public final class ExactScan {
    /** Rows are scored in batches that stay in the first cache with their scores. */
    private static final int BATCH_ROWS = 256;

    /** The stop signal is asked each time this much has been read: about a hundred microseconds. */
    private static final long BYTES_BETWEEN_ASKING = 1 << 20;

    /** What asking a filter once counts as, beside the bytes read. */
    private static final long BYTES_PER_FILTER_CALL = 256;

    private final VectorRows rows;
    private final long rowBytes;
    private final float[] query;
    private final Similarity similarity;
    private final RowFilter filter;
    private final TopRows top;
    private final StopSignal stop;
    private final DistanceKernel kernel;

    // Scratch of this scan: row numbers within the block, and their scores.
    private final int[] batch;
    private final float[] scores;
    private final float sign;

    private long rowsScored;
    private long bytesSinceAsked;

    private ExactScan(
            VectorRows rows,
            float[] query,
            Similarity similarity,
            RowFilter filter,
            TopRows top,
            StopSignal stop,
            DistanceKernel kernel) {
        if (query.length != rows.dimension()) {
            throw new IllegalArgumentException("the query has another dimension than the rows; dimension="
                    + rows.dimension() + " length=" + query.length);
        }
        if (top.largerIsNearer() != similarity.largerIsNearer()) {
            throw new IllegalArgumentException("the result is ordered the other way; similarity=" + similarity);
        }
        this.rows = rows;
        this.rowBytes = (long) rows.dimension() * Float.BYTES;
        this.query = query;
        this.similarity = similarity;
        this.filter = filter;
        this.top = top;
        this.stop = stop;
        this.kernel = kernel;
        this.batch = new int[(int) Math.clamp(BYTES_BETWEEN_ASKING / rowBytes, 1L, (long) BATCH_ROWS)];
        this.scores = new float[batch.length];
        this.sign = similarity.largerIsNearer() ? 1f : -1f;
    }

    /**
     * Compares the rows from {@code from} up to but not including {@code to}, which is at most the count the writer published, with the
     * query, and offers those the filter accepts to {@code top}.
     *
     * @return what was done; when it says stopped, {@code top} holds the best of the rows before the stop
     */
    public static ScanReport scan(
            VectorRows rows,
            int from,
            int to,
            float[] query,
            Similarity similarity,
            RowFilter filter,
            TopRows top,
            StopSignal stop) {
        return scan(rows, from, to, query, similarity, filter, top, stop, DistanceKernels.selected());
    }

    static ScanReport scan(
            VectorRows rows,
            int from,
            int to,
            float[] query,
            Similarity similarity,
            RowFilter filter,
            TopRows top,
            StopSignal stop,
            DistanceKernel kernel) {
        checkRange(rows, from, to);
        return new ExactScan(rows, query, similarity, filter, top, stop, kernel).all(from, to);
    }

    /**
     * Compares those rows from {@code from} up to but not including {@code to} whose bit in {@code mask} is set: row r is bit r % 64 of
     * word r / 64, and rows beyond the mask are unset. The others are not read.
     *
     * @return what was done, as for {@link #scan}
     */
    public static ScanReport scanMasked(
            VectorRows rows,
            int from,
            int to,
            long[] mask,
            float[] query,
            Similarity similarity,
            TopRows top,
            StopSignal stop) {
        return scanMasked(rows, from, to, mask, query, similarity, top, stop, DistanceKernels.selected());
    }

    static ScanReport scanMasked(
            VectorRows rows,
            int from,
            int to,
            long[] mask,
            float[] query,
            Similarity similarity,
            TopRows top,
            StopSignal stop,
            DistanceKernel kernel) {
        checkRange(rows, from, to);
        return new ExactScan(rows, query, similarity, RowFilter.ALL, top, stop, kernel).masked(from, to, mask);
    }

    private static void checkRange(VectorRows rows, int from, int to) {
        if (from < 0 || from > to || to > rows.firstRow(rows.blockCount())) {
            throw new IndexOutOfBoundsException("the range is not within the rows; from=" + from + " to=" + to);
        }
    }

    private ScanReport all(int from, int to) {
        int blockIndex = from < to ? rows.blockOf(from) : 0;
        int row = from;
        while (row < to) {
            VectorBlock block = rows.block(blockIndex);
            int firstRow = rows.firstRow(blockIndex);
            int blockEnd = Math.min(to, firstRow + block.capacity());
            while (row < blockEnd) {
                if (askedToStop()) {
                    return new ScanReport(rowsScored, true);
                }
                int count = Math.min(batch.length, blockEnd - row);
                for (int i = 0; i < count; i++) {
                    batch[i] = row - firstRow + i;
                }
                scoreBatch(block, firstRow, count);
                row += count;
            }
            blockIndex++;
        }
        return new ScanReport(rowsScored, false);
    }

    private ScanReport masked(int from, int to, long[] mask) {
        int end = (int) Math.min(to, (long) mask.length * Long.SIZE);
        int row = nextSet(mask, from, end);
        while (row < end) {
            int blockIndex = rows.blockOf(row);
            VectorBlock block = rows.block(blockIndex);
            int firstRow = rows.firstRow(blockIndex);
            int blockEnd = Math.min(end, firstRow + block.capacity());
            while (row < blockEnd) {
                if (askedToStop()) {
                    return new ScanReport(rowsScored, true);
                }
                int count = 0;
                while (row < blockEnd && count < batch.length) {
                    batch[count++] = row - firstRow;
                    row = nextSet(mask, row + 1, end);
                }
                scoreBatch(block, firstRow, count);
            }
        }
        return new ScanReport(rowsScored, false);
    }

    /** Returns the first row at or after {@code row} whose bit is set, or {@code end}, which the mask covers. */
    private static int nextSet(long[] mask, int row, int end) {
        if (row >= end) {
            return end;
        }
        int word = row >>> 6;
        int lastWord = (end - 1) >>> 6;
        long bits = mask[word] & (-1L << row);
        while (bits == 0 && word < lastWord) {
            bits = mask[++word];
        }
        return bits == 0 ? end : Math.min(end, (word << 6) + Long.numberOfTrailingZeros(bits));
    }

    private boolean askedToStop() {
        if (bytesSinceAsked < BYTES_BETWEEN_ASKING && rowsScored > 0) {
            return false;
        }
        bytesSinceAsked = 0;
        return stop.stopped();
    }

    private void scoreBatch(VectorBlock block, int firstRow, int count) {
        score(kernel, similarity, query, block, batch, count, scores);
        rowsScored += count;
        bytesSinceAsked += count * rowBytes;
        float worstKey = top.worstKey();
        for (int i = 0; i < count; i++) {
            float key = sign * scores[i];
            // Too far, the common case. NaN and the infinity of an overflow fall through: they may hide a near row.
            if (key < worstKey && key > Float.NEGATIVE_INFINITY) {
                continue;
            }
            offer(block, firstRow, i);
            worstKey = top.worstKey();
        }
    }

    private void offer(VectorBlock block, int firstRow, int index) {
        float score = scores[index];
        if (!Float.isFinite(score)) {
            score = settle(block, batch[index]);
        }
        int row = firstRow + batch[index];
        float key = sign * score;
        if (!top.wouldKeep(key, row)) {
            return;
        }
        bytesSinceAsked += BYTES_PER_FILTER_CALL;
        if (filter.accepts(row)) {
            top.keep(key, row);
        }
    }

    /** Returns the score by definition, where the kernel's sum overflowed. */
    private float settle(VectorBlock block, int rowInBlock) {
        float[] settled = new float[1];
        score(DistanceKernels.definition(), similarity, query, block, new int[] {rowInBlock}, 1, settled);
        return settled[0];
    }

    private static void score(
            DistanceKernel kernel,
            Similarity similarity,
            float[] query,
            VectorBlock block,
            int[] batch,
            int count,
            float[] scores) {
        switch (similarity) {
            case DOT -> kernel.dot(query, block, batch, count, scores);
            case SQUARED_EUCLID -> kernel.squaredDistance(query, block, batch, count, scores);
            case MANHATTAN -> kernel.manhattanDistance(query, block, batch, count, scores);
        }
    }
}
