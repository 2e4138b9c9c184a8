package io.knarr.server.engine;

import io.knarr.server.engine.kernel.CodeKernel;
import io.knarr.server.engine.kernel.DistanceKernel;
import io.knarr.server.engine.kernel.DistanceKernels;
import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.engine.kernel.SignKernel;
import io.knarr.server.engine.kernel.TransformKernel;
import io.knarr.server.engine.kernel.VectorBlock;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Exact search: no row that belongs in the answer is missed, though few are compared in full. Made for one search, on one thread.
 *
 * <p>Every row gets an estimate of its key with a bound on the estimate's error. The best by estimate are compared in full; the worst of
 * these that would make the answer is the threshold. Rows whose estimate plus bound reaches it are compared more closely, in the end in
 * full and in float64. Three estimates serve:
 *
 * <ul>
 *   <li>{@code exact-float}: float32 sums over the rows themselves; the bound is that of float32 rounding;
 *   <li>{@code exact-bounded}: 7-bit codes; the bound is by Cauchy and Schwarz and cannot fail;
 *   <li>{@code exact-estimated}: sign codes; the bound is five standard deviations, then the 7-bit one.
 * </ul>
 *
 * <p>The bounds and their proofs are in {@code docs/exactness.md}.
 */
final class ExactSearch {
    /** Standard deviations that an estimate from signs may be off: one-sided, three in ten million. */
    static final float DEVIATIONS = 5;

    /** Up to here 7-bit codes of all rows are as fast as signs, and their bound cannot fail. */
    static final int MAX_BOUNDED_ROWS = 4_096;

    /**
     * Up to here signs are used. What the rounding of a query to sixteen levels may add for a row that lies exactly opposite to it is a
     * fixed share of their lengths, but deviations become less with the root of the dimension.
     */
    static final int MAX_SIGN_DIMENSION = 16_384;

    /** A row picked out by a filter costs about this many rows scanned by their signs. */
    static final int SIGNS_PER_PICKED_ROW = 24;

    /** Rows between two looks at the stop signal: some tens of microseconds. */
    private static final int SLICE_ROWS = 32_768;

    /** The first slices are small, so that there is a threshold early. */
    private static final int FIRST_SLICE_ROWS = 256;

    private static final int BATCH_ROWS = 256;

    /** How many more rows than wanted are compared in full first. */
    private static final int MORE_SEEDS = 6;

    private final VectorRows rows;
    private final Similarity similarity;
    private final VectorQuery query;
    private final SearchScratch scratch;
    private final TransformKernel transform = Kernels.transform();

    private final int @Nullable [] picked;
    private final int first;
    private final int count;
    private final TopRows seeds;
    private final TopRows top;
    private final float[] row;
    private long scored;

    /** The codes of all rows, and the query made ready for them. */
    record Prepared(CodedRows rows, QueryCode query) {}

    private ExactSearch(
            VectorRows rows,
            Similarity similarity,
            VectorQuery query,
            int @Nullable [] picked,
            int first,
            TopRows top,
            SearchScratch scratch) {
        this.rows = rows;
        this.similarity = similarity;
        this.query = query;
        this.scratch = scratch;
        this.picked = picked;
        this.first = first;
        this.count = picked == null ? query.rowCount() - first : picked.length;
        int more = Math.max(MORE_SEEDS, query.limit() / 8);
        this.seeds = new TopRows((int) Math.min(Integer.MAX_VALUE, (long) query.limit() + more), RowOrder.ASCENDING);
        this.top = top;
        this.row = scratch.row(rows.dimension());
    }

    /** Searches all rows; {@code codes} are {@code null} where rows have none, or where they say nothing about this query. */
    static SearchOutcome search(
            VectorRows rows,
            @Nullable Prepared codes,
            Similarity similarity,
            VectorQuery query,
            SearchScratch scratch) {
        TopRows top = new TopRows(query.limit(), query.order());
        return search(rows, codes, similarity, query, 0, top, scratch);
    }

    /**
     * Searches the rows from {@code from} on, a multiple of sixteen, adding to what {@code top} has of other rows. The outcome takes the
     * rows out of it.
     */
    static SearchOutcome search(
            VectorRows rows,
            @Nullable Prepared codes,
            Similarity similarity,
            VectorQuery query,
            int from,
            TopRows top,
            SearchScratch scratch) {
        long[] mask = query.mask();
        int range = query.rowCount() - from;
        int asked = mask == null ? range : Math.min(range, query.maskCount());
        boolean few = mask != null && (long) asked * SIGNS_PER_PICKED_ROW <= range;
        boolean signs = codes != null
                && query.accuracy() != Accuracy.STRICT
                && !few
                && asked > MAX_BOUNDED_ROWS
                && rows.dimension() <= MAX_SIGN_DIMENSION;
        int[] picked = mask == null || signs ? null : pick(mask, from, query.rowCount(), query.maskCount());
        ExactSearch search = new ExactSearch(rows, similarity, query, picked, picked == null ? from : 0, top, scratch);
        if (codes == null) {
            return search.byFloats();
        }
        return signs ? search.bySigns(codes.rows(), codes.query()) : search.byCodes(codes.rows(), codes.query());
    }

