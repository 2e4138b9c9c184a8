package io.knarr.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.knarr.server.KnarrServer;
import io.knarr.server.ServerSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The ingest writer against a whole server, which also stops and comes back. */
@Timeout(120)
class IngestEndToEndTest {
    private static final IngestOptions CHUNKS_OF_TEN = IngestOptions.STANDARD.chunks(10, 1 << 16);

    @TempDir
    private Path directory;

    private KnarrServer server;
    private KnarrClient client;
    private CollectionHandle docs;

    @BeforeEach
    void start() {
        server = startServer(0, "60s");
        client = KnarrClient.connect("127.0.0.1:" + server.grpcPort());
        client.collections().create("docs", CollectionSchema.of(1, Metric.DOT));
        docs = client.collection("docs");
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    private KnarrServer startServer(int port, String idleTimeout) {
        return KnarrServer.start(ServerSettings.of(Map.of(
                "store.directory", directory.resolve("data").toString(),
                "grpc.port", Integer.toString(port),
                "http.port", "0",
                "grpc.drain-timeout", "10s",
                "ingest.window-chunks", "3",
                "ingest.window-bytes", "64 KiB",
                "ingest.idle-timeout", idleTimeout)));
    }

    private static KnarrRecord record(long id, float... vector) {
        return KnarrRecord.builder().id(id).vector(vector).build();
    }

    @Test
    void recordsAreWrittenInChunksAndCounted() {
        docs.upsert(record(0, 1));
        IngestTotals totals;
        try (IngestWriter writer = docs.ingest(CHUNKS_OF_TEN)) {
            for (long id = 0; id < 105; id++) {
                writer.write(record(id, 2));
            }
            totals = writer.finish();
        }

        assertThat(totals).isEqualTo(new IngestTotals(0, 104, 1, 11, 0, 1));
        assertThat(docs.count()).isEqualTo(105);
    }

    @Test
    void anIngestThatIsBegunAgainPassesOverWhatHasBeenDealtWith() {
        UUID id = UUID.randomUUID();
        try (IngestWriter first = docs.ingest(CHUNKS_OF_TEN.id(id))) {
            for (long record = 0; record < 40; record++) {
                first.write(record(record, 1));
            }
            first.finish();
        }
        try (IngestWriter second = docs.ingest(CHUNKS_OF_TEN.id(id))) {
            assertThat(second.resumedAfter()).isEqualTo(4);
            for (long record = 0; record < 60; record++) {
                second.write(record(record, 1));
            }
            assertThat(second.finish()).isEqualTo(new IngestTotals(40, 20, 0, 2, 0, 1));
        }
        assertThat(docs.listAll().stream().map(KnarrRecord::version).max(Long::compare))
                .contains(6L);
    }

    @Test
    void aRefusedChunkEndsTheIngestOrIsToldAndPassedOver() {
        List<RefusedChunk> refused = new ArrayList<>();
        try (IngestWriter writer = docs.ingest(CHUNKS_OF_TEN.goOnAfterRefusal(refused::add))) {
            for (long id = 0; id < 30; id++) {
                writer.write(id == 15 ? record(id, 1, 2) : record(id, 1));
            }
            assertThat(writer.finish()).isEqualTo(new IngestTotals(0, 20, 0, 2, 1, 1));
        }
        assertThat(refused).singleElement().satisfies(chunk -> {
            assertThat(chunk.sequence()).isEqualTo(2);
            assertThat(chunk.reason().reason()).isEqualTo("DIMENSION_MISMATCH");
            assertThat(chunk.reason().field().orElseThrow()).startsWith("records[5].vectors");
        });
        assertThat(docs.count()).isEqualTo(20);

        try (IngestWriter strict = docs.ingest(CHUNKS_OF_TEN)) {
            strict.write(record(1, 1, 2));
            assertThat(catchThrowableOfType(KnarrException.class, strict::finish)
                            .reason())
                    .isEqualTo("DIMENSION_MISMATCH");
        }
    }

    @Test
    void aWriterGoesOnOverServersThatStopAndComeBackAndWritesNothingTwice() throws Exception {
        int port = server.grpcPort();
        CompletableFuture<IngestTotals> writing = CompletableFuture.supplyAsync(() -> {
            try (IngestWriter writer = docs.ingest(CHUNKS_OF_TEN)) {
                for (long id = 0; id < 20_000; id++) {
                    writer.write(record(id, 1));
                }
                return writer.finish();
            }
        });
        for (int restart = 0; restart < 3 && !writing.isDone(); restart++) {
            TimeUnit.MILLISECONDS.sleep(150); // the moment of the stop, not a wait for something to happen
            server.close();
            server = startServer(port, "60s");
        }
        IngestTotals totals = writing.get(60, TimeUnit.SECONDS);

        assertThat(totals.created()).isEqualTo(20_000);
        assertThat(totals.replaced()).isZero();
        assertThat(totals.chunks()).isEqualTo(2_000);
        assertThat(totals.streams()).isGreaterThan(1);
        Set<Long> versions = new HashSet<>();
        docs.listAll().forEach(record -> versions.add(record.version()));
        assertThat(versions)
                .as("one for each chunk")
                .hasSize(2_000)
                .contains(2_000L)
                .doesNotContain(2_001L);
    }

    @Test
    void aWriterThatIsSilentForLongGoesOn() throws Exception {
        int port = server.grpcPort();
        server.close();
        server = startServer(port, "1s");
        try (IngestWriter writer = docs.ingest(CHUNKS_OF_TEN.chunks(1, 1 << 16))) {
            writer.write(record(1, 1));
            TimeUnit.MILLISECONDS.sleep(2_500); // beyond the server's patience with a stream on which nothing moves
            writer.write(record(2, 1));
            assertThat(writer.finish().streams()).isGreaterThan(1);
        }
        assertThat(docs.count()).isEqualTo(2);
    }

    @Test
    void aChunkThatNoWindowFitsIsAFailure() {
        try (IngestWriter writer = docs.ingest(IngestOptions.STANDARD)) {
            writer.write(KnarrRecord.builder()
                    .id(1)
                    .vector(1)
                    .field("text", "x".repeat(70 << 10))
                    .build());
            assertThat(catchThrowableOfType(KnarrException.class, writer::finish)
                            .reason())
                    .isEqualTo("INGEST_WINDOW_EXCEEDED");
        }
    }

    @Test
    void withoutAServerItGivesUpAfterAWhile() {
        IngestOptions impatient = CHUNKS_OF_TEN.patience(Duration.ofMillis(500));
        try (IngestWriter writer = docs.ingest(impatient)) {
            server.close();
            writer.write(record(1, 1));
            assertThat(catchThrowableOfType(KnarrException.class, writer::finish)
                            .retryable())
                    .isTrue();
        }
    }
}
