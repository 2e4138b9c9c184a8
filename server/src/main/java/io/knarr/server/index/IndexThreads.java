package io.knarr.server.index;

import static java.util.Objects.requireNonNull;

import io.knarr.server.engine.SearchHelpers;
import java.util.concurrent.ExecutorService;

/**
 * The pools of platform threads on which the work of backends runs; calls wait for it on their virtual threads. Entering native code
 * keeps a virtual thread's carrier, and a long computation is not preempted, so neither happens there.
 *
 * @param search distances; as many threads as cores, bounded queue
 * @param loading reads of the store, from point reads to whole collections
 * @param writing commits: each waits for the disk, and many together share one flush
 * @param helpers those of the search threads that have nothing to do at the moment
 * @param compaction compaction of rows, which a build of a graph must not hold up: meanwhile the dead gather. One thread
 * @param background what nobody waits for: graphs and images of collections. One thread
 */
public record IndexThreads(
        ExecutorService search,
        SearchHelpers helpers,
        ExecutorService loading,
        ExecutorService writing,
        ExecutorService compaction,
        ExecutorService background) {
    public IndexThreads {
        requireNonNull(search, "search is null");
        requireNonNull(helpers, "helpers is null");
        requireNonNull(loading, "loading is null");
        requireNonNull(writing, "writing is null");
        requireNonNull(compaction, "compaction is null");
        requireNonNull(background, "background is null");
    }
}
