package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.count;
import static io.knarr.server.index.TestBackends.draft;
import static io.knarr.server.index.TestBackends.failureOf;
import static io.knarr.server.index.TestBackends.get;
import static io.knarr.server.index.TestBackends.numbered;
import static io.knarr.server.index.TestBackends.search;
import static io.knarr.server.index.TestBackends.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.FieldChange;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.ObjectValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordBounds;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.RecordPatch;
import io.knarr.server.model.RequestKey;
import io.knarr.server.model.Schema;
import io.knarr.server.model.Selection;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorSpec;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import io.knarr.server.testing.MovableClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Changes of parts of records, and deletions of what matches a filter: both depend on what is there at their turn. */
@Timeout(120)
class PatchTest {
    private static final RecordBounds BOUNDS = new RecordBounds(10_000, 1_000, 4);

    private final InMemoryStoreAdapter store = new InMemoryStoreAdapter();
    private final MovableClock clock = new MovableClock();
    private final TestBackends backends = new TestBackends(store, IndexImages.none(), clock);
    private final AccountBackend backend = backends.openWithCollection();

    @AfterEach
    void close() {
        backends.close();
        store.close();
    }

    private static RecordPatch patch(long id, FieldChange... changes) {
        return new RecordPatch(RecordId.of(id), List.of(changes), Map.of(), Set.of(), Optional.empty());
    }

    private List<UpsertOutcome> apply(RecordPatch... patches) {
        return backend.patch(COLLECTION, WriteTerms.NONE, List.of(patches), BOUNDS, NO_DEADLINE)
                .result();
    }

    private Map<String, FieldValue> fields(long id) {
        return get(backend, id).getFirst().fields();
    }

    private static ObjectValue object(Map<String, FieldValue> fields) {
        return new ObjectValue(new TreeMap<>(fields));
    }

    private static ListValue list(long... values) {
        List<FieldValue> elements = new ArrayList<>();
        for (long value : values) {
            elements.add(new IntValue(value));
        }
        return new ListValue(elements);
    }

