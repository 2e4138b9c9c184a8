package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.failureOf;
import static io.knarr.server.index.TestBackends.upsert;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Question;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Refinement;
import io.knarr.server.model.Schema;
import io.knarr.server.model.SchemaGrowth;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.Selection;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorElement;
import io.knarr.server.model.VectorSpec;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Vectors of small elements through the life of a collection, against brute force over what is given back. */
final class VectorElementsTest {
    private static final int DIMENSION = 50;

    @TempDir
    private Path directory;

    private final InMemoryStoreAdapter store = new InMemoryStoreAdapter();
    private final Map<Long, float[]> model = new HashMap<>();
    private final Random random = new Random(23);
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

    private void create(VectorSpec... vectors) {
        var _ = backend.createCollection(COLLECTION, new Schema(List.of(vectors), List.of(), false), NO_DEADLINE);
    }

    private void reopen() {
        backend.close();
        backend = backends.open();
    }

    private static VectorSpec spec(Metric metric, VectorElement element) {
        return new VectorSpec("default", DIMENSION, metric, element);
    }

    /** Returns a vector that every element holds, if not all of them to the last bit. */
    private float[] vector(VectorElement element) {
        float[] vector = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            float value = (float) Math.clamp(40 * random.nextGaussian(), -127, 127);
            vector[i] = element == VectorElement.INT8 ? (float) Math.rint(value) + 0f : value;
        }
        return vector;
    }

    private void write(VectorElement element, int count, int ids) {
        List<RecordDraft> drafts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long id = random.nextInt(ids);
            float[] vector = vector(element);
            drafts.add(draft(id, vector));
            float[] stored = vector.clone();
            if (element == VectorElement.FLOAT16) {
                for (int j = 0; j < stored.length; j++) {
                    stored[j] = Float.float16ToFloat(Float.floatToFloat16(stored[j]));
                }
            }
            model.put(id, stored);
        }
        var _ = upsert(backend, drafts.toArray(RecordDraft[]::new));
    }

    private static RecordDraft draft(long id, float... vector) {
        return new RecordDraft(
                Optional.of(RecordId.of(id)), new LinkedHashMap<>(), Map.of("default", VectorData.of(vector)));
    }

    private SearchResult search(float[] query, boolean exact) {
        return backend.search(
                new SearchQuery(
                        COLLECTION,
                        new Question.Nearest(Optional.empty(), VectorData.of(query)),
                        Optional.empty(),
                        20,
                        0,
                        new Selection.None(),
                        new Selection.All(),
                        exact,
                        true,
                        Refinement.NONE),
                Long.MAX_VALUE,
                NO_DEADLINE);
    }

    private void requireFoundAsByBruteForce(Metric metric) {
        for (int i = 0; i < 5; i++) {
            // Not of the elements: queries are float32.
            float[] query = new float[DIMENSION];
            for (int j = 0; j < DIMENSION; j++) {
                query[j] = (float) (random.nextGaussian() * 3);
            }
            double[] best = model.values().stream()
                    .mapToDouble(stored -> score(metric, query, stored))
                    .map(score -> metric.largerIsNearer() ? -score : score)
                    .sorted()
                    .limit(20)
                    .map(score -> metric.largerIsNearer() ? -score : score)
                    .toArray();
            SearchResult found = search(query, true);
            assertThat(found.exact()).isTrue();
            assertThat(found.hits()).hasSize(best.length);
            for (int rank = 0; rank < best.length; rank++) {
                SearchResult.Hit hit = found.hits().get(rank);
                float[] stored = requireNonNull(model.get(hit.record().id().asUint64()));
                assertThat(hit.record().vectors()).containsEntry("default", VectorData.of(stored));
                double tolerance = 1e-6 * Math.max(1, Math.abs(best[rank]));
                assertThat(hit.score()).isEqualTo(best[rank], within(tolerance));
                assertThat(hit.score()).isEqualTo(score(metric, query, stored), within(tolerance));
            }
        }
    }

    private static double score(Metric metric, float[] query, float[] stored) {
        double dot = 0;
        double queryNorm = 0;
        double storedNorm = 0;
        double squares = 0;
        double magnitudes = 0;
        for (int i = 0; i < query.length; i++) {
            dot += (double) query[i] * stored[i];
            queryNorm += (double) query[i] * query[i];
            storedNorm += (double) stored[i] * stored[i];
            squares += ((double) query[i] - stored[i]) * ((double) query[i] - stored[i]);
            magnitudes += Math.abs((double) query[i] - stored[i]);
        }
        return switch (metric) {
            case COSINE -> storedNorm == 0 ? 0 : dot / Math.sqrt(queryNorm * storedNorm);
            case DOT -> dot;
            case EUCLID -> Math.sqrt(squares);
            case MANHATTAN -> magnitudes;
        };
    }

    static Stream<Arguments> everyForm() {
        return Stream.of(VectorElement.values())
                .flatMap(element -> Stream.of(Metric.values()).map(metric -> Arguments.of(element, metric)));
    }

    @ParameterizedTest
    @MethodSource("everyForm")
    void answersAreThoseOfBruteForceOverWhatIsStored(VectorElement element, Metric metric) throws Exception {
        create(spec(metric, element));
        write(element, 400, 300);
        requireFoundAsByBruteForce(metric);
        // Enough for codes, and enough replaced for rows to be compacted.
        write(element, 2_000, 1_500);
        requireFoundAsByBruteForce(metric);
        write(element, 1_000, 1_500);
        backends.awaitBackground();
        requireFoundAsByBruteForce(metric);
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        reopen();
        requireFoundAsByBruteForce(metric);
        write(element, 300, 1_800);
        requireFoundAsByBruteForce(metric);
        reopen();
        requireFoundAsByBruteForce(metric);
    }

    @ParameterizedTest
    @EnumSource(
            names = {"FLOAT16", "INT8"},
            value = VectorElement.class)
    void aZeroVectorScoresZeroByItsCosine(VectorElement element) {
        create(spec(Metric.COSINE, element));
        float[] ones = new float[DIMENSION];
        Arrays.fill(ones, 1);
        float[] opposite = new float[DIMENSION];
        Arrays.fill(opposite, -3);
        var _ = upsert(backend, draft(1, new float[DIMENSION]), draft(2, ones), draft(3, opposite));
        assertThat(search(ones, true).hits().stream()
                        .map(hit -> Math.round(hit.score() * 1e6) / 1e6)
                        .toList())
                .containsExactly(1.0, 0.0, -1.0);
    }

    @ParameterizedTest
    @MethodSource("everyForm")
    void aVectorOfAnElementIsAddedWhileTheCollectionServes(VectorElement element, Metric metric) {
        create(new VectorSpec("first", 1, Metric.DOT));
        var _ = upsert(
                backend,
                new RecordDraft(
                        Optional.of(RecordId.of(1_000_000L)),
                        new LinkedHashMap<>(),
                        Map.of("first", VectorData.of(1))));
        var _ = backend.growCollection(
                COLLECTION, Optional.empty(), new SchemaGrowth(List.of(), List.of(spec(metric, element))), NO_DEADLINE);
        assertThat(backend.collection(COLLECTION).schema().vectors().get(1).element())
                .isEqualTo(element);
        write(element, 100, 80);
        SearchResult found = backend.search(
                new SearchQuery(
                        COLLECTION,
                        new Question.Nearest(Optional.of("default"), VectorData.of(vector(element))),
                        Optional.empty(),
                        1_000,
                        0,
                        new Selection.None(),
                        new Selection.All(),
                        true,
                        true,
                        Refinement.NONE),
                Long.MAX_VALUE,
                NO_DEADLINE);
        assertThat(found.hits()).hasSize(model.size());
        found.hits().forEach(hit -> assertThat(hit.record().vectors())
                .containsEntry(
                        "default",
                        VectorData.of(requireNonNull(model.get(hit.record().id().asUint64())))));
    }

    @Test
    void float16IsRoundedToTheNearestAndRefusedWhereThatIsAnInfinity() {
        create(new VectorSpec("default", 6, Metric.DOT, VectorElement.FLOAT16));
        float below = Math.nextDown(65_520f);
        var _ = upsert(backend, draft(1, below, -below, 0.1f, 0x1p-25f, 0x1.002p0f, Float.MIN_VALUE));
        assertThat(TestBackends.get(backend, 1).getFirst().vectors())
                .containsEntry(
                        "default",
                        // Half way between two is rounded to the even one.
                        VectorData.of(65_504, -65_504, 0.099975586f, 0, 1, 0));
        for (float beyond : new float[] {65_520, -65_520, Float.MAX_VALUE}) {
            requireRefused(3, draft(2, 0, 0, 0, beyond, 0, 0));
        }
    }

    @Test
    void int8IsGivenBackAsItCameAndOtherNumbersAreRefused() {
        create(new VectorSpec("default", 3, Metric.EUCLID, VectorElement.INT8));
        var _ = upsert(backend, draft(1, -128, 127, -0f));
        assertThat(TestBackends.get(backend, 1).getFirst().vectors())
                .containsEntry("default", VectorData.of(-128, 127, 0));
        for (float other : new float[] {-129, 128, 0.5f, Float.MIN_VALUE, 1e30f}) {
            requireRefused(1, draft(2, 0, other, 0));
        }
    }

    private void requireRefused(int component, RecordDraft draft) {
        ServiceException failure = failureOf(() -> upsert(backend, draft));
        assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_FIELD);
        assertThat(failure.field()).contains("records[0].vectors[\"default\"].values[" + component + "]");
        assertThat(TestBackends.count(backend)).isEqualTo(1);
    }

    @Test
    void smallElementsTakeLessOfTheStoreOfImagesAndOfMemory() throws IOException {
        Map<VectorElement, Long> records = new HashMap<>();
        Map<VectorElement, Long> images = new HashMap<>();
        Map<VectorElement, Long> memory = new HashMap<>();
        int count = 1_000;
        int dimension = 384;
        for (VectorElement element : VectorElement.values()) {
            VectorSpec spec = new VectorSpec("default", dimension, Metric.COSINE, element);
            create(spec);
            long before = backend.footprintBytes();
            List<RecordDraft> drafts = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                float[] vector = new float[dimension];
                Arrays.setAll(new int[dimension], j -> {
                    vector[j] = random.nextInt(-128, 128);
                    return j;
                });
                drafts.add(draft(i, vector));
            }
            var _ = upsert(backend, drafts.toArray(RecordDraft[]::new));
            records.put(element, (long)
                    RecordCodec.encodeBody(new Schema(List.of(spec), List.of(), false), Map.of(), new VectorData[] {
                                drafts.getFirst().vectors().get("default")
                            })
                            .length);
            memory.put(element, (backend.footprintBytes() - before) / count);
            assertThat(backend.writeImage(COLLECTION)).isTrue();
            try (Stream<Path> files = Files.walk(directory)) {
                images.put(
                        element,
                        files.filter(Files::isRegularFile)
                                        .mapToLong(VectorElementsTest::size)
                                        .sum()
                                / count);
            }
            var _ = backend.deleteCollection(COLLECTION, Optional.empty(), NO_DEADLINE);
        }
        assertThat(records)
                .isEqualTo(Map.of(
                        VectorElement.FLOAT32, 4L * dimension + 44,
                        VectorElement.FLOAT16, 2L * dimension + 44,
                        VectorElement.INT8, dimension + 44L));
        for (Map<VectorElement, Long> bytes : List.of(images, memory)) {
            long float32 = requireNonNull(bytes.get(VectorElement.FLOAT32));
            // Four of the bytes that are saved go to the row's scale.
            assertThat(float32 - requireNonNull(bytes.get(VectorElement.FLOAT16)))
                    .isBetween(2L * dimension - 100, 2L * dimension + 100);
            assertThat(float32 - requireNonNull(bytes.get(VectorElement.INT8)))
                    .isBetween(3L * dimension - 100, 3L * dimension + 100);
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
