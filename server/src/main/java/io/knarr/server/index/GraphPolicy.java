package io.knarr.server.index;

import static java.util.Objects.requireNonNull;

import com.sun.management.OperatingSystemMXBean;
import io.knarr.server.engine.GraphMode;
import io.knarr.server.engine.VectorIndex;
import io.knarr.server.engine.VectorQuery;
import java.lang.management.ManagementFactory;
import java.util.function.Predicate;

/**
 * How graphs are built and when they are searched: which kind fits, on how many threads, and how long an exact answer may take instead. The
 * one place that decides these.
 *
 * @param maxFastBytes bytes that the fast graphs of one collection may take together; beyond it they are compact
 * @param threads that build one graph
 * @param exactBudgetNanos how long an exact answer with a filter may take for it to be preferred; 0 for a graph wherever there is one
 * @param worthABuild whether searches of the rows there are now would gain so much that a graph is to be built; asked by the writer
 */
public record GraphPolicy(long maxFastBytes, int threads, long exactBudgetNanos, Predicate<VectorIndex> worthABuild) {
    private static final Predicate<VectorIndex> BY_COST = VectorIndex::wantsGraph;

    private static final int SHARES_OF_MEMORY = 16;

    /**
     * A graph counts in what its account weighs in the cache, so one collection must not push all others out to be faster itself. At 384
     * components the other forms of a row weigh about as much as its block of a fast graph, so eight shares are room for about four such
     * collections. Where the cache has half of the machine's memory, as it has by default, this is the same as the share of memory.
     */
    private static final int SHARES_OF_CACHE = 8;

    public GraphPolicy {
        requireNonNull(worthABuild, "worthABuild is null");
        if (maxFastBytes < 0 || threads < 1 || exactBudgetNanos < 0) {
            throw new IllegalArgumentException("the policy is out of range; maxFastBytes=" + maxFastBytes + " threads="
                    + threads + " exactBudgetNanos=" + exactBudgetNanos);
        }
    }

    /** Makes a policy that builds what is worth it by the costs of searches. */
    GraphPolicy(long maxFastBytes, int threads, long exactBudgetNanos) {
        this(maxFastBytes, threads, exactBudgetNanos, BY_COST);
    }

    /** Returns the policy of this machine, for a cache of accounts that may take so many bytes. */
    public static GraphPolicy ofMachine(long cacheBytes) {
        long memoryBytes =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        return of(memoryBytes, cacheBytes, Runtime.getRuntime().availableProcessors());
    }

    /** Returns the policy of a machine: a share of its memory and of the cache; half the cores, so that searches have the others. */
    static GraphPolicy of(long memoryBytes, long cacheBytes, int cores) {
        return new GraphPolicy(
                Math.min(memoryBytes / SHARES_OF_MEMORY, cacheBytes / SHARES_OF_CACHE),
                Math.max(1, cores / 2),
                VectorQuery.EXACT_BUDGET_NANOS);
    }

    /** Returns this policy with another judgement of what is worth a build. */
    GraphPolicy building(Predicate<VectorIndex> judgement) {
        return new GraphPolicy(maxFastBytes, threads, exactBudgetNanos, judgement);
    }

    /** Returns the kind of graph of the vectors of one collection. */
    GraphMode modeFor(VectorIndex... vectors) {
        long bytes = 0;
        for (VectorIndex index : vectors) {
            bytes += index.graphBytes(GraphMode.FAST);
        }
        return bytes <= maxFastBytes ? GraphMode.FAST : GraphMode.COMPACT;
    }
}
