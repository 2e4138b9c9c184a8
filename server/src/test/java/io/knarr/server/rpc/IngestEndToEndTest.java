package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import io.knarr.server.KnarrServer;
import io.knarr.server.ServerSettings;
import io.knarr.v1.AccountServiceGrpc;
import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.DeleteAccountRequest;
import io.knarr.v1.DeleteCollectionRequest;
import io.knarr.v1.GetLimitsRequest;
import io.knarr.v1.GetRecordsRequest;
import io.knarr.v1.IngestAck;
import io.knarr.v1.IngestChunk;
import io.knarr.v1.IngestOpened;
import io.knarr.v1.IngestOpening;
import io.knarr.v1.IngestRequest;
import io.knarr.v1.IngestResponse;
import io.knarr.v1.Limits;
import io.knarr.v1.Metric;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.Schema;
import io.knarr.v1.ServerServiceGrpc;
import io.knarr.v1.UpsertMode;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ingest streams against a whole server with a store on disk. */
@Timeout(120)
class IngestEndToEndTest {
    private static final String DOCS = "docs";
    private static final int WINDOW_BYTES = 256 << 10;

    @TempDir
    private Path directory;

    private final Map<String, String> settings = new HashMap<>();
    private KnarrServer server;
    private ManagedChannel channel;

    @BeforeEach
    void start() {
        settings.putAll(Map.of(
                "store.directory", directory.toString(),
                "grpc.port", "0",
                "http.port", "0",
                "ingest.window-chunks", "4",
                "ingest.window-bytes", String.valueOf(WINDOW_BYTES),
                "ingest.max-streams", "17",
                "ingest.max-streams-per-account", "16",
                "ingest.idle-timeout", "60s"));
        startServer();
        createDocs();
    }

