package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
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
import org.junit.jupiter.params.provider.MethodSource;

/** Exact answers of every plan against an oracle that scores and sorts everything in double precision. */
final class VectorIndexTest {
    private static final int QUERIES = 8;

    /** Sizes on both sides of the borders: no codes, few rows, and estimates from signs. */
    private static final int[] SIZES = {1, 17, 1_023, 1_025, 6_001};

    static Stream<Arguments> shapes() {
        List<Arguments> shapes = new ArrayList<>();
        for (Similarity similarity : Similarity.values()) {
            for (int dimension : new int[] {3, 48, 65, 384}) {
                for (Spread spread : Spread.values()) {
                    shapes.add(Arguments.of(similarity, dimension, spread));
                }
            }
        }
        return shapes.stream();
    }

    enum Spread {
        NORMAL,
        CLUSTERED,
        DUPLICATES,
        WHOLE_NUMBERS,
        ONE_HOT,
        FAR_FROM_THE_ORIGIN,
        NORMS_FROM_TINY_TO_HUGE;

        float[] vector(int dimension, Random random) {
            float[] vector = new float[dimension];
            Random cluster = new Random(random.nextInt(5));
            float factor = (float) Math.pow(10, random.nextInt(60) - 30);
            for (int i = 0; i < dimension; i++) {
                vector[i] = switch (this) {
                    case NORMAL -> (float) random.nextGaussian();
                    case CLUSTERED -> (float) (cluster.nextGaussian() + 0.01 * random.nextGaussian());
                    case DUPLICATES -> (float) cluster.nextGaussian();
                    case WHOLE_NUMBERS -> random.nextInt(3) - 1;
                    case ONE_HOT -> 0;
                    case FAR_FROM_THE_ORIGIN -> (float) (1_000 + random.nextGaussian());
                    case NORMS_FROM_TINY_TO_HUGE -> (float) (factor * random.nextGaussian());
                };
            }
            if (this == ONE_HOT && random.nextInt(9) != 0) {
                vector[random.nextInt(dimension)] = 1;
            }
            return vector;
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void exactAnswersAreThoseOfBruteForce(Similarity similarity, int dimension, Spread spread) {
        Random random = new Random(dimension);
        float[][] vectors = new float[SIZES[SIZES.length - 1]][];
        try (VectorIndex index = new VectorIndex(dimension, similarity)) {
            for (int row = 0; row < vectors.length; row++) {
                vectors[row] = spread.vector(dimension, random);
                index.append(vectors[row]);
            }
            for (int i = 0; i < QUERIES; i++) {
                float[] query = i % 2 == 0 ? spread.vector(dimension, random) : vectors[random.nextInt(vectors.length)];
                int size = SIZES[i % SIZES.length];
                for (Accuracy accuracy : List.of(Accuracy.EXACT, Accuracy.STRICT)) {
                    VectorQuery all = VectorQuery.of(query, size, 10).withAccuracy(accuracy);
                    check(index.search(all), vectors, query, similarity, size, row -> true, 10);
                    check(
                            index.search(all.withFilter(row -> row % 3 == 1)),
                            vectors,
                            query,
                            similarity,
                            size,
                            row -> row % 3 == 1,
                            10);
                    for (int share : new int[] {2, 200}) {
                        BitSet mask = new BitSet();
                        random.ints(vectors.length / share, 0, vectors.length).forEach(mask::set);
                        mask.clear(size, vectors.length);
                        check(
                                index.search(all.withMask(mask.toLongArray(), mask.cardinality())),
                                vectors,
                                query,
                                similarity,
                                size,
                                mask::get,
                                10);
                    }
                }
            }
        }
    }

    @Test
    void everyPlanIsTaken() {
        Random random = new Random(1);
        try (VectorIndex index = new VectorIndex(64, Similarity.DOT)) {
            for (int row = 0; row < 6_000; row++) {
                index.append(Spread.NORMAL.vector(64, random));
            }
            float[] query = Spread.NORMAL.vector(64, random);
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
                vectors[row] = Spread.NORMAL.vector(64, random);
                index.append(vectors[row]);
            }
            float[] query = Spread.NORMAL.vector(64, random);
            for (int limit : new int[] {4_999, 5_000, 5_001, Integer.MAX_VALUE}) {
                check(
                        index.search(VectorQuery.of(query, 5_000, limit)),
                        vectors,
                        query,
                        Similarity.SQUARED_EUCLID,
                        5_000,
                        row -> true,
                        limit);
            }
        }
    }

    @Test
    void aStopEndsTheSearchWithoutAnAnswer() {
        Random random = new Random(3);
        try (VectorIndex index = new VectorIndex(64, Similarity.DOT)) {
            for (int row = 0; row < 5_000; row++) {
                index.append(Spread.NORMAL.vector(64, random));
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

    private static void check(
            SearchOutcome outcome,
            float[][] vectors,
            float[] query,
            Similarity similarity,
            int size,
            IntPredicate allowed,
            int limit) {
        double[] scores = new double[size];
        for (int row = 0; row < size; row++) {
            scores[row] = PreciseScore.of(similarity, query, vectors[row]);
        }
        Comparator<Integer> byScore = Comparator.comparingDouble(row -> scores[row]);
        int[] expected = IntStream.range(0, size)
                .filter(allowed)
                .boxed()
                .sorted((similarity.largerIsNearer() ? byScore.reversed() : byScore)
                        .thenComparing(Comparator.naturalOrder()))
                .limit(limit)
                .mapToInt(Integer::intValue)
                .toArray();
        assertThat(IntStream.range(0, outcome.size()).map(outcome::row).toArray())
                .as(outcome.plan())
                .isEqualTo(expected);
        for (int rank = 0; rank < expected.length; rank++) {
            assertThat(outcome.score(rank)).isEqualTo(scores[expected[rank]]);
        }
        assertThat(outcome.exact()).isTrue();
    }
}
