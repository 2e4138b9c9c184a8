package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import com.google.protobuf.MessageLite;
import io.grpc.stub.StreamObserver;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;

/**
 * What surrounds every handler: the permit, the deadline, and turning its result or its failure into gRPC's answer. Thread-safe.
 *
 * <p>The permit is held exactly while the handler runs, on the handler's own stack. A caller that goes away does not free it: the work
 * still runs, until it looks at its deadline.
 */
final class UnaryCall {
    private final CallPermits permits;
    private final RpcConfig config;
    private final Limits limits;
    private final StatusMapper statusMapper;

    @Inject
    UnaryCall(CallPermits permits, RpcConfig config, Limits limits, StatusMapper statusMapper) {
        this.permits = requireNonNull(permits, "permits is null");
        this.config = requireNonNull(config, "config is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.statusMapper = requireNonNull(statusMapper, "statusMapper is null");
    }

    /** Answers a call by its handler. */
    <Q, R extends MessageLite> void answer(Q request, StreamObserver<R> observer, RpcHandler<Q, R> handler) {
        R reply;
        try {
            reply = run(request, handler);
        } catch (Throwable e) { // an Error too: the caller must not be left waiting, and the permit is back already
            observer.onError(statusMapper.toException(e));
            return;
        }
        observer.onNext(reply);
        observer.onCompleted();
    }

    private <Q, R extends MessageLite> R run(Q request, RpcHandler<Q, R> handler) {
        Identity identity = Identity.KEY.get();
        CallDeadline deadline = ContextDeadline.current(config.defaultDeadline());
        try (var _ = permits.acquire(identity.account())) {
            deadline.check(); // it may have passed while the message came in
            R reply = handler.handle(identity, request, deadline);
            if (reply.getSerializedSize() > limits.maxCallBytes()) {
                throw new ServiceException(ErrorCode.LIMIT_EXCEEDED, "The reply is too large; ask for less at once")
                        .with("limit", limits.maxCallBytes())
                        .with("actual", reply.getSerializedSize());
            }
            return reply;
        }
    }
}
