package io.knarr.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.grpc.Status;
import io.knarr.server.KnarrServer;
import io.knarr.server.ServerSettings;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client against a whole server: RocksDB on disk, a real port. Each test has an account of its own. */
@Timeout(120)
class KnarrClientEndToEndTest {
    private static final AtomicInteger ACCOUNTS = new AtomicInteger();

    @TempDir
    private static Path directory;

    private static KnarrServer server;
    private static KnarrClient client;

    private String accountId;
    private AccountClient account;

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
    void choose() {
        accountId = "account-" + ACCOUNTS.incrementAndGet();
        account = client.forAccount(accountId);
    }

    private CollectionHandle points() {
        account.collections().create("points", CollectionSchema.of(2, Metric.EUCLID));
        return account.collection("points");
    }

    /** Returns the record of that id at that place on the first axis; at most 2^24, which a float holds exactly. */
    private static KnarrRecord point(long id, long x) {
        return KnarrRecord.builder().id(id).vector((float) x, 0).field("x", id).build();
    }

    private static KnarrException failureOf(ThrowingCallable call) {
        return catchThrowableOfType(KnarrException.class, call);
    }

    private static void assertFailure(KnarrException failure, Status.Code code, String reason, String field) {
        assertThat(failure).isNotNull();
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure.reason()).isEqualTo(reason);
        assertThat(failure.field().orElse("")).isEqualTo(field);
        assertThat(failure.sentence()).isNotBlank();
    }

    @Test
    void theServerSaysWhatItIsAndWhomItSees() {
        ServerInfo info = account.server().info();

        assertThat(info.accountId()).isEqualTo(accountId);
        assertThat(info.identityMode()).isEqualTo("open");
        assertThat(info.root()).isTrue();
        assertThat(info.storeId()).isEqualTo(server.storeId().toString());
        assertThat(info.kernel()).isNotEmpty();
        assertThat(account.server().limits().calls().maxBatchRecords()).isEqualTo(10_000);
        assertThat(client.server().info().accountId()).isEqualTo("default");
    }

    @Test
    void accountsAreCreatedListedAndDeleted() {
        AccountInfo created = client.accounts().create(accountId + "-a");
        AccountInfo second = client.accounts().create(accountId + "-b");

        assertThat(client.accounts().get(accountId + "-a")).isEqualTo(created);
        assertThat(client.forAccount(accountId + "-a").accounts().current()).isEqualTo(created);
        assertThat(client.accounts().listAll(accountId + "-")).containsExactly(created, second);
        Page<AccountInfo> page = client.accounts().list(accountId + "-", 1, "");
        assertThat(page.items()).containsExactly(created);
        assertThat(client.accounts().list(accountId + "-", 1, page.nextToken()).items())
                .containsExactly(second);
        assertThat(client.accounts().delete(accountId + "-a", created.incarnation()))
                .isTrue();
        assertThat(client.accounts().delete(accountId + "-a")).isFalse();
        assertThat(client.accounts().listAll(accountId + "-")).containsExactly(second);
    }

    @Test
    void collectionsComeBackAsTheyWereCreated() {
        CollectionSchema schema = CollectionSchema.builder()
                .vector("title", 3, Metric.COSINE)
                .vector("cover", 2, Metric.MANHATTAN)
                .vector("small", 2, Metric.EUCLID, ElementType.INT8)
                .vector("half", 2, Metric.DOT, ElementType.FLOAT16)
                .field("year", FieldType.INT64)
                .listField("tags", FieldType.STRING)
                .closed()
                .build();

        CollectionInfo created = account.collections().create("books", schema);
        CollectionInfo other = account.collections().create("authors", CollectionSchema.of(2, Metric.DOT));

        assertThat(created.schema()).isEqualTo(schema);
        CollectionInfo read = account.collections().get("books");
        assertThat(read.incarnation()).isEqualTo(created.incarnation());
        assertThat(read.createTime()).isEqualTo(created.createTime());
        assertThat(read.schema()).isEqualTo(schema);
        assertThat(read.recordCount()).hasValue(0);
        assertThat(account.collections().listAll())
                .extracting(CollectionInfo::name)
                .containsExactly("authors", "books");
        assertThat(account.collections().list(1, "").items())
                .extracting(CollectionInfo::incarnation)
                .containsExactly(other.incarnation());
        assertThat(account.collections().delete("books")).isTrue();
        assertThat(account.collections().delete("books")).isFalse();
    }

    @Test
    void multiVectorsComeBackAndAreSearched() {
        CollectionSchema schema = CollectionSchema.builder()
                .multiVector("words", 2, Metric.DOT, ElementType.FLOAT16)
                .build();
        assertThat(account.collections().create("pages", schema).schema()).isEqualTo(schema);
        CollectionHandle pages = account.collection("pages");
        MultiVector first = MultiVector.of(new float[] {1, 0}, new float[] {0, 1});
        MultiVector second = MultiVector.of(new float[] {0.5f, 0.5f});
        pages.upsert(List.of(
                KnarrRecord.builder().id(1).vector("words", first).build(),
                KnarrRecord.builder().id(2).vector("words", second).build()));
        KnarrRecord read = pages.get(RecordKey.of(1)).orElseThrow();
        assertThat(read.multiVector("words")).contains(first);
        assertThat(read.toBuilder().build().multiVector("words")).contains(first);
        SearchReply reply = pages.search(Search.nearest(first).returning(Projection.EVERYTHING));
        assertThat(reply.hits()).extracting(Hit::score).containsExactly(2.0, 1.0);
        assertThat(reply.hits().get(1).multiVector("words")).contains(second);
    }

    /** The first write makes the account, so before it there is nothing to delete, and nothing to complain about. */
    @Test
    void anAccountThatIsNotThereYetHasNoCollectionToDelete() {
        assertThat(account.collections().delete("books")).isFalse();
        assertThat(client.accounts().listAll(accountId)).isEmpty();
    }

    @Test
    void aRecordComesBackAsItWasWritten() {
        CollectionHandle points = points();
        KnarrRecord written = KnarrRecord.builder()
                .id("everything")
                .vector(0.1f, -3e38f)
                .field("null", null)
                .field("integer", Long.MIN_VALUE)
                .field("number", -0.1)
                .field("truth", true)
                .field("text", "ünïcode \u0000 and more")
                .field("instant", Instant.parse("9999-12-31T23:59:59.999999999Z"))
                .field("list", List.of("a", "b"))
                .field("object", Map.of("inner", Map.of("deep", 7)))
                .build();

        UpsertReply reply = points.upsert(written);
        KnarrRecord read = points.get("everything").orElseThrow();

        assertThat(read.fields()).isEqualTo(written.fields());
        assertThat(read.vector().orElseThrow()).containsExactly(0.1f, -3e38f);
        assertThat(read.version()).isEqualTo(1);
        assertThat(read.createTime()).isPresent().isEqualTo(read.updateTime());
        assertThat(reply.results()).containsExactly(new UpsertReply.Result(RecordKey.of("everything"), 1, true));
        assertThat(reply.accountIncarnation())
                .isEqualTo(account.accounts().current().incarnation());
        assertThat(reply.collectionIncarnation())
                .isEqualTo(account.collections().get("points").incarnation());
    }

    @Test
    void theThreeKindsOfIdsNameDifferentRecords() {
        CollectionHandle points = points();
        UUID uuid = UUID.fromString("00000000-0000-4000-8000-000000000007");
        List<RecordKey> keys = List.of(RecordKey.of("7"), RecordKey.of(7), RecordKey.of(-7L), RecordKey.of(uuid));
        points.upsert(keys.stream()
                .map(key -> KnarrRecord.builder()
                        .id(key)
                        .vector(1, 1)
                        .field("key", key.toString())
                        .build())
                .toList());

        GetReply reply = points.get(
                List.of(keys.get(3), RecordKey.of("8"), keys.get(1), keys.get(0), keys.get(2)),
                Projection.IDS.withFields("key"));

        assertThat(reply.records())
                .extracting(KnarrRecord::id)
                .extracting(id -> id.orElseThrow())
                .containsExactly(keys.get(3), keys.get(1), keys.get(0), keys.get(2));
        assertThat(reply.records())
                .extracting(record -> record.fields().get("key"))
                .containsExactly(uuid.toString(), "7", "7", "18446744073709551609");
        assertThat(reply.records())
                .allSatisfy(record -> assertThat(record.vector()).isEmpty());
        assertThat(reply.missing()).containsExactly(RecordKey.of("8"));
    }

    @Test
    void anUpsertReplacesAndADeleteRemovesAndBothSayIt() {
        CollectionHandle points = points();
        UpsertReply first = points.upsert(point(1, 1), point(2, 2));

        UpsertReply again = points.upsert(point(2, 20), point(3, 3));

        assertThat(again.results()).extracting(UpsertReply.Result::created).containsExactly(false, true);
        assertThat(again.results().getFirst().version())
                .isGreaterThan(first.results().getLast().version());
        assertThat(points.get(RecordKey.of(2)).flatMap(KnarrRecord::vector).orElseThrow())
                .containsExactly(20, 0);
        assertThat(points.delete(List.of(RecordKey.of(2), RecordKey.of(9))).deletedCount())
                .isEqualTo(1);
        assertThat(points.get(RecordKey.of(2))).isEmpty();
        assertThat(points.count()).isEqualTo(2);
    }

    @Test
    void aLargeUpsertArrivesWhole() {
        CollectionHandle points = points();

        UpsertTotals totals = points.upsertAll(
                LongStream.range(0, 3_000).mapToObj(i -> point(i, i)).iterator(), new BatchPolicy(400, 1 << 20, 3));

        assertThat(totals).isEqualTo(new UpsertTotals(3_000, 3_000, 8));
        assertThat(points.count()).isEqualTo(3_000);
        assertThat(account.collections().get("points").recordCount()).hasValue(3_000);
    }

    @Test
    void aListGoesThroughItsPagesInTheOrderOfTheIdsAsItWasAtTheFirst() {
        CollectionHandle points = points();
        points.upsert(LongStream.range(0, 25).mapToObj(i -> point(24 - i, i)).toList());
        ListQuery tens = ListQuery.ALL.pageSize(10);

        Page<KnarrRecord> first = points.list(tens, "");
        Page<KnarrRecord> second = points.list(tens, first.nextToken());
        points.delete(List.of(RecordKey.of(3), RecordKey.of(21))); // one before the second page, one after it
        Page<KnarrRecord> third = points.list(tens, second.nextToken());

        assertThat(numbers(first.items())).containsExactlyElementsOf(range(0, 10));
        assertThat(numbers(second.items())).containsExactlyElementsOf(range(10, 20));
        assertThat(numbers(third.items())).containsExactlyElementsOf(range(20, 25));
        assertThat(third.last()).isTrue();
        assertThat(points.count()).isEqualTo(23);
        assertThat(points.listAll(tens.filter(Filters.range("x").gte(5).lt(15))).stream()
                        .map(record -> record.fields().integer("x").orElseThrow()))
                .containsExactlyElementsOf(range(5, 15));
    }

    private static List<Long> numbers(List<KnarrRecord> records) {
        return records.stream()
                .map(record -> record.fields().integer("x").orElseThrow())
                .toList();
    }

    private static List<Long> range(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    @Test
    void aSearchAnswersNearestFirst() {
        CollectionHandle points = points();
        points.upsert(LongStream.range(0, 10).mapToObj(i -> point(i, i)).toList());

        SearchReply reply = points.search(
                Search.nearest(3.25f, 0).limit(3).offset(1).exact().returning(Projection.EVERYTHING.withoutFields()));

        assertThat(reply.hits()).extracting(Hit::id).containsExactly(RecordKey.of(4), RecordKey.of(2), RecordKey.of(5));
        assertThat(reply.hits().getFirst().score()).isCloseTo(0.75, within(1e-6));
        assertThat(reply.hits().getFirst().vector().orElseThrow()).containsExactly(4, 0);
        assertThat(reply.hits().getFirst().fields()).isEqualTo(Fields.NONE);
        assertThat(reply.hits().getFirst().version()).isEqualTo(1);
        assertThat(reply.kind()).isEqualTo(SearchReply.AnswerKind.EXACT);
        assertThat(reply.explanation()).isEmpty();
    }

    @Test
    void aSearchExplainsItself() {
        CollectionHandle points = points();
        points.upsert(LongStream.range(0, 10).mapToObj(i -> point(i, i)).toList());

        SearchReply reply = points.search(
                Search.nearest(0, 0).filter(Filters.range("x").gte(6)).explain());

        SearchReply.Explanation explanation = reply.explanation().orElseThrow();
        assertThat(explanation.plan()).isEqualTo("exact-float");
        assertThat(explanation.metric()).contains(Metric.EUCLID);
        assertThat(explanation.recordCount()).isEqualTo(10);
        assertThat(explanation.matchedCount()).isEqualTo(4);
        assertThat(reply.scoredCount()).isEqualTo(4);
        assertThat(explanation.kernel()).isEqualTo(client.server().info().kernel());
        assertThat(explanation.stages()).extracting(SearchReply.Stage::name).contains("filter", "scan");
        assertThat(points.search(Search.nearest(0, 0).explain())
                        .explanation()
                        .orElseThrow()
                        .plan())
                .isEqualTo("exact-float");
    }

    @Test
    void eachNamedVectorIsSearchedByItsOwnMetric() {
        account.collections()
                .create(
                        "pairs",
                        CollectionSchema.builder()
                                .vector("angle", 2, Metric.COSINE)
                                .vector("size", 1, Metric.DOT)
                                .build());
        CollectionHandle pairs = account.collection("pairs");
        pairs.upsert(
                KnarrRecord.builder()
                        .id("a")
                        .vector("angle", 0, 9)
                        .vector("size", 1)
                        .build(),
                KnarrRecord.builder()
                        .id("b")
                        .vector("angle", 3, 3)
                        .vector("size", 5)
                        .build(),
                KnarrRecord.builder().id("c").vector("size", 7).build());

        List<Hit> byAngle = pairs.search(Search.nearest(0, 2).on("angle")).hits();
        List<Hit> bySize = pairs.search(Search.nearest(2).on("size")).hits();

        assertThat(byAngle).extracting(hit -> hit.id().toString()).containsExactly("a", "b");
        assertThat(byAngle.get(0).score()).isCloseTo(1, within(1e-6));
        assertThat(byAngle.get(1).score()).isCloseTo(Math.sqrt(0.5), within(1e-6));
        assertThat(bySize).extracting(hit -> hit.id().toString()).containsExactly("c", "b", "a");
        assertThat(bySize).extracting(Hit::score).containsExactly(14.0, 10.0, 2.0);
        assertFailure(
                failureOf(() -> pairs.search(Search.nearest(0, 2))),
                Status.Code.INVALID_ARGUMENT,
                "INVALID_FIELD",
                "vector_name");
    }

    @Test
    void afterADeletionAWriterOfTheOldCollectionIsRefused() {
        CollectionInfo old = account.collections().create("c", CollectionSchema.of(2, Metric.DOT));
        CollectionHandle late = account.collection("c").withIncarnation(old.incarnation());
        late.upsert(point(1, 1));
        account.collections().delete("c", old.incarnation());
        account.collections().create("c", CollectionSchema.of(2, Metric.DOT));

        assertFailure(
                failureOf(() -> late.upsert(point(1, 1))),
                Status.Code.FAILED_PRECONDITION,
                "INCARNATION_MISMATCH",
                "collection_incarnation");
        assertFailure(
                failureOf(() -> account.collections().delete("c", old.incarnation())),
                Status.Code.FAILED_PRECONDITION,
                "INCARNATION_MISMATCH",
                "incarnation");
        assertThat(account.collection("c").count()).isZero();
    }

    @Test
    void afterADeletionAWriterOfTheOldAccountIsRefused() {
        AccountInfo old = client.accounts().create(accountId);
        AccountClient late = account.withIncarnation(old.incarnation());
        late.collections().create("c", CollectionSchema.of(2, Metric.DOT));
        client.accounts().delete(accountId);
        client.accounts().create(accountId);

        KnarrException failure = failureOf(() -> late.collections().create("c", CollectionSchema.of(2, Metric.DOT)));

        assertThat(failure.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(failure.reason()).isEqualTo("INCARNATION_MISMATCH");
        assertThat(account.collections().listAll()).isEmpty();
    }

    @Test
    void twoAccountsDoNotSeeEachOther() {
        AccountClient other = client.forAccount(accountId + "-other");
        CollectionHandle mine = points();
        other.collections().create("points", CollectionSchema.of(2, Metric.EUCLID));
        CollectionHandle theirs = other.collection("points");
        mine.upsert(point(1, 1), point(2, 2));
        theirs.upsert(point(1, 100));

        assertThat(mine.count()).isEqualTo(2);
        assertThat(theirs.count()).isEqualTo(1);
        assertThat(numbers(theirs.search(Search.nearest(2, 0)).hits().stream()
                        .map(hit -> theirs.get(hit.id()).orElseThrow())
                        .toList()))
                .containsExactly(1L);
        assertThat(theirs.get(RecordKey.of(2))).isEmpty();
        assertThat(mine.get(RecordKey.of(1)).flatMap(KnarrRecord::vector).orElseThrow())
                .containsExactly(1, 0);
        other.collections().delete("points");
        assertThat(mine.count()).isEqualTo(2);
        client.accounts().delete(accountId + "-other");
        assertThat(mine.listAll().stream()).hasSize(2);
    }

    @Test
    void futuresRunAtOnceAndFailWithTheSameException() {
        CollectionHandle points = points();

        List<CompletableFuture<UpsertReply>> writes = IntStream.range(0, 40)
                .mapToObj(i -> points.upsertAsync(List.of(point(i, i))))
                .toList();
        CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).join();

        assertThat(points.countAsync(Filters.exists("x")).join()).isEqualTo(40);
        assertThat(points.searchAsync(Search.nearest(39, 0).limit(1))
                        .thenApply(reply -> reply.hits().getFirst().id())
                        .join())
                .isEqualTo(RecordKey.of(39));
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(() -> points.searchAsync(Search.nearest(1)).join())
                .havingCause()
                .isInstanceOfSatisfying(
                        KnarrException.class,
                        e -> assertFailure(e, Status.Code.INVALID_ARGUMENT, "DIMENSION_MISMATCH", "vector"));
    }

    @Test
    void anErrorSaysWhatIsWrongAndWhere() {
        account.collections()
                .create(
                        "c",
                        CollectionSchema.builder()
                                .vector(2, Metric.DOT)
                                .field("year", FieldType.INT64)
                                .closed()
                                .build());
        CollectionHandle c = account.collection("c");
        c.upsert(
                KnarrRecord.builder().id("a").vector(1, 1).build(),
                KnarrRecord.builder().id("b").vector(1, 1).build());

        assertInvalid(() -> c.search(Search.nearest(1)), "DIMENSION_MISMATCH", "vector");
        assertInvalid(() -> c.search(Search.nearest(1, Float.NaN)), "NOT_FINITE", "vector.values[1]");
        assertInvalid(() -> c.search(Search.nearest(1, 1).limit(100_000).offset(1)), "LIMIT_EXCEEDED", "limit");
        assertInvalid(() -> c.search(Search.nearest(1, 1).on("other")), "UNKNOWN_FIELD", "vector_name");
        assertInvalid(
                () -> c.count(Filters.and(Filters.exists("year"), Filters.range("year"))),
                "INVALID_FILTER",
                "filter.and.filters[1].range");
        assertInvalid(() -> c.count(Filters.eq("month", 1)), "UNKNOWN_FIELD", "filter.equal.field");
        assertInvalid(
                () -> c.count(Filters.not(Filters.in("year", 1, "1"))),
                "INVALID_FILTER",
                "filter.not.filter.equal.values[1]");
        assertInvalid(() -> c.count(Filters.eq("year", "1")), "TYPE_MISMATCH", "filter.equal.values");
        assertInvalid(() -> c.count(Filters.in("year")), "INVALID_FILTER", "filter.equal.values");
        assertInvalid(() -> c.upsert(List.of()), "INVALID_FIELD", "records");
        assertInvalid(
                () -> c.upsert(
                        KnarrRecord.builder().vector(1, 1).field("year", 1.5).build()),
                "TYPE_MISMATCH",
                "records[0].fields[\"year\"]");
        assertInvalid(() -> c.list(ListQuery.ALL, "no token"), "INVALID_PAGE_TOKEN", "page_token");
        String token = c.list(ListQuery.ALL.pageSize(1), "").nextToken();
        assertInvalid(
                () -> c.list(ListQuery.ALL.filter(Filters.exists("year")), token), "INVALID_PAGE_TOKEN", "page_token");
        assertInvalid(
                () -> client.forAccount("UPPER").collections().listAll().iterator(),
                "INVALID_FIELD",
                "metadata.x-account-id");
        assertThat(failureOf(() -> c.search(Search.nearest(1))).details())
                .containsEntry("expected", "2")
                .containsEntry("actual", "1");
    }

    private static void assertInvalid(ThrowingCallable call, String reason, String field) {
        assertFailure(failureOf(call), Status.Code.INVALID_ARGUMENT, reason, field);
    }

    @Test
    void whatIsMissingOrThereAlreadyIsNamed() {
        client.accounts().create(accountId);
        account.collections().create("c", CollectionSchema.of(2, Metric.DOT));

        KnarrException noCollection = failureOf(() -> account.collection("d").count());
        assertFailure(noCollection, Status.Code.NOT_FOUND, "COLLECTION_NOT_FOUND", "");
        assertThat(noCollection.details()).containsEntry("collection", "d");
        KnarrException noAccount =
                failureOf(() -> client.forAccount("nobody").collection("c").count());
        assertFailure(noAccount, Status.Code.NOT_FOUND, "ACCOUNT_NOT_FOUND", "");
        assertThat(noAccount.details()).containsEntry("account", "nobody");
        assertFailure(
                failureOf(() -> account.collections().create("c", CollectionSchema.of(2, Metric.DOT))),
                Status.Code.ALREADY_EXISTS,
                "COLLECTION_EXISTS",
                "");
        assertFailure(
                failureOf(() -> client.accounts().create(accountId)), Status.Code.ALREADY_EXISTS, "ACCOUNT_EXISTS", "");
    }
}
