package io.knarr.server.engine;

import static java.util.Objects.requireNonNull;

import io.knarr.server.engine.kernel.DistanceKernel;
import io.knarr.server.engine.kernel.DistanceKernels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Multi-vectors by dense row number: each row has any number of vectors, and is scored by the sum, over the vectors of a query, of the
 * greatest inner product that one of the row's vectors has with it (MaxSim). Exact: every row that is asked for is estimated in float32, and those
 * whose estimate reaches the answer by what float32 may be off are scored by definition, in float64.
 *
 * <p>One writer at a time appends; it publishes the count of rows through a volatile (or release) write of its own, and any number of
 * readers search what they read of it, without locks. Values are the caller's to check: finite, and for cosine of unit length unless the
 * form says that they are compared so. Closing is for a moment when nobody reads or writes, which the caller sees to.
 */
public final class MultiVectorIndex implements AutoCloseable {
    /** The plan of every search, as callers see it. */
    public static final String PLAN = "exact-maxsim";

    /** By row, where its vectors end: int32 each. */
    private static final String ENDS_SECTION = "ends";

    private static final int FIRST_CAPACITY = 16;

    private static final int ROWS_PER_NEW_ROW = 8;

    /** Vectors that are scored at once: they stay in the first cache while the vectors of the query pass by. */
    private static final int BATCH_VECTORS = 64;

    /** Products between two looks at the stop signal, unless one row alone takes more: some milliseconds. */
    private static final long SLICE_PRODUCTS = 16L << 20;

    /** A product takes about as long as that many components of sign codes. */
    private static final long SIGNS_PER_PRODUCT = 64;

    private final VectorRows vectors;

    // Replaced by a longer copy as rows come. A reader looks at rows that were published after they were written here.
    private volatile int[] ends = new int[FIRST_CAPACITY];
    private int rowCount;

    /** Makes an empty index. */
    public MultiVectorIndex(RowForm form) {
        this(new VectorRows(form));
    }

    private MultiVectorIndex(VectorRows vectors) {
        this.vectors = requireNonNull(vectors, "vectors is null");
    }

    /**
     * Opens what {@link #writeSections} wrote. Vectors stay where they are and are verified when they are first used, which may throw
     * {@link SegmentException} at any time; what is appended later goes to memory.
     *
     * @param source lives as long as the index
     * @param prefix what the names of its sections begin with
     * @param rowCount rows that were written
     * @throws SegmentException if a section is missing or damaged, or has another size than so many rows
     */
    public static MultiVectorIndex open(RowForm form, SectionSource source, String prefix, int rowCount) {
        MemorySegment section = source.read(prefix + ENDS_SECTION);
        if (section.byteSize() != (long) rowCount * Integer.BYTES) {
            throw SegmentException.damaged("Section of a multi-vector has another size, rowCount=" + rowCount);
        }
        int[] ends = section.toArray(ValueLayout.JAVA_INT);
        int before = 0;
        for (int end : ends) {
            if (end < before) {
                throw SegmentException.damaged("Vectors of a row end before they begin");
            }
            before = end;
        }
        MultiVectorIndex index = new MultiVectorIndex(VectorRows.open(form, source, prefix, before));
        index.ends = Arrays.copyOf(ends, Math.max(FIRST_CAPACITY, rowCount));
        index.rowCount = rowCount;
        return index;
    }

    /**
     * Writes the first rows; for any thread, while the writer goes on. The sections are {@code ends} and those of the vectors, see
     * {@link VectorIndex#writeSections}, which there are no codes of.
     *
     * @param count at most the count that the writer published
     */
    public void writeSections(SectionSink sink, String prefix, int count) throws IOException {
        int[] current = ends;
        sink.begin(prefix + ENDS_SECTION);
        sink.write(MemorySegment.ofArray(current).asSlice(0, (long) count * Integer.BYTES));
        vectors.writeSections(sink, prefix, count == 0 ? 0 : current[count - 1]);
    }

    /** Returns how many components each vector has. */
    public int dimension() {
        return vectors.dimension();
    }

