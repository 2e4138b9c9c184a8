package io.knarr.server;

import io.knarr.server.config.ConfigSource;

/**
 * How many platform threads do the heavy work, and how much of it may wait for them.
 *
 * @param searchThreads threads that compute distances; 1 to 1,024, by default one per core
 * @param searchQueue searches that may wait for one; 1 to 1,000,000. The next is refused with {@code TOO_MANY_CALLS}
 * @param loadingThreads threads that read the store; 1 to 1,024
 * @param loadingQueue reads that may wait for one; 1 to 1,000,000
 * @param writingThreads threads that commit, that is, the writes that may share one flush of the disk; 1 to 1,024
 * @param writingQueue commits that may wait for one; 1 to 1,000,000
 */
public record WorkerPoolsConfig(
        int searchThreads,
        int searchQueue,
        int loadingThreads,
        int loadingQueue,
        int writingThreads,
        int writingQueue) {
    private static final int MAX_THREADS = 1_024;
    private static final int MAX_QUEUE = 1_000_000;

    public WorkerPoolsConfig {
        requireBetween("search-threads", searchThreads, MAX_THREADS);
        requireBetween("search-queue", searchQueue, MAX_QUEUE);
        requireBetween("loading-threads", loadingThreads, MAX_THREADS);
        requireBetween("loading-queue", loadingQueue, MAX_QUEUE);
        requireBetween("writing-threads", writingThreads, MAX_THREADS);
        requireBetween("writing-queue", writingQueue, MAX_QUEUE);
    }

    /** Reads the settings; {@code cores} decides the defaults. */
    static WorkerPoolsConfig from(ConfigSource source, int cores) {
        return new WorkerPoolsConfig(
                source.integer("pools.search-threads", cores),
                source.integer("pools.search-queue", 1_024),
                source.integer("pools.loading-threads", Math.max(4, 2 * cores)),
                source.integer("pools.loading-queue", 4_096),
                source.integer("pools.writing-threads", 64),
                source.integer("pools.writing-queue", 4_096));
    }

    private static void requireBetween(String property, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException("pools." + property + " must be 1 to " + max + ": " + value);
        }
    }
}
