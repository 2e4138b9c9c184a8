package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.codeOf;
import static io.knarr.server.index.TestBackends.failureOf;
import static io.knarr.server.index.TestBackends.upsert;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.IntValue;
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
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.Selection;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorElement;
import io.knarr.server.model.VectorSpec;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Multi-vectors of a collection through its life, against a loop by the definition of MaxSim. */
final class MultiVectorsTest {
    private static final int DIMENSION = 12;
    private static final int LIMIT = 15;

    @TempDir
    private Path directory;

    private final InMemoryStoreAdapter store = new InMemoryStoreAdapter();
    private final Map<Long, VectorData.Multi> model = new HashMap<>();
    private final Random random = new Random(41);
    private TestBackends backends;
    private AccountBackend backend;

    @BeforeEach
    void open() {
        backends = new TestBackends(store, IndexImages.in(directory));
        backend = backends.open();
    }

    @AfterEach
    void close() {
        backend.close();
        backends.close();
        store.close();
    }

    private void create(Metric metric, VectorElement element) {
        var _ = backend.createCollection(
                COLLECTION,
                new Schema(
                        List.of(
                                new VectorSpec("dense", 2, Metric.DOT),
                                VectorSpec.multi("words", DIMENSION, metric, element)),
                        List.of(),
                        false),
                NO_DEADLINE);
    }

    private void reopen() {
        backend.close();
        backend = backends.open();
    }

    /** Returns rows of whole numbers, which every element holds. */
    private VectorData.Multi randomVector(int mostRows) {
        float[] components = new float[DIMENSION * (1 + random.nextInt(mostRows))];
        for (int i = 0; i < components.length; i++) {
            components[i] = random.nextInt(-100, 100);
        }
        return new VectorData.Multi(DIMENSION, components);
    }

    private static RecordDraft draft(long id, Map<String, VectorData> vectors) {
        Map<String, FieldValue> fields = Map.of("third", new IntValue(id % 3));
        return new RecordDraft(Optional.of(RecordId.of(id)), new LinkedHashMap<>(fields), vectors);
    }

