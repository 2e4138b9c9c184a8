package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.NullValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.ListQuery;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Question;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Refinement;
import io.knarr.server.model.Schema;
import io.knarr.server.model.SchemaGrowth;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.Selection;
import io.knarr.server.model.Slice;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorSpec;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Schemas that grow while their collections serve. */
class CollectionGrowthTest {
    private static final Selection ALL = new Selection.All();
    private static final VectorSpec A = new VectorSpec("a", 2, Metric.EUCLID);
    private static final VectorSpec B = new VectorSpec("b", 3, Metric.COSINE);
    private static final FieldSpec YEAR = new FieldSpec("year", FieldType.INT64, false);

    @TempDir
    private Path directory;

    private final InMemoryStoreAdapter store = new InMemoryStoreAdapter();
    private TestBackends backends = new TestBackends(store);
    private AccountBackend backend = backends.open();

    @AfterEach
    void close() {
        backend.close();
        backends.close();
        store.close();
    }

    private void create(boolean closed) {
        backend.createCollection(COLLECTION, new Schema(List.of(A), List.of(), closed), NO_DEADLINE);
    }

    private void reopen() {
        backend.close();
        backend = backends.open();
    }

    private Schema grow(List<FieldSpec> fields, List<VectorSpec> vectors) {
        return backend.growCollection(COLLECTION, Optional.empty(), new SchemaGrowth(fields, vectors), NO_DEADLINE)
                .schema();
    }

    private void write(long id, Map<String, FieldValue> fields, Map<String, float[]> dense) {
        Map<String, VectorData> vectors = new LinkedHashMap<>();
        dense.forEach((name, vector) -> vectors.put(name, VectorData.of(vector)));
        var _ = backend.upsert(
                COLLECTION,
                WriteTerms.NONE,
                UpsertMode.UPSERT,
                List.of(new RecordDraft(Optional.of(RecordId.of(id)), new LinkedHashMap<>(fields), vectors)),
                NO_DEADLINE);
    }

    private void write(long id, Map<String, FieldValue> fields) {
        write(id, fields, Map.of("a", new float[] {id, 0}));
    }

    private long count(Filter filter) {
        return backend.count(COLLECTION, Optional.of(filter), NO_DEADLINE);
    }

    private List<Long> search(String vector, float... target) {
        return backend
                .search(
                        new SearchQuery(
                                COLLECTION,
                                Optional.of(vector),
                                target,
                                Optional.empty(),
                                100,
                                0,
                                ALL,
                                ALL,
                                true,
                                false),
                        Long.MAX_VALUE,
                        NO_DEADLINE)
                .hits()
                .stream()
                .map(hit -> hit.record().id().asUint64())
                .toList();
    }

    private static Filter atLeast(long year) {
        return new Filter.Range(
                "year", Optional.empty(), Optional.of(new IntValue(year)), Optional.empty(), Optional.empty());
    }

    @Test
    void theWordsOfTextsThatWereThereBeforeAreFound() {
        create(false);
        write(1, Map.of("body", new StringValue("A pond in the woods")));
        assertThat(backend.writeImage(COLLECTION)).isTrue();

        var _ = grow(List.of(new FieldSpec("body", FieldType.TEXT, false)), List.of());

        write(2, Map.of("body", new StringValue("The sea")));
        for (int round = 0; round < 2; round++) {
            assertThat(idsWith("pond")).containsExactly(1L);
            assertThat(idsWith("sea")).containsExactly(2L);
            reopen();
        }
    }

    private List<Long> idsWith(String words) {
        SearchQuery query = new SearchQuery(
                COLLECTION,
                new Question.Words("body", words),
                Optional.empty(),
                10,
                0,
                new Selection.None(),
                new Selection.None(),
                false,
                false,
                Refinement.NONE);
        return backend.search(query, Long.MAX_VALUE, NO_DEADLINE).hits().stream()
                .map(hit -> hit.record().id().asUint64())
                .toList();
    }

    @Test
    void aFieldIsTakenAndCheckedFromTheReturnOnAndAfterReopening() {
        create(true);
        assertThat(failureOf(() -> write(1, Map.of("year", new IntValue(2000)))).code())
                .isEqualTo(ErrorCode.UNKNOWN_FIELD);
        assertThat(failureOf(() -> count(atLeast(1990))).code()).isEqualTo(ErrorCode.UNKNOWN_FIELD);

        assertThat(grow(List.of(YEAR), List.of()).fields()).containsExactly(YEAR);

        write(1, Map.of("year", new IntValue(2000)));
        for (int round = 0; round < 2; round++) {
            assertThat(count(atLeast(1990))).isEqualTo(1);
            assertThat(failureOf(() -> write(2, Map.of("year", new StringValue("2000"))))
                            .code())
                    .isEqualTo(ErrorCode.TYPE_MISMATCH);
            assertThat(backend.collection(COLLECTION).schema().fields()).containsExactly(YEAR);
            reopen();
        }
    }

