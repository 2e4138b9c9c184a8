package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.codeOf;
import static io.knarr.server.index.TestBackends.count;
import static io.knarr.server.index.TestBackends.get;
import static io.knarr.server.index.TestBackends.numbered;
import static io.knarr.server.index.TestBackends.query;
import static io.knarr.server.index.TestBackends.schema;
import static io.knarr.server.index.TestBackends.search;
import static io.knarr.server.index.TestBackends.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.AccountNumber;
import io.knarr.server.model.Aggregation;
import io.knarr.server.model.Collection;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.ListQuery;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Precondition;
import io.knarr.server.model.Question;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.RecordOrder;
import io.knarr.server.model.Refinement;
import io.knarr.server.model.RequestKey;
import io.knarr.server.model.SampleQuery;
import io.knarr.server.model.Schema;
import io.knarr.server.model.SchemaGrowth;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.Selection;
import io.knarr.server.model.Slice;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.TtlChange;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.Table;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import io.knarr.server.testing.MovableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Records that expire: to the microsecond for every reader and writer, whether reclaimed or not, in memory or not. */
@Timeout(120)
class ExpiryTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Filter MARKED = new Filter.Equal("marker", Set.of(new IntValue(1)));

    @TempDir
    private Path directory;

    private final InMemoryStoreAdapter store = new InMemoryStoreAdapter();
    private final MovableClock clock = new MovableClock();
    private TestBackends backends;
    private AccountBackend backend;

    @BeforeEach
    void open() {
        backends = new TestBackends(store, IndexImages.in(directory), clock);
        backend = backends.openWithCollection();
    }

    @AfterEach
    void close() {
        backend.close();
        backends.close();
        store.close();
    }

    private RecordDraft lasting(long id, Duration life) {
        return until(id, clock.instant().plus(life));
    }

    private static RecordDraft until(long id, Instant expireTime) {
        RecordDraft draft = numbered(id, 1);
        return new RecordDraft(draft.id(), draft.fields(), draft.vectors(), Optional.of(expireTime));
    }

    private void reopen() {
        backend.close();
        backend = backends.open();
    }

    private long keys(Table table) {
        long keys = 0;
        try (StoreScan scan = backends.view().scan(table, KeyRange.all())) {
            while (scan.next()) {
                keys++;
            }
        }
        return keys;
    }

    private boolean comesFromImage() {
        Collection collection = backend.collection(COLLECTION);
        LoadedRows rows = new CollectionLoader(
                        collection, backends.view(), IndexImages.in(directory).forAccount(new AccountNumber(7)))
                .load();
        rows.table().release();
        return rows.lineage() != LoadedRows.NO_JOURNAL;
    }

    private boolean isLoaded() {
        return backend.footprintBytes() > 4_000;
    }

    /** Asks in every way there is which of the ids 0 to 9 there are. */
    private void requireSeen(Long... ids) {
        assertThat(get(backend, LongStream.range(0, 10).toArray()))
                .extracting(record -> record.id().asUint64())
                .containsExactly(ids);
        for (Optional<Filter> filter : List.of(Optional.<Filter>empty(), Optional.of(MARKED))) {
            for (Optional<RecordOrder> order :
                    List.of(Optional.<RecordOrder>empty(), Optional.of(new RecordOrder("marker", false)))) {
                ListQuery all = new ListQuery(
                        COLLECTION,
                        filter,
                        order,
                        Slice.WHOLE,
                        100,
                        1 << 20,
                        new Selection.All(),
                        new Selection.None());
                assertThat(backend.list(all, Optional.empty(), NO_DEADLINE).items())
                        .extracting(record -> record.id().asUint64())
                        .containsExactly(ids);
            }
            assertThat(backend.count(COLLECTION, filter, NO_DEADLINE)).isEqualTo(ids.length);
            assertThat(backend.search(query(COLLECTION, filter, 50, 0, 1f), Long.MAX_VALUE, NO_DEADLINE)
                            .hits())
                    .extracting(hit -> hit.record().id().asUint64())
                    .containsExactlyInAnyOrder(ids);
            SequencedMap<String, Aggregation> number = new LinkedHashMap<>(Map.of("n", new Aggregation.Count("")));
            assertThat(backend.aggregate(COLLECTION, filter, number, NO_DEADLINE)
                            .matchedCount())
                    .isEqualTo(ids.length);
            SampleQuery sample = new SampleQuery(COLLECTION, filter, 50, 7, new Selection.All(), new Selection.None());
            assertThat(backend.sample(sample, Long.MAX_VALUE, NO_DEADLINE))
                    .extracting(record -> record.id().asUint64())
                    .containsExactlyInAnyOrder(ids);
        }
        ListQuery exported = new ListQuery(
                COLLECTION,
                Optional.empty(),
                Optional.empty(),
                Slice.WHOLE,
                100,
                1 << 20,
                new Selection.All(),
                new Selection.None());
        assertThat(backend.list(exported, Optional.of(backend.pin(exported, NO_DEADLINE)), NO_DEADLINE)
                        .items())
                .extracting(record -> record.id().asUint64())
                .containsExactly(ids);
    }

    @Test
    void whatHasExpiredIsNotFoundByItsWordsNorCountedAmongThem() {
        backend.createCollection(
                "texts",
                new Schema(
                        schema(1, Metric.DOT).vectors(), List.of(new FieldSpec("body", FieldType.TEXT, false)), false),
                NO_DEADLINE);
        RecordDraft stays = text(1, "pond", Optional.empty());
        RecordDraft goes = text(2, "pond pond sea", Optional.of(clock.instant().plus(MINUTE)));
        var _ = backend.upsert("texts", WriteTerms.NONE, UpsertMode.UPSERT, List.of(stays), NO_DEADLINE);
        double alone = wordsFound("pond").getFirst().score();
        var _ = backend.upsert("texts", WriteTerms.NONE, UpsertMode.UPSERT, List.of(goes), NO_DEADLINE);
        assertThat(wordsFound("pond")).hasSize(2);

        clock.move(MINUTE);

        assertThat(wordsFound("sea")).isEmpty();
        assertThat(wordsFound("pond")).singleElement().satisfies(hit -> {
            assertThat(hit.record().id()).isEqualTo(RecordId.of(1));
            assertThat(hit.score()).as("as if the other had never been").isEqualTo(alone);
        });
    }

    private static RecordDraft text(long id, String body, Optional<Instant> expireTime) {
        SequencedMap<String, FieldValue> fields = new LinkedHashMap<>(Map.of("body", new StringValue(body)));
        return new RecordDraft(
                Optional.of(RecordId.of(id)), fields, numbered(id, 1).vectors(), expireTime);
    }

    private List<SearchResult.Hit> wordsFound(String words) {
        SearchQuery query = new SearchQuery(
                "texts",
                new Question.Words("body", words),
                Optional.empty(),
                10,
                0,
                new Selection.None(),
                new Selection.None(),
                false,
                false,
                Refinement.NONE);
        return backend.search(query, Long.MAX_VALUE, NO_DEADLINE).hits();
    }

    @Test
    void noReadSeesARecordFromItsMomentOn() {
        upsert(backend, numbered(1, 1), lasting(2, MINUTE), lasting(3, MINUTE.multipliedBy(2)));
        requireSeen(1L, 2L, 3L);
        clock.move(MINUTE.minusNanos(1_000));
        requireSeen(1L, 2L, 3L);
        clock.move(Duration.ofNanos(1_000));
        requireSeen(1L, 3L);
        reopen();
        requireSeen(1L, 3L);
        clock.move(MINUTE);
        requireSeen(1L);

        StoredRecord permanent = get(backend, 1).getFirst();
        assertThat(permanent.expireTime()).isEmpty();
    }

    @Test
    void theTimeIsReadBackToTheMicrosecond() {
        Instant expireTime = clock.instant().plusNanos(5_123_456_789L);
        upsert(backend, until(1, expireTime));

        assertThat(get(backend, 1).getFirst().expireTime()).contains(expireTime.minusNanos(789));
    }

    @Test
    void aClockThatIsSetBackShowsWhatIsNotReclaimedYet() {
        upsert(backend, numbered(1, 1), lasting(2, MINUTE));
        clock.move(Duration.ofHours(1));
        requireSeen(1L);
        clock.move(Duration.ofHours(-1));
        requireSeen(1L, 2L);
        clock.move(Duration.ofHours(1));
        backend.reclaim(NO_DEADLINE);
        clock.move(Duration.ofHours(-2));
        requireSeen(1L);
    }

    @Test
    void toAWriterARecordThatHasExpiredDoesNotExist() {
        upsert(backend, lasting(1, MINUTE), lasting(2, MINUTE), lasting(3, MINUTE));
        clock.move(MINUTE);

        assertThat(codeOf(() -> backend.upsert(
                        COLLECTION, WriteTerms.NONE, UpsertMode.UPDATE_ONLY, List.of(numbered(1, 1)), NO_DEADLINE)))
                .isEqualTo(ErrorCode.RECORD_NOT_FOUND);
        WriteTerms exists = new WriteTerms(
                Optional.empty(),
                List.of(new Precondition(RecordId.of(2), OptionalLong.empty(), Optional.of(MARKED), Optional.of(true))),
                Optional.empty());
        assertThat(codeOf(() -> backend.delete(COLLECTION, exists, List.of(RecordId.of(9)), NO_DEADLINE)))
                .isEqualTo(ErrorCode.PRECONDITION_FAILED);
        assertThat(backend.delete(COLLECTION, WriteTerms.NONE, List.of(RecordId.of(3)), NO_DEADLINE)
                        .result())
                .isZero();
        UpsertOutcome again = backend.upsert(
                        COLLECTION, WriteTerms.NONE, UpsertMode.INSERT_ONLY, List.of(numbered(1, 1)), NO_DEADLINE)
                .result()
                .getFirst();

        assertThat(again.created()).isTrue();
        assertThat(get(backend, 1).getFirst().createTime()).isEqualTo(clock.instant());
        requireSeen(1L);
    }

    @Test
    void writingAgainSetsTheTimeAnewOrTakesItAway() {
        upsert(backend, lasting(1, MINUTE), lasting(2, MINUTE), lasting(3, MINUTE));
        upsert(backend, numbered(1, 1), lasting(2, MINUTE.multipliedBy(3)));
        assertThat(keys(Table.OPERATIONS)).as("notes").isEqualTo(2);
        clock.move(MINUTE);
        backend.reclaim(NO_DEADLINE);
        requireSeen(1L, 2L);
        assertThat(keys(Table.OPERATIONS)).isEqualTo(1);
        clock.move(MINUTE.multipliedBy(2));
        backend.reclaim(NO_DEADLINE);
        reopen();
        requireSeen(1L);
        assertThat(keys(Table.OPERATIONS)).isZero();
        assertThat(keys(Table.RECORDS)).isEqualTo(1);
    }

    @Test
    void aCollectionsDefaultIsForRecordsWithoutATimeOfTheirOwn() {
        backend.createCollection("short", schema(1, Metric.DOT), Optional.of(MINUTE), NO_DEADLINE);
        backend.upsert(
                "short",
                WriteTerms.NONE,
                UpsertMode.UPSERT,
                List.of(numbered(1, 1), lasting(2, MINUTE.multipliedBy(2))),
                NO_DEADLINE);
        reopen();
        assertThat(backend.collection("short").defaultTtl()).contains(MINUTE);
        clock.move(MINUTE);
        assertThat(backend.count("short", Optional.empty(), NO_DEADLINE)).isEqualTo(1);
        clock.move(MINUTE);
        assertThat(backend.count("short", Optional.empty(), NO_DEADLINE)).isZero();
    }

    @CanIgnoreReturnValue
    private Collection changeTtl(Optional<Duration> ttl) {
        return backend.growCollection(
                COLLECTION,
                Optional.empty(),
                new SchemaGrowth(List.of(), List.of(), Optional.of(new TtlChange(ttl))),
                NO_DEADLINE);
    }

    @Test
    void aDefaultThatChangesIsForWhatIsWrittenAfterIt() {
        upsert(backend, numbered(1, 1));
        assertThat(changeTtl(Optional.of(MINUTE)).defaultTtl()).contains(MINUTE);
        assertThat(changeTtl(Optional.of(MINUTE)).defaultTtl()).contains(MINUTE);
        upsert(backend, numbered(2, 1), lasting(3, MINUTE.multipliedBy(5)));
        changeTtl(Optional.of(MINUTE.multipliedBy(3)));
        upsert(backend, numbered(4, 1));
        reopen();
        upsert(backend, numbered(5, 1));
        assertThat(changeTtl(Optional.empty()).defaultTtl()).isEmpty();
        upsert(backend, numbered(6, 1));
        requireSeen(1L, 2L, 3L, 4L, 5L, 6L);
        clock.move(MINUTE);
        requireSeen(1L, 3L, 4L, 5L, 6L);
        clock.move(MINUTE.multipliedBy(2));
        requireSeen(1L, 3L, 6L);
        clock.move(MINUTE.multipliedBy(2));
        requireSeen(1L, 6L);
        reopen();
        requireSeen(1L, 6L);
        assertThat(backend.collection(COLLECTION).defaultTtl()).isEmpty();
    }

    @Test
    void whatExpiredIsReclaimedWithoutBringingItsCollectionIntoMemory() {
        upsert(
                backend,
                IntStream.range(0, 3_000).mapToObj(id -> lasting(id, MINUTE)).toArray(RecordDraft[]::new));
        upsert(backend, numbered(5_000, 1), lasting(5_001, Duration.ofDays(1)));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        upsert(backend, numbered(5_002, 1));
        reopen();
        clock.move(MINUTE);

        long next = backend.reclaim(NO_DEADLINE);

        assertThat(isLoaded()).isFalse();
        assertThat(next)
                .isEqualTo(RecordCodec.toMicros(
                        clock.instant().plus(Duration.ofDays(1)).minus(MINUTE)));
        assertThat(keys(Table.RECORDS)).isEqualTo(3);
        assertThat(keys(Table.OPERATIONS)).isEqualTo(1);
        assertThat(comesFromImage())
                .as("the image and the journal lead to the present")
                .isTrue();
        assertThat(count(backend)).isEqualTo(3);
        assertThat(search(backend, 10)).hasSize(3);
        assertThat(backend.count(COLLECTION, Optional.of(MARKED), NO_DEADLINE)).isEqualTo(3);
        upsert(backend, numbered(1, 1));
        reopen();
        assertThat(count(backend)).isEqualTo(4);
    }

    @Test
    void whatExpiredIsReclaimedFromMemoryTooAndCompactionCarriesTheRest() throws Exception {
        upsert(
                backend,
                IntStream.range(0, 3_000).mapToObj(id -> lasting(id, MINUTE)).toArray(RecordDraft[]::new));
        upsert(
                backend,
                IntStream.range(3_000, 3_010)
                        .mapToObj(id -> lasting(id, MINUTE.multipliedBy(2)))
                        .toArray(RecordDraft[]::new));
        long full = backend.footprintBytes();
        clock.move(MINUTE);
        assertThat(count(backend)).isEqualTo(10);

        backend.reclaim(NO_DEADLINE);
        backends.awaitBackground();

        assertThat(backend.footprintBytes()).isLessThan(full / 2);
        assertThat(keys(Table.RECORDS)).isEqualTo(10);
        assertThat(search(backend, 50)).hasSize(10);
        clock.move(MINUTE);
        assertThat(count(backend)).isZero();
        assertThat(search(backend, 50)).isEmpty();
        assertThat(backend.reclaim(NO_DEADLINE)).isEqualTo(Long.MAX_VALUE);
        assertThat(keys(Table.RECORDS) + keys(Table.OPERATIONS)).isZero();
    }

    @Test
    void anImageCarriesTheTimesOfRecordsThatHaveExpiredToo() {
        upsert(backend, numbered(1, 1), lasting(2, MINUTE), lasting(3, MINUTE.multipliedBy(2)));
        clock.move(MINUTE);
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        reopen();
        assertThat(comesFromImage()).isTrue();
        requireSeen(1L, 3L);
        clock.move(MINUTE);
        requireSeen(1L);
        clock.move(MINUTE.multipliedBy(-3));
        requireSeen(1L, 2L, 3L);
    }

    @Test
    void writersSayWhenSomethingIsDue() {
        long start = RecordCodec.toMicros(clock.instant());
        upsert(backend, numbered(1, 1));
        assertThat(backends.schedule().size()).isZero();
        upsert(backend, lasting(2, MINUTE.multipliedBy(2)), lasting(3, MINUTE));
        assertThat(backends.schedule().takeDue(start + 59_999_999)).isEmpty();
        assertThat(backends.schedule().takeDue(start + 60_000_000)).hasSize(1);
        assertThat(backends.schedule().takeDue(Long.MAX_VALUE)).isEmpty();
    }

    @Test
    void answersAreKeptForTheirTimeAndForgottenAfterIt() {
        WriteTerms named = new WriteTerms(
                Optional.empty(), List.of(), Optional.of(new RequestKey(new UUID(1, 1), new UUID(2, 2))));
        List<UpsertOutcome> first = backend.upsert(
                        COLLECTION, named, UpsertMode.UPSERT, List.of(numbered(1, 1)), NO_DEADLINE)
                .result();
        clock.move(Duration.ofMinutes(10));
        long next = backend.reclaim(NO_DEADLINE);
        assertThat(next).isEqualTo(RecordCodec.toMicros(clock.instant().plus(Duration.ofMinutes(5))));
        reopen();
        assertThat(backend.upsert(COLLECTION, named, UpsertMode.UPSERT, List.of(numbered(1, 1)), NO_DEADLINE)
                        .result())
                .isEqualTo(first);

        clock.move(Duration.ofMinutes(5));
        assertThat(backend.reclaim(NO_DEADLINE)).isEqualTo(Long.MAX_VALUE);
        assertThat(keys(Table.OPERATIONS)).isZero();
        assertThat(count(backend)).isEqualTo(1);
    }

    @Test
    void aDeletedCollectionLeavesNoNotes() {
        upsert(backend, lasting(1, MINUTE));
        backend.deleteCollection(COLLECTION, Optional.empty(), NO_DEADLINE);

        assertThat(keys(Table.OPERATIONS)).isZero();
        assertThat(backend.reclaim(NO_DEADLINE)).isEqualTo(Long.MAX_VALUE);
    }
}