    /**
     * Appends a row; for the writer. Where it fails, the index is not to be used any more.
     *
     * @param components of its vectors, one vector after another; none for a row without any
     * @throws IllegalArgumentException if these are not whole vectors, or values that the type has not
     * @throws OutOfMemoryError if the machine has no room
     */
    public void append(float... components) {
        if (components.length % dimension() != 0 || vectors.rowCount() != startOf(ends, rowCount)) {
            throw new IllegalArgumentException("the components are not whole vectors, or an append failed before");
        }
        for (int at = 0; at < components.length; at += dimension()) {
            vectors.append(Arrays.copyOfRange(components, at, at + dimension()));
        }
        int[] current = ends;
        if (rowCount == current.length) {
            current = Arrays.copyOf(current, current.length + Math.max(FIRST_CAPACITY, rowCount / ROWS_PER_NEW_ROW));
        }
        current[rowCount] = vectors.rowCount();
        ends = current;
        rowCount++;
    }

    /** Returns the components of a published row as they were appended; for any thread. */
    public float[] stored(int row) {
        int[] current = ends;
        int start = startOf(current, row);
        float[] components = new float[Math.multiplyExact(current[row] - start, dimension())];
        float[] vector = new float[dimension()];
        for (int at = start; at < current[row]; at++) {
            vectors.copyStored(at, vector);
            System.arraycopy(vector, 0, components, (at - start) * dimension(), dimension());
        }
        return components;
    }

    /**
     * Finds the rows with the greatest scores; for any thread.
     *
     * @param query vectors of this dimension, of unit length where the rows are
     * @param picked the published rows that are looked at, ascending; each has a vector
     * @param limit how many are wanted, 1 or more
     * @param order of rows whose scores are equal; asked on this thread only, as is {@code stop}
     */
    public SearchOutcome search(
            float[][] query, int[] picked, int limit, RowOrder order, StopSignal stop, SearchHelpers helpers) {
        return new Search(query, picked, stop).run(limit, order, helpers);
    }

    private static int startOf(int[] ends, int row) {
        return row == 0 ? 0 : ends[row - 1];
    }

    /** Returns the bytes of memory taken, native and heap, that are the process's own; for any thread. */
    public long residentBytes() {
        return vectors.footprintBytes() - vectors.mappedBytes() + (long) ends.length * Integer.BYTES;
    }

    /** Frees the native memory. Nobody reads or writes then or later. A second call does nothing. */
    @Override
    public void close() {
        vectors.close();
    }

    /** One search. */
    private final class Search {
        private final float[][] query;
        private final int[] picked;
        private final StopSignal stop;
        private final int[] current = ends;
        private final double[] estimates;

        Search(float[][] query, int[] picked, StopSignal stop) {
            this.query = query;
            this.picked = picked;
            this.stop = stop;
            this.estimates = new double[picked.length];
        }

        SearchOutcome run(int limit, RowOrder order, SearchHelpers helpers) {
            int[] slices = slices();
            long products = (long) query.length * dimension() * vectorCount();
            boolean worthHelp = products >= helpers.leastComponents() / SIGNS_PER_PRODUCT;
            boolean stopped = SharedWork.run(
                    worthHelp ? helpers : SearchHelpers.NONE, slices.length - 1, stop, () -> new Estimates(slices));
            if (stopped) {
                return SearchOutcomes.stopped(PLAN, 0);
            }
            double lowest = lowestEstimate(limit);
            TopRows top = new TopRows(limit, order);
            for (int i = 0; i < picked.length; i++) {
                // Where float32 has overflowed it says nothing.
                boolean candidate = !(estimates[i] < lowest) || !Double.isFinite(estimates[i]);
                if (candidate && !offer(picked[i], top)) {
                    return SearchOutcomes.stopped(PLAN, picked.length);
                }
            }
            return SearchOutcomes.of(Similarity.DOT, top, true, PLAN, picked.length)
                    .explained("every vector of every record is compared with every one of the query", 0, 0);
        }

