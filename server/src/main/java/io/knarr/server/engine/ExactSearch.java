package io.knarr.server.engine;

import io.knarr.server.engine.kernel.CodeKernel;
import io.knarr.server.engine.kernel.DistanceKernel;
import io.knarr.server.engine.kernel.DistanceKernels;
import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.engine.kernel.Prefetch;
import io.knarr.server.engine.kernel.SignKernel;
import io.knarr.server.engine.kernel.TransformKernel;
import io.knarr.server.engine.kernel.VectorBlock;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Exact search: no row that belongs in the answer is missed, though few are compared in full. Made for one search, on one thread; idle
 * ones may do slices of a large scan of codes. The caller's filter, order and stop signal are asked on its own thread only.
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

    /** The plan of a search by 7-bit codes. */
    static final String BOUNDED = "exact-bounded";

    /** The plan of a search by signs. */
    static final String ESTIMATED = "exact-estimated";

    /** Up to here 7-bit codes of all rows are as fast as signs, and their bound cannot fail. */
    static final int MAX_BOUNDED_ROWS = 4_096;

    /**
     * Up to here signs are used. What the rounding of a query to sixteen levels may add for a row that lies exactly opposite to it is a
     * fixed share of their lengths, but deviations become less with the root of the dimension.
     */
    static final int MAX_SIGN_DIMENSION = 16_384;

    /** Rows between two looks at the stop signal: some tens of microseconds. */
    private static final int SLICE_ROWS = 32_768;

    /** The first slices are small, so that there is a threshold early. */
    private static final int FIRST_SLICE_ROWS = 256;

    private static final int BATCH_ROWS = 256;

    /** Rows that lie anywhere whose codes are asked for together: as many as the processor waits for at once. */
    private static final int FETCHED_ROWS = 16;

    /** Rows whose signs give the first threshold: their estimates stay in the second cache. */
    static final int FIRST_ROUND_ROWS = 16_384;

    /** Where a search begins with near rows, one in so many of the first round is few enough to go on with. */
    private static final int FEW_OF_FIRST_ROUND = 32;

    /** A later round ends where there are so many times as many rows. */
    private static final int ROUND_GROWTH = 4;

    /** Rows of which the signs are scanned at once: their estimates stay in the first cache. */
    static final int SIGN_SLICE_ROWS = 4_096;

    /** Rows of which the 7-bit codes are scanned at once: some ten microseconds. */
    private static final int CODE_SLICE_ROWS = 512;

    /** A component of a 7-bit code takes about as long as that many signs. */
    private static final long CODE_COMPONENTS_PER_SIGN = 16;

    /** How many more rows than wanted are compared in full first. */
    private static final int MORE_SEEDS = 6;

    /** As that, where 7-bit codes say which of them are worth it. */
    private static final int MORE_SIGN_SEEDS = 22;

    private static final int[] NO_ROWS = {};

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

    /** Rows that are known to be near the query, ascending, to begin with. */
    private final int[] near;

    private long scored;

    /** The codes of all rows, and the query made ready for them. */
    record Prepared(CodedRows rows, QueryCode query) {}

    private ExactSearch(
            VectorRows rows,
            Similarity similarity,
            VectorQuery query,
            int @Nullable [] picked,
            int first,
            boolean signs,
            int[] near,
            TopRows top,
            SearchScratch scratch) {
        this.near = near;
        this.rows = rows;
        this.similarity = similarity;
        this.query = query;
        this.scratch = scratch;
        this.picked = picked;
        this.first = first;
        this.count = picked == null ? query.rowCount() - first : picked.length;
        int more = signs ? Math.max(MORE_SIGN_SEEDS, query.limit() / 4) : Math.max(MORE_SEEDS, query.limit() / 8);
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
        return startingAt(NO_ROWS, rows, codes, similarity, query, scratch);
    }

    /**
     * Searches all rows, as the other method does, sooner done if some that are near the query are known.
     *
     * @param near their numbers, ascending; of rows below the query's count that its filter accepts
     */
    static SearchOutcome startingAt(
            int[] near,
            VectorRows rows,
            @Nullable Prepared codes,
            Similarity similarity,
            VectorQuery query,
            SearchScratch scratch) {
        TopRows top = new TopRows(query.limit(), query.order());
        return search(rows, codes, similarity, query, 0, near, top, scratch);
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
        return search(rows, codes, similarity, query, from, NO_ROWS, top, scratch);
    }

    private static SearchOutcome search(
            VectorRows rows,
            @Nullable Prepared codes,
            Similarity similarity,
            VectorQuery query,
            int from,
            int[] near,
            TopRows top,
            SearchScratch scratch) {
        long[] mask = query.mask();
        int range = query.rowCount() - from;
        int asked = mask == null ? range : Math.min(range, query.maskCount());
        boolean signs = codes != null
                && query.accuracy() != Accuracy.STRICT
                && asked > MAX_BOUNDED_ROWS
                && rows.dimension() <= MAX_SIGN_DIMENSION
                && (mask == null
                        || !SearchPlan.picks(MachineCosts.costs(codes.rows().layout()), asked, range));
        int[] picked = mask == null || signs ? null : pick(mask, from, query.rowCount(), query.maskCount());
        ExactSearch search =
                new ExactSearch(rows, similarity, query, picked, picked == null ? from : 0, signs, near, top, scratch);
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
                score(rows.block(block), firstRow, length, at);
                at += length;
            }
        }

        private void score(VectorBlock block, int firstRow, int length, int at) {
            scored += length;
            float factor =
                    switch (similarity) {
                        case DOT -> {
                            kernel.dot(query.vector(), block, batch, length, scores);
                            rows.scaleProducts(firstRow, batch, length, scores);
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
        int slices = Math.ceilDiv(count, CODE_SLICE_ROWS);
        boolean stopped = SharedWork.run(
                helpersFor((long) count * CODE_COMPONENTS_PER_SIGN),
                slices,
                query.stop(),
                () -> new CodeScan(codedRows, code));
        scored += count;
        if (stopped) {
            return stopped(BOUNDED);
        }
        for (int from = 0; from < count; ) {
            int to = sliceEnd(from, SLICE_ROWS);
            offerSeeds(from, to, code.offset());
            from = to;
        }
        double threshold = compareSeeds();
        double reach = code.offset() + code.slack(threshold, codedRows.maxNorm());
        float lowest = Bounds.down(threshold - reach);
        int kept = transform.select(scratch.uppers, 0, count, lowest, scratch.selected);
        for (int i = 0; i < kept; i++) {
            if (i % BATCH_ROWS == 0 && query.stop().stopped()) {
                return stopped(BOUNDED);
            }
            int position = scratch.selected[i];
            if (scratch.uppers[position] + reach >= top.worstKey()) {
                compare(rowAt(position));
            }
        }
        return outcome(BOUNDED);
    }

    /** Keys of rows by their 7-bit codes, with their bounds, into the estimates and uppers of the search. For one thread. */
    private final class CodeScan implements SharedWork.Worker {
        private final CodeKernel kernel = Kernels.code();
        private final CodeBlock[] blocks;
        private final CodeLayout layout;
        private final QueryCode code;
        private final int[] batch = new int[BATCH_ROWS];
        private final int[] dots = new int[BATCH_ROWS];

        /** Of no meaning; without it the compiler would leave out what only brings rows nearer. */
        @SuppressWarnings("unused")
        private int touched;

        CodeScan(CodedRows codedRows, QueryCode code) {
            this.blocks = codedRows.blocks();
            this.layout = codedRows.layout();
            this.code = code;
        }

        @Override
        public void run(int slice) {
            int from = slice * CODE_SLICE_ROWS;
            score(from, Math.min(count, from + CODE_SLICE_ROWS));
        }

        @Override
        public void close() {
            // Nothing was borrowed.
        }

        private void score(int from, int to) {
            int at = from;
            while (at < to) {
                CodeBlock block = blocks[CodedRows.blockOf(blocks, rowAt(at))];
                int most = picked == null ? BATCH_ROWS : FETCHED_ROWS;
                int length = 0;
                while (length < most && at + length < to && rowAt(at + length) < block.endRow()) {
                    batch[length] = rowAt(at + length) - block.firstRow();
                    if (picked != null) {
                        fetch(block, batch[length]);
                    }
                    length++;
                }
                judge(block, length, scratch.estimates, scratch.uppers, at);
                at += length;
            }
        }

        /** Scores rows by number, in ascending order; their places in {@code candidates} are those of their estimates. */
        void score(int[] candidates, int from, int to, float[] estimates, float[] uppers) {
            int at = from;
            while (at < to) {
                CodeBlock block = blocks[CodedRows.blockOf(blocks, candidates[at])];
                int length = 0;
                while (length < FETCHED_ROWS && at + length < to && candidates[at + length] < block.endRow()) {
                    int place = candidates[at + length] - block.firstRow();
                    batch[length] = place;
                    fetch(block, place);
                    length++;
                }
                judge(block, length, estimates, uppers, at);
                at += length;
            }
        }

        /** Asks memory for a row's codes before those of others are waited for. */
        private void fetch(CodeBlock block, int place) {
            long at = place * layout.codeBytes();
            if (Prefetch.isAvailable()) {
                Prefetch.lines(block.codes(), at, layout.codeBytes());
            } else {
                touched += block.codes().get(ValueLayout.JAVA_BYTE, at);
            }
        }

        private void judge(CodeBlock block, int length, float[] estimates, float[] uppers, int at) {
            long stride = layout.codeBytes();
            MemorySegment codes = block.codes();
            block.verify(batch, length, stride);
            kernel.dots(code.even, code.odd, codes, 0, stride, batch, 0, length, dots);
            for (int i = 0; i < length; i++) {
                long trailer = batch[i] * stride + layout.size();
                float norm = codes.get(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.NORM);
                float error = codes.get(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.ERROR);
                float estimate = code.codeEstimate(
                        dots[i],
                        codes.get(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.SCALE),
                        codes.get(ValueLayout.JAVA_INT, trailer + CodeLayout.SUM),
                        norm);
                estimates[at + i] = estimate;
                uppers[at + i] = estimate + code.codeBound(error, norm);
            }
        }
    }

    // ---- signs ----

    private SearchOutcome bySigns(CodedRows codedRows, QueryCode code) {
        boolean stopped = new SignSearch(codedRows, code).search();
        return stopped ? stopped(ESTIMATED) : outcome(ESTIMATED);
    }

    /**
     * A scan in rounds. The first rows give a threshold; of each later round only what may reach the threshold of before is kept, in a
     * list, and what is best by estimate in the list gives the next one. In the end the list is compared by 7-bit codes. Rounds depend on
     * nothing but the number of rows, so helpers change nothing in what is found.
     */
    private final class SignSearch {
        private final CodedRows codedRows;
        private final CodeBlock[] blocks;
        private final QueryCode code;
        private float width;
        private double reach;
        private float lowest;

        /** Rows in the list: their numbers, estimates and spreads are the first of the scratch's, spreads in the place of upper bounds. */
        private int listed;

        SignSearch(CodedRows codedRows, QueryCode code) {
            this.codedRows = codedRows;
            this.blocks = codedRows.blocks();
            this.code = code;
            this.width = (float) (DEVIATIONS * code.width());
        }

        /** Returns whether it was stopped. */
        boolean search() {
            int rounded = Math.ceilDiv(count, SignKernel.ROWS_PER_BLOCK) * SignKernel.ROWS_PER_BLOCK;
            scratch.reserveEstimates(rounded);
            scratch.reserveUppers(count);
            scratch.reserveSelected(count);
            int from = Math.min(count, FIRST_ROUND_ROWS);
            if (query.stop().stopped()) {
                return true;
            }
            if (near.length > 0) {
                compareNear();
                if (round(0, from)) {
                    return true;
                }
                if (listed * FEW_OF_FIRST_ROUND > from) {
                    // Nearer rows are elsewhere: by so low a threshold too many would be left.
                    compareBestListed();
                }
                return (from < count && round(from, count)) || compareListed();
            }
            firstRound(from);
            while (from < count) {
                int to = (int) Math.min(count, (long) from * ROUND_GROWTH);
                if (round(from, to)) {
                    return true;
                }
                compareBestListed();
                from = to;
            }
            return compareListed();
        }

        /** Compares rows that are known to be near: they make a better threshold than a first round does. */
        private void compareNear() {
            for (int known : near) {
                rows.fetch(known);
            }
            for (int known : near) {
                offer(known);
            }
            setThreshold();
        }

        /** Returns whether a row was compared before any other. */
        private boolean isKnown(int candidate) {
            return Arrays.binarySearch(near, candidate) >= 0;
        }

        private void firstRound(int to) {
            for (int from = 0; from < to; ) {
                int end = Math.min(to, sliceEnd(from, SIGN_SLICE_ROWS));
                estimate(from, end, scratch.estimates, from);
                offerSeeds(from, end, code.offset());
                from = end;
            }
            scored += to;
            // The seeds are compared where they lie, before the list takes their place.
            compareBest(seeds, true);
            listed = list(0, to, scratch.estimates, scratch.chosen, 0);
        }

        /** Adds to the list what may reach the threshold. Returns whether it was stopped. */
        private boolean round(int from, int to) {
            int slices = Math.ceilDiv(to - from, SIGN_SLICE_ROWS);
            scratch.reserveSlices(slices);
            boolean stopped =
                    SharedWork.run(helpersFor(to - from), slices, query.stop(), () -> new SignSlices(from, to));
            scored += to - from;
            if (stopped) {
                return true;
            }
            for (int slice = 0; slice < slices; slice++) {
                int start = from + slice * SIGN_SLICE_ROWS;
                int found = scratch.sliceCounts[slice];
                System.arraycopy(scratch.selected, start, scratch.selected, listed, found);
                System.arraycopy(scratch.estimates, start, scratch.estimates, listed, found);
                System.arraycopy(scratch.uppers, start, scratch.uppers, listed, found);
                listed += found;
            }
            return false;
        }

        /** Slices of a round, on one thread: each leaves what it has found at its own place in the list's arrays. */
        private final class SignSlices implements SharedWork.Worker {
            private final int from;
            private final int to;
            private final SearchScratch own = SearchScratch.borrow();

            SignSlices(int from, int to) {
                this.from = from;
                this.to = to;
            }

            @Override
            public void run(int slice) {
                int start = from + slice * SIGN_SLICE_ROWS;
                int end = Math.min(to, start + SIGN_SLICE_ROWS);
                estimate(start, end, own.sliceEstimates, 0);
                scratch.sliceCounts[slice] = list(start, end, own.sliceEstimates, own.chosen, start);
            }

            @Override
            public void close() {
                own.giveBack();
            }
        }

        private void estimate(int from, int to, float[] target, int targetAt) {
            CodeLayout layout = codedRows.layout();
            SignKernel kernel = Kernels.sign();
            int at = first + from;
            int past = first + to;
            for (int b = CodedRows.blockOf(blocks, at); at < past; b++) {
                CodeBlock block = blocks[b];
                int end = Math.min(past, block.endRow());
                int groups = Math.ceilDiv(end - at, SignKernel.ROWS_PER_BLOCK);
                long offset = (long) (at - block.firstRow()) / SignKernel.ROWS_PER_BLOCK * layout.signBlockBytes();
                int place = targetAt + at - first - from;
                kernel.estimate(
                        code.planes, layout.words(), code.k0, code.k1, block.signs(), offset, groups, target, place);
                at = end;
            }
        }

        /**
         * Lists the rows that may reach the threshold, from the place {@code listAt} on. Returns how many.
         *
         * @param source their estimates, that of {@code from} at index 0; may be the list's own if {@code listAt} is 0
         */
        private int list(int from, int to, float[] source, int[] chosen, int listAt) {
            long[] mask = query.mask();
            int[] numbers = scratch.selected;
            float[] estimates = scratch.estimates;
            float[] uppers = scratch.uppers;
            int at = first + from;
            int past = first + to;
            int listEnd = listAt;
            for (int b = CodedRows.blockOf(blocks, at); at < past; b++) {
                CodeBlock block = blocks[b];
                int end = Math.min(past, block.endRow());
                int place = at - first - from;
                MemorySegment spreads = block.spreads();
                int numberOfFirst = at - place;
                long spreadOfFirst = (long) (numberOfFirst - block.firstRow()) * Float.BYTES;
                int chosenCount = transform.selectWithin(
                        source,
                        place,
                        place + end - at,
                        spreads,
                        (long) (at - block.firstRow()) * Float.BYTES,
                        width,
                        lowest,
                        chosen,
                        0);
                for (int i = 0; i < chosenCount; i++) {
                    int picked = chosen[i];
                    int row = numberOfFirst + picked;
                    if (mask == null || isSet(mask, row)) {
                        float estimate = source[picked];
                        float spread = spreads.get(ValueLayout.JAVA_FLOAT, spreadOfFirst + (long) picked * Float.BYTES);
                        numbers[listEnd] = row;
                        estimates[listEnd] = estimate;
                        uppers[listEnd] = spread;
                        listEnd++;
                    }
                }
                at = end;
            }
            return listEnd - listAt;
        }

        private void compareBestListed() {
            TopRows best = new TopRows(seeds.limit(), RowOrder.ASCENDING);
            float[] estimates = scratch.estimates;
            float worst = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < listed; i++) {
                if (estimates[i] >= worst
                        && !isKnown(scratch.selected[i])
                        && query.filter().accepts(scratch.selected[i])) {
                    best.offer(estimates[i], i);
                    worst = (float) best.worstKey();
                }
            }
            compareBest(best, false);
        }

        /**
         * Compares the best by estimate, takes them out of the rest, and sets the threshold that others have to reach. Their 7-bit codes
         * come first: most estimates are the best by chance.
         *
         * @param best places of estimates; of rows as they are searched, or in the list
         */
        private void compareBest(TopRows best, boolean searched) {
            int size = best.size();
            int[] seedRows = new int[size];
            for (int i = 0; i < size; i++) {
                int place = best.row(i);
                seedRows[i] = searched ? rowAt(place) : scratch.selected[place];
                // No comparison selects what is not a number.
                scratch.estimates[place] = Float.NaN;
                scratch.uppers[place] = Float.NaN;
            }
            Arrays.sort(seedRows);
            float[] estimates = new float[size];
            float[] uppers = new float[size];
            new CodeScan(codedRows, code).score(seedRows, 0, size, estimates, uppers);
            scored += size;
            TopRows ranked = new TopRows(Math.max(1, size), RowOrder.ASCENDING);
            for (int i = 0; i < size; i++) {
                ranked.offer(estimates[i], i);
            }
            int[] order = new int[size];
            ranked.drain(order, new double[size]);
            setThreshold();
            for (int i = 0; i < Math.min(size, query.limit()); i++) {
                rows.fetch(seedRows[order[i]]);
            }
            for (int i : order) {
                if (uppers[i] + reach >= top.worstKey()) {
                    offer(seedRows[i]);
                }
            }
            setThreshold();
        }

        private void setThreshold() {
            double threshold = top.worstKey();
            reach = code.offset() + code.slack(threshold, codedRows.maxNorm());
            lowest = Bounds.down(threshold - reach);
            double distance = code.squaredDistanceAt(threshold, rows.maxNorm());
            width = (float) (DEVIATIONS * code.widthWithin(distance, codedRows.minNorm()));
        }

        /** Compares the list by 7-bit codes, and what may still reach the threshold in full. Returns whether it was stopped. */
        private boolean compareListed() {
            int left = 0;
            for (int i = 0; i < listed; i++) {
                if (Math.fma(width, scratch.uppers[i], scratch.estimates[i]) >= lowest) {
                    scratch.selected[left++] = scratch.selected[i];
                }
            }
            int candidates = left;
            boolean stopped = SharedWork.run(
                    helpersFor((long) candidates * CODE_COMPONENTS_PER_SIGN),
                    Math.ceilDiv(candidates, BATCH_ROWS),
                    query.stop(),
                    () -> new ListedCodes(candidates));
            scored += candidates;
            if (stopped) {
                return true;
            }
            for (int i = 0; i < candidates; i++) {
                if (i % BATCH_ROWS == 0 && query.stop().stopped()) {
                    return true;
                }
                int candidate = scratch.selected[i];
                if (scratch.uppers[i] + reach >= top.worstKey() && !isKnown(candidate)) {
                    compare(candidate);
                }
            }
            return false;
        }

        /** Batches of the list, on one thread. */
        private final class ListedCodes implements SharedWork.Worker {
            private final int candidates;
            private final CodeScan scan = new CodeScan(codedRows, code);

            ListedCodes(int candidates) {
                this.candidates = candidates;
            }

            @Override
            public void run(int slice) {
                int from = slice * BATCH_ROWS;
                int to = Math.min(candidates, from + BATCH_ROWS);
                scan.score(scratch.selected, from, to, scratch.estimates, scratch.uppers);
            }

            @Override
            public void close() {
                scan.close();
            }
        }
    }

    // ---- common to all ----

    /** Returns who may help with so many rows' signs, or as much work of another kind. */
    private SearchHelpers helpersFor(long signRows) {
        SearchHelpers helpers = query.helpers();
        return signRows * rows.dimension() >= helpers.leastComponents() ? helpers : SearchHelpers.NONE;
    }

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
