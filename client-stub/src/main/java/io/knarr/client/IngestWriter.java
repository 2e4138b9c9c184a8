package io.knarr.client;

import com.google.protobuf.CodedOutputStream;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Status;
import io.knarr.v1.IngestAck;
import io.knarr.v1.IngestChunk;
import io.knarr.v1.IngestOpened;
import io.knarr.v1.IngestOpening;
import io.knarr.v1.IngestRequest;
import io.knarr.v1.Record;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes any number of records over a stream, in chunks that are each written whole or not at all. Writing waits where the server has as much as it takes at once.
 * A stream that breaks, and a server that stops, are no failures: the writer opens another stream and goes on where the server says it was; no
 * record is lost, and none is written twice.
 *
 * <p>To go on after this program has ended, open an ingest of the same id and write the same records from the start: the chunks that have been dealt
 * with are passed over. The server remembers an ingest for a day after its last chunk.
 *
 * <p>What was written is durable when {@link #finish} returns, or {@link #totals} counts it. Belongs to one thread; it holds one window of chunks in
 * memory. Closing it without finishing drops what has not been sent.
 *
 * {@snippet file="io/knarr/client/examples/Quickstart.java" region="ingest"}
 */
public final class IngestWriter implements AutoCloseable {
    private static final Duration FIRST_BACKOFF = Duration.ofMillis(50);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(2);

    private static final int MAX_FRUITLESS_STREAMS = 10;

    private final Channel channel;
    private final Duration openingTime;
    private final IngestOpening opening;
    private final Function<KnarrRecord, Record> encoder;
    private final IngestOptions options;

    private List<Record> batch = new ArrayList<>();
    private int batchBytes;

    /** Chunks that are not acknowledged, in their order; the first {@link #sent} of them are on their way. */
    private final Deque<IngestRequest> pending = new ArrayDeque<>();

    private int sent;
    private long sentBytes;
    private long nextSequence = 1;
    private long lastDone;
    private int windowChunks;
    private long windowBytes;
    private @Nullable IngestStream stream;

    private long passedOver;
    private long created;
    private long replaced;
    private long chunks;
    private long refusedChunks;
    private int streams;

    /** Streams one after another that ended before anything was acknowledged that waited for it. */
    private int fruitless;

    private long resumedAfter;

    private IngestWriter(
            Channel channel,
            Duration openingTime,
            IngestOpening opening,
            Function<KnarrRecord, Record> encoder,
            IngestOptions options) {
        this.channel = channel;
        this.openingTime = openingTime;
        this.opening = opening;
        this.encoder = encoder;
        this.options = options;
    }

    static IngestWriter open(
            UnaryCalls calls,
            String collection,
            String incarnation,
            Function<KnarrRecord, Record> encoder,
            IngestOptions options) {
        IngestOpening opening = IngestOpening.newBuilder()
                .setCollection(collection)
                .setCollectionIncarnation(incarnation)
                .setMode(options.mode().encode())
                .setIngestId(options.id().orElseGet(UUID::randomUUID).toString())
                .build();
        IngestWriter writer =
                new IngestWriter(calls.channel(), calls.deadline(CallKind.WRITE), opening, encoder, options);
        writer.connect();
        writer.resumedAfter = writer.lastDone;
        return writer;
    }

    /** Returns the ingest's id, to go on with. */
    public UUID id() {
        return UUID.fromString(opening.getIngestId());
    }

    /** Returns how many chunks had been dealt with when this writer began; their records are passed over. */
    public long resumedAfter() {
        return resumedAfter;
    }

    /**
     * Writes a record, or keeps it until there are enough for a chunk. Waits while the server takes no more.
     *
     * @throws KnarrException if the server refused a chunk, or could not be reached for as long as the options say
     */
    public void write(KnarrRecord record) {
        Record encoded = encoder.apply(record);
        int bytes = CodedOutputStream.computeMessageSize(IngestChunk.RECORDS_FIELD_NUMBER, encoded);
        if (!batch.isEmpty() && batchBytes + bytes > options.maxBytes()) {
            sendBatch();
        }
        batch.add(encoded);
        batchBytes += bytes;
        if (batch.size() == options.maxRecords()) {
            sendBatch();
        }
    }

    /** Sends what there is, waits until all is acknowledged, and ends the stream. @throws KnarrException as {@link #write} */
    public IngestTotals finish() {
        if (!batch.isEmpty()) {
            sendBatch();
        }
        while (!pending.isEmpty()) {
            advance();
        }
        IngestStream last = stream;
        stream = null;
        if (last != null) {
            last.halfClose();
            if (!(last.next(LONGEST_BACKOFF) instanceof IngestStream.Ended)) {
                last.cancel(); // all is durable, however the stream ends
            }
        }
        return totals();
    }

    /** Returns what is known to be done. */
    public IngestTotals totals() {
        return new IngestTotals(passedOver, created, replaced, chunks, refusedChunks, streams);
    }

    /** Lets go of the stream. */
    @Override
    public void close() {
        if (stream != null) {
            stream.cancel();
            stream = null;
        }
    }

    private void sendBatch() {
        long sequence = nextSequence++;
        if (sequence <= lastDone) {
            passedOver += batch.size();
        } else {
            pending.addLast(IngestRequest.newBuilder()
                    .setChunk(IngestChunk.newBuilder().setSequence(sequence).addAllRecords(batch))
                    .build());
        }
        batch = new ArrayList<>();
        batchBytes = 0;
        takeWhatCame();
        while (sent < pending.size()) {
            if (!sendNext()) {
                advance();
            }
        }
    }

    /** Sends the next chunk that is not on its way. Returns false where the window has no room for it, or there is no stream. */
    private boolean sendNext() {
        IngestStream open = stream;
        if (open == null || open.isDraining()) {
            return false;
        }
        IngestRequest next = pending.stream().skip(sent).findFirst().orElseThrow();
        int bytes = next.getSerializedSize();
        if (sent >= windowChunks || (sent > 0 && sentBytes + bytes > windowBytes)) {
            return false;
        }
        sent++;
        sentBytes += bytes;
        open.send(next);
        return true;
    }

    /** Waits for the next thing that the server says, and acts on it; opens a stream where there is none. */
    private void advance() {
        IngestStream open = stream;
        if (open == null) {
            connect();
            return;
        }
        while (sent < pending.size() && sendNext()) {
            // as many as fit
        }
        take(open, open.next(options.patience()));
    }

    private void takeWhatCame() {
        IngestStream open = stream;
        while (open != null && open.equals(stream)) {
            IngestStream.Event event = open.poll();
            if (event == null) {
                return;
            }
            take(open, event);
        }
    }

    private void take(IngestStream open, IngestStream.Event event) {
        switch (event) {
            case IngestStream.Acknowledged acknowledged -> acknowledge(acknowledged.ack());
            case IngestStream.Draining ignored -> open.halfClose();
            case IngestStream.Ended ended -> {
                drop();
                fruitless += pending.isEmpty() ? 0 : 1;
                if (!ended.mayGoOn() || fruitless > MAX_FRUITLESS_STREAMS) {
                    throw ended.failure();
                }
            }
            case IngestStream.Opened ignored ->
                throw KnarrException.ofClient(Status.Code.INTERNAL, "The server opened an ingest twice");
        }
    }

    private void drop() {
        if (stream != null) {
            stream.cancel();
        }
        stream = null;
        sent = 0;
        sentBytes = 0;
    }

    private void acknowledge(IngestAck ack) {
        IngestRequest first = pending.peekFirst();
        if (first == null || first.getChunk().getSequence() != ack.getSequence()) {
            throw KnarrException.ofClient(
                    Status.Code.INTERNAL, "The server acknowledged a chunk that is not the next: " + ack.getSequence());
        }
        fruitless = 0;
        pending.removeFirst();
        lastDone = ack.getSequence();
        if (sent > 0) {
            sent--;
            sentBytes -= first.getSerializedSize();
        }
        if (!ack.hasError()) {
            chunks++;
            created += ack.getCreatedCount();
            replaced += ack.getReplacedCount();
            return;
        }
        refusedChunks++;
        KnarrException reason = KnarrException.of(ack.getError());
        options.refused().orElseThrow(() -> reason).accept(new RefusedChunk(ack.getSequence(), reason));
    }

    /** Opens a stream, trying again for as long as the options say, and learns how far the ingest has come. */
    private void connect() {
        long giveUpAt = System.nanoTime() + options.patience().toNanos();
        Duration backoff = FIRST_BACKOFF;
        while (true) {
            IngestStream open = IngestStream.start(
                    channel,
                    CallOptions.DEFAULT,
                    IngestRequest.newBuilder().setOpen(opening).build());
            switch (open.next(openingTime)) {
                case IngestStream.Opened opened -> {
                    stream = open;
                    streams++;
                    goOn(opened.opened());
                    return;
                }
                case IngestStream.Ended ended -> {
                    open.cancel();
                    if (!ended.mayGoOn() || System.nanoTime() - giveUpAt >= 0) {
                        throw ended.failure();
                    }
                    LockSupport.parkNanos(
                            ended.failure().retryAfter().orElse(backoff).toNanos());
                    if (Thread.currentThread().isInterrupted()) {
                        throw KnarrException.ofClient(Status.Code.CANCELLED, "The waiting thread was interrupted");
                    }
                    backoff = backoff.multipliedBy(2).compareTo(LONGEST_BACKOFF) > 0
                            ? LONGEST_BACKOFF
                            : backoff.multipliedBy(2);
                }
                case IngestStream.Acknowledged ignored -> throw unexpected(open);
                case IngestStream.Draining ignored -> throw unexpected(open);
            }
        }
    }

    private static KnarrException unexpected(IngestStream open) {
        open.cancel();
        return KnarrException.ofClient(Status.Code.INTERNAL, "The server spoke before it opened the ingest");
    }

    /** Takes what became of chunks whose acknowledgements were lost with the stream before. */
    private void goOn(IngestOpened opened) {
        windowChunks = opened.getWindow().getChunks();
        windowBytes = opened.getWindow().getBytes();
        if (opened.getLastSequence() < lastDone) {
            drop();
            throw KnarrException.ofClient(
                    Status.Code.DATA_LOSS,
                    "The server does not know the ingest any more, which it acknowledged chunks of");
        }
        for (IngestAck ack : opened.getRecentList()) {
            IngestRequest first = pending.peekFirst();
            if (first != null && first.getChunk().getSequence() == ack.getSequence()) {
                acknowledge(ack);
            }
        }
        lastDone = opened.getLastSequence();
    }
}