    @Test
    void valuesThereAreMustFit() {
        create(false);
        write(1, Map.of("year", new IntValue(2000), "tags", new ListValue(List.of(new StringValue("a")))));
        write(
                2,
                Map.of(
                        "year",
                        new StringValue("2001"),
                        "key",
                        new StringValue("0190B5A0-0000-7000-8000-00000000000A")));
        write(3, Map.of("year", new NullValue()));

        ServiceException refusal = failureOf(() -> grow(List.of(YEAR), List.of()));
        assertThat(refusal.code()).isEqualTo(ErrorCode.FIELD_IN_USE);
        assertThat(refusal.details()).containsEntry("name", "year");
        assertThat(failureOf(() -> grow(List.of(new FieldSpec("key", FieldType.UUID, false)), List.of()))
                        .code())
                .as("a UUID that is not stored as one")
                .isEqualTo(ErrorCode.FIELD_IN_USE);
        assertThat(failureOf(() -> grow(List.of(new FieldSpec("tags", FieldType.STRING, false)), List.of()))
                        .code())
                .isEqualTo(ErrorCode.FIELD_IN_USE);
        assertThat(backend.collection(COLLECTION).schema().fields()).isEmpty();

        write(2, Map.of());
        FieldSpec tags = new FieldSpec("tags", FieldType.STRING, true);
        assertThat(grow(List.of(YEAR, tags), List.of()).fields()).containsExactly(YEAR, tags);
        assertThat(count(atLeast(1990))).isEqualTo(1);
        assertThat(failureOf(() -> write(4, Map.of("year", new StringValue("2001"))))
                        .code())
                .isEqualTo(ErrorCode.TYPE_MISMATCH);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aVectorIsSearchedFromTheReturnOnAndAfterReopening(boolean images) {
        if (images) {
            backend.close();
            backends.close();
            backends = new TestBackends(store, IndexImages.in(directory));
            backend = backends.open();
        }
        create(false);
        for (long id = 1; id <= 20; id++) {
            write(id, Map.of("year", new IntValue(id)));
        }
        var _ = backend.delete(COLLECTION, WriteTerms.NONE, List.of(RecordId.of(20)), NO_DEADLINE);

        assertThat(grow(List.of(), List.of(B)).vectors()).containsExactly(A, B);

        assertThat(search("b", 1, 0, 0)).isEmpty();
        write(21, Map.of(), Map.of("a", new float[] {0, 0}, "b", new float[] {0, 1, 0}));
        write(22, Map.of(), Map.of("b", new float[] {1, 1, 0}));
        write(3, Map.of("year", new IntValue(3)), Map.of("a", new float[] {3, 0}, "b", new float[] {0, 0, 1}));
        for (int round = 0; round < 3; round++) {
            assertThat(search("b", 1, 0, 0)).containsExactly(22L, 3L, 21L);
            assertThat(search("a", 3, 0)).hasSize(20).startsWith(3L, 2L);
            assertThat(count(new Filter.HasVector(Optional.of("b")))).isEqualTo(3);
            assertThat(count(atLeast(10))).isEqualTo(10);
            List<StoredRecord> records = backend.get(
                    COLLECTION, List.of(RecordId.of(1), RecordId.of(22)), ALL, ALL, Long.MAX_VALUE, NO_DEADLINE);
            assertThat(records.get(0).vectors()).containsOnlyKeys("a");
            assertThat(records.get(1).vectors()).containsOnlyKeys("b");
            if (round == 1) {
                assertThat(backend.writeImage(COLLECTION)).isTrue();
            }
            reopen();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSparseVectorIsThereFromTheReturnOn(boolean images) {
        if (images) {
            backend.close();
            backends.close();
            backends = new TestBackends(store, IndexImages.in(directory));
            backend = backends.open();
        }
        create(false);
        write(1, Map.of());
        var _ = grow(List.of(), List.of(VectorSpec.sparse("words", false), B));
        var _ = backend.upsert(
                COLLECTION,
                WriteTerms.NONE,
                UpsertMode.UPSERT,
                List.of(new RecordDraft(
                        Optional.of(RecordId.of(2)),
                        new LinkedHashMap<>(),
                        Map.of("words", new VectorData.Sparse(new int[] {7}, new float[] {1})))),
                NO_DEADLINE);
        for (int round = 0; round < 2; round++) {
            assertThat(count(new Filter.HasVector(Optional.of("words")))).isEqualTo(1);
            assertThat(search("a", 1, 0)).containsExactly(1L);
            assertThat(search("b", 1, 0, 0)).isEmpty();
            reopen();
        }
    }

    @Test
    void whatIsDeclaredAlreadyIsNoErrorAndWhatIsDeclaredOtherwiseIs() {
        create(false);
        Schema grown = grow(List.of(YEAR), List.of(B));
        assertThat(grow(List.of(YEAR), List.of(B, A))).isEqualTo(grown);
        ServiceException field =
                failureOf(() -> grow(List.of(new FieldSpec("year", FieldType.FLOAT64, false)), List.of()));
        assertThat(field.code()).isEqualTo(ErrorCode.INVALID_FIELD);
        assertThat(field.field()).hasValue("add_fields[0].name");
        ServiceException vector = failureOf(() -> grow(List.of(), List.of(B, new VectorSpec("a", 3, Metric.EUCLID))));
        assertThat(vector.field()).hasValue("add_vectors[1].name");
        List<VectorSpec> many = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            many.add(new VectorSpec("v" + i, 1, Metric.DOT));
        }
        assertThat(failureOf(() -> grow(List.of(), many)).field()).hasValue("add_vectors");
        assertThat(failureOf(() -> backend.growCollection(
                                COLLECTION,
                                Optional.of(new UUID(1, 2)),
                                new SchemaGrowth(List.of(YEAR), List.of()),
                                NO_DEADLINE))
                        .code())
                .isEqualTo(ErrorCode.INCARNATION_MISMATCH);
        assertThat(backend.collection(COLLECTION).schema()).isEqualTo(grown);
    }

    /** Writers go on with text in the field until it is declared an integer: from then on no record has text there. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void noWriteOfTheOldSchemaComesAfterTheNewOne(int round) throws Exception {
        create(false);
        AtomicBoolean grown = new AtomicBoolean();
        try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                long id = i;
                running.add(writers.submit(() -> {
                    while (!grown.get()) {
                        try {
                            write(id, Map.of("year", new StringValue("text")));
                            write(id, Map.of("year", new IntValue(round)));
                        } catch (ServiceException e) {
                            assertThat(e.code()).isEqualTo(ErrorCode.TYPE_MISMATCH);
                        }
                    }
                }));
            }
            while (!grown.get()) {
                try {
                    assertThat(grow(List.of(YEAR), List.of()).fields()).containsExactly(YEAR);
                    grown.set(true);
                } catch (ServiceException e) {
                    assertThat(e.code()).isEqualTo(ErrorCode.FIELD_IN_USE);
                }
            }
            for (Future<?> writer : running) {
                writer.get();
            }
        }
        assertThat(count(new Filter.Not(new Filter.IsNull("year")))).isEqualTo(count(atLeast(0)));
    }

    /** Searches, lists and writes go on while vectors come; nobody sees an error. */
    @Test
    void readersAndWritersDoNotNotice() throws Exception {
        create(false);
        for (long id = 0; id < 200; id++) {
            write(id, Map.of("year", new IntValue(id)));
        }
        ListQuery listed = new ListQuery(
                COLLECTION,
                Optional.of(atLeast(0)),
                Optional.empty(),
                Slice.WHOLE,
                1_000_000,
                Long.MAX_VALUE,
                ALL,
                ALL);
        AtomicBoolean stop = new AtomicBoolean();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            running.add(callers.submit(() -> {
                for (long id = 200; !stop.get(); id++) {
                    write(id, Map.of("year", new IntValue(id)));
                    if (backend.collection(COLLECTION).schema().vectorIndex("v3") >= 0) {
                        write(id, Map.of(), Map.of("v3", new float[] {1}));
                    }
                }
            }));
            running.add(callers.submit(() -> {
                while (!stop.get()) {
                    assertThat(search("a", 1, 0)).hasSize(100);
                }
            }));
            running.add(callers.submit(() -> {
                while (!stop.get()) {
                    assertThat(backend.list(listed, Optional.empty(), NO_DEADLINE)
                                    .items())
                            .hasSizeGreaterThanOrEqualTo(200);
                }
            }));
            for (int i = 0; i < 8; i++) {
                var _ = grow(List.of(), List.of(new VectorSpec("v" + i, 1, Metric.DOT)));
                var _ = grow(List.of(new FieldSpec("f" + i, FieldType.STRING, false)), List.of());
            }
            stop.set(true);
            for (Future<?> caller : running) {
                caller.get();
            }
        }
        assertThat(backend.collection(COLLECTION).schema().vectors()).hasSize(9);
        assertThat(backend.collection(COLLECTION).schema().fields()).hasSize(8);
    }
}
