package io.knarr.server.index;

import com.sun.management.OperatingSystemMXBean;
import io.knarr.server.engine.GraphMode;
import io.knarr.server.engine.VectorIndex;
import java.lang.management.ManagementFactory;

/** How graphs are built: which kind fits the machine, and on how many of its cores. */
final class GraphPolicy {
    /** Threads that build a graph: half the cores, so that searches have the others. */
    static final int THREADS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    /** A graph of the fast kind takes at most this share of the machine's memory. */
    private static final int SHARES_OF_MEMORY = 16;

    private static final long MAX_FAST_BYTES = memoryBytes() / SHARES_OF_MEMORY;

    private GraphPolicy() {}

    static GraphMode modeFor(VectorIndex index) {
        return index.graphBytes(GraphMode.FAST) <= MAX_FAST_BYTES ? GraphMode.FAST : GraphMode.COMPACT;
    }

    private static long memoryBytes() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }
}
