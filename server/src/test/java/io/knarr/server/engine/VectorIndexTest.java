package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Exact answers of every plan against an oracle that scores and sorts everything in double precision. */
final class VectorIndexTest {
    private static final int QUERIES = 10;

    /** On both sides of the borders: no codes, padding or none, and more than one window of the rotation. */
    private static final int[] DIMENSIONS = {1, 2, 3, 47, 48, 63, 65, 200, 384};

    /** Sizes on both sides of the borders: no codes, few rows, and estimates from signs. */
    private static final int[] SIZES = {1, 17, 1_023, 1_025, 6_001};

    private static final RowOrder DESCENDING = (first, second) -> Integer.compare(second, first);

    static Stream<Arguments> shapes() {
        List<Arguments> shapes = new ArrayList<>();
        for (Similarity similarity : Similarity.values()) {
            for (VectorSet set : VectorSet.values()) {
                shapes.add(Arguments.of(similarity, 64, set));
                shapes.add(Arguments.of(similarity, DIMENSIONS[shapes.size() / 2 % DIMENSIONS.length], set));
            }
        }
        return shapes.stream();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void exactAnswersAreThoseOfBruteForce(Similarity similarity, int dimension, VectorSet set) {
        Random random = new Random(dimension);
        float[][] vectors = set.vectors(dimension, SIZES[SIZES.length - 1], 1, 2);
        float[][] queries = set.vectors(dimension, QUERIES, 1, 3);
        queries[1] = vectors[random.nextInt(vectors.length)];
        queries[3] = new float[dimension];
        queries[4] = VectorSet.NORMAL.vectors(dimension, 1, 1, 4)[0];
        queries[6] = times(queries[4], 1e30f);
        queries[8] = times(queries[4], 1e-30f);
        queries[9] = times(vectors[random.nextInt(vectors.length)], -1);
        try (VectorIndex index = new VectorIndex(dimension, similarity)) {
            for (float[] vector : vectors) {
                index.append(vector);
            }
            for (int i = 0; i < QUERIES; i++) {
                int size = i % 3 == 0 ? SIZES[random.nextInt(SIZES.length)] : vectors.length;
                checkAll(index, vectors, queries[i], size, i % 2 == 0 ? RowOrder.ASCENDING : DESCENDING, random);
            }
        }
    }

    /** Rows and codes, although there are no codes yet when room is made. */
    @Test
    void reservedRoomIsExact() {
        int count = 3_000;
        float[] vector = VectorSet.NORMAL.vectors(64, 1, 1, 2)[0];
        try (VectorIndex index = new VectorIndex(64, Similarity.DOT)) {
            index.reserve(count);
            for (int row = 0; row < count; row++) {
                index.append(vector);
            }
            long rowBytes = 64 * Float.BYTES + CodeLayout.of(64).rowBytes();
            assertThat(index.footprint().residentBytes()).isBetween(count * rowBytes, count * rowBytes * 101 / 100);
            index.append(vector);
            index.reserve(2 * count);
            long reserved = index.footprint().residentBytes();
            for (int row = 0; row < 2 * count; row++) {
                index.append(vector);
            }
            assertThat(index.footprint().residentBytes()).isEqualTo(reserved);
        }
    }

    private static void checkAll(
            VectorIndex index, float[][] vectors, float[] query, int size, RowOrder order, Random random) {
        Oracle oracle = new Oracle(index.similarity(), vectors, query, size, order);
        for (Accuracy accuracy : List.of(Accuracy.EXACT, Accuracy.STRICT)) {
            VectorQuery all =
                    VectorQuery.of(query, size, 10).withAccuracy(accuracy).withOrder(order);
            oracle.check(index.search(all), row -> true, 10);
            oracle.check(index.search(all.withFilter(row -> row % 3 == 1)), row -> row % 3 == 1, 10);
            for (int share : new int[] {1, 2, 200}) {
                BitSet mask = new BitSet();
                random.ints(3L * vectors.length / share, 0, vectors.length).forEach(mask::set);
                mask.clear(size, vectors.length);
                oracle.check(index.search(all.withMask(mask.toLongArray(), mask.cardinality())), mask::get, 10);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DOT", "SQUARED_EUCLID"})
    void rowsOfTheMostComponentsAreFoundExactly(Similarity similarity) {
        int dimension = VectorRows.MAX_DIMENSION;
        float[][] vectors = VectorSet.CLUSTERED.vectors(dimension, VectorIndex.CODES_FROM_ROWS + 6, 1, 2);
        try (VectorIndex index = new VectorIndex(dimension, similarity)) {
            for (float[] vector : vectors) {
                index.append(vector);
            }
            float[] query = VectorSet.CLUSTERED.vectors(dimension, 1, 1, 3)[0];
            Oracle oracle = new Oracle(similarity, vectors, query, vectors.length, RowOrder.ASCENDING);
            SearchOutcome outcome = index.search(VectorQuery.of(query, vectors.length, 10));
            oracle.check(outcome, row -> true, 10);
            assertThat(outcome.plan()).isEqualTo("exact-bounded");
        }
    }

    /** Differences that double precision cannot see are none, though codes see them: the order of rows decides. */
    @ParameterizedTest
    @EnumSource
    void rowsThatDoublePrecisionCannotTellApartAreTies(Similarity similarity) {
        int dimension = 64;
        float[][] vectors = VectorSet.TINY_BESIDE_LARGE.vectors(dimension, 6_000, 1, 2);
        float[] query = new float[dimension];
        Arrays.fill(query, 1e6f);
        try (VectorIndex index = new VectorIndex(dimension, similarity)) {
            for (float[] vector : vectors) {
                index.append(vector);
            }
            for (RowOrder order : List.of(RowOrder.ASCENDING, DESCENDING)) {
                for (int size : new int[] {3_000, 6_000}) {
                    checkAll(index, vectors, query, size, order, new Random(1));
                }
            }
        }
    }

    @Test
    void aMaskMayBeLongerOrShorterThanTheRows() {
        float[][] vectors = VectorSet.NORMAL.vectors(64, 6_000, 1, 2);
        float[] query = VectorSet.NORMAL.vectors(64, 1, 1, 3)[0];
        try (VectorIndex index = new VectorIndex(64, Similarity.DOT)) {
            for (float[] vector : vectors) {
                index.append(vector);
            }
            for (int size : new int[] {500, 3_000, 6_000}) {
                Oracle oracle = new Oracle(Similarity.DOT, vectors, query, size, RowOrder.ASCENDING);
                for (int bits : new int[] {0, 1, 100, 5_000, 5_990, 6_001, 9_000}) {
                    BitSet mask = new BitSet();
                    mask.set(0, bits);
                    VectorQuery masked =
                            VectorQuery.of(query, size, 7).withMask(mask.toLongArray(), mask.cardinality());
                    oracle.check(index.search(masked), mask::get, 7);
                }
            }
        }
    }

    @Test
    void everyPlanIsTaken() {
        Random random = new Random(1);
        try (VectorIndex index = new VectorIndex(64, Similarity.DOT)) {
            for (int row = 0; row < 6_000; row++) {
                index.append(normal(64, random));
            }
            float[] query = normal(64, random);
            assertThat(index.search(VectorQuery.of(query, 6_000, 3)).plan()).isEqualTo("exact-estimated");
            assertThat(index.search(VectorQuery.of(query, 4_000, 3)).plan()).isEqualTo("exact-bounded");
            assertThat(index.search(VectorQuery.of(query, 6_000, 3).withAccuracy(Accuracy.STRICT))
                            .plan())
                    .isEqualTo("exact-bounded");
            assertThat(index.search(VectorQuery.of(query, 6_000, 3).withMask(new long[] {7}, 3))
                            .plan())
                    .isEqualTo("exact-bounded");
            assertThat(index.search(VectorQuery.of(new float[64], 6_000, 3)).plan())
                    .isEqualTo("exact-float");
        }
    }

    @Test
    void limitsBeyondTheRowsReturnAllOfThem() {
        Random random = new Random(2);
        try (VectorIndex index = new VectorIndex(64, Similarity.SQUARED_EUCLID)) {
            float[][] vectors = new float[5_000][];
            for (int row = 0; row < vectors.length; row++) {
                vectors[row] = normal(64, random);
                index.append(vectors[row]);
            }
            float[] query = normal(64, random);
            Oracle oracle = new Oracle(Similarity.SQUARED_EUCLID, vectors, query, 5_000, RowOrder.ASCENDING);
            for (int limit : new int[] {4_999, 5_000, 5_001, Integer.MAX_VALUE}) {
                oracle.check(index.search(VectorQuery.of(query, 5_000, limit)), row -> true, limit);
            }
        }
    }

    @Test
    void aStopEndsTheSearchWithoutAnAnswer() {
        Random random = new Random(3);
        try (VectorIndex index = new VectorIndex(64, Similarity.DOT)) {
            for (int row = 0; row < 5_000; row++) {
                index.append(normal(64, random));
            }
            for (int rows : new int[] {1_000, 3_000, 5_000}) {
                SearchOutcome outcome =
                        index.search(VectorQuery.of(new float[64], rows, 5).withStop(() -> true));
                assertThat(outcome.stopped()).isTrue();
                assertThat(outcome.exact()).isFalse();
                assertThat(outcome.size()).isZero();
            }
        }
    }

    @Test
    void wrongQueriesAreRefused() {
        try (VectorIndex index = new VectorIndex(3, Similarity.DOT)) {
            index.append(new float[3]);
            assertThatThrownBy(() -> index.search(VectorQuery.of(new float[4], 1, 1)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> index.search(VectorQuery.of(new float[3], 1_000, 1)))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> VectorQuery.of(new float[3], 1, 0)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static float[] normal(int dimension, Random random) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }

    private static float[] times(float[] vector, float factor) {
        float[] product = new float[vector.length];
        for (int i = 0; i < product.length; i++) {
            product[i] = Math.clamp(vector[i] * factor, -Float.MAX_VALUE, Float.MAX_VALUE);
        }
        return product;
    }

    /** Everything scored and sorted in double precision. */
    private static final class Oracle {
        private final double[] scores;
        private final int[] ranked;

        Oracle(Similarity similarity, float[][] vectors, float[] query, int size, RowOrder order) {
            scores = new double[size];
            for (int row = 0; row < size; row++) {
                scores[row] = PreciseScore.of(similarity, query, vectors[row]);
            }
            Comparator<Integer> byScore = Comparator.comparingDouble(row -> scores[row]);
            ranked = IntStream.range(0, size)
                    .boxed()
                    .sorted((similarity.largerIsNearer() ? byScore.reversed() : byScore).thenComparing(order::compare))
                    .mapToInt(Integer::intValue)
                    .toArray();
        }

        void check(SearchOutcome outcome, IntPredicate allowed, int limit) {
            int[] expected = IntStream.of(ranked).filter(allowed).limit(limit).toArray();
            assertThat(IntStream.range(0, outcome.size()).map(outcome::row).toArray())
                    .as(outcome.plan())
                    .isEqualTo(expected);
            for (int rank = 0; rank < expected.length; rank++) {
                assertThat(outcome.score(rank)).isEqualTo(scores[expected[rank]]);
            }
            assertThat(outcome.exact()).isTrue();
        }
    }
}