    /** Returns the numbers of the rows from {@code from} to below {@code rowCount} whose bit is set. */
    private static int[] pick(long[] mask, int from, int rowCount, int maskCount) {
        int[] picked = new int[Math.min(maskCount, rowCount)];
        int at = 0;
        for (int word = from >>> 6; word < mask.length && word * 64L < rowCount; word++) {
            long wanted = word == from >>> 6 ? -1L << from : -1L;
            for (long bits = mask[word] & wanted; bits != 0; bits &= bits - 1) {
                int found = word * Long.SIZE + Long.numberOfTrailingZeros(bits);
                if (found >= rowCount) {
                    break;
                }
                if (at == picked.length) {
                    throw new IllegalArgumentException("the mask has more bits than its count; count=" + maskCount);
                }
                picked[at++] = found;
            }
        }
        return at == picked.length ? picked : Arrays.copyOf(picked, at);
    }

    // ---- float32 ----

    private SearchOutcome byFloats() {
        scratch.reserveEstimates(count);
        scratch.reserveSelected(count);
        FloatScan scan = new FloatScan();
        for (int from = 0; from < count; ) {
            if (query.stop().stopped()) {
                return stopped("exact-float");
            }
            int to = sliceEnd(from, Math.clamp((8L << 20) / rows.rowBytes(), 1, SLICE_ROWS));
            scan.score(from, to);
            offerSeeds(from, to, 0);
            from = to;
        }
        double threshold = compareSeeds();
        float lowest = Bounds.down(scan.lowestEstimate(threshold));
        int kept = transform.select(scratch.estimates, 0, count, lowest, scratch.selected);
        for (int i = 0; i < kept; i++) {
            if (i % BATCH_ROWS == 0 && query.stop().stopped()) {
                return stopped("exact-float");
            }
            compare(rowAt(scratch.selected[i]));
        }
        return outcome("exact-float");
    }

    /** Float32 keys of rows. */
    private final class FloatScan {
        private final DistanceKernel kernel = DistanceKernels.selected(rows.type());
        private final int[] batch = new int[BATCH_ROWS];
        private final float[] scores = new float[BATCH_ROWS];

        void score(int from, int to) {
            int at = from;
            while (at < to) {
                int first = rowAt(at);
                int block = rows.blockOf(first);
                int firstRow = rows.firstRow(block);
                int endRow = rows.firstRow(block + 1);
                int length = 0;
                while (length < BATCH_ROWS && at + length < to && rowAt(at + length) < endRow) {
                    batch[length] = rowAt(at + length) - firstRow;
                    length++;
                }
                score(rows.block(block), length, at);
                at += length;
            }
        }

        private void score(VectorBlock block, int length, int at) {
            scored += length;
            float factor =
                    switch (similarity) {
                        case DOT -> {
                            kernel.dot(query.vector(), block, batch, length, scores);
                            yield 1f;
                        }
                        case SQUARED_EUCLID -> {
                            kernel.squaredDistance(query.vector(), block, batch, length, scores);
                            yield -0.5f;
                        }
                        case MANHATTAN -> {
                            kernel.manhattanDistance(query.vector(), block, batch, length, scores);
                            yield -1f;
                        }
                    };
            for (int i = 0; i < length; i++) {
                float key = factor * scores[i];
                // Where the sum has overflowed it says nothing: the row is looked at in full.
                scratch.estimates[at + i] = Float.isFinite(key) ? key : Float.POSITIVE_INFINITY;
            }
        }

        /** Returns the least estimate that a row of the key {@code threshold} or a better one can have. */
        double lowestEstimate(double threshold) {
            double rounding = 1.1 * (rows.dimension() + 8) * 0x1p-24;
            double terms =
                    similarity == Similarity.DOT ? Bounds.norm(query.vector()) * rows.maxNorm() : Math.abs(threshold);
            double lowest = threshold - rounding * terms - 0x1p-120;
            return Double.isNaN(lowest) ? Double.NEGATIVE_INFINITY : lowest;
        }
    }

    // ---- 7-bit codes ----

