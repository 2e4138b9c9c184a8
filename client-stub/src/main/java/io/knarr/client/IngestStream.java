package io.knarr.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.knarr.v1.IngestAck;
import io.knarr.v1.IngestOpened;
import io.knarr.v1.IngestRequest;
import io.knarr.v1.IngestResponse;
import io.knarr.v1.RecordServiceGrpc;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One stream of an ingest: what is sent, and what the server says in its order. gRPC's threads bring that; all else is one thread's. */
final class IngestStream implements ClientResponseObserver<IngestRequest, IngestResponse> {
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>(); // what comes is bounded by the window
    private @Nullable ClientCallStreamObserver<IngestRequest> requests;
    private boolean draining;

    private IngestStream() {}

    /** Something that the server says. */
    sealed interface Event {}

    /** The ingest is open. */
    record Opened(IngestOpened opened) implements Event {}

    /** A chunk has been dealt with. */
    record Acknowledged(IngestAck ack) implements Event {}

    /** No more is to be sent. */
    record Draining() implements Event {}

    /** Nothing more comes. */
    record Ended(KnarrException failure) implements Event {
        /** Returns whether another stream can go on. */
        boolean mayGoOn() {
            return switch (failure.code()) {
                case OK, UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED -> true;
                case INTERNAL, UNKNOWN -> failure.reason().isEmpty(); // of the transport, not of the server
                default -> failure.retryable();
            };
        }
    }

    static IngestStream start(Channel channel, CallOptions options, IngestRequest opening) {
        IngestStream stream = new IngestStream();
        ClientCalls.asyncBidiStreamingCall(channel.newCall(RecordServiceGrpc.getIngestMethod(), options), stream)
                .onNext(opening);
        return stream;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<IngestRequest> observer) {
        requests = observer;
    }

    private ClientCallStreamObserver<IngestRequest> requests() {
        if (requests == null) {
            throw new IllegalStateException("The stream has not been started");
        }
        return requests;
    }

    @Override
    public void onNext(IngestResponse message) {
        events.add(
                switch (message.getMessageCase()) {
                    case OPENED -> new Opened(message.getOpened());
                    case ACK -> new Acknowledged(message.getAck());
                    case DRAIN -> new Draining();
                    case MESSAGE_NOT_SET -> new Ended(FieldValues.unknown("IngestResponse.message"));
                });
    }

    @Override
    public void onError(Throwable failure) {
        events.add(new Ended(KnarrException.of(failure)));
    }

    @Override
    public void onCompleted() {
        events.add(new Ended(KnarrException.ofClient(Status.Code.OK, "The server ended the stream")));
    }

    /** Returns what the server says next, waiting for it; that the stream is over where nothing comes in time. */
    Event next(Duration patience) {
        try {
            Event event = events.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
            return event == null
                    ? new Ended(KnarrException.ofClient(Status.Code.DEADLINE_EXCEEDED, "The server says nothing"))
                    : event;
        } catch (InterruptedException ignored) {
            cancel();
            Thread.currentThread().interrupt();
            throw KnarrException.ofClient(Status.Code.CANCELLED, "The waiting thread was interrupted");
        }
    }

    /** Returns what the server has said already, or null. */
    @Nullable
    Event poll() {
        return events.poll();
    }

    void send(IngestRequest request) {
        requests().onNext(request);
    }

    boolean isDraining() {
        return draining;
    }

    /** Sends no more; what was sent is still acknowledged. */
    void halfClose() {
        if (!draining) {
            draining = true;
            requests().onCompleted();
        }
    }

    void cancel() {
        requests().cancel("The ingest goes on elsewhere, or not at all", null);
    }
}
