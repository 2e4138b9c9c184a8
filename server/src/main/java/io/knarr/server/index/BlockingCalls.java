package io.knarr.server.index;

import io.knarr.server.engine.SearchHelpers;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreFailures;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Hands work to a pool and waits for it, no longer than the call may take. Thread-safe. */
final class BlockingCalls {
    private static final Duration BUSY_RETRY = Duration.ofMillis(50);

    /** How often a waiting call looks whether its caller went away. */
    private static final long CANCEL_CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final IndexThreads threads;

    BlockingCalls(IndexThreads threads) {
        this.threads = threads;
    }

    /** Computes on a search thread. @throws ServiceException TOO_MANY_CALLS where as many wait as may, or as the task does */
    <T> T onSearch(Callable<T> task, CallDeadline deadline) {
        return await(submit(threads.search(), task), deadline);
    }

    /** Returns the search threads that have nothing to do at the moment. */
    SearchHelpers helpers() {
        return threads.helpers();
    }

    /** Reads the store on a loading thread. @throws ServiceException as {@link #onSearch}, or for a failed read */
    <T> T onLoading(Callable<T> task, CallDeadline deadline) {
        return await(submit(threads.loading(), task), deadline);
    }

    /** Writes to the store on a writing thread and waits until the outcome is known. @throws StoreException as the task does */
    void onWriting(Runnable task) {
        Future<?> written = submit(threads.writing(), () -> {
            task.run();
            return true;
        });
        var _ = awaitOutcome(written);
    }

    private static <T> Future<T> submit(ExecutorService pool, Callable<T> task) {
        try {
            return pool.submit(task);
        } catch (RejectedExecutionException e) {
            throw ServiceException.causedBy(e, ErrorCode.TOO_MANY_CALLS, "Too many calls wait for a thread")
                    .retryAfter(BUSY_RETRY);
        }
    }

    /** Waits for a shared computation, which goes on if this call gives up. */
    static <T> T awaitShared(CompletableFuture<T> future, CallDeadline deadline) {
        return waitFor(future, deadline, false);
    }

    private static <T> T await(Future<T> future, CallDeadline deadline) {
        return waitFor(future, deadline, true);
    }

    private static <T> T waitFor(Future<T> future, CallDeadline deadline, boolean cancelWhenOver) {
        while (true) {
            try {
                long left = Math.max(0, deadline.remaining().toNanos());
                return future.get(Math.min(left, CANCEL_CHECK_NANOS), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                if (deadline.isOver()) {
                    if (cancelWhenOver) {
                        var _ = future.cancel(false);
                    }
                    deadline.check();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw ServiceException.causedBy(e, ErrorCode.SERVER_STOPPING, "The server is shutting down");
            } catch (ExecutionException e) {
                throw translate(e);
            }
        }
    }

    private static <T> T awaitOutcome(Future<T> future) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true; // a write cannot be called back, so neither can the wait
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof StoreException failure) {
                        throw failure;
                    }
                    throw translate(e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException translate(ExecutionException e) {
        return switch (e.getCause()) {
            case ServiceException failure -> failure;
            case StoreException failure -> StoreFailures.toServiceException(failure);
            case RuntimeException bug -> bug;
            case null, default -> new IllegalStateException("Work on a pool failed", e.getCause());
        };
    }
}
