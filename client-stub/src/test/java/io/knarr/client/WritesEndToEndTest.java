package io.knarr.client;

import static io.knarr.client.Filters.eq;
import static io.knarr.client.Filters.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Status;
import io.knarr.server.KnarrServer;
import io.knarr.server.ServerSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Writes on terms, patches, sparse vectors, words and exports against a whole server. Each test has an account of its own. */
@Timeout(120)
class WritesEndToEndTest {
    private static final AtomicInteger ACCOUNTS = new AtomicInteger();

    @TempDir
    private static Path directory;

    private static KnarrServer server;
    private static KnarrClient client;

    private AccountClient account;
    private CollectionHandle docs;

    @BeforeAll
    static void start() {
        server = KnarrServer.start(ServerSettings.of(
                Map.of("store.directory", directory.resolve("data").toString(), "grpc.port", "0", "http.port", "0")));
        client = KnarrClient.connect("127.0.0.1:" + server.grpcPort());
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    @BeforeEach
    void create() {
        account = client.forAccount("writes-" + ACCOUNTS.incrementAndGet());
        account.collections()
                .create(
                        "docs",
                        CollectionSchema.builder()
                                .vector(1, Metric.DOT)
                                .sparseVector("words", true)
                                .textField("body", "english")
                                .build());
        docs = account.collection("docs");
    }

    private static KnarrRecord.Builder record(String id, long n) {
        return KnarrRecord.builder().id(id).vector((float) n).field("n", n);
    }

    private static KnarrException failureOf(ThrowingCallable call) {
        KnarrException failure = catchThrowableOfType(KnarrException.class, call);
        assertThat(failure).isNotNull();
        return failure;
    }

    private long numberOf(String id) {
        return docs.get(id).orElseThrow().fields().integer("n").orElseThrow();
    }

    @Test
    void modesSayWhatIsExpectedOfIds() {
        docs.upsert(List.of(record("a", 1).build()), WriteOptions.insertOnly());

        KnarrException taken =
                failureOf(() -> docs.upsert(List.of(record("a", 2).build()), WriteOptions.insertOnly()));
        KnarrException missing =
                failureOf(() -> docs.upsert(List.of(record("b", 2).build()), WriteOptions.updateOnly()));
        docs.upsert(List.of(record("a", 3).build()), WriteOptions.updateOnly());

        assertThat(taken.code()).isEqualTo(Status.Code.ALREADY_EXISTS);
        assertThat(taken.reason()).isEqualTo("RECORD_EXISTS");
        assertThat(missing.reason()).isEqualTo("RECORD_NOT_FOUND");
        assertThat(numberOf("a")).isEqualTo(3);
    }

    @Test
    void preconditionsHoldOrNothingIsWritten() {
        RecordKey a = RecordKey.of("a");
        long version = docs.upsert(record("a", 1).build()).results().getFirst().version();

        docs.upsert(List.of(record("a", 2).build()), WriteOptions.requiring(Precondition.version(a, version)));
        KnarrException old = failureOf(() ->
                docs.upsert(List.of(record("a", 3).build()), WriteOptions.requiring(Precondition.version(a, version))));
        KnarrException other =
                failureOf(() -> docs.delete(List.of(a), WriteOptions.requiring(Precondition.matches(a, eq("n", 9)))));
        KnarrException there = failureOf(
                () -> docs.patch(List.of(Patch.of("a").set("n", 4)), WriteOptions.requiring(Precondition.absent(a))));
        docs.patch(
                List.of(Patch.of("a").set("n", 5)),
                WriteOptions.requiring(Precondition.exists(a)).and(Precondition.matches(a, eq("n", 2))));

        assertThat(old.reason()).isEqualTo("VERSION_MISMATCH");
        assertThat(old.details()).containsEntry("version", String.valueOf(version + 1));
        assertThat(other.reason()).isEqualTo("PRECONDITION_FAILED");
        assertThat(there.reason()).isEqualTo("PRECONDITION_FAILED");
        assertThat(numberOf("a")).isEqualTo(5);
    }

    @Test
    void aNamedWriteHappensOnce() {
        WriteOptions named = WriteOptions.NONE.requestId(UUID.randomUUID());
        docs.upsert(record("a", 1).build());

        UpsertReply first = docs.patch(List.of(Patch.of("a").increment("n", 5)), named);
        UpsertReply second = docs.patch(List.of(Patch.of("a").increment("n", 5)), named);

        assertThat(second).isEqualTo(first);
        assertThat(numberOf("a")).isEqualTo(6);
        assertThat(failureOf(() -> docs.patch(List.of(Patch.of("a").increment("n", 6)), named))
                        .reason())
                .isEqualTo("REQUEST_ID_REUSED");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> docs.delete(List.of(RecordKey.of("a")), WriteOptions.insertOnly()));
    }

