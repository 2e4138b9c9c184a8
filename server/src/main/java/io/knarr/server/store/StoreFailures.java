package io.knarr.server.store;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import java.time.Duration;

/** Says a failure of the store in the words a caller understands. The one place where that is decided. */
public final class StoreFailures {
    /** When to try again after a failure that somebody has to look at first. */
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private StoreFailures() {}

    /**
     * Returns the failure a caller should see. The store's own text stays behind as the cause: it names files and errno values, which
     * are for the log.
     */
    public static ServiceException toServiceException(StoreException failure) {
        return switch (failure.kind()) {
            case CORRUPT ->
                ServiceException.causedBy(failure, ErrorCode.RECORD_CORRUPT, "Stored data is damaged and was not used");
            case DISK_FULL ->
                ServiceException.causedBy(
                        failure, ErrorCode.DISK_FULL, "The disk is full; nothing was written, and reads go on");
            case CLOSED ->
                ServiceException.causedBy(failure, ErrorCode.SERVER_STOPPING, "The server is shutting down")
                        .retryAfter(RETRY_AFTER);
            // All but the first end the start of a server, so a call meets them only if a store is opened while calls
            // run.
            case IO, IN_USE, NOT_A_STORE, TOO_NEW, TOO_OLD ->
                ServiceException.causedBy(
                                failure,
                                ErrorCode.STORE_UNAVAILABLE,
                                "The store cannot be used now; whether a write that was under way is durable is unknown")
                        .retryAfter(RETRY_AFTER);
        };
    }
}
