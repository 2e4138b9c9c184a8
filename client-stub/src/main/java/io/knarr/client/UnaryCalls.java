package io.knarr.client;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The way of every call: a channel with an identity, and a deadline for each kind. Immutable, thread-safe. */
final class UnaryCalls {
    private final Channel channel;
    private final Map<CallKind, Duration> deadlines;

    UnaryCalls(Channel channel, Map<CallKind, Duration> deadlines) {
        this.channel = channel;
        this.deadlines = new EnumMap<>(deadlines);
    }

    /** Returns the channel with its identity, for calls that are no single request and reply. */
    Channel channel() {
        return channel;
    }

    /** Returns how long a call of a kind may take. */
    Duration deadline(CallKind kind) {
        return deadlines.getOrDefault(kind, kind.defaultDeadline());
    }

    /** Returns the same way with a header on each call. */
    UnaryCalls withHeader(Metadata.Key<String> key, String value) {
        Metadata headers = new Metadata();
        headers.put(key, value);
        return new UnaryCalls(
                ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers)), deadlines);
    }

    /** Returns the same way with one deadline for all kinds. */
    UnaryCalls withDeadline(Duration deadline) {
        EnumMap<CallKind, Duration> same = new EnumMap<>(CallKind.class);
        for (CallKind kind : CallKind.values()) {
            same.put(kind, deadline);
        }
        return new UnaryCalls(channel, same);
    }

    /**
     * Starts a call. The future fails with {@link KnarrException}; cancelling it cancels the call.
     *
     * @param reply turns the reply into what the caller sees
     */
    <Q, R, T> CompletableFuture<T> start(
            MethodDescriptor<Q, R> method, CallKind kind, Q request, Function<R, T> reply) {
        CallOptions options =
                CallOptions.DEFAULT.withDeadlineAfter(deadline(kind).toNanos(), TimeUnit.NANOSECONDS);
        ListenableFuture<R> call = ClientCalls.futureUnaryCall(channel.newCall(method, options), request);
        CallFuture<T> result = new CallFuture<>(call);
        Futures.addCallback(
                call,
                new FutureCallback<R>() {
                    @Override
                    public void onSuccess(R message) {
                        try {
                            result.complete(reply.apply(message));
                        } catch (RuntimeException e) {
                            result.completeExceptionally(notUnderstood(e));
                        }
                    }

                    @Override
                    public void onFailure(Throwable failure) {
                        result.completeExceptionally(KnarrException.of(failure));
                    }
                },
                directExecutor());
        return result;
    }

    /** Makes a call and waits for it. An interrupt cancels the call and stays set. */
    <Q, R, T> T call(MethodDescriptor<Q, R> method, CallKind kind, Q request, Function<R, T> reply) {
        return await(start(method, kind, request, reply));
    }

    /** Waits for a call that was started here. */
    static <T> T await(CompletableFuture<T> call) {
        try {
            return call.get();
        } catch (ExecutionException e) {
            // A copy, so that the trace shows who waited, and below it the thread of the call.
            throw e.getCause() instanceof KnarrException failure
                    ? new KnarrException(failure)
                    : new IllegalStateException("A call failed in an unforeseen way", e);
        } catch (CancellationException ignored) {
            throw KnarrException.ofClient(Status.Code.CANCELLED, "The call was cancelled");
        } catch (InterruptedException ignored) {
            call.cancel(true);
            Thread.currentThread().interrupt();
            throw KnarrException.ofClient(Status.Code.CANCELLED, "The waiting thread was interrupted");
        }
    }

    private static KnarrException notUnderstood(RuntimeException failure) {
        return failure instanceof KnarrException known
                ? known
                : KnarrException.of(Status.INTERNAL
                        .withDescription("The reply cannot be understood")
                        .withCause(failure)
                        .asRuntimeException());
    }

    /** A call's outcome that takes the call with it when it is cancelled. */
    private static final class CallFuture<T> extends CompletableFuture<T> {
        private final ListenableFuture<?> call;

        private CallFuture(ListenableFuture<?> call) {
            this.call = call;
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            boolean cancelled = super.cancel(mayInterruptIfRunning);
            call.cancel(mayInterruptIfRunning);
            return cancelled;
        }

        /** Plain futures for what is derived: these have no call of their own to cancel. */
        @Override
        public <U> CompletableFuture<U> newIncompleteFuture() {
            return new CompletableFuture<>();
        }
    }
}
