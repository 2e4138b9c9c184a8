package io.knarr.server.engine;

import io.knarr.server.engine.kernel.CodeKernel;
import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.engine.kernel.Prefetch;
import io.knarr.server.engine.kernel.SignKernel;
import io.knarr.server.engine.kernel.TransformKernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Best-first search of a graph: expands the best known node, estimates its neighbours, keeps the best of them, until all that are kept
 * were expanded. Expanded nodes are scored by their 7-bit codes. Holds scratch; for one thread at a time, reused.
 */
final class GraphSearch {
    /** Nodes expanded together: fetching their blocks at once hides most of the wait for all but the first. */
    private static final int TOGETHER = 3;

    private static final int ENTRIES = 4;
    private static final int LINE = 64;

    /** Expanded nodes between two looks at the stop signal. */
    private static final int NODES_PER_LOOK = 64;

    private final Beam beam = new Beam();
    private final BestFew entryPoints = new BestFew(ENTRIES);
    private final CodeKernel codeKernel = Kernels.code();
    private final SignKernel signKernel = Kernels.sign();
    private final TransformKernel transform = Kernels.transform();
    private final float[] estimates = new float[GraphLayout.DEGREE];
    private final int[] selected = new int[GraphLayout.DEGREE];
    private final int[] together = new int[TOGETHER];
    private final int[] dots = new int[GraphLayout.DEGREE];
    private final int[] unmet = new int[GraphLayout.DEGREE];
    private float[] entryEstimates = new float[0];

    // What was expanded, in the order it was, with keys by 7-bit codes.
    private int[] rows = new int[256];
    private float[] keys = new float[256];
    private int count;
    private long estimated;
    private long touched;
    private @Nullable MatchPool pool;

    /** Returns how many nodes were expanded. */
    int count() {
        return count;
    }

    int row(int place) {
        return rows[place];
    }

    float key(int place) {
        return keys[place];
    }

    /** Returns how many rows the beam has in the end: the nearest that were met. */
    int nearestCount() {
        return beam.size();
    }

    /** Returns one of these, nearest first. */
    int nearest(int place) {
        return beam.row(place);
    }

    /** Returns a sum of what was touched, which means nothing: because it could be asked for, the compiler must not leave the reads out. */
    long touched() {
        return touched;
    }

    /** Returns how many keys were estimated in any way. */
    long estimated() {
        return estimated;
    }

    /** Searches. Returns whether it was stopped. */
    boolean search(Graph graph, QueryCode code, int width, StopSignal stop) {
        return search(graph, code, width, stop, null);
    }

    /** Searches, and offers every row that gets an estimate to a pool, if there is one. Returns whether it was stopped. */
    boolean search(Graph graph, QueryCode code, int width, StopSignal stop, @Nullable MatchPool matches) {
        pool = matches;
        beam.reset(width, graph.rowCount());
        count = 0;
        estimated = 0;
        enter(graph, code);
        int looked = 0;
        while (true) {
            int found = 0;
            while (found < TOGETHER) {
                int row = beam.expandNext();
                if (row < 0) {
                    break;
                }
                together[found++] = row;
            }
            if (found == 0) {
                return false;
            }
            if (count >= looked + NODES_PER_LOOK) {
                looked = count;
                if (stop.stopped()) {
                    return true;
                }
            }
            fetch(graph, found);
            if (graph.mode() == GraphMode.FAST) {
                for (int i = 0; i < found; i++) {
                    expandBlock(graph, code, together[i]);
                }
            } else {
                for (int i = 0; i < found; i++) {
                    expandList(graph, code, together[i]);
                }
            }
        }
    }

    /** Offers the keys of rows of the graph by their 7-bit codes. Returns how many were scored. */
    int rescore(Graph graph, QueryCode code, int[] asked, int askedCount, TopRows best) {
        MemorySegment codes = graph.base().codes();
        long stride = (long) graph.layout().size() + CodeLayout.TRAILER_BYTES;
        for (int from = 0; from < askedCount; from += dots.length) {
            int length = Math.min(dots.length, askedCount - from);
            codeKernel.dots(code.even, code.odd, codes, 0, stride, asked, from, length, dots);
            for (int i = 0; i < length; i++) {
                int row = asked[from + i];
                best.offer(codeKey(code, codes, row * stride + graph.layout().size(), dots[i]), row);
            }
        }
        return askedCount;
    }

