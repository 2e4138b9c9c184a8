package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;

/** Tells the listener of every call that ended, refused ones included; the outermost interceptor. Thread-safe. */
final class ObservingInterceptor implements ServerInterceptor {
    private final CallListener listener;

    @Inject
    ObservingInterceptor(CallListener listener) {
        this.listener = requireNonNull(listener, "listener is null");
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        ObservedCall observed = new ObservedCall(call.getMethodDescriptor().getFullMethodName(), listener);
        ServerCall<Q, R> observedCall = new SimpleForwardingServerCall<>(call) {
            @Override
            public void close(Status status, Metadata trailers) {
                super.close(status, trailers);
                observed.finish(status, trailers);
            }
        };
        ServerCall.Listener<Q> inner = Contexts.interceptCall(
                Context.current().withValue(ObservedCall.KEY, observed), observedCall, headers, next);
        return new SimpleForwardingServerCallListener<>(inner) {
            @Override
            public void onCancel() {
                observed.finish(Status.CANCELLED, null);
                super.onCancel();
            }
        };
    }
}
