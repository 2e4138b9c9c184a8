package io.knarr.bench;

import static java.util.Objects.requireNonNull;

import com.sun.management.OperatingSystemMXBean;
import io.knarr.server.engine.Accuracy;
import io.knarr.server.engine.Footprint;
import io.knarr.server.engine.GraphMode;
import io.knarr.server.engine.SearchHelpers;
import io.knarr.server.engine.SearchOutcome;
import io.knarr.server.engine.Similarity;
import io.knarr.server.engine.StopSignal;
import io.knarr.server.engine.VectorIndex;
import io.knarr.server.engine.VectorQuery;
import io.knarr.server.model.Metric;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Our engine with a file's rows in it, as {@code bench engine} measures it. Driven by one thread. */
final class EngineRows implements Contender, AutoCloseable {
    private static final List<Integer> BEAMS = List.of(10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320, 448, 640);
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean SYSTEM =
            requireNonNull(ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class));

    private final String name;
    private final VectorIndex index;
    private final int rowCount;
    private final float[][] queries;
    private final int k;
    private double buildCpuSeconds;
    private boolean graph;

    /**
     * Appends the first {@code rowCount} rows.
     *
     * @param queries as {@link #prepared} returns them
     */
    EngineRows(String name, VectorFile rows, int rowCount, Metric metric, float[][] queries, int k) {
        this.name = name;
        this.index = new VectorIndex(rows.dimension(), similarity(metric));
        this.rowCount = rowCount;
        this.queries = queries;
        this.k = k;
        float[] row = new float[rows.dimension()];
        index.reserve(rowCount);
        long start = SYSTEM.getProcessCpuTime();
        for (int number = 0; number < rowCount; number++) {
            rows.read(number, row);
            index.append(metric == Metric.COSINE ? unit(row) : row);
        }
        buildCpuSeconds = (SYSTEM.getProcessCpuTime() - start) / 1e9;
    }

    private static Similarity similarity(Metric metric) {
        return switch (metric) {
            case COSINE, DOT -> Similarity.DOT;
            case EUCLID -> Similarity.SQUARED_EUCLID;
            case MANHATTAN -> Similarity.MANHATTAN;
        };
    }

    /** Returns the first queries of a file as the engine takes them: of unit length for cosine. */
    static float[][] prepared(VectorFile file, int count, Metric metric) {
        float[][] queries = new float[count][file.dimension()];
        for (int query = 0; query < count; query++) {
            file.read(query, queries[query]);
            if (metric == Metric.COSINE) {
                queries[query] = unit(queries[query]);
            }
        }
        return queries;
    }

    private static float[] unit(float[] vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        double length = Math.sqrt(squares);
        float[] unit = new float[vector.length];
        for (int i = 0; i < vector.length; i++) {
            unit[i] = length == 0 ? 0 : (float) (vector[i] / length);
        }
        return unit;
    }

    /** Builds the graph on so many threads. Returns whether there is one: not every metric and size has it. */
    boolean buildGraph(GraphMode mode, int threads) {
        long start = SYSTEM.getProcessCpuTime();
        graph = index.buildGraph(mode, threads, StopSignal.NEVER);
        buildCpuSeconds += (SYSTEM.getProcessCpuTime() - start) / 1e9;
        return graph;
    }

    /** Returns the processor time of appending and of the graph in seconds, of all threads, compilation included. */
    double buildCpuSeconds() {
        return buildCpuSeconds;
    }

    /** Returns the bytes per row of what a search reads but for the float rows, of which it reads a few: codes, and graph if there is one. */
    double hotBytesPerRow() {
        Footprint bytes = index.footprint();
        return (double) (bytes.codes() + bytes.graph()) / rowCount;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Integer> parameters() {
        return graph ? BEAMS.stream().filter(beam -> beam >= k).toList() : List.of();
    }

    @Override
    public boolean isThreaded() {
        return true;
    }

    @Override
    public Run run(int parameter, int threads) {
        if (threads == 1) {
            return run(queries.length, rowCount, Accuracy.APPROXIMATE, parameter, null);
        }
        int[][] found = new int[queries.length][];
        long start = System.nanoTime();
        List<Future<Double>> shares = new ArrayList<>();
        try (ExecutorService workers = Executors.newFixedThreadPool(threads)) {
            for (int thread = 0; thread < threads; thread++) {
                int first = thread;
                shares.add(workers.submit(() -> share(first, threads, parameter, found)));
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Run(shares.stream().mapToDouble(Future::resultNow).sum(), seconds, found);
    }

    /** Answers every {@code step}-th query on this thread, and returns the seconds of processor time it took. */
    private double share(int first, int step, int beam, int[][] found) {
        long cpu = THREADS.getCurrentThreadCpuTime();
        for (int query = first; query < found.length; query += step) {
            found[query] = rowsOf(search(query, rowCount, Accuracy.APPROXIMATE, beam, null));
        }
        return (THREADS.getCurrentThreadCpuTime() - cpu) / 1e9;
    }

    /** Answers the first queries over the first rows. Scores are looked up too: they are part of an answer. */
    Run run(int count, int rows, Accuracy accuracy, int beam, @Nullable RowMask mask) {
        return run(count, query -> search(query, rows, accuracy, beam, mask));
    }

    private static Run run(int count, IntFunction<SearchOutcome> search) {
        int[][] found = new int[count][];
        long start = System.nanoTime();
        long cpu = THREADS.getCurrentThreadCpuTime();
        for (int query = 0; query < count; query++) {
            found[query] = rowsOf(search.apply(query));
        }
        double cpuSeconds = (THREADS.getCurrentThreadCpuTime() - cpu) / 1e9;
        return new Run(cpuSeconds, (System.nanoTime() - start) / 1e9, found);
    }

    /** Answers the first queries over all rows exactly, with threads that may help. */
    Run runHelped(int count, SearchHelpers helpers) {
        int[][] found = new int[count][];
        long start = System.nanoTime();
        long cpu = THREADS.getCurrentThreadCpuTime();
        for (int query = 0; query < count; query++) {
            found[query] = rowsOf(
                    index.search(VectorQuery.of(queries[query], rowCount, k).withHelpers(helpers)));
        }
        double cpuSeconds = (THREADS.getCurrentThreadCpuTime() - cpu) / 1e9;
        return new Run(cpuSeconds, (System.nanoTime() - start) / 1e9, found);
    }

    /** Answers filtered queries by the graph, wherever it is said to pay. */
    Run runWalk(int count, RowMask mask) {
        return run(
                count,
                query -> search(wanted(query, rowCount, Accuracy.APPROXIMATE, 0).withExactBudget(0), mask));
    }

    /** Returns what the engine says it did for the first query by the graph. */
    String planOfWalk(RowMask mask) {
        return search(wanted(0, rowCount, Accuracy.APPROXIMATE, 0).withExactBudget(0), mask)
                .plan();
    }

    boolean hasGraph() {
        return graph;
    }

    /** Returns what the engine says it did for the first query. */
    String plan(Accuracy accuracy, @Nullable RowMask mask) {
        return search(0, rowCount, accuracy, 0, mask).plan();
    }

    private SearchOutcome search(int query, int rows, Accuracy accuracy, int beam, @Nullable RowMask mask) {
        return search(wanted(query, rows, accuracy, beam), mask);
    }

    private VectorQuery wanted(int query, int rows, Accuracy accuracy, int beam) {
        return VectorQuery.of(queries[query], rows, k).withAccuracy(accuracy).withBeam(beam);
    }

    private SearchOutcome search(VectorQuery wanted, @Nullable RowMask mask) {
        return index.search(mask == null ? wanted : wanted.withMask(mask.words(), mask.count()));
    }

    private static int[] rowsOf(SearchOutcome outcome) {
        int[] rows = new int[outcome.size()];
        for (int rank = 0; rank < rows.length; rank++) {
            rows[rank] = outcome.row(rank);
        }
        return rows;
    }

    @Override
    public void close() {
        index.close();
    }
}
