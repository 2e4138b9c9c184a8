package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.failureOf;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.knarr.server.engine.UnitVectors;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.BatchedSearch;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Fusion;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Question;
import io.knarr.server.model.Question.Example;
import io.knarr.server.model.RecommendStrategy;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Refinement;
import io.knarr.server.model.SearchAnswer;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.Selection;
import io.knarr.server.model.VectorData;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What searches find that ask for more than the nearest to a vector, beside what a list and a loop find. */
final class SearchQuestionsTest {
    private static final int RECORDS = 400;
    private static final int DIMENSION = 8;
    private static final int COLOURS = 7;

    private final TestBackends backends = new TestBackends(new InMemoryStoreAdapter());
    private final Map<RecordId, float[]> vectors = new HashMap<>();
    private final Map<RecordId, Integer> colours = new HashMap<>();
    private final Random random = new Random(5);
    private final AccountBackend backend = backends.open();
    private Metric metric = Metric.DOT;

    private void fill(Metric wanted) {
        metric = wanted;
        backend.createCollection(COLLECTION, TestBackends.schema(DIMENSION, wanted), NO_DEADLINE);
        List<RecordDraft> drafts = new ArrayList<>();
        for (int i = 0; i < RECORDS; i++) {
            RecordId id = RecordId.of((long) i);
            float[] vector = randomVector();
            // A few colours are much rarer than others, and the last records have none.
            int colour = Integer.numberOfTrailingZeros(random.nextInt(1, 1 << COLOURS));
            Map<String, FieldValue> fields = i < RECORDS - 20 ? Map.of("colour", new IntValue(colour)) : Map.of();
            vectors.put(id, vector);
            colours.put(id, i < RECORDS - 20 ? colour : -1);
            drafts.add(TestBackends.draft(id, fields, vector));
        }
        var _ = TestBackends.upsert(backend, drafts.toArray(RecordDraft[]::new));
    }

    @AfterEach
    void close() {
        backend.close();
        backends.close();
    }

    private float[] vectorOf(RecordId id) {
        return requireNonNull(vectors.get(id), "no such record");
    }

    private int colourOf(RecordId id) {
        return requireNonNull(colours.get(id), "no such record");
    }

    private float[] randomVector() {
        float[] vector = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }

    private static SearchQuery query(
            Question question, Optional<Filter> filter, int limit, int offset, Refinement refinement) {
        return new SearchQuery(
                COLLECTION,
                question,
                filter,
                limit,
                offset,
                new Selection.None(),
                new Selection.None(),
                true,
                true,
                refinement);
    }

    private SearchResult search(Question question, int limit, Refinement refinement) {
        return backend.search(query(question, Optional.empty(), limit, 0, refinement), Long.MAX_VALUE, NO_DEADLINE);
    }

    private static Question nearest(float[] vector) {
        return new Question.Nearest(Optional.empty(), VectorData.of(vector));
    }

