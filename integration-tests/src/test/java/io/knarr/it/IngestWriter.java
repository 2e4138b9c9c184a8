package io.knarr.it;

import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.knarr.v1.IngestChunk;
import io.knarr.v1.IngestOpening;
import io.knarr.v1.IngestRequest;
import io.knarr.v1.IngestResponse;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.Vector;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Ingests chunks over as many streams as it takes, and remembers what was acknowledged. Used by one thread at a time. */
final class IngestWriter {
    static final int RECORDS_PER_CHUNK = 10;

    private final String account;
    private final String collection;
    private final long firstId;
    private final long chunks;
    private final String ingest = UUID.randomUUID().toString();
    private long acknowledged;
    private long resumed;

    IngestWriter(String account, String collection, long firstId, long chunks) {
        this.account = account;
        this.collection = collection;
        this.firstId = firstId;
        this.chunks = chunks;
    }

    /** What comes back on a stream: a message, or the end. */
    private record Event(@Nullable IngestResponse message, Status end) {}

    private static final class Stream implements ClientResponseObserver<IngestRequest, IngestResponse> {
        private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

        @Override
        public void beforeStart(ClientCallStreamObserver<IngestRequest> observer) {}

        @Override
        public void onNext(IngestResponse message) {
            events.add(new Event(message, Status.OK));
        }

        @Override
        public void onError(Throwable failure) {
            events.add(new Event(null, Status.fromThrowable(failure)));
        }

        @Override
        public void onCompleted() {
            events.add(new Event(null, Status.OK));
        }
    }

    /**
     * Sends what is left, until all is acknowledged or the stream ends. A notice to drain is followed.
     *
     * @return how the stream ended
     */
    Status writeUntilEnd(Caller caller) throws InterruptedException {
        Stream stream = new Stream();
        var requests = RecordServiceGrpc.newStub(caller.channel())
                .withInterceptors(Caller.as(account))
                .ingest(stream);
        requests.onNext(IngestRequest.newBuilder()
                .setOpen(IngestOpening.newBuilder().setCollection(collection).setIngestId(ingest))
                .build());
        long sent = Long.MAX_VALUE;
        long window = 0;
        boolean closed = false;
        while (true) {
            Event event = stream.events.poll(60, TimeUnit.SECONDS);
            if (event == null) {
                throw new IllegalStateException("Nothing came for a minute");
            }
            if (event.message() == null) {
                return event.end();
            }
            switch (event.message().getMessageCase()) {
                case OPENED -> {
                    long last = event.message().getOpened().getLastSequence();
                    if (last < acknowledged) {
                        throw new IllegalStateException(
                                "Chunk " + acknowledged + " was acknowledged, and is lost: " + last);
                    }
                    resumed += last > 0 ? 1 : 0;
                    acknowledged = last;
                    sent = last;
                    window = event.message().getOpened().getWindow().getChunks();
                }
                case ACK -> {
                    if (event.message().getAck().hasError()
                            || event.message().getAck().getSequence() != acknowledged + 1) {
                        throw new IllegalStateException("Unexpected acknowledgement: " + event.message());
                    }
                    acknowledged++;
                }
                case DRAIN -> {
                    if (!closed) {
                        closed = true;
                        requests.onCompleted();
                    }
                }
                case MESSAGE_NOT_SET -> throw new IllegalStateException("A reply without a message");
            }
            while (!closed && sent < chunks && sent - acknowledged < window) {
                sent++;
                requests.onNext(chunk(sent));
            }
            if (!closed && acknowledged == chunks) {
                closed = true;
                requests.onCompleted();
            }
        }
    }

    private IngestRequest chunk(long sequence) {
        IngestChunk.Builder chunk = IngestChunk.newBuilder().setSequence(sequence);
        for (int i = 0; i < RECORDS_PER_CHUNK; i++) {
            chunk.addRecords(Record.newBuilder()
                    .setId(RecordId.newBuilder().setUint64Id(firstId + (sequence - 1) * RECORDS_PER_CHUNK + i))
                    .putVectors(
                            "default",
                            Vector.newBuilder().addValues((float) sequence).build()));
        }
        return IngestRequest.newBuilder().setChunk(chunk).build();
    }

    /** Returns how many chunks were acknowledged. */
    long acknowledged() {
        return acknowledged;
    }

    /** Returns how often it went on with what was there. */
    long resumed() {
        return resumed;
    }

    boolean isDone() {
        return acknowledged == chunks;
    }
}
