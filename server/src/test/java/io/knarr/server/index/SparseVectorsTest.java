package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.failureOf;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Fusion;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Question;
import io.knarr.server.model.RecommendStrategy;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Refinement;
import io.knarr.server.model.Schema;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.Selection;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorSpec;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sparse vectors of a collection through its life: written, replaced, deleted, compacted, read from an image. */
final class SparseVectorsTest {
    private static final Schema SCHEMA = new Schema(
            List.of(
                    new VectorSpec("dense", 2, Metric.DOT),
                    VectorSpec.sparse("plain", false),
                    VectorSpec.sparse("rare", true)),
            List.of(),
            false);
    private static final int IDS = 600;
    private static final int INDICES = 60;

    @TempDir
    private Path directory;

    private final InMemoryStoreAdapter store = new InMemoryStoreAdapter();
    private final Map<Long, VectorData.Sparse> model = new HashMap<>();
    private final Random random = new Random(11);
    private TestBackends backends;
    private AccountBackend backend;

    @BeforeEach
    void open() {
        backends = new TestBackends(store, IndexImages.in(directory));
        backend = backends.open();
        backend.createCollection(COLLECTION, SCHEMA, NO_DEADLINE);
    }

    @AfterEach
    void close() {
        backend.close();
        backends.close();
        store.close();
    }

    private VectorData.Sparse randomVector() {
        int[] indices = random.ints(0, INDICES)
                .limit(random.nextInt(8))
                .distinct()
                .sorted()
                .toArray();
        // The last index is the greatest there is: it is unsigned.
        for (int i = 0; i < indices.length; i++) {
            indices[i] = indices[i] == INDICES - 1 ? -1 : indices[i];
        }
        float[] values = new float[indices.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new VectorData.Sparse(indices, values);
    }

    private void write(int count) {
        List<RecordDraft> drafts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long id = random.nextInt(IDS);
            Map<String, VectorData> vectors = new HashMap<>(Map.of("dense", VectorData.of(1, (float) id)));
            if (random.nextInt(5) > 0) {
                VectorData.Sparse vector = randomVector();
                vectors.put("plain", vector);
                vectors.put("rare", vector);
                model.put(id, vector);
            } else {
                model.remove(id);
            }
            Map<String, FieldValue> fields = new LinkedHashMap<>(Map.of("third", new IntValue(id % 3)));
            drafts.add(new RecordDraft(Optional.of(RecordId.of(id)), new LinkedHashMap<>(fields), vectors));
        }
        var _ = TestBackends.upsert(backend, drafts.toArray(RecordDraft[]::new));
    }

    private void delete(int count) {
        List<RecordId> ids = random.ints(count, 0, IDS)
                .mapToObj(id -> RecordId.of((long) id))
                .toList();
        ids.forEach(id -> model.remove(id.asUint64()));
        var _ = backend.delete(COLLECTION, WriteTerms.NONE, ids, NO_DEADLINE);
    }

    private SearchResult search(Question question, Optional<Filter> filter, int limit) {
        return backend.search(
                new SearchQuery(
                        COLLECTION,
                        question,
                        filter,
                        limit,
                        0,
                        new Selection.None(),
                        new Selection.All(),
                        false,
                        true,
                        Refinement.NONE),
                Long.MAX_VALUE,
                NO_DEADLINE);
    }

    private void requireFoundAsByALoop() {
        for (int i = 0; i < 10; i++) {
            VectorData.Sparse query = randomVector();
            if (query.indices().length > 0) {
                requireFound("plain", query, Optional.empty(), 1 + random.nextInt(50));
                requireFound("rare", query, Optional.empty(), 1 + random.nextInt(50));
                requireFound("rare", query, Optional.of(random.nextInt(3)), 20);
            }
        }
    }

    private void requireFound(String name, VectorData.Sparse query, Optional<Integer> third, int limit) {
        double[] weights = new double[query.indices().length];
        for (int i = 0; i < weights.length; i++) {
            int index = query.indices()[i];
            long having = model.values().stream()
                    .filter(vector -> at(vector, index) >= 0)
                    .count();
            weights[i] = name.equals("rare") ? Math.log(1 + (model.size() - having + 0.5) / (having + 0.5)) : 1;
        }
        Map<Long, Double> scores = new HashMap<>();
        model.forEach((id, vector) -> {
            double score = 0;
            boolean shared = false;
            for (int i = 0; i < weights.length; i++) {
                int at = at(vector, query.indices()[i]);
                shared |= at >= 0;
                score += at < 0 ? 0 : (double) query.values()[i] * vector.values()[at] * weights[i];
            }
            if (shared && (third.isEmpty() || third.get() == id % 3)) {
                scores.put(id, score + 0.0);
            }
        });
        List<Long> expected = scores.keySet().stream()
                .sorted(Comparator.<Long>comparingDouble(id -> -requireNonNull(scores.get(id)))
                        .thenComparingLong(id -> id))
                .limit(limit)
                .toList();
        Optional<Filter> filter = third.map(value -> new Filter.Equal("third", Set.of(new IntValue(value))));
        SearchResult found = search(new Question.Nearest(Optional.of(name), query), filter, limit);
        assertThat(found.exact()).isTrue();
        assertThat(found.hits().stream()
                        .map(hit -> hit.record().id().asUint64())
                        .toList())
                .isEqualTo(expected);
        found.hits().forEach(hit -> {
            long id = hit.record().id().asUint64();
            assertThat(hit.score()).isEqualTo(scores.get(id));
            assertThat(hit.record().vectors()).containsEntry(name, model.get(id));
        });
    }

