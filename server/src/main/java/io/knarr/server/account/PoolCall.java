package io.knarr.server.account;

import static java.util.Objects.requireNonNull;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreFailures;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/** Does work that enters the store on a pool made for that, while the calling (virtual) thread waits without keeping its carrier. */
final class PoolCall {
    private PoolCall() {}

    /**
     * Returns what the work returns.
     *
     * @throws ServiceException TOO_MANY_CALLS if the pool is full, SERVER_STOPPING if it is shut down, CALL_CANCELLED if this thread is
     *     interrupted (the work goes on), and what a failure of the store means
     */
    static <T> T run(Executor pool, Supplier<T> work) {
        CompletableFuture<T> result;
        try {
            result = CompletableFuture.supplyAsync(work, pool);
        } catch (RejectedExecutionException e) {
            throw refusal(pool, e);
        }
        try {
            return result.get();
        } catch (ExecutionException e) {
            throw switch (requireNonNull(e.getCause())) {
                case ServiceException failure -> failure;
                case StoreException failure -> StoreFailures.toServiceException(failure);
                case RuntimeException failure -> failure;
                case Throwable failure -> new IllegalStateException("Work on the store failed", failure);
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ServiceException.causedBy(e, ErrorCode.CALL_CANCELLED, "The call was cancelled");
        }
    }

    private static ServiceException refusal(Executor pool, RejectedExecutionException cause) {
        boolean stopping = pool instanceof ExecutorService service && service.isShutdown();
        ServiceException refusal = stopping
                ? ServiceException.causedBy(cause, ErrorCode.SERVER_STOPPING, "The server is shutting down")
                : ServiceException.causedBy(cause, ErrorCode.TOO_MANY_CALLS, "Too many calls wait for the store");
        return refusal.retryAfter(Duration.ofSeconds(1));
    }
}
