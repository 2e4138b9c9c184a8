package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.index.CursorConfig;
import io.knarr.server.model.CallDeadline;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * What surrounds every handler that streams its reply, as {@link UnaryCall} does for the others. The handler runs on a thread of its own:
 * gRPC tells of a caller that is ready for more on the call's thread, which must not wait for that. The permit is held as long as it
 * runs. Thread-safe.
 */
final class StreamingCall {
    /** How long a stream may go on whose caller set no deadline; what ends it otherwise is a caller that does not read. */
    private static final Duration LONGEST = Duration.ofDays(1);

    private final CallPermits permits;
    private final CursorConfig cursors;
    private final StatusMapper statusMapper;
    private final Executor executor;

    @Inject
    StreamingCall(CallPermits permits, CursorConfig cursors, StatusMapper statusMapper, @ForCalls Executor executor) {
        this.permits = requireNonNull(permits, "permits is null");
        this.cursors = requireNonNull(cursors, "cursors is null");
        this.statusMapper = requireNonNull(statusMapper, "statusMapper is null");
        this.executor = requireNonNull(executor, "executor is null");
    }

    /** Answers a call by its handler; returns at once. */
    <Q, R> void answer(Q request, StreamObserver<R> observer, StreamHandler<Q, R> handler) {
        if (!(observer instanceof ServerCallStreamObserver<R> stream)) {
            throw new IllegalStateException("gRPC gives servers another kind of observer");
        }
        ReplyStream<R> replies = new ReplyStream<>(stream, cursors.lease());
        try {
            executor.execute(Context.current().wrap(() -> run(request, stream, replies, handler)));
        } catch (RejectedExecutionException e) {
            observer.onError(statusMapper.toException(
                    ServiceException.causedBy(e, ErrorCode.SERVER_STOPPING, "The server is shutting down")));
        }
    }

    private <Q, R> void run(
            Q request, StreamObserver<R> observer, ReplyStream<R> replies, StreamHandler<Q, R> handler) {
        Identity identity = Identity.KEY.get();
        CallDeadline deadline = ContextDeadline.current(LONGEST);
        try (var _ = permits.acquire(identity.account())) {
            deadline.check();
            handler.handle(identity, request, deadline, replies);
        } catch (Throwable e) { // an Error too: the caller must not be left waiting, and the permit is back already
            observer.onError(statusMapper.toException(e));
            return;
        }
        observer.onCompleted();
    }
}
