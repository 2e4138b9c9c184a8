package io.knarr.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.knarr.v1.ExportRecordsRequest;
import io.knarr.v1.ExportRecordsResponse;
import io.knarr.v1.RecordServiceGrpc;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The records of a collection at one moment, by id, streamed as fast as they are walked. A stream that breaks goes on where it was, as long as the
 * server knows the moment; after a restart of the server it does not: {@code CURSOR_EXPIRED}, begin anew.
 *
 * <p>Belongs to one thread. Closing it ends the stream; one that was walked to its end need not be closed.
 */
public final class Export implements Iterator<KnarrRecord>, AutoCloseable {
    private static final int MAX_ATTEMPTS = 5;
    private static final Duration BACKOFF = Duration.ofMillis(200);

    private final Channel channel;
    private final ExportRecordsRequest request;
    private Context.@Nullable CancellableContext context;
    private @Nullable Iterator<ExportRecordsResponse> messages;
    private Iterator<KnarrRecord> records = Collections.emptyIterator();
    private String position;
    private String view;
    private boolean ended;

    Export(Channel channel, ExportRecordsRequest request) {
        this.channel = channel;
        this.request = request;
        this.position = request.getPosition();
        this.view = request.getView();
    }

    /**
     * Returns whether there is another record, waiting for it.
     *
     * @throws KnarrException if the stream failed and cannot go on
     */
    @Override
    public boolean hasNext() {
        while (!records.hasNext() && !ended) {
            ExportRecordsResponse message = nextMessage();
            if (message == null) {
                ended = true;
                close();
            } else {
                position = message.getPosition();
                view = message.getView();
                records = message.getRecordsList().stream()
                        .map(WireRecords::decode)
                        .iterator();
            }
        }
        return records.hasNext();
    }

    @Override
    public KnarrRecord next() {
        if (!hasNext()) {
            throw new NoSuchElementException("The export is at its end");
        }
        return records.next();
    }

    /** Returns a sequential stream over the records that are left. */
    public Stream<KnarrRecord> stream() {
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(this, Spliterator.ORDERED | Spliterator.NONNULL), false);
    }

    /** Returns where another export of the same query goes on after the records of the last message; they may not all have been walked. */
    public String position() {
        return position;
    }

    /** Returns the moment that is read, for exports of other parts; reads the first message, if need be. */
    public String view() {
        if (view.isEmpty()) {
            boolean ignored = hasNext();
        }
        return view;
    }

    private @Nullable ExportRecordsResponse nextMessage() {
        for (int attempt = 1; ; attempt++) {
            try {
                Iterator<ExportRecordsResponse> open = messages == null ? open() : messages;
                return open.hasNext() ? open.next() : null;
            } catch (StatusRuntimeException e) {
                closeStream();
                KnarrException failure = KnarrException.of(e);
                if (attempt == MAX_ATTEMPTS || failure.code() != Status.Code.UNAVAILABLE) {
                    throw failure;
                }
                LockSupport.parkNanos(BACKOFF.multipliedBy(attempt).toNanos());
            }
        }
    }

    private Iterator<ExportRecordsResponse> open() {
        ExportRecordsRequest.Builder from = request.toBuilder().setPosition(position);
        if (!position.isEmpty()) {
            from.clearView(); // a position names it
        }
        Context.CancellableContext own = Context.current().withCancellation();
        context = own;
        try {
            Iterator<ExportRecordsResponse> open = own.call(() -> ClientCalls.blockingServerStreamingCall(
                    channel, RecordServiceGrpc.getExportRecordsMethod(), CallOptions.DEFAULT, from.build()));
            messages = open;
            return open;
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("A call cannot be started", e);
        }
    }

    private void closeStream() {
        messages = null;
        if (context != null) {
            context.cancel(null);
            context = null;
        }
    }

    /** Ends the stream. */
    @Override
    public void close() {
        ended = true;
        closeStream();
    }
}