    private void startServer() {
        server = KnarrServer.start(ServerSettings.of(settings));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.grpcPort())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.close();
    }

    private RecordServiceGrpc.RecordServiceBlockingStub records() {
        return RecordServiceGrpc.newBlockingStub(channel);
    }

    private void createDocs() {
        var _ = CollectionServiceGrpc.newBlockingStub(channel)
                .createCollection(CreateCollectionRequest.newBuilder()
                        .setName(DOCS)
                        .setSchema(Schema.newBuilder()
                                .addVectors(VectorSpec.newBuilder()
                                        .setName("default")
                                        .setDimension(1)
                                        .setMetric(Metric.METRIC_DOT)))
                        .build());
    }

    private long count() {
        return records()
                .countRecords(
                        CountRecordsRequest.newBuilder().setCollection(DOCS).build())
                .getCount();
    }

    private static Record record(long id) {
        return Record.newBuilder()
                .setId(RecordId.newBuilder().setUint64Id(id))
                .putVectors("default", Vector.newBuilder().addValues(1).build())
                .build();
    }

    private static IngestRequest opening(String ingest) {
        return IngestRequest.newBuilder()
                .setOpen(IngestOpening.newBuilder().setCollection(DOCS).setIngestId(ingest))
                .build();
    }

    private static IngestRequest chunk(long sequence, Record... records) {
        return IngestRequest.newBuilder()
                .setChunk(IngestChunk.newBuilder().setSequence(sequence).addAllRecords(List.of(records)))
                .build();
    }

    /** One stream: what is sent, and what came back. */
    private static final class Stream implements ClientResponseObserver<IngestRequest, IngestResponse> {
        private final BlockingQueue<IngestResponse> replies = new LinkedBlockingQueue<>();
        private final CompletableFuture<Status> end = new CompletableFuture<>();
        private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
        private @Nullable ClientCallStreamObserver<IngestRequest> call;
        private final StreamObserver<IngestRequest> requests;

        private final boolean reads;

        Stream(RecordServiceGrpc.RecordServiceStub stub, boolean reads) {
            this.reads = reads;
            this.requests = stub.ingest(this);
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<IngestRequest> observer) {
            call = observer;
            if (!reads) {
                observer.disableAutoRequestWithInitial(0);
            }
        }

        @Override
        public void onNext(IngestResponse reply) {
            replies.add(reply);
        }

        @Override
        public void onError(Throwable reason) {
            failure.complete(reason);
            end.complete(Status.fromThrowable(reason));
        }

        @Override
        public void onCompleted() {
            end.complete(Status.OK);
        }

        Stream send(IngestRequest request) {
            requests.onNext(request);
            return this;
        }

        IngestResponse next() throws InterruptedException {
            return requireNonNull(replies.poll(20, TimeUnit.SECONDS), () -> "no reply before " + end);
        }

        IngestOpened opened() throws InterruptedException {
            IngestResponse reply = next();
            assertThat(reply.hasOpened()).as("%s", reply).isTrue();
            return reply.getOpened();
        }

        IngestAck ack() throws InterruptedException {
            IngestResponse reply = next();
            assertThat(reply.hasAck()).as("%s", reply).isTrue();
            return reply.getAck();
        }

        Status end() throws InterruptedException, ExecutionException, TimeoutException {
            return end.get(20, TimeUnit.SECONDS);
        }

        String reason() throws Exception {
            return info().getReason();
        }

        private com.google.rpc.Status status() throws Exception {
            return requireNonNull(StatusProto.fromThrowable(failure.get(20, TimeUnit.SECONDS)), "no status");
        }

        ErrorInfo info() throws Exception {
            return status().getDetails(0).unpack(ErrorInfo.class);
        }

        String field() throws Exception {
            return status().getDetails(1)
                    .unpack(BadRequest.class)
                    .getFieldViolations(0)
                    .getField();
        }

        void cancel() {
            requireNonNull(call, "not begun").cancel("the test goes away", null);
        }
    }

    private Stream stream() {
        return new Stream(RecordServiceGrpc.newStub(channel), true);
    }

    private static String id() {
        return UUID.randomUUID().toString();
    }

    @Test
    void chunksAreAcknowledgedOnceTheyAreDurableAndVisible() throws Exception {
        Stream stream = stream().send(opening(""));
        IngestOpened opened = stream.opened();
        assertThat(UUID.fromString(opened.getIngestId())).isNotNull();
        assertThat(opened.getLastSequence()).isZero();
        assertThat(opened.getWindow().getChunks()).isEqualTo(4);
        assertThat(opened.getWindow().getBytes()).isEqualTo(WINDOW_BYTES);

        IngestAck first = stream.send(chunk(1, record(1), record(2))).ack();
        assertThat(count()).isEqualTo(2);
        IngestAck second = stream.send(chunk(2, record(2), record(3))).ack();
        assertThat(count()).isEqualTo(3);
        stream.requests.onCompleted();

        assertThat(stream.end()).isEqualTo(Status.OK);
        assertThat(first)
                .isEqualTo(IngestAck.newBuilder()
                        .setSequence(1)
                        .setVersion(1)
                        .setCreatedCount(2)
                        .build());
        assertThat(second)
                .isEqualTo(IngestAck.newBuilder()
                        .setSequence(2)
                        .setVersion(2)
                        .setCreatedCount(1)
                        .setReplacedCount(1)
                        .build());
    }

    @Test
    void allCanBeSentAtOnceWithinTheWindowAndTheEndComesAfterTheLastAcknowledgement() throws Exception {
        Stream stream = stream().send(opening(id()));
        for (long i = 1; i <= 4; i++) {
            stream.send(chunk(i, record(i)));
        }
        stream.requests.onCompleted();

        assertThat(stream.end()).isEqualTo(Status.OK);
        stream.opened();
        for (long i = 1; i <= 4; i++) {
            assertThat(stream.ack().getSequence()).isEqualTo(i);
        }
        assertThat(count()).isEqualTo(4);
    }

    @Test
    void aChunkThatIsRefusedSaysWhyAndThoseAfterItGoOn() throws Exception {
        Stream stream = stream().send(opening(id()));
        stream.opened();
        Record bad = record(7).toBuilder()
                .putVectors("default", Vector.newBuilder().addValues(Float.NaN).build())
                .build();

        IngestAck refused = stream.send(chunk(1, record(1), bad)).ack();
        IngestAck empty = stream.send(chunk(2)).ack();
        IngestAck next = stream.send(chunk(3, record(3))).ack();

        assertThat(refused.getError().getReason()).isEqualTo("NOT_FINITE");
        assertThat(refused.getError().getField()).startsWith("records[1].vectors");
        assertThat(refused.getError().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT.value());
        assertThat(refused.getVersion()).isZero();
        assertThat(empty.getError().getReason()).isEqualTo("INVALID_FIELD");
        assertThat(next.hasError()).isFalse();
        assertThat(count()).as("a chunk is written whole or not at all").isEqualTo(1);
    }

    @Test
    void theModeHoldsOfAllChunks() throws Exception {
        Stream stream = stream()
                .send(IngestRequest.newBuilder()
                        .setOpen(IngestOpening.newBuilder()
                                .setCollection(DOCS)
                                .setMode(UpsertMode.UPSERT_MODE_INSERT_ONLY))
                        .build());
        stream.opened();

        assertThat(stream.send(chunk(1, record(1))).ack().getCreatedCount()).isEqualTo(1);
        assertThat(stream.send(chunk(2, record(1))).ack().getError().getReason())
                .isEqualTo("RECORD_EXISTS");
    }

    @Test
    void anIngestGoesOnWhereItWasAlsoAfterARestart() throws Exception {
        String ingest = id();
        Stream first = stream().send(opening(ingest));
        first.opened();
        IngestAck one = first.send(chunk(1, record(1))).ack();
        IngestAck two = first.send(chunk(2)).ack();
        first.cancel();
        stop();
        startServer();

        Stream second = stream().send(opening(ingest));
        IngestOpened opened = second.opened();
        IngestAck again = second.send(chunk(1, record(1), record(9))).ack();
        IngestAck three = second.send(chunk(3, record(1))).ack();

        assertThat(opened.getIngestId()).isEqualTo(ingest);
        assertThat(opened.getLastSequence()).isEqualTo(2);
        assertThat(opened.getRecentList()).containsExactly(one, two);
        assertThat(two.getError().getReason()).as("refused ones are told, too").isEqualTo("INVALID_FIELD");
        assertThat(again).isEqualTo(one);
        assertThat(three.getVersion()).as("nothing was written in between").isEqualTo(2);
        assertThat(count()).isEqualTo(1);
    }

    @Test
    void moreChunksThanTheWindowAllowsAreRefused() throws Exception {
        Stream stream = stream().send(opening(id()));
        for (int i = 1; i <= 5_000 && !stream.end.isDone(); i++) {
            stream.send(chunk(i, record(i))); // far faster than they can be durable
        }

        assertThat(stream.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(stream.reason()).isEqualTo("INGEST_WINDOW_EXCEEDED");
        assertThat(stream.info().getMetadataMap()).containsEntry("limit", "4").containsEntry("actual", "5");
        assertThat(stream.field()).isEqualTo("chunk");
    }

    @Test
    void ofACallerThatReadsNoAcknowledgementsNoMoreIsWritten() throws Exception {
        ManagedChannel narrow = NettyChannelBuilder.forAddress("127.0.0.1", server.grpcPort())
                .usePlaintext()
                .flowControlWindow(1_024)
                .build();
        try {
            Stream deaf = new Stream(RecordServiceGrpc.newStub(narrow), false);
            deaf.send(opening(id()));
            long sent = 0;
            do {
                sent++;
                deaf.send(chunk(sent, record(sent)));
            } while (sent < 10_000 && isWritten(sent));

            assertThat(sent).as("chunks that it took").isBetween(100L, 9_999L);
            assertThat(count()).isEqualTo(sent - 1);
        } finally {
            narrow.shutdownNow();
        }
    }

    /** Returns whether so many records are there within some seconds. */
    private boolean isWritten(long expected) {
        long giveUpAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (System.nanoTime() < giveUpAt) {
            if (count() == expected) {
                return true;
            }
        }
        return false;
    }

    private static String text(int length) {
        return "x".repeat(length);
    }

    private static Record large(long id, int bytes) {
        return record(id).toBuilder()
                .putFields(
                        "text", Value.newBuilder().setStringValue(text(bytes)).build())
                .build();
    }

    @Test
    void moreBytesThanTheWindowAllowsAreRefused() throws Exception {
        Stream stream = stream().send(opening(id()));
        stream.opened();
        assertThat(stream.send(chunk(1, large(1, WINDOW_BYTES - 100))).ack().hasError())
                .isFalse();

        stream.send(chunk(2, large(2, WINDOW_BYTES)));

        assertThat(stream.reason()).isEqualTo("INGEST_WINDOW_EXCEEDED");
        assertThat(stream.info().getMetadataMap()).containsEntry("limit", String.valueOf(WINDOW_BYTES));
        assertThat(count()).isEqualTo(1);
    }

    @Test
    void messagesOutOfPlaceEndTheStreamAndNameTheirField() throws Exception {
        String ingest = id();
        Stream gap = stream().send(opening(ingest)).send(chunk(2, record(1)));
        assertThat(gap.reason()).isEqualTo("INGEST_OUT_OF_ORDER");
        assertThat(gap.info().getMetadataMap()).containsEntry("expected", "1");
        assertThat(gap.field()).isEqualTo("chunk.sequence");

        Stream notOpened = stream().send(chunk(1, record(1)));
        assertThat(notOpened.field()).isEqualTo("chunk");
        Stream twice = stream().send(opening(ingest)).send(opening(ingest));
        assertThat(twice.field()).isEqualTo("open");
        Stream nothing = stream().send(IngestRequest.getDefaultInstance());
        assertThat(nothing.field()).isEqualTo("message");
        Stream zero = stream().send(opening(ingest)).send(chunk(0, record(1)));
        assertThat(zero.field()).isEqualTo("chunk.sequence");
        Stream badId = stream().send(opening("first"));
        assertThat(badId.field()).isEqualTo("open.ingest_id");
        assertThat(badId.reason()).isEqualTo("INVALID_FIELD");
        Stream noCollection = stream()
                .send(IngestRequest.newBuilder()
                        .setOpen(IngestOpening.newBuilder().setCollection("other"))
                        .build());
        assertThat(noCollection.reason()).isEqualTo("COLLECTION_NOT_FOUND");
        Stream otherLife = stream()
                .send(IngestRequest.newBuilder()
                        .setOpen(IngestOpening.newBuilder().setCollection(DOCS).setCollectionIncarnation(id()))
                        .build());
        assertThat(otherLife.reason()).isEqualTo("INCARNATION_MISMATCH");
        assertThat(otherLife.field()).isEqualTo("open.collection_incarnation");
        assertThat(count()).isZero();
    }

    @Test
    void aSecondStreamOfAnIngestTakesItOver() throws Exception {
        String ingest = id();
        Stream first = stream().send(opening(ingest));
        first.opened();
        first.send(chunk(1, record(1))).ack();

        Stream second = stream().send(opening(ingest));

        assertThat(second.opened().getLastSequence()).isEqualTo(1);
        assertThat(first.end().getCode()).isEqualTo(Status.Code.ABORTED);
        assertThat(first.reason()).isEqualTo("INGEST_TAKEN_OVER");
        assertThat(second.send(chunk(2, record(2))).ack().getCreatedCount()).isEqualTo(1);
    }

    @Test
    void aStreamOnWhichNothingMovesIsEnded() throws Exception {
        stop();
        settings.put("ingest.idle-timeout", "2s");
        startServer();
        Stream silent = stream();
        Stream open = stream().send(opening(id()));
        open.opened();

        assertThat(silent.end().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(open.reason()).isEqualTo("DEADLINE_EXCEEDED");
        assertThat(open.info().getMetadataMap()).containsEntry("limit", "PT2S");
    }

    @Test
    void theDeadlineOfTheCallHolds() throws Exception {
        Stream stream =
                new Stream(RecordServiceGrpc.newStub(channel).withDeadlineAfter(500, TimeUnit.MILLISECONDS), true);
        stream.send(opening(id()));
        stream.opened();

        assertThat(stream.end().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    }

    @Test
    void streamsAreBoundedAndTheirPlacesComeBackHoweverTheyEnd() throws Exception {
        for (int round = 0; round < 3; round++) {
            List<Stream> open = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                open.add(stream().send(opening(id())));
                open.getLast().opened();
            }
            Stream more = stream().send(opening(id()));
            assertThat(more.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(more.info().getMetadataMap())
                    .containsEntry("scope", "account")
                    .containsEntry("limit", "16");
            for (int i = 0; i < open.size(); i++) {
                Stream stream = open.get(i);
                switch (i % 3) {
                    case 0 -> stream.requests.onCompleted();
                    case 1 -> stream.cancel();
                    default -> stream.send(opening(id())); // an error
                }
                stream.end();
            }
            awaitRoom();
        }
    }

    /** A cancelled stream is gone from the server a moment after it is from its caller. */
    private void awaitRoom() throws Exception {
        for (int i = 0; i < 16; ) {
            Stream stream = stream().send(opening(id()));
            IngestResponse reply = stream.replies.poll(200, TimeUnit.MILLISECONDS);
            if (reply != null) {
                i++;
                stream.requests.onCompleted();
                stream.end();
            }
        }
    }

    @Test
    void sixteenStreamsAtOnceWriteWhatTheySend() throws Exception {
        int chunks = 40;
        int perChunk = 5;
        try (ExecutorService threads = Executors.newFixedThreadPool(16)) {
            List<Future<?>> writers = new ArrayList<>();
            for (int w = 0; w < 16; w++) {
                long base = w * 1_000_000L;
                writers.add(threads.submit(() -> {
                    Stream stream = stream().send(opening(id()));
                    stream.opened();
                    for (int c = 1, acked = 0; acked < chunks; ) {
                        if (c <= chunks && c - acked <= 4) {
                            Record[] records = new Record[perChunk];
                            for (int r = 0; r < perChunk; r++) {
                                records[r] = record(base + (long) c * perChunk + r);
                            }
                            stream.send(chunk(c, records));
                            c++;
                        } else {
                            assertThat(stream.ack().getCreatedCount()).isEqualTo(perChunk);
                            acked++;
                        }
                    }
                    stream.requests.onCompleted();
                    assertThat(stream.end()).isEqualTo(Status.OK);
                    return null;
                }));
            }
            for (Future<?> writer : writers) {
                writer.get(60, TimeUnit.SECONDS);
            }
        }
        assertThat(count()).isEqualTo(16L * chunks * perChunk);
    }

    @Test
    void aServerThatStopsAsksForNoMoreAndAcknowledgesWhatWasSent() throws Exception {
        String ingest = id();
        Stream stream = stream().send(opening(ingest));
        stream.opened();
        stream.send(chunk(1, record(1))).ack();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);

        assertThat(stream.next().hasDrain()).isTrue();
        IngestAck late = stream.send(chunk(2, record(2))).ack();
        stream.requests.onCompleted();

        assertThat(late.getCreatedCount()).as("on its way when the notice was").isEqualTo(1);
        assertThat(stream.end()).isEqualTo(Status.OK);
        closing.get(20, TimeUnit.SECONDS);
        stop();
        startServer();
        assertThat(stream().send(opening(ingest)).opened().getLastSequence()).isEqualTo(2);
        assertThat(count()).isEqualTo(2);
    }

    @Test
    void aCollectionThatIsDeletedEndsTheStreamAlsoWhereOneOfThatNameIsMadeAgain() throws Exception {
        Stream gone = stream().send(opening(id()));
        gone.opened();
        Stream replaced = stream().send(opening(id()));
        replaced.opened();
        var _ = CollectionServiceGrpc.newBlockingStub(channel)
                .deleteCollection(
                        DeleteCollectionRequest.newBuilder().setName(DOCS).build());

        gone.send(chunk(1, record(1)));
        assertThat(gone.reason()).isEqualTo("COLLECTION_NOT_FOUND");
        createDocs();
        replaced.send(chunk(1, record(1)));
        assertThat(replaced.reason()).isEqualTo("INCARNATION_MISMATCH");
        assertThat(count()).isZero();
    }

    @Test
    void anAccountThatIsDeletedEndsTheStreamAlsoWhereOneOfThatNameIsMadeAgain() throws Exception {
        Stream gone = stream().send(opening(id()));
        gone.opened();
        Stream replaced = stream().send(opening(id()));
        replaced.opened();
        var _ = AccountServiceGrpc.newBlockingStub(channel)
                .deleteAccount(DeleteAccountRequest.newBuilder()
                        .setAccountId("default")
                        .build());

        gone.send(chunk(1, record(1)));
        assertThat(gone.end().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        createDocs();
        replaced.send(chunk(1, record(1)));
        assertThat(replaced.reason()).isEqualTo("INCARNATION_MISMATCH");
        assertThat(count()).isZero();
    }

    @Test
    void aCallerThatGoesAwayLosesNothingThatWasAcknowledged() throws Exception {
        String ingest = id();
        Stream stream = stream().send(opening(ingest));
        stream.opened();
        stream.send(chunk(1, record(1))).ack();
        stream.send(chunk(2, record(2)));
        stream.cancel();

        Stream next = stream().send(opening(ingest));
        long last = next.opened().getLastSequence();
        assertThat(last).isBetween(1L, 2L);
        next.send(chunk(2, record(2))).ack();
        assertThat(records()
                        .getRecords(GetRecordsRequest.newBuilder()
                                .setCollection(DOCS)
                                .addIds(record(2).getId())
                                .build())
                        .getRecords(0)
                        .getVersion())
                .as("written once")
                .isEqualTo(2);
    }

    @Test
    void theLimitsAreTold() {
        Limits limits = ServerServiceGrpc.newBlockingStub(channel)
                .getLimits(GetLimitsRequest.getDefaultInstance())
                .getLimits();

        assertThat(limits.getMaxIngestStreams()).isEqualTo(17);
        assertThat(limits.getMaxIngestStreamsPerAccount()).isEqualTo(16);
        assertThat(limits.getMaxIngestChunksInFlight()).isEqualTo(4);
        assertThat(limits.getMaxIngestBytesInFlight()).isEqualTo(WINDOW_BYTES);
        assertThat(limits.getIngestIdleTimeout().getSeconds()).isEqualTo(60);
        assertThat(limits.getIngestMemory().getSeconds()).isEqualTo(86_400);
        assertThat(limits.getMaxIngestsPerCollection()).isEqualTo(1_000);
    }
}
