package io.knarr.server.index;

import com.sun.management.OperatingSystemMXBean;
import io.knarr.server.engine.GraphMode;
import io.knarr.server.engine.StopSignal;
import io.knarr.server.engine.VectorIndex;
import java.lang.management.ManagementFactory;
import java.util.function.Predicate;

/**
 * Which graphs are built, and how: which kind fits the machine, and on how many of its cores.
 *
 * @param worthABuild whether searches of the rows there are now would gain so much that a graph is to be built; asked by the writer
 */
record GraphPolicy(Predicate<VectorIndex> worthABuild) {
    /** Builds what is worth it on this machine. */
    static final GraphPolicy BY_COST = new GraphPolicy(VectorIndex::wantsGraph);

    /** Threads that build a graph: half the cores, so that searches have the others. */
    static final int THREADS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    /** A graph of the fast kind takes at most this share of the machine's memory. */
    private static final int SHARES_OF_MEMORY = 16;

    private static final long MAX_FAST_BYTES = memoryBytes() / SHARES_OF_MEMORY;

    private static GraphMode modeFor(VectorIndex index) {
        return index.graphBytes(GraphMode.FAST) <= MAX_FAST_BYTES ? GraphMode.FAST : GraphMode.COMPACT;
    }

    /** Returns whether a graph, or a faster form of one that there is, would make searches faster. For the writer. */
    boolean wants(VectorIndex index) {
        return worthABuild.test(index) || wantsFastForm(index);
    }

    /** Graphs of an image are compact at first. */
    private static boolean wantsFastForm(VectorIndex index) {
        return index.graphMode() == GraphMode.COMPACT && modeFor(index) == GraphMode.FAST;
    }

    /**
     * Builds the graph that is wanted, or gives that of an image its fast form. Takes {@link #THREADS} cores for as long as that takes.
     *
     * @return whether a graph was built, which no image has yet
     */
    boolean build(VectorIndex index, StopSignal stop) {
        if (worthABuild.test(index)) {
            return index.buildGraph(modeFor(index), THREADS, stop);
        }
        if (wantsFastForm(index)) {
            var _ = index.makeGraphFast(THREADS, stop);
        }
        return false;
    }

    private static long memoryBytes() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }
}
