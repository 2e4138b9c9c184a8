package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Searches by a graph: what they find, of which rows, and what happens beside the graph. */
final class GraphTest {
    private static final int LIMIT = 10;

    @ParameterizedTest
    @CsvSource({
        "DOT, FAST, 384",
        "DOT, COMPACT, 384",
        "SQUARED_EUCLID, FAST, 100",
        "SQUARED_EUCLID, COMPACT, 100",
        "SQUARED_EUCLID, FAST, 64"
    })
    void findsAlmostAllOfTheNearest(Similarity similarity, GraphMode mode, int dimension) {
        Clusters clusters = new Clusters(dimension, similarity == Similarity.DOT, 5);
        try (VectorIndex index = clusters.index(similarity, 4_000)) {
            assertThat(index.buildGraph(mode, 2, StopSignal.NEVER)).isTrue();
            assertThat(index.linkedRowCount()).isEqualTo(4_000);
            assertThat(recall(index, clusters, row -> true)).isGreaterThan(0.97);
            SearchOutcome outcome = index.search(approximate(clusters.next(), 4_000));
            assertThat(outcome.exact()).isFalse();
            assertThat(outcome.plan()).isEqualTo(mode == GraphMode.FAST ? "graph-fast" : "graph-compact");
            assertThat(index.footprint().graph()).isPositive();
        }
    }

    /** A walk gives the first threshold; the rows that it found are in the answer once, by the filter and the order of rows. */
    @ParameterizedTest
    @CsvSource({"DOT, 64", "SQUARED_EUCLID, 64", "SQUARED_EUCLID, 100"})
    void anExactAnswerThatBeginsWithAWalkIsTheSame(Similarity similarity, int dimension) {
        Clusters clusters = new Clusters(dimension, similarity == Similarity.DOT, 11);
        int count = 36_000;
        try (VectorIndex index = clusters.index(similarity, count - 4_000)) {
            float[] repeated = clusters.next();
            for (int i = 0; i < 30; i++) {
                index.append(repeated);
            }
            assertThat(index.buildGraph(GraphMode.FAST, 2, StopSignal.NEVER)).isTrue();
            while (index.rowCount() < count) {
                index.append(clusters.next());
            }
            for (int i = 0; i < 40; i++) {
                float[] vector = i == 0 ? repeated : clusters.next();
                int modulus = 1 + i % 3;
                for (int limit : new int[] {1, 10, 100}) {
                    VectorQuery query = VectorQuery.of(vector, count - i, limit)
                            .withFilter(row -> row % modulus == 0)
                            .withOrder(i % 2 == 0 ? RowOrder.ASCENDING : (a, b) -> Integer.compare(b, a));
                    assertThat(SearchPlan.startsByGraph(GraphMode.FAST, query)).isTrue();
                    SearchOutcome found = index.search(query);
                    assertThat(found.plan()).isEqualTo(ExactSearch.ESTIMATED);
                    SearchOutcome strict = index.search(query.withAccuracy(Accuracy.STRICT));
                    assertThat(rows(found)).isEqualTo(rows(strict));
                }
            }
            for (int rows : new int[] {16_384, 20_000, 31_999}) {
                VectorQuery query = VectorQuery.of(clusters.next(), rows, LIMIT);
                assertThat(SearchPlan.startsByGraph(GraphMode.FAST, query)).isTrue();
                SearchOutcome found = index.search(query);
                assertThat(rows(found)).isEqualTo(rows(index.search(query.withAccuracy(Accuracy.STRICT))));
                assertThat(found.scoredCount()).isLessThan(rows + rows / 8);
            }
        }
    }

    @Test
    void rowsThatCameAfterTheGraphAreFound() {
        Clusters clusters = new Clusters(96, true, 6);
        try (VectorIndex index = clusters.index(Similarity.DOT, 5_003)) {
            assertThat(index.buildGraph(GraphMode.FAST, 1, StopSignal.NEVER)).isTrue();
            for (int row = 5_003; row < 10_000; row++) {
                float[] vector = clusters.next();
                index.append(vector);
                if (row % 97 == 0 || row < 5_020) {
                    SearchOutcome outcome = index.search(approximate(vector, row + 1));
                    assertThat(outcome.row(0)).isEqualTo(row);
                    assertThat(distinct(outcome)).hasSize(LIMIT);
                }
            }
            assertThat(recall(index, clusters, row -> true)).isGreaterThan(0.98);
        }
    }