    private SearchOutcome byCodes(CodedRows codedRows, QueryCode code) {
        scratch.reserveEstimates(count);
        scratch.reserveUppers(count);
        scratch.reserveSelected(count);
        CodeScan scan = new CodeScan(codedRows, code);
        for (int from = 0; from < count; ) {
            if (query.stop().stopped()) {
                return stopped("exact-bounded");
            }
            int to = sliceEnd(from, Math.clamp((4L << 20) / codedRows.layout().codeBytes(), 1, SLICE_ROWS));
            scan.score(from, to);
            offerSeeds(from, to, code.offset());
            from = to;
        }
        double threshold = compareSeeds();
        double reach = code.offset() + code.slack(threshold, codedRows.maxNorm());
        float lowest = Bounds.down(threshold - reach);
        int kept = transform.select(scratch.uppers, 0, count, lowest, scratch.selected);
        for (int i = 0; i < kept; i++) {
            if (i % BATCH_ROWS == 0 && query.stop().stopped()) {
                return stopped("exact-bounded");
            }
            int position = scratch.selected[i];
            if (scratch.uppers[position] + reach >= top.worstKey()) {
                compare(rowAt(position));
            }
        }
        return outcome("exact-bounded");
    }

    /** Keys of rows by their 7-bit codes. */
    private final class CodeScan {
        private final CodeKernel kernel = Kernels.code();
        private final CodeBlock[] blocks;
        private final CodeLayout layout;
        private final QueryCode code;
        private final int[] batch = new int[BATCH_ROWS];
        private final int[] dots = new int[BATCH_ROWS];
        private float estimate;
        private float upper;

        CodeScan(CodedRows codedRows, QueryCode code) {
            this.blocks = codedRows.blocks();
            this.layout = codedRows.layout();
            this.code = code;
        }

        void score(int from, int to) {
            int at = from;
            while (at < to) {
                CodeBlock block = blocks[CodedRows.blockOf(blocks, rowAt(at))];
                int length = 0;
                while (length < BATCH_ROWS && at + length < to && rowAt(at + length) < block.endRow()) {
                    batch[length] = rowAt(at + length) - block.firstRow();
                    length++;
                }
                dots(block, length);
                for (int i = 0; i < length; i++) {
                    judge(block.codes(), batch[i], dots[i]);
                    scratch.estimates[at + i] = estimate;
                    scratch.uppers[at + i] = upper;
                }
                at += length;
            }
        }

        /** Compares in full the rows whose bound plus {@code reach} comes up to the best so far. Returns whether it was stopped. */
        boolean compareWithin(int[] candidates, int candidateCount, double reach) {
            int at = 0;
            while (at < candidateCount) {
                if (query.stop().stopped()) {
                    return true;
                }
                CodeBlock block = blocks[CodedRows.blockOf(blocks, candidates[at])];
                int length = 0;
                while (length < BATCH_ROWS
                        && at + length < candidateCount
                        && candidates[at + length] < block.endRow()) {
                    batch[length] = candidates[at + length] - block.firstRow();
                    length++;
                }
                dots(block, length);
                for (int i = 0; i < length; i++) {
                    judge(block.codes(), batch[i], dots[i]);
                    if (upper + reach >= top.worstKey()) {
                        compare(candidates[at + i]);
                    }
                }
                at += length;
            }
            return false;
        }

        private void dots(CodeBlock block, int length) {
            block.verify(batch, length, layout.codeBytes());
            kernel.dots(code.even, code.odd, block.codes(), 0, layout.codeBytes(), batch, 0, length, dots);
            scored += length;
        }

        private void judge(MemorySegment codes, int place, int dot) {
            long trailer = place * layout.codeBytes() + layout.size();
            float norm = codes.get(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.NORM);
            float error = codes.get(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.ERROR);
            estimate = code.codeEstimate(
                    dot,
                    codes.get(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.SCALE),
                    codes.get(ValueLayout.JAVA_INT, trailer + CodeLayout.SUM),
                    norm);
            upper = estimate + code.codeBound(error, norm);
        }
    }

    // ---- signs ----

    private SearchOutcome bySigns(CodedRows codedRows, QueryCode code) {
        int rounded = Math.ceilDiv(count, SignKernel.ROWS_PER_BLOCK) * SignKernel.ROWS_PER_BLOCK;
        scratch.reserveEstimates(rounded);
        scratch.reserveSelected(count);
        for (int from = 0; from < count; ) {
            if (query.stop().stopped()) {
                return stopped("exact-estimated");
            }
            int to = sliceEnd(from, SLICE_ROWS);
            estimate(codedRows, code, from, to);
            offerSeeds(from, to, code.offset());
            from = to;
        }
        double threshold = compareSeeds();
        double reach = code.offset() + code.slack(threshold, codedRows.maxNorm());
        float lowest = Bounds.down(threshold - reach);
        int kept = selectWithin(codedRows, (float) (DEVIATIONS * code.width()), lowest);
        if (new CodeScan(codedRows, code).compareWithin(scratch.selected, kept, reach)) {
            return stopped("exact-estimated");
        }
        return outcome("exact-estimated");
    }