    /** Larger is nearer, whatever the metric. */
    private double similarity(float[] a, float[] b) {
        double dot = 0;
        double squares = 0;
        double magnitudes = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < DIMENSION; i++) {
            dot += (double) a[i] * b[i];
            squares += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
            magnitudes += Math.abs((double) a[i] - b[i]);
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
        }
        return switch (metric) {
            case COSINE -> dot / Math.sqrt(aa * bb);
            case DOT -> dot;
            case EUCLID -> -Math.sqrt(squares);
            case MANHATTAN -> -magnitudes;
        };
    }

    private List<RecordId> ranked(Set<RecordId> without, ToDoubleFunction<RecordId> score) {
        return vectors.keySet().stream()
                .filter(id -> !without.contains(id))
                .sorted(Comparator.comparingDouble(score).reversed().thenComparingLong(RecordId::asUint64))
                .toList();
    }

    private static List<RecordId> ids(SearchResult result) {
        return result.hits().stream().map(hit -> hit.record().id()).toList();
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void likeARecordIsWhatIsNearestToItButNotItself(Metric wanted) {
        fill(wanted);
        RecordId example = RecordId.of(17L);
        SearchResult found = search(new Question.Like(Optional.empty(), example), 10, Refinement.NONE);
        List<RecordId> expected = ranked(Set.of(example), id -> similarity(vectorOf(id), vectorOf(example)));
        assertThat(ids(found)).isEqualTo(expected.subList(0, 10));
        assertThat(found.exact()).isTrue();
    }

    @Test
    void anExampleThatIsNotThereIsNotFound() {
        fill(Metric.DOT);
        ServiceException failure =
                failureOf(() -> search(new Question.Like(Optional.empty(), RecordId.of(9_999L)), 1, Refinement.NONE));
        assertThat(failure.code()).isEqualTo(ErrorCode.RECORD_NOT_FOUND);
        assertThat(failure.field()).contains("like_id");
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void recommendationsByTheAverageAreNearToOneVector(Metric wanted) {
        fill(wanted);
        float[] other = randomVector();
        Question question = new Question.Recommend(
                Optional.empty(),
                List.of(new Example.OfRecord(RecordId.of(3L)), new Example.OfVector(VectorData.of(other))),
                List.of(new Example.OfRecord(RecordId.of(4L))),
                RecommendStrategy.AVERAGE_VECTOR);
        float[] target = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            double p = (compared(vectorOf(RecordId.of(3L)))[i] + compared(other)[i]) / 2.0;
            target[i] = (float) (2 * p - compared(vectorOf(RecordId.of(4L)))[i]);
        }
        List<RecordId> expected =
                ranked(Set.of(RecordId.of(3L), RecordId.of(4L)), id -> similarity(vectorOf(id), target));
        assertThat(ids(search(question, 20, Refinement.NONE))).isEqualTo(expected.subList(0, 20));
    }

    private float[] compared(float[] vector) {
        return metric == Metric.COSINE ? UnitVectors.of(vector) : vector;
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void recommendationsByTheBestScoreFollowTheirFormula(Metric wanted) {
        fill(wanted);
        List<RecordId> positives = List.of(RecordId.of(1L), RecordId.of(2L));
        RecordId negative = RecordId.of(3L);
        Question question = new Question.Recommend(
                Optional.empty(),
                positives.stream().<Example>map(Example.OfRecord::new).toList(),
                List.of(new Example.OfRecord(negative)),
                RecommendStrategy.BEST_SCORE);
        ToDoubleFunction<RecordId> score = id -> {
            double p = positives.stream()
                    .mapToDouble(positive -> similarity(vectorOf(positive), vectorOf(id)))
                    .max()
                    .orElseThrow();
            double n = similarity(vectorOf(negative), vectorOf(id));
            return p > n ? (1 + p / (1 + Math.abs(p))) / 2 : -(1 + n / (1 + Math.abs(n))) / 2;
        };
        SearchResult found = search(question, 25, Refinement.NONE);
        List<RecordId> expected = ranked(Set.of(RecordId.of(1L), RecordId.of(2L), negative), score);
        assertThat(ids(found)).isEqualTo(expected.subList(0, 25));
        assertThat(found.hits().get(7).score()).isCloseTo(score.applyAsDouble(expected.get(7)), within(1e-6));
    }

    @Test
    void negativeExamplesAloneAreEnoughForTheBestScore() {
        fill(Metric.EUCLID);
        RecordId negative = RecordId.of(3L);
        Question question = new Question.Recommend(
                Optional.empty(), List.of(), List.of(new Example.OfRecord(negative)), RecommendStrategy.BEST_SCORE);
        List<RecordId> expected = ranked(Set.of(negative), id -> -similarity(vectorOf(id), vectorOf(negative)));
        assertThat(ids(search(question, 5, Refinement.NONE))).isEqualTo(expected.subList(0, 5));
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void aThresholdKeepsWhatIsAtLeastAsNear(Metric wanted) {
        fill(wanted);
        Question question = nearest(randomVector());
        SearchResult all = search(question, 50, Refinement.NONE);
        double threshold = all.hits().get(12).score();
        SearchResult kept =
                search(question, 50, new Refinement(OptionalDouble.of(threshold), Optional.empty(), Optional.empty()));
        assertThat(ids(kept)).isEqualTo(ids(all).subList(0, 13));
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void diverseHitsAreChosenByTheirFormula(Metric wanted) {
        fill(wanted);
        float[] target = randomVector();
        double lambda = 0.3;
        List<RecordId> left = new ArrayList<>(
                ranked(Set.of(), id -> similarity(vectorOf(id), target)).subList(0, 60));
        List<RecordId> expected = new ArrayList<>();
        while (expected.size() < 10) {
            RecordId next = left.stream()
                    .max(Comparator.comparingDouble(id -> lambda * similarity(vectorOf(id), target)
                            - (1 - lambda)
                                    * expected.stream()
                                            .mapToDouble(chosen -> similarity(vectorOf(id), vectorOf(chosen)))
                                            .max()
                                            .orElse(0)))
                    .orElseThrow();
            left.remove(next);
            expected.add(next);
        }
        SearchResult found = search(
                nearest(target),
                10,
                new Refinement(
                        OptionalDouble.empty(), Optional.empty(), Optional.of(new Refinement.Diversity(lambda, 60))));
        assertThat(ids(found)).isEqualTo(expected);
    }

    @Test
    void withNothingButNearnessDiverseHitsAreTheNearest() {
        fill(Metric.COSINE);
        Question question = nearest(randomVector());
        Refinement refinement =
                new Refinement(OptionalDouble.empty(), Optional.empty(), Optional.of(new Refinement.Diversity(1, 100)));
        assertThat(ids(search(question, 10, refinement))).isEqualTo(ids(search(question, 10, Refinement.NONE)));
    }

    private static Refinement grouped(int size) {
        return new Refinement(
                OptionalDouble.empty(), Optional.of(new Refinement.GroupBy("colour", size)), Optional.empty());
    }

    @Test
    void groupsHaveTheBestOfEachValueHoweverRare() {
        fill(Metric.EUCLID);
        for (int size : new int[] {1, 3, 60}) {
            float[] target = randomVector();
            SearchResult found = search(nearest(target), 5, grouped(size));
            Map<Integer, List<RecordId>> byColour = new LinkedHashMap<>();
            for (RecordId id : ranked(Set.of(), id -> similarity(vectorOf(id), target))) {
                if (colourOf(id) >= 0) {
                    byColour.computeIfAbsent(colourOf(id), _ -> new ArrayList<>())
                            .add(id);
                }
            }
            List<List<RecordId>> expected = byColour.values().stream()
                    .limit(5)
                    .map(ids -> ids.subList(0, Math.min(size, ids.size())))
                    .toList();
            List<List<RecordId>> groups = new ArrayList<>();
            int first = 0;
            for (SearchResult.Group group : found.groups()) {
                groups.add(ids(found).subList(first, first + group.size()));
                first += group.size();
            }
            assertThat(groups).isEqualTo(expected);
            assertThat(found.groups().stream().map(SearchResult.Group::value).toList())
                    .isEqualTo(byColour.keySet().stream()
                            .limit(5)
                            .map(colour -> (FieldValue) new IntValue(colour))
                            .toList());
        }
    }

    @Test
    void anOffsetPassesOverGroups() {
        fill(Metric.DOT);
        Question question = nearest(randomVector());
        SearchResult all = search(question, 4, grouped(2));
        SearchResult later =
                backend.search(query(question, Optional.empty(), 2, 2, grouped(2)), Long.MAX_VALUE, NO_DEADLINE);
        assertThat(later.groups()).isEqualTo(all.groups().subList(2, 4));
    }

    @Test
    void aListMakesAGroupOfEachElement() {
        fill(Metric.DOT);
        RecordId id = RecordId.of("several");
        var _ = TestBackends.upsert(
                backend,
                TestBackends.draft(
                        id,
                        Map.of("colour", new ListValue(List.of(new StringValue("blue"), new StringValue("red")))),
                        100,
                        100,
                        100,
                        100,
                        100,
                        100,
                        100,
                        100));
        SearchResult found = search(nearest(new float[] {1, 1, 1, 1, 1, 1, 1, 1}), 2, grouped(1));
        assertThat(found.groups())
                .containsExactly(
                        new SearchResult.Group(new StringValue("blue"), 1),
                        new SearchResult.Group(new StringValue("red"), 1));
        assertThat(ids(found)).containsExactly(id, id);
    }

    private List<RecordId> fused(Fusion fusion, Question... questions) {
        List<Question.HybridPart> parts = new ArrayList<>();
        for (Question question : questions) {
            parts.add(new Question.HybridPart(question, Optional.empty(), 30, parts.size() + 1));
        }
        return ids(search(new Question.Hybrid(parts, fusion), 40, Refinement.NONE));
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void fusionsFollowTheirFormulas(Metric wanted) {
        fill(wanted);
        float[][] targets = {randomVector(), randomVector()};
        List<Map<RecordId, Double>> ranks = new ArrayList<>();
        List<Map<RecordId, Double>> distributions = new ArrayList<>();
        List<Map<RecordId, Double>> extremes = new ArrayList<>();
        for (float[] target : targets) {
            ToDoubleFunction<RecordId> score = id -> similarity(vectorOf(id), target);
            List<RecordId> best = ranked(Set.of(), score).subList(0, 30);
            double mean = best.stream().mapToDouble(score).average().orElseThrow();
            double deviation = Math.sqrt(best.stream()
                    .mapToDouble(id -> Math.pow(score.applyAsDouble(id) - mean, 2))
                    .average()
                    .orElseThrow());
            double least = score.applyAsDouble(best.getLast());
            double greatest = score.applyAsDouble(best.getFirst());
            Map<RecordId, Double> byRank = new HashMap<>();
            Map<RecordId, Double> byDistribution = new HashMap<>();
            Map<RecordId, Double> byExtremes = new HashMap<>();
            for (int rank = 0; rank < best.size(); rank++) {
                double x = score.applyAsDouble(best.get(rank));
                byRank.put(best.get(rank), 1.0 / (60 + rank + 1));
                byDistribution.put(
                        best.get(rank), Math.clamp((x - (mean - 3 * deviation)) / (6 * deviation), 0.0, 1.0));
                byExtremes.put(best.get(rank), (x - least) / (greatest - least));
            }
            ranks.add(byRank);
            distributions.add(byDistribution);
            extremes.add(byExtremes);
        }
        Question[] questions = {nearest(targets[0]), nearest(targets[1])};
        assertThat(fused(new Fusion.ReciprocalRank(60), questions)).isEqualTo(sum(ranks));
        assertThat(fused(new Fusion.DistributionBased(), questions)).isEqualTo(sum(distributions));
        assertThat(fused(new Fusion.Weighted(), questions)).isEqualTo(sum(extremes));
    }

    /** The second question weighs twice as much as the first. */
    private List<RecordId> sum(List<Map<RecordId, Double>> parts) {
        Map<RecordId, Double> all = new HashMap<>(parts.get(0));
        parts.get(1).forEach((id, share) -> all.merge(id, 2 * share, Double::sum));
        return ranked(Set.of(), id -> all.getOrDefault(id, -1.0)).stream()
                .filter(all::containsKey)
                .limit(40)
                .toList();
    }

    @Test
    void aPartOfAHybridSearchHasItsOwnFilterBesideThatOfTheSearch() {
        fill(Metric.EUCLID);
        Filter zeroOrOne = new Filter.Equal("colour", Set.of(new IntValue(0), new IntValue(1)));
        Filter one = new Filter.Equal("colour", Set.of(new IntValue(1), new IntValue(2)));
        Question hybrid = new Question.Hybrid(
                List.of(new Question.HybridPart(nearest(randomVector()), Optional.of(one), 20, 1)),
                new Fusion.Weighted());
        SearchResult found = backend.search(
                query(hybrid, Optional.of(zeroOrOne), 20, 0, Refinement.NONE), Long.MAX_VALUE, NO_DEADLINE);
        assertThat(found.hits())
                .isNotEmpty()
                .allSatisfy(hit -> assertThat(colourOf(hit.record().id())).isEqualTo(1));
    }

    @Test
    void whatIsWrongWithAPartIsSaidByItsPath() {
        fill(Metric.EUCLID);
        Question hybrid = new Question.Hybrid(
                List.of(
                        new Question.HybridPart(nearest(randomVector()), Optional.empty(), 5, 1),
                        new Question.HybridPart(nearest(new float[3]), Optional.empty(), 5, 1)),
                new Fusion.Weighted());
        ServiceException failure = failureOf(() -> search(hybrid, 5, Refinement.NONE));
        assertThat(failure.code()).isEqualTo(ErrorCode.DIMENSION_MISMATCH);
        assertThat(failure.field()).contains("hybrid.parts[1].vector");
        assertThat(failure.details()).containsEntry("expected", "8");
    }

    @Test
    void diverseHitsOfAHybridSearchAreRefused() {
        fill(Metric.EUCLID);
        Question hybrid = new Question.Hybrid(
                List.of(new Question.HybridPart(nearest(randomVector()), Optional.empty(), 5, 1)),
                new Fusion.Weighted());
        ServiceException failure = failureOf(() -> search(
                hybrid,
                5,
                new Refinement(
                        OptionalDouble.empty(), Optional.empty(), Optional.of(new Refinement.Diversity(0.5, 10)))));
        assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_FIELD);
        assertThat(failure.field()).contains("mmr");
    }

    @Test
    void eachSearchOfABatchHasItsOwnResultOrError() {
        fill(Metric.COSINE);
        Filter red = new Filter.Equal("colour", Set.of(new IntValue(1)));
        SearchQuery first = query(nearest(randomVector()), Optional.of(red), 5, 0, Refinement.NONE);
        SearchQuery wrong = query(nearest(new float[2]), Optional.empty(), 5, 0, Refinement.NONE);
        SearchQuery last = query(nearest(randomVector()), Optional.of(red), 5, 0, Refinement.NONE);
        List<SearchAnswer> answers = backend.searchBatch(
                COLLECTION,
                List.of(
                        new BatchedSearch.Wanted(first),
                        new BatchedSearch.Wanted(wrong),
                        new BatchedSearch.Wanted(last)),
                Long.MAX_VALUE,
                NO_DEADLINE);
        assertThat(answers).hasSize(3);
        assertThat(answers.get(0)).isInstanceOfSatisfying(SearchAnswer.Found.class, found -> assertThat(
                        found.result().hits())
                .isEqualTo(backend.search(first, Long.MAX_VALUE, NO_DEADLINE).hits()));
        assertThat(answers.get(1)).isInstanceOfSatisfying(SearchAnswer.Failed.class, failed -> assertThat(
                        failed.failure().code())
                .isEqualTo(ErrorCode.DIMENSION_MISMATCH));
        assertThat(answers.get(2)).isInstanceOfSatisfying(SearchAnswer.Found.class, found -> assertThat(
                        found.result().hits())
                .isEqualTo(backend.search(last, Long.MAX_VALUE, NO_DEADLINE).hits()));
    }
}
