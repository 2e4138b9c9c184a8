package io.knarr.server.rpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The messages of one streaming reply. A message is handed to gRPC only when the caller has taken almost all of those before, so a slow
 * caller costs the memory of one message and not of the whole answer. Used by one thread; gRPC's wake it.
 */
final class ReplyStream<R> {
    /** How often a waiting call looks whether its caller went away. */
    private static final Duration CHECK_INTERVAL = Duration.ofMillis(50);

    private final ServerCallStreamObserver<R> observer;
    private final Duration patience;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /**
     * Takes over an observer; to be made before the call's method returns, after which gRPC takes no listeners.
     *
     * @param patience how long a caller may take no message before the call is ended
     */
    ReplyStream(ServerCallStreamObserver<R> observer, Duration patience) {
        this.observer = observer;
        this.patience = patience;
        observer.setOnReadyHandler(this::wake);
        observer.setOnCancelHandler(this::wake);
    }

    /**
     * Waits until the caller can take a message, then sends it.
     *
     * @throws ServiceException CALL_CANCELLED; DEADLINE_EXCEEDED, also of a caller that does not read
     */
    void send(R message, CallDeadline deadline) {
        awaitReady(deadline);
        observer.onNext(message);
    }

    private void awaitReady(CallDeadline deadline) {
        long giveUpAt = System.nanoTime() + patience.toNanos();
        lock.lock();
        try {
            deadline.check();
            while (!observer.isReady()) {
                if (System.nanoTime() - giveUpAt >= 0) {
                    throw new ServiceException(
                                    ErrorCode.DEADLINE_EXCEEDED, "The caller has read nothing for as long as it may")
                            .with("limit", patience);
                }
                var _ = changed.awaitNanos(CHECK_INTERVAL.toNanos());
                deadline.check();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ServiceException.causedBy(e, ErrorCode.SERVER_STOPPING, "The server is shutting down");
        } finally {
            lock.unlock();
        }
    }

    private void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