    private void requireRefused(ErrorCode code, String path, RecordPatch... patches) {
        List<StoredRecord> before = get(backend, 1, 2, 3);
        ServiceException failure = failureOf(() -> apply(patches));
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure.field()).contains(path);
        assertThat(get(backend, 1, 2, 3))
                .extracting(StoredRecord::fields)
                .isEqualTo(before.stream().map(StoredRecord::fields).toList());
        assertThat(get(backend, 1, 2, 3))
                .extracting(StoredRecord::version)
                .isEqualTo(before.stream().map(StoredRecord::version).toList());
    }

    @Test
    void onlyWhatAPatchNamesChanges() {
        ObjectValue nested = object(Map.of("a", new IntValue(1), "b", object(Map.of("c", new IntValue(2)))));
        UpsertOutcome written = upsert(
                        backend,
                        draft(
                                RecordId.of(1),
                                Map.of("kept", new StringValue("x"), "o", nested, "gone", new IntValue(1)),
                                3f))
                .getFirst();
        clock.move(Duration.ofMinutes(1));

        List<UpsertOutcome> outcomes = apply(patch(
                1,
                new FieldChange.Set("o.b.d", new IntValue(5)),
                new FieldChange.Unset("gone"),
                new FieldChange.Unset("never.there"),
                new FieldChange.Set("new.deep", new StringValue("y")),
                new FieldChange.Merge("m", object(Map.of("z", new IntValue(1))))));

        StoredRecord record = get(backend, 1).getFirst();
        assertThat(record.fields())
                .isEqualTo(Map.of(
                        "kept",
                        new StringValue("x"),
                        "m",
                        object(Map.of("z", new IntValue(1))),
                        "new",
                        object(Map.of("deep", new StringValue("y"))),
                        "o",
                        object(Map.of(
                                "a",
                                new IntValue(1),
                                "b",
                                object(Map.of("c", new IntValue(2), "d", new IntValue(5)))))));
        assertThat(record.fields().keySet()).containsExactly("kept", "m", "new", "o");
        assertThat(record.vectors().get("default")).isEqualTo(VectorData.of(3));
        assertThat(record.version()).isEqualTo(outcomes.getFirst().version()).isGreaterThan(written.version());
        assertThat(record.createTime()).isEqualTo(clock.instant().minus(Duration.ofMinutes(1)));
        assertThat(record.updateTime()).isEqualTo(clock.instant());
        assertThat(outcomes.getFirst().created()).isFalse();
    }

    @Test
    void aMergeGoesIntoObjectsAtEveryLevel() {
        upsert(
                backend,
                draft(
                        RecordId.of(1),
                        Map.of("o", object(Map.of("a", new IntValue(1), "b", object(Map.of("c", new IntValue(2)))))),
                        1f));

        apply(patch(
                1,
                new FieldChange.Merge(
                        "o", object(Map.of("a", new StringValue("now"), "b", object(Map.of("d", new IntValue(3))))))));

        assertThat(fields(1))
                .containsEntry(
                        "o",
                        object(Map.of(
                                "a",
                                new StringValue("now"),
                                "b",
                                object(Map.of("c", new IntValue(2), "d", new IntValue(3))))));
    }

    @Test
    void numbersAreAddedToAndASumThatDoesNotFitIsRefused() {
        upsert(
                backend,
                draft(
                        RecordId.of(1),
                        Map.of(
                                "n",
                                new IntValue(Long.MAX_VALUE - 1),
                                "d",
                                new DoubleValue(0.5),
                                "s",
                                new StringValue("x"),
                                "big",
                                new DoubleValue(Double.MAX_VALUE)),
                        1f));

        apply(patch(
                1,
                new FieldChange.Increment("n", new IntValue(1)),
                new FieldChange.Increment("d", new IntValue(2)),
                new FieldChange.Increment("fresh", new IntValue(-3))));

        assertThat(fields(1))
                .containsEntry("n", new IntValue(Long.MAX_VALUE))
                .containsEntry("d", new DoubleValue(2.5))
                .containsEntry("fresh", new IntValue(-3));
        requireRefused(
                ErrorCode.NUMBER_OVERFLOW,
                "patches[1].increment[\"n\"]",
                patch(1, new FieldChange.Set("s", new StringValue("y"))),
                patch(1, new FieldChange.Increment("n", new IntValue(1))));
        requireRefused(
                ErrorCode.NUMBER_OVERFLOW,
                "patches[0].increment[\"big\"]",
                patch(1, new FieldChange.Increment("big", new DoubleValue(Double.MAX_VALUE))));
        requireRefused(
                ErrorCode.TYPE_MISMATCH,
                "patches[0].increment[\"s\"]",
                patch(1, new FieldChange.Increment("s", new IntValue(1))));
        requireRefused(
                ErrorCode.TYPE_MISMATCH,
                "patches[0].increment[\"n\"]",
                patch(1, new FieldChange.Increment("n", new DoubleValue(1))));
    }

    @Test
    void listsGrowAndShrink() {
        upsert(backend, draft(RecordId.of(1), Map.of("l", list(1, 2, 2), "s", new StringValue("x")), 1f));

        apply(patch(
                1,
                new FieldChange.Append("l", List.of(new IntValue(3))),
                new FieldChange.Append("fresh", List.of(new IntValue(1)))));
        apply(patch(
                1,
                new FieldChange.Remove("l", List.of(new IntValue(2), new DoubleValue(3))),
                new FieldChange.Remove("never", List.of(new IntValue(2)))));

        assertThat(fields(1))
                .containsEntry("l", list(1))
                .containsEntry("fresh", list(1))
                .doesNotContainKey("never");
        requireRefused(
                ErrorCode.TYPE_MISMATCH,
                "patches[0].append[\"l\"]",
                patch(1, new FieldChange.Append("l", List.of(new StringValue("x")))));
        requireRefused(
                ErrorCode.TYPE_MISMATCH,
                "patches[0].append[\"s\"]",
                patch(1, new FieldChange.Append("s", List.of(new IntValue(1)))));
        requireRefused(
                ErrorCode.TYPE_MISMATCH,
                "patches[0].remove[\"s\"]",
                patch(1, new FieldChange.Remove("s", List.of(new IntValue(1)))));
    }

    @Test
    void whatDoesNotFitIsRefusedAndNothingOfTheCallIsDone() {
        upsert(backend, numbered(1, 1), numbered(2, 1));
        RecordPatch good = patch(1, new FieldChange.Set("marker", new IntValue(9)));

        requireRefused(ErrorCode.RECORD_NOT_FOUND, "patches[1].id", good, patch(3, new FieldChange.Unset("marker")));
        requireRefused(
                ErrorCode.TYPE_MISMATCH,
                "patches[1].set[\"marker.x\"]",
                good,
                patch(2, new FieldChange.Set("marker.x", new IntValue(1))));
        requireRefused(
                ErrorCode.LIMIT_EXCEEDED,
                "patches[1]",
                good,
                patch(2, new FieldChange.Set("text", new StringValue("x".repeat(1_000)))));
        requireRefused(
                ErrorCode.LIMIT_EXCEEDED,
                "patches[1]",
                good,
                patch(2, new FieldChange.Set("a.b.c.d.e", object(Map.of("e", new IntValue(1))))));
        requireRefused(
                ErrorCode.INVALID_FIELD,
                "patches[1].vectors",
                good,
                new RecordPatch(RecordId.of(2), List.of(), Map.of(), Set.of("default"), Optional.empty()));
        requireRefused(
                ErrorCode.DIMENSION_MISMATCH,
                "patches[0].vectors[\"default\"]",
                new RecordPatch(
                        RecordId.of(2), List.of(), Map.of("default", VectorData.of(0, 0)), Set.of(), Optional.empty()));
        requireRefused(
                ErrorCode.UNKNOWN_FIELD,
                "patches[0].remove_vectors",
                new RecordPatch(RecordId.of(2), List.of(), Map.of(), Set.of("other"), Optional.empty()));
    }

    @Test
    void theSchemaHoldsForWhatComesOut() {
        backend.createCollection(
                "closed",
                new Schema(
                        List.of(new VectorSpec("a", 1, Metric.DOT), new VectorSpec("b", 2, Metric.DOT)),
                        List.of(new FieldSpec("n", FieldType.INT64, false)),
                        true),
                NO_DEADLINE);
        RecordDraft draft =
                new RecordDraft(Optional.of(RecordId.of(1)), new LinkedHashMap<>(), Map.of("a", VectorData.of(1)));
        backend.upsert("closed", WriteTerms.NONE, UpsertMode.UPSERT, List.of(draft), NO_DEADLINE);

        assertThat(failureOf(() -> backend.patch(
                                "closed",
                                WriteTerms.NONE,
                                List.of(patch(1, new FieldChange.Set("n", new StringValue("x")))),
                                BOUNDS,
                                NO_DEADLINE))
                        .code())
                .isEqualTo(ErrorCode.TYPE_MISMATCH);
        assertThat(failureOf(() -> backend.patch(
                                "closed",
                                WriteTerms.NONE,
                                List.of(patch(1, new FieldChange.Set("m", new IntValue(1)))),
                                BOUNDS,
                                NO_DEADLINE))
                        .code())
                .isEqualTo(ErrorCode.UNKNOWN_FIELD);
        backend.patch(
                "closed",
                WriteTerms.NONE,
                List.of(new RecordPatch(
                        RecordId.of(1),
                        List.of(new FieldChange.Increment("n", new IntValue(4))),
                        Map.of("b", VectorData.of(1, 2)),
                        Set.of("a"),
                        Optional.empty())),
                BOUNDS,
                NO_DEADLINE);
        StoredRecord patched = backend.get(
                        "closed",
                        List.of(RecordId.of(1)),
                        new Selection.All(),
                        new Selection.All(),
                        1 << 20,
                        NO_DEADLINE)
                .getFirst();
        assertThat(patched.fields()).isEqualTo(Map.of("n", new IntValue(4)));
        assertThat(patched.vectors()).containsOnlyKeys("b");
    }

    @Test
    void aPatchKeepsTheTimeToExpireUnlessItNamesOne() {
        Duration minute = Duration.ofMinutes(1);
        for (long id = 1; id <= 3; id++) {
            RecordDraft draft = numbered(id, 1);
            upsert(
                    backend,
                    new RecordDraft(
                            draft.id(),
                            draft.fields(),
                            draft.vectors(),
                            Optional.of(clock.instant().plus(minute))));
        }
        apply(
                patch(1, new FieldChange.Unset("marker")),
                new RecordPatch(
                        RecordId.of(2),
                        List.of(),
                        Map.of(),
                        Set.of(),
                        Optional.of(new RecordPatch.Expiry(Optional.empty()))),
                new RecordPatch(
                        RecordId.of(3),
                        List.of(),
                        Map.of(),
                        Set.of(),
                        Optional.of(new RecordPatch.Expiry(
                                Optional.of(clock.instant().plus(minute.multipliedBy(2)))))));
        clock.move(minute);
        backend.reclaim(NO_DEADLINE);
        assertThat(get(backend, 1, 2, 3))
                .extracting(record -> record.id().asUint64())
                .containsExactly(2L, 3L);
        assertThat(failureOf(() -> apply(patch(1, new FieldChange.Unset("marker"))))
                        .code())
                .isEqualTo(ErrorCode.RECORD_NOT_FOUND);
        clock.move(minute);
        assertThat(count(backend)).isEqualTo(1);
    }

    @Test
    void patchesOfOneRecordAreAppliedInTheirOrder() {
        upsert(backend, numbered(1, 1));

        List<UpsertOutcome> outcomes = apply(
                patch(1, new FieldChange.Increment("marker", new IntValue(2))),
                patch(1, new FieldChange.Increment("marker", new IntValue(3))));

        assertThat(fields(1)).containsEntry("marker", new IntValue(6));
        assertThat(outcomes)
                .hasSize(2)
                .extracting(UpsertOutcome::version)
                .containsOnly(outcomes.getFirst().version());
    }

    @Test
    void manyAtOnceLoseNoIncrement() throws Exception {
        upsert(backend, numbered(1, 0), numbered(2, 0));
        int threads = 16;
        int rounds = 50;
        try (ExecutorService callers = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                String own = "own" + i;
                running.add(callers.submit(() -> {
                    for (int round = 0; round < rounds; round++) {
                        apply(
                                patch(1, new FieldChange.Increment("marker", new IntValue(1))),
                                patch(2, new FieldChange.Increment(own, new IntValue(1))));
                    }
                }));
            }
            for (Future<?> caller : running) {
                caller.get();
            }
        }
        for (AccountBackend seen : List.of(backend, backends.open())) {
            assertThat(get(seen, 1).getFirst().fields()).containsEntry("marker", new IntValue((long) threads * rounds));
            for (int i = 0; i < threads; i++) {
                assertThat(get(seen, 2).getFirst().fields()).containsEntry("own" + i, new IntValue(rounds));
            }
            assertThat(search(seen, 10)).hasSize(2);
        }
    }

    @Test
    void aRepeatedPatchIsDoneOnce() {
        upsert(backend, numbered(1, 1));
        WriteTerms named = new WriteTerms(
                Optional.empty(), List.of(), Optional.of(new RequestKey(new UUID(1, 1), new UUID(2, 2))));
        List<RecordPatch> patches = List.of(patch(1, new FieldChange.Increment("marker", new IntValue(1))));

        List<UpsertOutcome> first =
                backend.patch(COLLECTION, named, patches, BOUNDS, NO_DEADLINE).result();

        assertThat(backend.patch(COLLECTION, named, patches, BOUNDS, NO_DEADLINE)
                        .result())
                .isEqualTo(first);
        assertThat(fields(1)).containsEntry("marker", new IntValue(2));
    }

    private long deleteMatching(Filter filter, boolean validateOnly) {
        return backend.deleteMatching(COLLECTION, WriteTerms.NONE, filter, validateOnly, NO_DEADLINE)
                .result();
    }

    @Test
    void whatMatchesIsDeletedOrOnlyCounted() {
        upsert(backend, numbered(1, 1), numbered(2, 2), numbered(3, 1), numbered(4, 1));
        Filter marked = new Filter.Equal("marker", Set.of(new IntValue(1)));

        assertThat(deleteMatching(marked, true)).isEqualTo(3);
        assertThat(count(backend)).isEqualTo(4);
        assertThat(backend.delete(
                                COLLECTION,
                                WriteTerms.NONE,
                                List.of(RecordId.of(1), RecordId.of(1), RecordId.of(9)),
                                true,
                                NO_DEADLINE)
                        .result())
                .isEqualTo(1);
        assertThat(count(backend)).isEqualTo(4);
        assertThat(deleteMatching(marked, false)).isEqualTo(3);
        assertThat(deleteMatching(marked, false)).isZero();
        for (AccountBackend seen : List.of(backend, backends.open())) {
            assertThat(count(seen)).isEqualTo(1);
            assertThat(get(seen, 1, 2, 3, 4)).hasSize(1);
        }
    }

    @Test
    void aDeletionOfWhatMatchesAndWritersAtOnceAgree() throws Exception {
        Filter marked = new Filter.Equal("marker", Set.of(new IntValue(1)));
        try (ExecutorService callers = Executors.newFixedThreadPool(9)) {
            List<Future<Long>> running = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                long first = i * 1_000L;
                running.add(callers.submit(() -> {
                    long deleted = 0;
                    for (long id = first; id < first + 100; id++) {
                        upsert(backend, numbered(id, 1));
                        if (id % 10 == 0) {
                            deleted += deleteMatching(marked, false);
                        }
                    }
                    return deleted;
                }));
            }
            long deleted = 0;
            for (Future<Long> caller : running) {
                deleted += caller.get();
            }
            assertThat(deleted + count(backend))
                    .as("each record is deleted once or there")
                    .isEqualTo(800);
            assertThat(count(backends.open())).isEqualTo(count(backend));
        }
    }
}
