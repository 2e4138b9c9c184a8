package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.failureOf;
import static io.knarr.server.index.TestBackends.get;
import static io.knarr.server.index.TestBackends.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.FieldChange;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Fusion;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Question;
import io.knarr.server.model.RecommendStrategy;
import io.knarr.server.model.RecordBounds;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.RecordPatch;
import io.knarr.server.model.Refinement;
import io.knarr.server.model.Schema;
import io.knarr.server.model.SchemaGrowth;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.Selection;
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
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A collection whose schema has fields only, through its life. */
final class FieldsOnlyTest {
    private static final int COUNT = 2_000;
    private static final Filter THIRD = new Filter.Equal("third", Set.of(new IntValue(1)));

    @TempDir
    private Path directory;

    private final InMemoryStoreAdapter store = new InMemoryStoreAdapter();
    private TestBackends backends;
    private AccountBackend backend;

    @BeforeEach
    void open() {
        backends = new TestBackends(store, IndexImages.in(directory));
        backend = backends.open();
        var _ = backend.createCollection(
                COLLECTION,
                new Schema(
                        List.of(),
                        List.of(
                                new FieldSpec("third", FieldType.INT64, false),
                                new FieldSpec("body", FieldType.TEXT, false)),
                        false),
                NO_DEADLINE);
        List<RecordDraft> drafts = new ArrayList<>();
        for (long id = 0; id < COUNT; id++) {
            drafts.add(draft(id, Map.of()));
        }
        var _ = upsert(backend, drafts.toArray(RecordDraft[]::new));
    }

    @AfterEach
    void close() {
        backend.close();
        backends.close();
        store.close();
    }

    private static RecordDraft draft(long id, Map<String, VectorData> vectors) {
        LinkedHashMap<String, FieldValue> fields = new LinkedHashMap<>();
        fields.put("third", new IntValue(id % 3));
        fields.put("body", new StringValue(id % 500 == 7 ? "the whale" : "a ship"));
        return new RecordDraft(Optional.of(RecordId.of(id)), fields, vectors);
    }

    private List<Long> found(Question question) {
        return backend
                .search(
                        new SearchQuery(
                                COLLECTION,
                                question,
                                Optional.empty(),
                                100,
                                0,
                                new Selection.None(),
                                new Selection.All(),
                                false,
                                true,
                                Refinement.NONE),
                        Long.MAX_VALUE,
                        NO_DEADLINE)
                .hits()
                .stream()
                .map(hit -> hit.record().id().asUint64())
                .toList();
    }

    private void requireAll() {
        assertThat(TestBackends.count(backend)).isEqualTo(COUNT);
        assertThat(backend.count(COLLECTION, Optional.of(THIRD), NO_DEADLINE)).isEqualTo(667);
        assertThat(found(new Question.Words("body", "whale"))).containsExactly(7L, 507L, 1_007L, 1_507L);
        assertThat(get(backend, 7).getFirst().vectors()).isEmpty();
    }

    private void reopen() {
        backend.close();
        backend = backends.open();
    }

    @Test
    void recordsAreWrittenCountedFilteredAndFoundByWords() throws Exception {
        requireAll();
        List<RecordDraft> again = new ArrayList<>();
        for (long id = 0; id < COUNT; id += 2) {
            again.add(draft(id, Map.of()));
        }
        var _ = upsert(backend, again.toArray(RecordDraft[]::new));
        backends.awaitBackground();
        requireAll();
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        reopen();
        requireAll();
        backend.close();
        backends.close();
        backends = new TestBackends(store, IndexImages.none());
        backend = backends.open();
        requireAll();
    }

    @Test
    void whatAsksForVectorsIsRefusedAtTheFieldThatDoes() {
        VectorData vector = VectorData.of(1);
        requireRefused("vector", () -> found(new Question.Nearest(Optional.empty(), vector)));
        requireRefused("vector", () -> found(new Question.Nearest(Optional.of("default"), vector)));
        requireRefused("like_id", () -> found(new Question.Like(Optional.empty(), RecordId.of(1L))));
        requireRefused(
                "recommend",
                () -> found(new Question.Recommend(
                        Optional.empty(),
                        List.of(new Question.Example.OfVector(vector)),
                        List.of(),
                        RecommendStrategy.AVERAGE_VECTOR)));
        requireRefused(
                "hybrid.parts[1].vector",
                () -> found(new Question.Hybrid(
                        List.of(
                                new Question.HybridPart(new Question.Words("body", "whale"), Optional.empty(), 10, 1),
                                new Question.HybridPart(
                                        new Question.Nearest(Optional.empty(), vector), Optional.empty(), 10, 1)),
                        new Fusion.ReciprocalRank(60))));
        requireRefused(
                "filter.has_vector.vector_name",
                () -> backend.count(COLLECTION, Optional.of(new Filter.HasVector(Optional.empty())), NO_DEADLINE));
        requireRefused("records[0].vectors[\"default\"]", () -> upsert(backend, draft(1, Map.of("default", vector))));
    }

    private static void requireRefused(String path, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        var failure = failureOf(call);
        assertThat(failure.code()).isEqualTo(ErrorCode.UNKNOWN_FIELD);
        assertThat(failure.field()).contains(path);
    }

    @Test
    void vectorsAreAddedLaterAndOldRecordsNeedNone() {
        VectorSpec added = new VectorSpec("default", 1, Metric.DOT);
        var _ = backend.growCollection(
                COLLECTION, Optional.empty(), new SchemaGrowth(List.of(), List.of(added)), NO_DEADLINE);
        requireAll();
        assertThat(found(new Question.Nearest(Optional.empty(), VectorData.of(1))))
                .isEmpty();
        var _ = backend.patch(
                COLLECTION,
                WriteTerms.NONE,
                List.of(new RecordPatch(
                        RecordId.of(3L),
                        List.of(new FieldChange.Set("third", new IntValue(5))),
                        Map.of(),
                        Set.of(),
                        Optional.empty())),
                new RecordBounds(1 << 20, 1 << 20, 10),
                NO_DEADLINE);
        assertThat(get(backend, 3).getFirst().fields()).containsEntry("third", new IntValue(5));
        var _ = upsert(backend, draft(4, Map.of("default", VectorData.of(2))));
        assertThat(found(new Question.Nearest(Optional.empty(), VectorData.of(1))))
                .containsExactly(4L);
        var failure = failureOf(() -> upsert(backend, draft(5, Map.of())));
        assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_FIELD);
        assertThat(failure.field()).contains("records[0].vectors");
        reopen();
        assertThat(found(new Question.Nearest(Optional.empty(), VectorData.of(1))))
                .containsExactly(4L);
    }
}