    private void estimate(CodedRows codedRows, QueryCode code, int from, int to) {
        CodeBlock[] blocks = codedRows.blocks();
        CodeLayout layout = codedRows.layout();
        SignKernel kernel = Kernels.sign();
        int at = first + from;
        int past = first + to;
        for (int b = CodedRows.blockOf(blocks, at); at < past; b++) {
            CodeBlock block = blocks[b];
            int end = Math.min(past, block.endRow());
            int groups = Math.ceilDiv(end - at, SignKernel.ROWS_PER_BLOCK);
            long offset = (long) (at - block.firstRow()) / SignKernel.ROWS_PER_BLOCK * layout.signBlockBytes();
            kernel.estimate(
                    code.planes,
                    layout.words(),
                    code.k0,
                    code.k1,
                    block.signs(),
                    offset,
                    groups,
                    scratch.estimates,
                    at - first);
            at = end;
        }
        scored += to - from;
    }

    /** Writes the numbers of the rows whose estimate may reach {@code lowest}; returns how many. */
    private int selectWithin(CodedRows codedRows, float width, float lowest) {
        int kept = 0;
        for (CodeBlock block : codedRows.blocks()) {
            int from = Math.max(first, block.firstRow());
            int end = Math.min(first + count, block.endRow());
            if (from >= end) {
                continue;
            }
            kept += transform.selectWithin(
                    scratch.estimates,
                    from - first,
                    end - first,
                    block.spreads(),
                    (long) (from - block.firstRow()) * Float.BYTES,
                    width,
                    lowest,
                    scratch.selected,
                    kept);
        }
        for (int i = 0; i < kept; i++) {
            scratch.selected[i] += first;
        }
        long[] mask = query.mask();
        return mask == null ? kept : keepMasked(mask, kept);
    }

    private int keepMasked(long[] mask, int kept) {
        int[] selected = scratch.selected;
        int left = 0;
        for (int i = 0; i < kept; i++) {
            if (isSet(mask, selected[i])) {
                selected[left++] = selected[i];
            }
        }
        return left;
    }

    // ---- common to all ----

    private int rowAt(int position) {
        return picked == null ? first + position : picked[position];
    }

    /** Slices begin at multiples of sixteen: they grow from the first one by doubling. */
    private int sliceEnd(int from, int most) {
        int length = Math.min(Math.max(from, FIRST_SLICE_ROWS), most) / SignKernel.ROWS_PER_BLOCK;
        return (int) Math.min(count, from + Math.max(1L, length) * SignKernel.ROWS_PER_BLOCK);
    }

    private void offerSeeds(int from, int to, double offset) {
        float threshold = Bounds.down(seeds.worstKey() - offset);
        int found = transform.select(scratch.estimates, from, to, threshold, scratch.selected);
        long[] mask = picked == null ? query.mask() : null;
        for (int i = 0; i < found; i++) {
            int position = scratch.selected[i];
            double key = scratch.estimates[position] + offset;
            int seed = rowAt(position);
            if (key >= seeds.worstKey()
                    && (mask == null || isSet(mask, seed))
                    && query.filter().accepts(seed)) {
                seeds.offer(key, position);
            }
        }
    }

    /** Compares the best by estimate in full, takes them out of the rest, and returns the key that others have to reach. */
    private double compareSeeds() {
        for (int i = 0; i < seeds.size(); i++) {
            int position = seeds.row(i);
            offer(rowAt(position));
            // No comparison selects what is not a number.
            scratch.estimates[position] = Float.NaN;
            if (position < scratch.uppers.length) {
                scratch.uppers[position] = Float.NaN;
            }
        }
        return top.worstKey();
    }

    private void compare(int candidate) {
        if (query.filter().accepts(candidate)) {
            offer(candidate);
        }
    }

    private void offer(int candidate) {
        rows.copyRow(candidate, row);
        top.offer(PreciseScore.key(similarity, PreciseScore.of(similarity, query.vector(), row)), candidate);
    }

    /** Returns whether a row's bit is set. */
    static boolean isSet(long[] mask, int row) {
        int word = row >>> 6;
        return word < mask.length && (mask[word] & (1L << row)) != 0;
    }

    private SearchOutcome outcome(String plan) {
        return SearchOutcomes.of(similarity, top, true, plan, scored);
    }

    private SearchOutcome stopped(String plan) {
        return SearchOutcomes.stopped(plan, scored);
    }
}
