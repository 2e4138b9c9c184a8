package io.knarr.server;

import io.knarr.server.engine.SearchHelpers;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The pools of platform threads. Their queues are bounded: work that finds one full is refused with {@link
 * RejectedExecutionException}, which the package that handed it over says as a refusal of its own. Threads that
 * nobody needs go away.
 */
final class WorkerPools implements AutoCloseable {
    private static final long IDLE_SECONDS = 30;
    private static final long CLOSE_SECONDS = 5;

    /** Work that nobody waits for; what finds no room is asked for again later. */
    private static final int BACKGROUND_QUEUE = 10_000;

    private final ThreadPoolExecutor search;
    private final ThreadPoolExecutor loading;
    private final ThreadPoolExecutor writing;
    private final ThreadPoolExecutor compaction;
    private final ThreadPoolExecutor background;
    private final ExecutorService calls;

    WorkerPools(WorkerPoolsConfig config) {
        this.search = pool("search", config.searchThreads(), config.searchQueue());
        this.loading = pool("loading", config.loadingThreads(), config.loadingQueue());
        this.writing = pool("writing", config.writingThreads(), config.writingQueue());
        this.compaction = pool("compaction", 1, BACKGROUND_QUEUE);
        this.background = pool("background", 1, BACKGROUND_QUEUE);
        this.calls = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("knarr-call-", 0).factory());
    }

    /** A virtual thread per call: handlers block. How many there are at once is the admission's business. */
    Executor calls() {
        return calls;
    }

    ExecutorService search() {
        return search;
    }

    /** The search threads that have nothing to do at the moment. */
    SearchHelpers searchHelpers() {
        return this::runIfIdle;
    }

    /** Another search may take the thread in between; then the share waits, comes too late, and does nothing. */
    private boolean runIfIdle(Runnable share) {
        if (search.getActiveCount() >= search.getMaximumPoolSize()
                || !search.getQueue().isEmpty()) {
            return false;
        }
        try {
            search.execute(share);
            return true;
        } catch (RejectedExecutionException _) {
            return false;
        }
    }

    ExecutorService loading() {
        return loading;
    }

    ExecutorService writing() {
        return writing;
    }

    /** One thread that lets go of rows that died. */
    ExecutorService compaction() {
        return compaction;
    }

    /** One thread for what nobody waits for. */
    ExecutorService background() {
        return background;
    }

    private static ThreadPoolExecutor pool(String name, int threads, int queue) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads,
                threads,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(queue),
                Thread.ofPlatform().daemon().name("knarr-" + name + "-", 0).factory());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** Takes no more work, lets what runs end, and interrupts what has not after a few seconds. */
    @Override
    public void close() {
        List<ExecutorService> pools = List.of(calls, search, loading, writing, compaction, background);
        pools.forEach(ExecutorService::shutdown);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
        try {
            for (ExecutorService pool : pools) {
                if (!pool.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    pool.shutdownNow();
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            pools.forEach(ExecutorService::shutdownNow);
        }
    }
}
