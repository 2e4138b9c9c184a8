package io.knarr.server.model;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import java.time.Duration;

/**
 * How long a call may still take, and whether anybody still waits for it. Long work asks it every few hundred microseconds.
 * Thread-safe.
 */
public interface CallDeadline {
    /** A deadline that never passes, for work of the server's own. */
    CallDeadline NONE = new CallDeadline() {
        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public Duration remaining() {
            return Duration.ofDays(1);
        }
    };

    /** Returns whether the caller has gone away. */
    boolean isCancelled();

    /** Returns the time left; zero or negative when it is up. */
    Duration remaining();

    /** Returns whether work on this call is pointless. */
    default boolean isOver() {
        return isCancelled() || remaining().compareTo(Duration.ZERO) <= 0;
    }

    /**
     * Ends a call that is over.
     *
     * @throws ServiceException {@link ErrorCode#CALL_CANCELLED} or {@link ErrorCode#DEADLINE_EXCEEDED}
     */
    default void check() {
        if (isCancelled()) {
            throw new ServiceException(ErrorCode.CALL_CANCELLED, "The call was cancelled");
        }
        if (remaining().compareTo(Duration.ZERO) <= 0) {
            throw new ServiceException(ErrorCode.DEADLINE_EXCEEDED, "The deadline passed before the answer was ready");
        }
    }
}