    @Test
    void rowsThatAreNotAllowedAreNotFoundAndRowsBehindThemAre() {
        Clusters clusters = new Clusters(96, true, 7);
        try (VectorIndex index = clusters.index(Similarity.DOT, 6_000)) {
            assertThat(index.buildGraph(GraphMode.FAST, 2, StopSignal.NEVER)).isTrue();
            assertThat(recall(index, clusters, row -> row % 2 == 0)).isGreaterThan(0.95);
            SearchOutcome older = index.search(approximate(clusters.next(), 4_000));
            assertThat(distinct(older)).allMatch(row -> row < 4_000);
        }
    }

    @ParameterizedTest
    @EnumSource(GraphMode.class)
    void manyEqualRowsDoNotCutTheGraph(GraphMode mode) {
        Clusters clusters = new Clusters(64, true, 8);
        try (VectorIndex index = new VectorIndex(64, Similarity.DOT)) {
            float[] same = clusters.next();
            for (int row = 0; row < 6_000; row++) {
                index.append(row % 3 == 0 ? same : clusters.next());
            }
            assertThat(index.buildGraph(mode, 2, StopSignal.NEVER)).isTrue();
            SearchOutcome outcome = index.search(approximate(same, 6_000));
            assertThat(outcome.score(0)).isEqualTo(PreciseScore.of(Similarity.DOT, same, same));
            assertThat(recall(index, clusters, row -> row % 3 != 0)).isGreaterThan(0.9);
        }
    }

    @Test
    void vectorsWhoseNearnessMeansNothingHaveNoGraph() {
        Random random = new Random(9);
        try (VectorIndex products = new VectorIndex(64, Similarity.DOT);
                VectorIndex distances = new VectorIndex(64, Similarity.MANHATTAN);
                VectorIndex few = new VectorIndex(64, Similarity.DOT)) {
            for (int row = 0; row < 2_000; row++) {
                float[] vector = new float[64];
                vector[random.nextInt(64)] = 1 + random.nextInt(50);
                products.append(vector);
                distances.append(vector);
            }
            few.append(new float[64]);
            assertThat(products.buildGraph(GraphMode.FAST, 1, StopSignal.NEVER)).isFalse();
            assertThat(distances.buildGraph(GraphMode.FAST, 1, StopSignal.NEVER))
                    .isFalse();
            assertThat(few.buildGraph(GraphMode.FAST, 1, StopSignal.NEVER)).isFalse();
            assertThat(products.search(approximate(new float[64], 2_000)).exact())
                    .isTrue();
        }
    }

    @Test
    void aStoppedBuildLeavesTheIndexAsItWas() {
        Clusters clusters = new Clusters(64, true, 10);
        try (VectorIndex index = clusters.index(Similarity.DOT, 5_000)) {
            long before = index.footprint().residentBytes();
            assertThat(index.buildGraph(GraphMode.FAST, 2, () -> true)).isFalse();
            assertThat(index.footprint().residentBytes()).isEqualTo(before);
            assertThat(index.linkedRowCount()).isZero();
            assertThat(index.search(approximate(clusters.next(), 5_000)).exact())
                    .isTrue();
        }
    }

    @Test
    void searchesAndTheWriterGoOnWhileGraphsReplaceEachOther() throws Exception {
        Clusters clusters = new Clusters(64, true, 11);
        try (VectorIndex index = clusters.index(Similarity.DOT, 3_000);
                ExecutorService others = Executors.newFixedThreadPool(2)) {
            AtomicInteger published = new AtomicInteger(3_000);
            AtomicBoolean done = new AtomicBoolean();
            Future<Integer> searches = others.submit(() -> {
                int count = 0;
                Random random = new Random(12);
                float[] row = new float[64];
                while (!done.get()) {
                    int rows = published.get();
                    int wanted = random.nextInt(rows);
                    index.copyRow(wanted, row);
                    SearchOutcome outcome = index.search(VectorQuery.of(row, rows, LIMIT));
                    assertThat(outcome.score(0)).isEqualTo(PreciseScore.of(Similarity.DOT, row, row));
                    SearchOutcome near = index.search(approximate(row, rows));
                    assertThat(distinct(near)).hasSize(LIMIT).allMatch(found -> found < rows);
                    count++;
                }
                return count;
            });
            Future<?> builds = others.submit(() -> {
                for (int i = 0; i < 4; i++) {
                    assertThat(index.buildGraph(i % 2 == 0 ? GraphMode.FAST : GraphMode.COMPACT, 1, StopSignal.NEVER))
                            .isTrue();
                }
            });
            while (!builds.isDone()) {
                if (published.get() < 6_000) {
                    index.append(clusters.next());
                    published.incrementAndGet();
                }
            }
            done.set(true);
            builds.get();
            assertThat(searches.get()).isPositive();
        }
    }