    private void write(int count, int ids) {
        List<RecordDraft> drafts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long id = random.nextInt(ids);
            Map<String, VectorData> vectors = new HashMap<>(Map.of("dense", VectorData.of(1, (float) id)));
            if (random.nextInt(5) > 0) {
                model.put(id, randomVector(7));
                vectors.put("words", requireNonNull(model.get(id)));
            } else {
                model.remove(id);
            }
            drafts.add(draft(id, vectors));
        }
        var _ = upsert(backend, drafts.toArray(RecordDraft[]::new));
    }

    private SearchResult search(Question question, Optional<Filter> filter, Refinement refinement) {
        return backend.search(
                new SearchQuery(
                        COLLECTION,
                        question,
                        filter,
                        LIMIT,
                        0,
                        new Selection.None(),
                        new Selection.All(),
                        false,
                        true,
                        refinement),
                Long.MAX_VALUE,
                NO_DEADLINE);
    }

    private SearchResult search(Question question) {
        return search(question, Optional.empty(), Refinement.NONE);
    }

    private static Question near(VectorData vector) {
        return new Question.Nearest(Optional.of("words"), vector);
    }

    private static double maxSim(Metric metric, VectorData.Multi query, VectorData.Multi stored) {
        double sum = 0;
        for (int asked = 0; asked < query.rowCount(); asked++) {
            double greatest = Double.NEGATIVE_INFINITY;
            for (int row = 0; row < stored.rowCount(); row++) {
                double dot = dot(query.row(asked), stored.row(row));
                double lengths =
                        Math.sqrt(dot(query.row(asked), query.row(asked)) * dot(stored.row(row), stored.row(row)));
                greatest = Math.max(greatest, metric == Metric.DOT ? dot : lengths == 0 ? 0 : dot / lengths);
            }
            sum += greatest;
        }
        return sum;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    private void requireFoundAsByALoop(Metric metric) {
        for (int i = 0; i < 6; i++) {
            VectorData.Multi query = randomVector(5);
            Optional<Integer> third = i % 2 == 0 ? Optional.empty() : Optional.of(random.nextInt(3));
            double[] best = model.entrySet().stream()
                    .filter(entry -> third.isEmpty() || entry.getKey() % 3 == third.get())
                    .mapToDouble(entry -> -maxSim(metric, query, entry.getValue()))
                    .sorted()
                    .limit(LIMIT)
                    .map(score -> -score)
                    .toArray();
            Optional<Filter> filter = third.map(value -> new Filter.Equal("third", Set.of(new IntValue(value))));
            SearchResult found = search(near(query), filter, Refinement.NONE);
            assertThat(found.exact()).isTrue();
            assertThat(found.hits()).hasSize(best.length);
            for (int rank = 0; rank < best.length; rank++) {
                SearchResult.Hit hit = found.hits().get(rank);
                VectorData.Multi stored =
                        requireNonNull(model.get(hit.record().id().asUint64()));
                assertThat(hit.record().vectors()).containsEntry("words", stored);
                double tolerance = 1e-6 * Math.max(1, Math.abs(best[rank]));
                assertThat(hit.score()).isEqualTo(best[rank], within(tolerance));
                assertThat(hit.score()).isEqualTo(maxSim(metric, query, stored), within(tolerance));
            }
        }
    }

    static Stream<Arguments> everyForm() {
        return Stream.of(VectorElement.values())
                .flatMap(element -> Stream.of(Metric.COSINE, Metric.DOT).map(metric -> Arguments.of(element, metric)));
    }

    @ParameterizedTest
    @MethodSource("everyForm")
    void answersAreThoseOfALoop(VectorElement element, Metric metric) throws Exception {
        create(metric, element);
        write(300, 250);
        requireFoundAsByALoop(metric);
        // Enough is replaced for rows to be compacted.
        for (int round = 0; round < 6; round++) {
            write(300, 400);
            backends.awaitBackground();
        }
        requireFoundAsByALoop(metric);
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        reopen();
        requireFoundAsByALoop(metric);
        write(100, 500);
        requireFoundAsByALoop(metric);
        backend.close();
        backends.close();
        backends = new TestBackends(store, IndexImages.none());
        backend = backends.open();
        requireFoundAsByALoop(metric);
    }

    @Test
    void aMultiVectorIsAddedWhileTheCollectionServes() {
        var _ = backend.createCollection(
                COLLECTION, new Schema(List.of(new VectorSpec("dense", 2, Metric.DOT)), List.of(), false), NO_DEADLINE);
        var _ = upsert(backend, draft(1_000_000, Map.of("dense", VectorData.of(1, 2))));
        var _ = backend.growCollection(
                COLLECTION,
                Optional.empty(),
                new SchemaGrowth(
                        List.of(), List.of(VectorSpec.multi("words", DIMENSION, Metric.DOT, VectorElement.FLOAT32))),
                NO_DEADLINE);
        assertThat(search(near(randomVector(3))).hits()).isEmpty();
        write(200, 100);
        requireFoundAsByALoop(Metric.DOT);
        reopen();
        requireFoundAsByALoop(Metric.DOT);
    }

    @Test
    void whatIsLikeARecordLeavesItOut() {
        create(Metric.COSINE, VectorElement.FLOAT32);
        write(200, 100);
        long example = model.keySet().iterator().next();
        List<SearchResult.Hit> expected =
                new ArrayList<>(search(near(requireNonNull(model.get(example)))).hits());
        assertThat(expected.getFirst().record().id()).isEqualTo(RecordId.of(example));
        List<SearchResult.Hit> found = search(new Question.Like(Optional.of("words"), RecordId.of(example)))
                .hits();
        assertThat(found).hasSize(LIMIT).startsWith(expected.subList(1, LIMIT).toArray(SearchResult.Hit[]::new));
    }

    @Test
    void patchesReplaceAndRemoveThem() {
        create(Metric.DOT, VectorElement.FLOAT32);
        write(50, 10);
        long id = model.keySet().iterator().next();
        VectorData.Multi other = randomVector(9);
        var _ = backend.patch(
                COLLECTION,
                WriteTerms.NONE,
                List.of(new RecordPatch(
                        RecordId.of(id), List.of(), Map.of("words", other), Set.of(), Optional.empty())),
                new RecordBounds(1 << 20, 1 << 20, 10),
                NO_DEADLINE);
        model.put(id, other);
        requireFoundAsByALoop(Metric.DOT);
        var _ = backend.patch(
                COLLECTION,
                WriteTerms.NONE,
                List.of(new RecordPatch(RecordId.of(id), List.of(), Map.of(), Set.of("words"), Optional.empty())),
                new RecordBounds(1 << 20, 1 << 20, 10),
                NO_DEADLINE);
        model.remove(id);
        requireFoundAsByALoop(Metric.DOT);
        assertThat(backend.count(COLLECTION, Optional.of(new Filter.HasVector(Optional.of("words"))), NO_DEADLINE))
                .isEqualTo(model.size());
    }

    @Test
    void hitsAreGroupedAndFusedLikeOthers() {
        create(Metric.DOT, VectorElement.FLOAT32);
        write(200, 100);
        VectorData.Multi query = randomVector(4);
        SearchResult groups = search(
                near(query),
                Optional.empty(),
                new Refinement(
                        OptionalDouble.empty(), Optional.of(new Refinement.GroupBy("third", 2)), Optional.empty()));
        assertThat(groups.groups()).hasSize(3);
        SearchResult fused = search(new Question.Hybrid(
                List.of(
                        new Question.HybridPart(near(query), Optional.empty(), 10, 1),
                        new Question.HybridPart(
                                new Question.Nearest(Optional.of("dense"), VectorData.of(1, 0)),
                                Optional.empty(),
                                10,
                                1)),
                new Fusion.ReciprocalRank(60)));
        assertThat(fused.hits()).hasSizeBetween(10, LIMIT);
    }

    @Test
    void whatMakesNoSenseIsRefusedByItsPath() {
        create(Metric.DOT, VectorElement.INT8);
        write(10, 5);
        VectorData dense = VectorData.of(new float[DIMENSION]);
        requireRefused(ErrorCode.TYPE_MISMATCH, "vector", () -> search(near(dense)));
        requireRefused(
                ErrorCode.TYPE_MISMATCH,
                "vector",
                () -> search(new Question.Nearest(Optional.of("dense"), randomVector(2))));
        requireRefused(
                ErrorCode.DIMENSION_MISMATCH, "vector", () -> search(near(new VectorData.Multi(3, new float[6]))));
        requireRefused(
                ErrorCode.TYPE_MISMATCH,
                "vector_name",
                () -> search(new Question.Recommend(
                        Optional.of("words"),
                        List.of(new Question.Example.OfVector(randomVector(2))),
                        List.of(),
                        RecommendStrategy.BEST_SCORE)));
        requireRefused(ErrorCode.INVALID_FIELD, "records[0].vectors[\"words\"].multi.rows[1].values[2]", () -> {
            float[] components = new float[2 * DIMENSION];
            components[DIMENSION + 2] = 0.5f;
            var _ = upsert(backend, draft(1, Map.of("words", new VectorData.Multi(DIMENSION, components))));
        });
    }

    private static void requireRefused(
            ErrorCode code, String path, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        var failure = failureOf(call);
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure.field()).contains(path);
    }

    @Test
    void aSearchEndsWithItsDeadline() {
        create(Metric.DOT, VectorElement.FLOAT32);
        write(500, 400);
        SearchQuery query = new SearchQuery(
                COLLECTION,
                near(randomVector(5)),
                Optional.empty(),
                300,
                0,
                new Selection.None(),
                new Selection.None(),
                false,
                false,
                Refinement.NONE);
        for (int looks = 0; looks < 12; looks += 3) {
            var deadline = TestBackends.overAfterLooks(looks);
            assertThat(codeOf(() -> backend.search(query, Long.MAX_VALUE, deadline)))
                    .isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
        }
    }

    @Test
    void whatTheyTakeIsCounted() {
        create(Metric.DOT, VectorElement.FLOAT32);
        long before = backend.footprintBytes();
        var _ = upsert(
                backend, draft(1, Map.of("words", new VectorData.Multi(DIMENSION, new float[2_000 * DIMENSION]))));
        assertThat(backend.footprintBytes() - before).isGreaterThan(2_000L * DIMENSION * Float.BYTES);
    }
}