    private static int at(VectorData.Sparse vector, int index) {
        for (int i = 0; i < vector.indices().length; i++) {
            if (vector.indices()[i] == index) {
                return i;
            }
        }
        return -1;
    }

    @Test
    void whatIsWrittenReplacedAndDeletedIsFoundAsByALoop() {
        for (int round = 0; round < 8; round++) {
            write(200);
            delete(20);
            requireFoundAsByALoop();
        }
    }

    @Test
    void afterManyReplacementsTheRowsAreCompactedAndTheSameIsFound() throws Exception {
        for (int round = 0; round < 30; round++) {
            write(300);
            if (round % 5 == 0) {
                backends.awaitBackground();
                requireFoundAsByALoop();
            }
        }
        backends.awaitBackground();
        requireFoundAsByALoop();
    }

    @Test
    void rowsOfAnImageAreFoundAndThoseWrittenAfterIt() {
        write(1_500);
        delete(50);
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        backend.close();
        backend = backends.open();
        requireFoundAsByALoop();
        write(100);
        requireFoundAsByALoop();
        backend.close();
        backend = backends.open();
        requireFoundAsByALoop();
    }

    @Test
    void withoutAnImageTheRecordsAreRead() {
        write(500);
        backend.close();
        backends.close();
        backends = new TestBackends(store, IndexImages.none());
        backend = backends.open();
        requireFoundAsByALoop();
    }

    @Test
    void whatIsLikeARecordLeavesItOut() {
        write(500);
        long example = model.entrySet().stream()
                .filter(entry -> entry.getValue().indices().length > 2)
                .findFirst()
                .orElseThrow()
                .getKey();
        SearchResult found =
                search(new Question.Like(Optional.of("plain"), RecordId.of(example)), Optional.empty(), 30);
        Question nearest = new Question.Nearest(Optional.of("plain"), requireNonNull(model.get(example)));
        List<SearchResult.Hit> expected =
                new ArrayList<>(search(nearest, Optional.empty(), 31).hits());
        assertThat(expected.removeIf(hit -> hit.record().id().asUint64() == example))
                .isTrue();
        assertThat(found.hits()).isEqualTo(expected.subList(0, 30));
    }

    @Test
    void aHybridSearchFusesSparseAndDense() {
        write(500);
        VectorData.Sparse query = new VectorData.Sparse(new int[] {1, 2, 3}, new float[] {1, 1, 1});
        SearchResult found = search(
                new Question.Hybrid(
                        List.of(
                                new Question.HybridPart(
                                        new Question.Nearest(Optional.of("dense"), VectorData.of(1, 0)),
                                        Optional.empty(),
                                        10,
                                        1),
                                new Question.HybridPart(
                                        new Question.Nearest(Optional.of("plain"), query), Optional.empty(), 10, 1)),
                        new Fusion.ReciprocalRank(60)),
                Optional.empty(),
                100);
        assertThat(found.hits()).hasSizeBetween(11, 20);
    }

    @Test
    void aVectorOfTheOtherKindIsRefusedByItsPath() {
        write(10);
        VectorData.Sparse sparse = new VectorData.Sparse(new int[] {1}, new float[] {1});
        requireRefused("vector", () -> search(new Question.Nearest(Optional.of("dense"), sparse), Optional.empty(), 1));
        requireRefused(
                "vector",
                () -> search(new Question.Nearest(Optional.of("plain"), VectorData.of(1, 2)), Optional.empty(), 1));
        requireRefused(
                "vector_name",
                () -> search(
                        new Question.Recommend(
                                Optional.of("plain"),
                                List.of(new Question.Example.OfVector(sparse)),
                                List.of(),
                                RecommendStrategy.AVERAGE_VECTOR),
                        Optional.empty(),
                        1));
        requireRefused(
                "records[0].vectors[\"plain\"]",
                () -> TestBackends.upsert(
                        backend,
                        new RecordDraft(
                                Optional.empty(), new LinkedHashMap<>(), Map.of("plain", VectorData.of(1, 2)))));
    }

    private static void requireRefused(String path, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        var failure = failureOf(call);
        assertThat(failure.code()).isEqualTo(ErrorCode.TYPE_MISMATCH);
        assertThat(failure.field()).contains(path);
    }

    @Test
    void whatItTakesIsCounted() {
        long before = backend.footprintBytes();
        int[] indices = new int[10_000];
        Arrays.setAll(indices, i -> i);
        var _ = TestBackends.upsert(
                backend,
                new RecordDraft(
                        Optional.of(RecordId.of(1L)),
                        new LinkedHashMap<>(),
                        Map.of("plain", new VectorData.Sparse(indices, new float[10_000]))));
        assertThat(backend.footprintBytes() - before).isGreaterThan(10_000 * 100L);
    }
}