    private static VectorQuery approximate(float[] query, int rows) {
        return VectorQuery.of(query, rows, LIMIT)
                .withAccuracy(Accuracy.APPROXIMATE)
                .withExactBudget(0);
    }

    private static double recall(VectorIndex index, Clusters clusters, RowFilter allowed) {
        int found = 0;
        int queries = 100;
        for (int i = 0; i < queries; i++) {
            float[] query = clusters.next();
            VectorQuery near = approximate(query, index.rowCount()).withFilter(allowed);
            Set<Integer> exact = distinct(index.search(near.withAccuracy(Accuracy.STRICT)));
            exact.retainAll(distinct(index.search(near)));
            found += exact.size();
        }
        return found / (double) (queries * LIMIT);
    }

    /** Where the filter lets through what is far from the query alone, what a walk finds says little about the threshold. */
    @Test
    void anExactAnswerOfFarRowsAloneIsTheSame() {
        Clusters clusters = new Clusters(64, true, 12);
        int count = 40_000;
        try (VectorIndex index = clusters.index(Similarity.DOT, count)) {
            assertThat(index.buildGraph(GraphMode.FAST, 2, StopSignal.NEVER)).isTrue();
            for (int i = 0; i < 10; i++) {
                float[] vector = clusters.next();
                float[] row = new float[64];
                VectorQuery all = VectorQuery.of(vector, count, LIMIT);
                VectorQuery far = all.withFilter(number -> {
                    index.copyRow(number, row);
                    return PreciseScore.of(Similarity.DOT, vector, row) < 0.2;
                });
                SearchOutcome found = index.search(far);
                assertThat(rows(found)).isEqualTo(rows(index.search(far.withAccuracy(Accuracy.STRICT))));
            }
        }
    }

    private static List<Integer> rows(SearchOutcome outcome) {
        return IntStream.range(0, outcome.size()).mapToObj(outcome::row).toList();
    }

    private static Set<Integer> distinct(SearchOutcome outcome) {
        Set<Integer> rows = new HashSet<>();
        for (int rank = 0; rank < outcome.size(); rank++) {
            rows.add(outcome.row(rank));
        }
        return rows;
    }

    /** Vectors around some hundred centres. */
    private static final class Clusters {
        private final Random random;
        private final boolean unit;
        private final float[][] centres;

        Clusters(int dimension, boolean unit, long seed) {
            this.random = new Random(seed);
            this.unit = unit;
            this.centres = new float[100][dimension];
            for (float[] centre : centres) {
                for (int i = 0; i < dimension; i++) {
                    centre[i] = (float) random.nextGaussian();
                }
            }
        }

        float[] next() {
            float[] centre = centres[random.nextInt(centres.length)];
            float[] second = centres[random.nextInt(centres.length)];
            float[] vector = new float[centre.length];
            for (int i = 0; i < vector.length; i++) {
                vector[i] = (float) (centre[i] + 0.5 * second[i] + 0.6 * random.nextGaussian());
            }
            float norm = unit ? (float) Bounds.norm(vector) : 1;
            for (int i = 0; i < vector.length; i++) {
                vector[i] /= norm;
            }
            return vector;
        }

        VectorIndex index(Similarity similarity, int count) {
            VectorIndex index = new VectorIndex(centres[0].length, similarity);
            for (int row = 0; row < count; row++) {
                index.append(next());
            }
            return index;
        }
    }
}
