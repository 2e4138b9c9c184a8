package io.knarr.bench;

import io.knarr.server.engine.Accuracy;
import io.knarr.server.engine.SearchHelpers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Times exact answers over several numbers of rows, and filtered ones, exact, as planned and by the graph; in rounds, with FAISS's flat index
 * in turn.
 */
final class ExactLatency {
    /** Shares of the rows that filters let through. */
    static final List<String> SHARES = List.of("0.001", "0.01", "0.1", "0.5");

    private static final int[] SIZES = {1_000, 10_000, 100_000};
    private static final double MIN_SECONDS = 0.05; // of one timing, where the clock's grain is nothing
    static final String ALL = "us_all";
    private static final String STRICT = "us_all_strict";
    private static final String ALL_WALL = "us_all_wall";
    private static final String TWO_THREADS = "us_all_two_threads";
    static final String FLAT = "us_faiss_flat";

    private final EngineRows engine;
    private final int rowCount;
    private final int queryCount;
    private final int rounds;
    private final Map<String, List<Double>> timings = new LinkedHashMap<>();

    /** Uses the first {@code queryCount} queries of the engine. */
    ExactLatency(EngineRows engine, int rowCount, int queryCount, int rounds) {
        this.engine = engine;
        this.rowCount = rowCount;
        this.queryCount = queryCount;
        this.rounds = rounds;
    }

    /** Returns the {@code exact} object of the result. */
    Map<String, @Nullable Object> measure(Neighbours truth, Optional<PeerProcess> flat) throws IOException {
        try (ThreadPoolExecutor helper = new ThreadPoolExecutor(1, 1, 1, TimeUnit.MINUTES, new SynchronousQueue<>())) {
            var _ = helper.prestartAllCoreThreads();
            round(flat, helper);
            timings.clear(); // that was for the compiler
            for (int round = 0; round < rounds; round++) {
                round(flat, helper);
            }
        }
        Map<String, @Nullable Object> exact = new LinkedHashMap<>();
        for (int size : SIZES) {
            exact.put(key(size), median(key(size)));
        }
        exact.put(ALL, median(ALL));
        exact.put(
                "recall",
                ResultLine.rounded(
                        truth.recall(run(rowCount, Accuracy.EXACT, null).found())));
        Double ours = median(ALL);
        Double theirs = median(FLAT);
        exact.put("vs_faiss_flat", ours == null || theirs == null ? null : ResultLine.rounded(theirs / ours));
        exact.put(FLAT, theirs);
        exact.put(STRICT, median(STRICT));
        exact.put(ALL_WALL, median(ALL_WALL));
        exact.put(TWO_THREADS, median(TWO_THREADS));
        exact.put("plan", engine.plan(Accuracy.EXACT, null));
        return exact;
    }

    private void round(Optional<PeerProcess> flat, Executor helper) throws IOException {
        for (int size : SIZES) {
            if (size <= rowCount) {
                time(key(size), () -> run(size, Accuracy.EXACT, null));
            }
        }
        time(ALL, () -> run(rowCount, Accuracy.EXACT, null));
        time(STRICT, () -> run(rowCount, Accuracy.STRICT, null));
        // By the wall: the time of two threads is what it is about. In turn, since others may be about.
        addWall(ALL_WALL, engine.runHelped(queryCount, SearchHelpers.NONE));
        addWall(TWO_THREADS, engine.runHelped(queryCount, share -> runIfIdle(helper, share)));
        if (flat.isPresent()) {
            Contender.Run run = flat.get().run(0, 1);
            add(FLAT, run.cpuSeconds() / run.found().length);
        }
    }

    private void addWall(String name, Contender.Run run) {
        add(name, run.wallSeconds() / run.found().length);
    }

    /** Without a queue an executor refuses what no thread waits for. */
    private static boolean runIfIdle(Executor helper, Runnable share) {
        try {
            helper.execute(share);
            return true;
        } catch (RejectedExecutionException _) {
            return false;
        }
    }

    private static String key(int size) {
        return "us_" + size / 1_000 + "k";
    }

    /** Returns the {@code filtered} object of the result; {@code truths} is by the masks' labels. */
    Map<String, @Nullable Object> measureFiltered(List<RowMask> masks, Map<String, Neighbours> truths) {
        Map<String, @Nullable Object> filtered = new LinkedHashMap<>();
        for (int round = -1; round < rounds; round++) {
            for (RowMask mask : masks) {
                time(mask.label(), () -> run(rowCount, Accuracy.EXACT, mask));
                time("~" + mask.label(), () -> run(rowCount, Accuracy.APPROXIMATE, mask));
                if (engine.hasGraph()) {
                    time("graph " + mask.label(), () -> engine.runWalk(queryCount, mask));
                }
            }
            if (round < 0) {
                timings.clear(); // that was for the compiler
            }
        }
        for (RowMask mask : masks) {
            Neighbours truth = truths.get(mask.label());
            if (truth == null) {
                throw new IllegalStateException("there is no truth for the mask " + mask.label());
            }
            Map<String, @Nullable Object> figures = new LinkedHashMap<>();
            figures.put("us", median(mask.label()));
            figures.put("recall", recall(truth, Accuracy.EXACT, mask));
            figures.put("plan", engine.plan(Accuracy.EXACT, mask));
            figures.put("us_approximate", median("~" + mask.label()));
            figures.put("recall_approximate", recall(truth, Accuracy.APPROXIMATE, mask));
            figures.put("plan_approximate", engine.plan(Accuracy.APPROXIMATE, mask));
            boolean graph = engine.hasGraph();
            figures.put("us_graph", graph ? median("graph " + mask.label()) : null);
            figures.put(
                    "recall_graph",
                    graph
                            ? ResultLine.rounded(truth.recall(
                                    engine.runWalk(queryCount, mask).found()))
                            : null);
            figures.put("plan_graph", graph ? engine.planOfWalk(mask) : null);
            filtered.put(mask.label(), figures);
        }
        return filtered;
    }

    private Object recall(Neighbours truth, Accuracy accuracy, RowMask mask) {
        return ResultLine.rounded(truth.recall(run(rowCount, accuracy, mask).found()));
    }

    private Contender.Run run(int rows, Accuracy accuracy, @Nullable RowMask mask) {
        return engine.run(queryCount, rows, accuracy, 0, mask);
    }

    private void time(String name, Supplier<Contender.Run> run) {
        double seconds = 0;
        int answers = 0;
        while (seconds < MIN_SECONDS) {
            Contender.Run once = run.get();
            seconds += once.cpuSeconds();
            answers += once.found().length;
        }
        add(name, seconds / answers);
    }

    private void add(String name, double secondsPerAnswer) {
        timings.computeIfAbsent(name, _ -> new ArrayList<>()).add(secondsPerAnswer * 1e6);
    }

    private @Nullable Double median(String name) {
        List<Double> values = timings.get(name);
        return values == null ? null : ResultLine.rounded(Alternation.median(values));
    }
}