        /** Returns the places in {@link #picked} where slices begin, and where the last one ends. */
        private int[] slices() {
            long most = Math.max(1, SLICE_PRODUCTS / ((long) query.length * dimension()));
            int[] starts = new int[picked.length + 1];
            int count = 0;
            long vectorsInSlice = most;
            for (int i = 0; i < picked.length; i++) {
                if (vectorsInSlice >= most) {
                    starts[count++] = i;
                    vectorsInSlice = 0;
                }
                vectorsInSlice += current[picked[i]] - startOf(current, picked[i]);
            }
            starts[count++] = picked.length;
            return Arrays.copyOf(starts, count);
        }

        private long vectorCount() {
            long count = 0;
            for (int row : picked) {
                count += current[row] - startOf(current, row);
            }
            return count;
        }

        /** Returns what the estimate of a row that belongs into the answer cannot be below. */
        private double lowestEstimate(int limit) {
            TopRows best = new TopRows(limit, RowOrder.ASCENDING);
            for (int i = 0; i < estimates.length; i++) {
                if (Double.isFinite(estimates[i])) {
                    best.offer(estimates[i], i);
                }
            }
            // As in a scan of single vectors: each product is off by at most so much of the lengths, and so is the
            // greatest of several.
            double rounding = 1.1 * (dimension() + 8) * 0x1p-24;
            double off = 0;
            for (float[] vector : query) {
                off += rounding * Bounds.norm(vector) * vectors.maxNorm() + 0x1p-120;
            }
            return best.worstKey() - 2 * off;
        }

        /** Scores a row by definition. Returns false where the search was stopped. */
        private boolean offer(int row, TopRows top) {
            float[][] compared = new float[current[row] - startOf(current, row)][dimension()];
            for (int i = 0; i < compared.length; i++) {
                vectors.copyRow(startOf(current, row) + i, compared[i]);
            }
            double score = 0;
            for (float[] asked : query) {
                if (stop.stopped()) {
                    return false;
                }
                double greatest = Double.NEGATIVE_INFINITY;
                for (float[] vector : compared) {
                    greatest = Math.max(greatest, PreciseScore.of(Similarity.DOT, asked, vector));
                }
                score += greatest;
            }
            top.offer(score, row);
            return true;
        }

        /** Estimates of slices, on one thread. */
        private final class Estimates implements SharedWork.Worker {
            private final DistanceKernel kernel = DistanceKernels.selected(vectors.type());
            private final int[] slices;
            private final int[] batch = new int[BATCH_VECTORS];
            private final float[] products = new float[BATCH_VECTORS];
            private final float[] greatest = new float[query.length];

            Estimates(int[] slices) {
                this.slices = slices;
            }

            @Override
            public void run(int slice) {
                for (int i = slices[slice]; i < slices[slice + 1]; i++) {
                    estimates[i] = estimate(picked[i]);
                }
            }

            private double estimate(int row) {
                Arrays.fill(greatest, Float.NEGATIVE_INFINITY);
                int end = current[row];
                for (int at = startOf(current, row); at < end; ) {
                    int block = vectors.blockOf(at);
                    int firstRow = vectors.firstRow(block);
                    int length = Math.min(BATCH_VECTORS, Math.min(end, vectors.firstRow(block + 1)) - at);
                    for (int i = 0; i < length; i++) {
                        batch[i] = at - firstRow + i;
                    }
                    compare(block, length);
                    at += length;
                }
                double sum = 0;
                for (float product : greatest) {
                    sum += product;
                }
                return sum;
            }

            private void compare(int block, int length) {
                for (int asked = 0; asked < query.length; asked++) {
                    kernel.dot(query[asked], vectors.block(block), batch, length, products);
                    vectors.scaleProducts(vectors.firstRow(block), batch, length, products);
                    for (int i = 0; i < length; i++) {
                        greatest[asked] = Math.max(
                                greatest[asked], Float.isFinite(products[i]) ? products[i] : Float.POSITIVE_INFINITY);
                    }
                }
            }

            @Override
            public void close() {
                // Its scratch is its own.
            }
        }
    }
}