    @Test
    void patchesChangePartsOfRecords() {
        docs.upsert(record("a", 1)
                .field("tags", List.of("x", "y"))
                .field("author", Map.of("name", "ann", "born", 1970))
                .field("old", true)
                .build());

        docs.patch(Patch.of("a")
                .set("title", "new")
                .unset("old")
                .merge("author", Fields.of(Map.of("born", 1971)))
                .increment("n", 2)
                .increment("price", 1.5)
                .append("tags", "z")
                .vector("default", 7f)
                .vector("words", SparseVector.of(Map.of(4_000_000_000L, 0.5f))));
        docs.patch(Patch.of("a").remove("tags", "x", "z"));

        KnarrRecord patched = docs.get("a").orElseThrow();
        assertThat(patched.fields().asMap())
                .isEqualTo(Fields.of(Map.of(
                                "n",
                                3,
                                "tags",
                                List.of("y"),
                                "author",
                                Map.of("name", "ann", "born", 1971),
                                "title",
                                "new",
                                "price",
                                1.5))
                        .asMap());
        assertThat(patched.vector())
                .hasValueSatisfying(vector -> assertThat(vector).containsExactly(7f));
        assertThat(patched.sparseVector("words")).contains(SparseVector.of(Map.of(4_000_000_000L, 0.5f)));
        docs.patch(Patch.of("a").removeVector("words"));
        assertThat(docs.get("a").orElseThrow().sparseVector("words")).isEmpty();
    }

    @Test
    void recordsExpireAndPatchesSayWhen() {
        Instant later = Instant.now().plus(Duration.ofHours(1)).truncatedTo(ChronoUnit.MICROS);
        docs.upsert(record("a", 1).expireTime(later).build());
        docs.upsert(record("b", 1).expireTime(Instant.now().minusSeconds(1)).build());

        assertThat(docs.get("b")).isEmpty();
        KnarrRecord read = docs.get("a").orElseThrow();
        assertThat(read.expireTime()).contains(later);
        docs.upsert(read.toBuilder().field("n", 2).build());
        assertThat(docs.get("a").orElseThrow().expireTime()).contains(later);
        docs.patch(Patch.of("a").expireAt(later.plusSeconds(1)));
        assertThat(docs.get("a").orElseThrow().expireTime()).contains(later.plusSeconds(1));
        docs.patch(Patch.of("a").neverExpire());
        assertThat(docs.get("a").orElseThrow().expireTime()).isEmpty();
    }

    @Test
    void recordsAreDeletedByAFilter() {
        docs.upsertAll(LongStream.range(0, 100)
                .mapToObj(n -> record("r" + n, n).build())
                .toList());

        assertThat(docs.wouldDelete(range("n").lt(30))).isEqualTo(30);
        assertThat(docs.count()).isEqualTo(100);
        assertThat(docs.delete(range("n").lt(30)).deletedCount()).isEqualTo(30);
        assertThat(docs.count()).isEqualTo(70);
    }

    @Test
    void sparseVectorsAndWordsAreWrittenReadAndSearched() {
        SparseVector one = SparseVector.of(new int[] {7, -1}, new float[] {2f, 1f});
        docs.upsert(
                record("a", 1)
                        .vector("words", one)
                        .field("body", "Whales were hunted")
                        .build(),
                record("b", 2)
                        .vector("words", SparseVector.of(Map.of(7L, 1f)))
                        .field("body", "A pond")
                        .build());

        Hit nearest = docs.search(Search.nearest(SparseVector.of(Map.of(4_294_967_295L, 1f)))
                        .on("words")
                        .returning(Projection.EVERYTHING))
                .hits()
                .getFirst();
        SearchReply words = docs.search(Search.words("body", "whale hunting"));
        SearchReply both = docs.search(Search.hybrid(
                Hybrid.of(Search.words("body", "pond"), Search.nearest(1f).on("default"))));

        assertThat(nearest.id()).isEqualTo(RecordKey.of("a"));
        assertThat(nearest.sparseVector("words")).contains(one);
        assertThat(nearest.vector()).isPresent();
        assertThat(docs.get("a").orElseThrow().sparseVector("words")).contains(one);
        assertThat(words.hits()).extracting(Hit::id).containsExactly(RecordKey.of("a"));
        assertThat(both.hits()).extracting(Hit::id).containsExactly(RecordKey.of("b"), RecordKey.of("a"));
        CollectionSchema schema = account.collections().get("docs").schema();
        assertThat(schema.vectors()).contains(CollectionSchema.Vector.sparse("words", true));
        assertThat(schema.fields().getFirst().analyzer()).isEqualTo("english");
    }

    @Test
    void anExportStreamsOneMomentWholeAndInSlices() throws Exception {
        docs.upsertAll(LongStream.range(0, 5_000)
                .mapToObj(n -> record("r" + n, n).build())
                .toList());

        List<Export> slices =
                docs.exportSlices(ExportQuery.ALL.filter(range("n").gte(1_000)), 3);
        docs.delete(range("n").lt(2_000));
        List<KnarrRecord> exported = new ArrayList<>();
        for (Export slice : slices) {
            try (slice) {
                slice.forEachRemaining(exported::add);
            }
        }

        assertThat(exported).hasSize(4_000).extracting(KnarrRecord::id).doesNotHaveDuplicates();
        assertThat(exported.getFirst().vector()).isPresent();
        try (Export whole = docs.export(ExportQuery.ALL.returning(Projection.IDS))) {
            assertThat(whole.next().fields().asMap()).isEmpty();
            long rest = 1;
            try (Export resumed =
                    docs.export(ExportQuery.ALL.returning(Projection.IDS).from(whole.position()))) {
                rest = resumed.stream().count();
            }
            assertThat(rest).as("all but the first message").isEqualTo(2_000);
        }
        assertThat(failureOf(() -> account.collection("none")
                                .export(ExportQuery.ALL)
                                .next())
                        .reason())
                .isEqualTo("COLLECTION_NOT_FOUND");
    }
}