    private void enter(Graph graph, QueryCode code) {
        EntrySample sample = graph.entries();
        if (entryEstimates.length < sample.roundedSize()) {
            entryEstimates = new float[sample.roundedSize()];
        }
        sample.estimate(code, entryEstimates);
        estimated += sample.size();
        entryPoints.find(entryEstimates, sample.size());
        int fresh = 0;
        for (int i = 0; i < entryPoints.count(); i++) {
            int row = sample.row(entryPoints.place(i));
            if (!beam.meet(row)) {
                continue;
            }
            unmet[fresh++] = row;
            if (graph.mode() == GraphMode.FAST) {
                beam.insert(entryPoints.estimate(i), row);
            }
        }
        if (graph.mode() == GraphMode.COMPACT) {
            scoreUnmet(graph, code, fresh);
        }
    }

    /** Asks for every cache line of the blocks before the first is used, so that the waits overlap. */
    private void fetch(Graph graph, int found) {
        MemorySegment memory = graph.memory();
        long stride = graph.stride();
        if (Prefetch.isAvailable()) {
            for (int i = 0; i < found; i++) {
                Prefetch.lines(memory, together[i] * stride, stride);
            }
            return;
        }
        long sum = 0;
        for (int i = 0; i < found; i++) {
            long block = together[i] * stride;
            for (long at = block; at < block + stride; at += LINE) {
                sum += memory.get(ValueLayout.JAVA_LONG, at);
            }
        }
        touched += sum;
    }

    private void expandBlock(Graph graph, QueryCode code, int row) {
        MemorySegment memory = graph.memory();
        GraphLayout layout = graph.layout();
        long block = row * layout.blockBytes();
        codeKernel.dotsOfRun(code.even, code.odd, memory, block, 0, 0, 1, dots);
        float key = codeKey(code, memory, block + layout.size(), dots[0]);
        keep(row, key);
        signKernel.estimateNeighbours(
                code.planes,
                layout.words(),
                code.k0,
                code.k1,
                key,
                memory,
                block + layout.signsAt(),
                block + layout.factorsAt(),
                estimates);
        estimated += GraphLayout.DEGREE;
        if (pool != null) {
            pool.offer(estimates, memory, block + layout.neighboursAt());
        }
        int near = transform.select(estimates, 0, GraphLayout.DEGREE, beam.worstKey(), selected);
        for (int i = 0; i < near; i++) {
            int neighbour = memory.get(ValueLayout.JAVA_INT, block + layout.neighboursAt() + 4L * selected[i]);
            if (beam.meet(neighbour)) {
                beam.insert(estimates[selected[i]], neighbour);
            }
        }
    }

    private void expandList(Graph graph, QueryCode code, int row) {
        MemorySegment lists = graph.memory();
        long list = graph.neighboursOf(row);
        int fresh = 0;
        for (int i = 0; i < GraphLayout.DEGREE; i++) {
            int neighbour = lists.get(ValueLayout.JAVA_INT, list + 4L * i);
            if (neighbour < 0) {
                break;
            }
            if (beam.meet(neighbour)) {
                unmet[fresh++] = neighbour;
            }
        }
        scoreUnmet(graph, code, fresh);
    }

    private void scoreUnmet(Graph graph, QueryCode code, int fresh) {
        MemorySegment codes = graph.base().codes();
        long stride = (long) graph.layout().size() + CodeLayout.TRAILER_BYTES;
        graph.base().verify(unmet, fresh, stride);
        for (int i = 0; i < fresh; i++) {
            Prefetch.lines(codes, unmet[i] * stride, stride);
        }
        codeKernel.dots(code.even, code.odd, codes, 0, stride, unmet, 0, fresh, dots);
        estimated += fresh;
        for (int i = 0; i < fresh; i++) {
            float key = codeKey(code, codes, unmet[i] * stride + graph.layout().size(), dots[i]);
            if (pool != null) {
                pool.offer(key, unmet[i]);
            }
            if (key > beam.worstKey()) {
                beam.insert(key, unmet[i]);
                keep(unmet[i], key);
            }
        }
    }

    private static float codeKey(QueryCode code, MemorySegment memory, long trailer, int dot) {
        return code.codeEstimate(
                dot,
                memory.get(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.SCALE),
                memory.get(ValueLayout.JAVA_INT, trailer + CodeLayout.SUM),
                memory.get(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.NORM));
    }

    private void keep(int row, float key) {
        if (count == rows.length) {
            rows = Arrays.copyOf(rows, 2 * count);
            keys = Arrays.copyOf(keys, 2 * count);
        }
        rows[count] = row;
        keys[count++] = key;
    }
}
