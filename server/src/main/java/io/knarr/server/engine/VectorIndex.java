package io.knarr.server.engine;

import static java.util.Objects.requireNonNull;

import io.knarr.server.engine.kernel.ElementType;
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

    private static final int MIN_GRAPH_ROWS = 10_000;

    /** A graph is built again when more than one in this many rows came after it. */
    private static final int ROWS_PER_LATE_ROW = 4;

    /** Inner products of vectors of such different norms have no graph. */
    private static final double MAX_NORM_RATIO = 1.1;

    private final Similarity similarity;
    private final VectorRows rows;

    /** Held by whoever appends, and by a build of a graph for the moment in which it takes the place of what was there. */
    private final Object appending = new Object();

    /** How many rows there will be, as far as the writer has said; codes come later than rows. */
    private int expectedRows;

    /** Rows from which on it is looked again whether a graph is possible. */
    private volatile int unlinkable;

    // Written under that lock, read without.
    private volatile @Nullable Codes codes;

    /** Makes an empty index of vectors of 1 to {@link VectorRows#MAX_DIMENSION} floats. */
    public VectorIndex(int dimension, Similarity similarity) {
        this(dimension, similarity, ElementType.FLOAT32);
    }

    /** Makes an empty index of vectors of 1 to {@link VectorRows#MAX_DIMENSION} components of a type. */
    public VectorIndex(int dimension, Similarity similarity, ElementType type) {
        this(similarity, new VectorRows(dimension, type));
    }

    /** Makes an empty index of rows of a form; those that are compared at unit length by {@link Similarity#DOT} only. */
    public VectorIndex(RowForm form, Similarity similarity) {
        this(similarity, new VectorRows(form));
    }

    private VectorIndex(Similarity similarity, VectorRows rows) {
        this.similarity = requireNonNull(similarity, "similarity is null");
        this.rows = rows;
        if (rows.form().unit() && similarity != Similarity.DOT) {
            throw new IllegalArgumentException("rows are of unit length for inner products only");
        }
    }

    /** Opens an index of vectors of float32; otherwise as the other method. */
    public static VectorIndex open(
            int dimension, Similarity similarity, SectionSource source, String prefix, int rowCount) {
        return open(RowForm.of(dimension, ElementType.FLOAT32), similarity, source, prefix, rowCount);
    }

    /** Opens an index of vectors of a type; otherwise as the other method. */
    public static VectorIndex open(
            int dimension, Similarity similarity, ElementType type, SectionSource source, String prefix, int rowCount) {
        return open(RowForm.of(dimension, type), similarity, source, prefix, rowCount);
    }

    /**
     * Opens what {@link #writeSections} wrote. Rows, 7-bit codes and the lists of a graph stay where they are and are verified when they
     * are first used, which may throw {@link SegmentException} at any time; rows appended later go to memory. A graph that was written is
     * there at once, as a compact one; {@link #makeGraphFast} gives it its fast form.
     *
     * @param form of the rows that were written
     * @param source lives as long as the index
     * @param prefix what the names of its sections begin with
     * @param rowCount rows that were written
     * @throws SegmentException if a section is missing or damaged, or has another size than so many rows
     */
    public static VectorIndex open(
            RowForm form, Similarity similarity, SectionSource source, String prefix, int rowCount) {
        VectorIndex index = new VectorIndex(similarity, VectorRows.open(form, source, prefix, rowCount));
        boolean opened = false;
        try {
            if (CodedRows.areIn(source, prefix)) {
                index.openCodes(source, prefix, rowCount);
            } else if (rowCount >= CODES_FROM_ROWS && index.mayBeCoded()) {
                throw SegmentException.damaged("Rows have no codes, rowCount=" + rowCount);
            }
            opened = true;
            return index;
        } finally {
            if (!opened) {
                index.close();
            }
        }
    }

    private void openCodes(SectionSource source, String prefix, int rowCount) {
        CodedRows coded = CodedRows.open(dimension(), similarity, source, prefix, rowCount);
        NativeMemory memory = new NativeMemory();
        boolean opened = false;
        try {
            Graph graph = GraphSections.open(source, prefix, coded, memory);
            coded.appendAll(rows, rowCount);
            codes = new Codes(coded, graph, memory);
            opened = true;
        } finally {
            if (!opened) {
                coded.close();
                memory.close();
            }
        }
    }

    /**
     * Writes the first rows and what belongs to them, a graph too where there is one; for any thread, while the writer goes on. The
     * sections, numbers in the order of the machine:
     *
     * <pre>
     * centre, code-bounds, signs, spreads, codes   of the first rows that fill blocks of sixteen, see CodedRows; from 1,024 rows on
     * graph, graph-lists                           of the first of these, see GraphSections; where there is a graph
     * norm                                         a bound on the norms of rows as they are compared: float32
     * scales.norm, scales.float32                  one through the length of each row; where they are compared at unit length
     * float32, float16 or int8                     the rows, by the type of their components: [rowCount][dimension]
     * </pre>
     *
     * @param prefix what the names of the sections shall begin with
     * @param rowCount at most the count that the writer published
     * @throws SegmentException if these rows are themselves a file's and that is damaged
     */
    public void writeSections(SectionSink sink, String prefix, int rowCount) throws IOException {
        Codes held = holdCodes();
        try {
            // What is read first comes first.
            if (held != null && rowCount >= CODES_FROM_ROWS) {
                held.rows().writeSections(sink, prefix, rowCount);
                Graph graph = held.graph();
                if (graph != null) {
                    GraphSections.write(graph, sink, prefix, CodedRows.wholeRows(rowCount));
                }
            }
        } finally {
            if (held != null) {
                held.release();
            }
        }
        rows.writeSections(sink, prefix, rowCount);
    }

    /** Returns how many floats a vector has. */
    public int dimension() {
        return rows.dimension();
    }

    /** Returns how the components of stored vectors lie in memory. */
    public ElementType type() {
        return rows.type();
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
     * @throws IllegalArgumentException if the vector has another dimension, or values that the rows' type has not
     * @throws OutOfMemoryError if the machine has no room; nothing has changed then
     */
    public int append(float[] vector) {
        synchronized (appending) {
            makeRoomForCodes();
            int row = rows.append(vector);
            code(vector);
            return row;
        }
    }

    /** Appends a row of zeros, for a record without this vector, and returns its number; for the writer. Throws as {@link #append}. */
    public int appendZero() {
        synchronized (appending) {
            makeRoomForCodes();
            int row = rows.appendZero();
            code(null);
            return row;
        }
    }

    /**
     * Codes all rows once there are enough for a centre to mean something and for a scan of floats to take longer; after that, makes room
     * for the next one. Before the row itself: where memory is short, rows and codes must not come to differ in number.
     */
    private void makeRoomForCodes() {
        Codes current = codes;
        if (current != null) {
            current.rows().makeRoom();
        } else if (rows.rowCount() == CODES_FROM_ROWS - 1 && mayBeCoded()) {
            CodedRows coded = new CodedRows(dimension(), similarity, Centre.ofMean(rows, rows.rowCount()));
            try {
                coded.reserve(expectedRows);
                coded.appendAll(rows, rows.rowCount());
                coded.makeRoom();
            } catch (OutOfMemoryError error) {
                coded.close();
                throw error;
            }
            codes = new Codes(coded, null, new NativeMemory());
        }
    }

    private void code(float @Nullable [] vector) {
        Codes current = codes;
        if (current != null) {
            current.rows().append(vector == null ? new float[dimension()] : rows.compared(vector));
        }
    }

    private boolean mayBeCoded() {
        return similarity != Similarity.MANHATTAN && dimension() >= MIN_CODED_DIMENSION;
    }

    /** Makes room for this many more rows, exactly; for a writer that knows how many come. Throws as {@link #append}. */
    public void reserve(int moreRows) {
        synchronized (appending) {
            rows.reserve(moreRows);
            expectedRows = rows.rowCount() + moreRows;
            Codes current = codes;
            if (current != null) {
                current.rows().reserve(expectedRows);
            }
        }
    }

    /** Copies a published row, as it is compared, into {@code target}, which has as many floats as a row; for any thread. */
    public void copyRow(int row, float[] target) {
        rows.copyRow(row, target);
    }

    /** Copies a published row, as it was appended, into {@code target}, which has as many floats as a row; for any thread. */
    public void copyStored(int row, float[] target) {
        rows.copyStored(row, target);
    }

    /** Returns the score of two vectors of this dimension, by definition, as searches do. */
    public double score(float[] vector, float[] other) {
        return PreciseScore.of(similarity, vector, other);
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
        Codes held = holdCodes();
        try {
            return search(query, held, scratch);
        } finally {
            if (held != null) {
                held.release();
            }
            scratch.giveBack();
        }
    }

    private SearchOutcome search(VectorQuery query, @Nullable Codes held, SearchScratch scratch) {
        if (held == null) {
            return ExactSearch.search(rows, null, similarity, query, scratch).explained("rows have no codes", 0, 0);
        }
        QueryCode code = scratch.queryCode(dimension(), similarity);
        if (!code.prepare(query.vector(), held.rows().centre())) {
            return ExactSearch.search(rows, null, similarity, query, scratch)
                    .explained("codes say nothing about this query", 0, 0);
        }
        Graph graph = held.graph();
        ExactSearch.Prepared prepared = new ExactSearch.Prepared(held.rows(), code);
        SearchCosts costs = MachineCosts.costs(held.rows().layout());
        if (graph == null) {
            return exact(query, null, prepared, SearchPlan.withoutGraph(costs, query), scratch);
        }
        SearchPlan plan = SearchPlan.withGraph(costs, graph.mode(), graph.rowCount(), query);
        if (!plan.walks()) {
            return exact(query, graph, prepared, plan, scratch);
        }
        ApproximateSearch walk = new ApproximateSearch(rows, similarity, query, scratch);
        SearchOutcome found = walk.search(graph, prepared, plan.beam());
        if (found != null) {
            return found.explained(plan.reason(), plan.nanos(), 0);
        }
        return exact(query, null, prepared, plan, scratch)
                .explained("a walk came by too few rows that match", plan.nanos(), walk.scoredCount());
    }

    private SearchOutcome exact(
            VectorQuery query,
            @Nullable Graph graph,
            ExactSearch.Prepared prepared,
            SearchPlan plan,
            SearchScratch scratch) {
        NotedHelpers helpers = new NotedHelpers(query.helpers());
        long startedAt = System.nanoTime();
        int[] near = graph != null && SearchPlan.startsByGraph(graph.mode(), query)
                ? new ApproximateSearch(rows, similarity, query, scratch).near(graph, prepared.query())
                : new int[0];
        SearchOutcome outcome =
                ExactSearch.startingAt(near, rows, prepared, similarity, query.withHelpers(helpers), scratch);
        if (!outcome.stopped() && !helpers.tookPart()) {
            MachineCosts.learn(prepared.rows().layout(), query, outcome.plan(), System.nanoTime() - startedAt);
        }
        return outcome.explained(plan.reason(), plan.nanos(), 0);
    }

    /** Takes a hold of the codes of the moment, where there are any. */
    @Nullable
    Codes holdCodes() {
        while (true) {
            Codes current = codes;
            if (current == null || current.tryHold()) {
                return current;
            }
            // Replaced in between; what replaced it is alive.
            Thread.onSpinWait();
        }
    }

    /**
     * Builds a graph over the rows there are now, and codes them anew from their centre of now. Blocks until that is done, on
     * {@code threads} threads; the writer and searches go on meanwhile. Rows appended later are scanned beside the graph.
     *
     * @return whether there is a graph now; there is none for vectors that have no codes, for fewer rows than would have any, and for inner
     *     products of vectors whose norms differ, for which nearness means nothing
     */
    public boolean buildGraph(GraphMode mode, int threads, StopSignal stop) {
        requireNonNull(mode, "mode is null");
        int count;
        synchronized (appending) {
            count = rows.rowCount();
        }
        if (!mayBeCoded() || count < CODES_FROM_ROWS) {
            return false;
        }
        CodedRows coded = CodedRows.ofBlock(rows, similarity, Centre.ofMean(rows, count), count, threads);
        NativeMemory memory = new NativeMemory();
        boolean done = false;
        try {
            if (!mayBeLinked(coded, count)) {
                unlinkable = 2 * count;
                return false;
            }
            Graph graph = GraphBuilder.build(
                    coded.layout(), coded.blocks()[0], count, similarity, mode, memory, threads, stop);
            install(new Codes(coded, graph, memory));
            done = true;
            return true;
        } catch (Parallel.StoppedException e) {
            return false;
        } finally {
            if (!done) {
                coded.close();
                memory.close();
            }
        }
    }

    /**
     * Gives a graph that has only lists of neighbours its fast form, made from these and the codes, without any search for neighbours.
     * Blocks until that is done, on {@code threads} threads; the writer and searches go on meanwhile.
     *
     * @return whether there is a graph in its fast form now
     * @throws SegmentException if the graph is a file's and that is damaged
     */
    public boolean makeGraphFast(int threads, StopSignal stop) {
        Codes held = holdCodes();
        if (held == null) {
            return false;
        }
        try {
            Graph graph = held.graph();
            if (graph == null || graph.mode() == GraphMode.FAST) {
                return graph != null;
            }
            return makeFast(held, graph, threads, stop);
        } finally {
            held.release();
        }
    }

    private boolean makeFast(Codes held, Graph graph, int threads, StopSignal stop) {
        NativeMemory memory = new NativeMemory();
        boolean taken = false;
        try {
            Graph fast = BlockWriter.fastFormOf(
                    graph,
                    held.rows().layout(),
                    similarity,
                    memory.allocate(graph.rowCount() * graph.layout().blockBytes()),
                    threads,
                    stop);
            Codes next = held.with(fast, memory);
            taken = true;
            return replace(held, next);
        } catch (Parallel.StoppedException e) {
            return false;
        } finally {
            if (!taken) {
                memory.close();
            }
        }
    }

    /** Puts codes in the place of others over the same rows, unless something else has taken it meanwhile. Lets go of what is not needed. */
    private boolean replace(Codes before, Codes next) {
        boolean replaced;
        synchronized (appending) {
            replaced = codes == before;
            if (replaced) {
                codes = next;
            }
        }
        (replaced ? before : next).release();
        return replaced;
    }

    /**
     * Returns whether a graph would make searches of the rows there are now faster by so much that it is worth its build: there is none, or
     * many rows have come since, and a scan of all takes far longer than a walk. For the writer.
     */
    public boolean wantsGraph() {
        int count = rows.rowCount();
        if (!mayBeCoded() || count < Math.max(unlinkable, MIN_GRAPH_ROWS)) {
            return false;
        }
        int unlinked = count - linkedRowCount();
        return unlinked > count / ROWS_PER_LATE_ROW
                && SearchPlan.wantsGraph(MachineCosts.costs(CodeLayout.of(dimension())), count, unlinked);
    }

    /** Returns the bytes that a graph over the rows there are now would take; 0 for vectors that never have one. For the writer. */
    public long graphBytes(GraphMode mode) {
        if (!mayBeCoded()) {
            return 0;
        }
        long rowBytes = mode == GraphMode.FAST
                ? new GraphLayout(CodeLayout.of(dimension()).size()).blockBytes()
                : GraphLayout.LIST_BYTES;
        return rowBytes * rows.rowCount();
    }

    private boolean mayBeLinked(CodedRows coded, int count) {
        return coded.unknownCount() == 0 && (similarity != Similarity.DOT || normsAreAlike(count));
    }

    private boolean normsAreAlike(int count) {
        float[] row = new float[dimension()];
        double least = rows.maxNorm() / MAX_NORM_RATIO;
        for (int i = 0; i < count; i++) {
            rows.copyRow(i, row);
            double norm = Bounds.norm(row);
            if (norm != 0 && norm < least) {
                return false;
            }
        }
        return true;
    }

    /** Puts codes in the place of those there are, which are freed when the last search lets go; for one thread at a time, beside the writer. */
    void install(Codes next) {
        // Most of what came meanwhile is coded without holding up the writer.
        int soFar;
        synchronized (appending) {
            soFar = rows.rowCount();
        }
        next.rows().appendAll(rows, soFar);
        Codes before;
        synchronized (appending) {
            next.rows().appendAll(rows, rows.rowCount());
            before = codes;
            codes = next;
        }
        if (before != null) {
            before.release();
        }
    }

    /** Returns how many rows a graph links; 0 where there is none. */
    public int linkedRowCount() {
        Codes current = codes;
        Graph graph = current == null ? null : current.graph();
        return graph == null ? 0 : graph.rowCount();
    }

    /** Returns the form of the graph; null where there is none. */
    public @Nullable GraphMode graphMode() {
        Codes current = codes;
        Graph graph = current == null ? null : current.graph();
        return graph == null ? null : graph.mode();
    }

    /** Returns the bytes taken; for any thread. */
    public Footprint footprint() {
        Codes current = codes;
        return new Footprint(
                rows.footprintBytes(),
                current == null ? 0 : current.rows().footprintBytes(),
                current == null ? 0 : current.graphBytes(),
                rows.mappedBytes() + (current == null ? 0 : current.rows().mappedBytes() + current.mappedGraphBytes()));
    }

    /** Frees the native memory. Nobody reads or writes then or later. A second call does nothing. */
    @Override
    public void close() {
        synchronized (appending) {
            rows.close();
            Codes current = codes;
            codes = null;
            if (current != null) {
                current.release();
            }
        }
    }
}
