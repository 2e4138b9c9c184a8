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
    /** Nodes whose blocks are on their way to the cache: one is worked on while the others come. */
    private static final int IN_FLIGHT = 3;

    private static final int ENTRIES = 4;
    private static final int LINE = 64;

    /**
     * The share of the beam for rows that are in it already, by the estimate of another neighbour: the beam becomes narrower where most of
     * what is near was found, and a walk ends sooner. No more than that, so that a walk through a crowd of rows, each other's neighbours, still
     * finds as many as are wanted; never of the room for these; and nothing where most of the rows that are found do not match.
     */
    private static final float MAX_REPEATED = 0.75f;

    /** About as many nodes are expanded before a walk is near the query. */
    private static final int NODES_ON_THE_WAY = 16;

    /** Expanded nodes between two looks at the stop signal. */
    private static final int NODES_PER_LOOK = 64;

    private final Beam beam = new Beam();
    private final BestFew entryPoints = new BestFew(ENTRIES);
    private final CodeKernel codeKernel = Kernels.code();
    private final SignKernel signKernel = Kernels.sign();
    private final TransformKernel transform = Kernels.transform();
    private final float[] estimates = new float[GraphLayout.DEGREE];
    private final int[] inFlight = new int[IN_FLIGHT];
    private final int[] dots = new int[GraphLayout.DEGREE];
    private final int[] unmet = new int[GraphLayout.DEGREE];
    private float[] entryEstimates = new float[0];

    // What was expanded, in the order it was, with keys by 7-bit codes.
    private int[] rows = new int[256];
    private float[] keys = new float[256];
    private int count;

    /** Whether it is a fast graph. */
    private boolean blocks;

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

    /**
     * Returns whether one of the nodes is one of the region that the walk ended in, and not of the way there. The keys that made it enter
     * the beam of a fast graph were estimates, mostly too good, so there it is told by when it was expanded.
     */
    boolean isNear(int place) {
        return blocks ? place >= NODES_ON_THE_WAY : keys[place] >= beam.worstKey();
    }

    /** Returns a sum of what was touched, which means nothing: because it could be asked for, the compiler must not leave the reads out. */
    long touched() {
        return touched;
    }

    /** Returns how many keys were estimated in any way. */
    long estimated() {
        return estimated;
    }

    /** Searches for so many rows. Returns whether it was stopped. */
    boolean search(Graph graph, QueryCode code, int width, int wanted, StopSignal stop) {
        return search(graph, code, width, wanted, stop, null);
    }

    /**
     * Searches, and offers every row that gets an estimate to a pool, if there is one. Returns whether it was stopped.
     *
     * @param width of the beam, at least {@code wanted}
     */
    boolean search(Graph graph, QueryCode code, int width, int wanted, StopSignal stop, @Nullable MatchPool matches) {
        pool = matches;
        int repetitions = matches == null ? Math.min((int) (width * MAX_REPEATED), width - wanted) : 0;
        beam.reset(width, repetitions, graph.rowCount());
        count = 0;
        estimated = 0;
        enter(graph, code);
        blocks = graph.mode() == GraphMode.FAST;
        int looked = 0;
        int expanded = 0;
        int asked = 0;
        while (true) {
            while (asked - expanded < IN_FLIGHT) {
                // A list offers a row once; blocks do whenever a neighbour is expanded, until it is expanded itself.
                int row = blocks ? beam.takeUnvisited() : beam.take();
                if (row < 0) {
                    break;
                }
                fetch(graph, row);
                inFlight[asked++ % IN_FLIGHT] = row;
            }
            if (asked == expanded) {
                return false;
            }
            if (expanded >= looked + NODES_PER_LOOK) {
                looked = expanded;
                if (stop.stopped()) {
                    return true;
                }
            }
            int row = inFlight[expanded++ % IN_FLIGHT];
            if (blocks) {
                expandBlock(graph, code, row);
            } else {
                expandList(graph, code, row);
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
        beam.expect(entryPoints.estimate(0), sample.usualOf(entryEstimates));
        int found = entryPoints.count();
        for (int i = 0; i < found; i++) {
            unmet[i] = sample.row(entryPoints.place(i));
        }
        if (graph.mode() == GraphMode.FAST) {
            for (int i = 0; i < found; i++) {
                beam.offer(entryPoints.estimate(i), unmet[i]);
            }
            return;
        }
        for (int i = 0; i < found; i++) {
            beam.visit(unmet[i]);
        }
        scoreUnmet(graph, code, found);
    }

    /** Asks for every cache line of a block, or of a list, before it is used. */
    private void fetch(Graph graph, int row) {
        MemorySegment memory = graph.memory();
        long stride = graph.stride();
        long start = row * stride;
        if (Prefetch.isAvailable()) {
            Prefetch.lines(memory, start, stride);
            return;
        }
        long sum = 0;
        for (long at = start; at < start + stride; at += LINE) {
            sum += memory.get(ValueLayout.JAVA_LONG, at);
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
        long near = transform.reaching(estimates, GraphLayout.DEGREE, beam.worstKey());
        beam.offerUnvisited(near, estimates, memory, block + layout.neighboursAt());
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
            if (beam.visit(neighbour)) {
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
            if (key >= beam.worstKey()) {
                beam.offer(key, unmet[i]);
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
