package io.knarr.server.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kernel against sums in double precision, on both sides of every lane width; that makes them agree with each other as well. */
final class DistanceKernelTest {
    private static final int[] DIMENSIONS = {
        1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 384, 1025, 1536, 65_536
    };

    /** Every count of rows around the groups of four. */
    private static final int[] COUNTS = {0, 1, 3, 4, 5, 7, 8, 9};

    static Stream<Arguments> kernels() {
        return DistanceKernels.supported().stream()
                .flatMap(kernel -> IntStream.of(DIMENSIONS).mapToObj(dimension -> Arguments.of(kernel, dimension)));
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void scoresWhatDoublePrecisionScores(DistanceKernel kernel, int dimension) {
        Random random = new Random(dimension);
        for (float magnitude : new float[] {1f, 1e-3f, 1e15f}) {
            float[] query = vector(dimension, random, magnitude);
            check(
                    kernel,
                    query,
                    IntStream.range(0, 9)
                            .mapToObj(row -> vector(dimension, random, magnitude))
                            .toArray(float[][]::new));
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void extremeValuesScoreWithinTheSameBounds(DistanceKernel kernel, int dimension) {
        float[] extremes = {0f, -0f, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MIN_NORMAL, 1e-40f, -1e-40f, 1e16f, -1e16f
        };
        for (float inQuery : extremes) {
            float[][] stored = new float[extremes.length][];
            for (int row = 0; row < stored.length; row++) {
                stored[row] = alternating(dimension, extremes[row], -extremes[extremes.length - 1 - row]);
            }
            check(kernel, alternating(dimension, inQuery, 1f), stored);
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void everyElementCounts(DistanceKernel kernel, int dimension) {
        try (Arena arena = Arena.ofConfined()) {
            VectorBlock block = VectorBlock.allocate(arena, dimension, 5);
            int step = Math.max(1, dimension / 97);
            for (int position = 0; position < dimension; position += position < 70 ? 1 : step) {
                float[] query = new float[dimension];
                query[position] = 3;
                int[] rows = {0, 1, 2, 3, 4};
                float[] scores = new float[5];
                kernel.manhattanDistance(query, block, rows, 5, scores);
                assertThat(scores).containsOnly(3);
                kernel.squaredDistance(query, block, rows, 5, scores);
                assertThat(scores).containsOnly(9);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void overflowIsAnInfinityOrNotANumberAndNeverAWrongNumber(DistanceKernel kernel, int dimension) {
        try (Arena arena = Arena.ofConfined()) {
            VectorBlock block = VectorBlock.allocate(arena, dimension, 5);
            int[] rows = {0, 1, 2, 3, 4};
            for (int row : rows) {
                block.write(row, alternating(dimension, -3e38f, 3e38f));
            }
            float[] query = alternating(dimension, 3e38f, 3e38f);
            float[] scores = new float[5];
            kernel.squaredDistance(query, block, rows, 5, scores);
            assertThat(scores).containsOnly(Float.POSITIVE_INFINITY);
            kernel.manhattanDistance(query, block, rows, 5, scores);
            assertThat(scores).containsOnly(Float.POSITIVE_INFINITY);
            kernel.dot(query, block, rows, 5, scores);
            double exact = dimension % 2 == 0 ? 0 : Double.NEGATIVE_INFINITY;
            for (float score : scores) {
                assertThat(!Float.isFinite(score) || score == exact).isTrue();
            }
        }
    }

    @Test
    void theDefinitionIsRoundedOnce() {
        Random random = new Random(11);
        for (int dimension : DIMENSIONS) {
            float[] query = vector(dimension, random, 1f);
            float[] stored = vector(dimension, random, 1f);
            try (Arena arena = Arena.ofConfined()) {
                VectorBlock block = VectorBlock.allocate(arena, dimension, 1);
                block.write(0, stored);
                float[] score = new float[1];
                DistanceKernels.definition().dot(query, block, new int[1], 1, score);
                double exact = 0;
                double terms = 0;
                for (int i = 0; i < dimension; i++) {
                    exact += (double) query[i] * stored[i];
                    terms += Math.abs((double) query[i] * stored[i]);
                }
                assertThat((double) score[0]).isCloseTo(exact, within(Math.ulp((float) exact) + terms * 1e-12));
            }
        }
    }

    @Test
    void rowsAreScoredInTheOrderAskedAndRepeated() {
        try (Arena arena = Arena.ofConfined()) {
            VectorBlock block = VectorBlock.allocate(arena, 3, 4);
            for (int row = 0; row < 4; row++) {
                block.write(row, new float[] {row, 0, 0});
            }
            for (DistanceKernel kernel : DistanceKernels.supported()) {
                float[] scores = {-1, -1, -1, -1, -1, -1, -1};
                kernel.dot(new float[] {1, 1, 1}, block, new int[] {3, 0, 0, 2, 1, 3, 9}, 6, scores);
                assertThat(scores).containsExactly(3, 0, 0, 2, 1, 3, -1);
            }
        }
    }

    @Test
    void rowsOutsideTheBlockAreRefusedWhateverTheFlags() {
        try (Arena arena = Arena.ofConfined()) {
            VectorBlock block = VectorBlock.allocate(arena, 16, 4);
            for (DistanceKernel kernel : DistanceKernels.supported()) {
                for (int[] rows : new int[][] {{4}, {-1}, {0, 1, 2, 4}}) {
                    assertThatThrownBy(() -> kernel.dot(new float[16], block, rows, rows.length, new float[4]))
                            .isInstanceOf(IndexOutOfBoundsException.class);
                }
                assertThatThrownBy(() -> kernel.dot(new float[17], block, new int[1], 1, new float[1]))
                        .isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    @Test
    void theSelectionIsTheWidestAndNamed() {
        assertThat(DistanceKernels.description())
                .isEqualTo(DistanceKernels.selected().name());
        assertThat(DistanceKernels.supported().getFirst()).isSameAs(DistanceKernels.selected());
        assertThat(DistanceKernels.supported().getLast().name()).isEqualTo("scalar");
        assertThat(DistanceKernels.supported().stream().map(DistanceKernel::name))
                .doesNotHaveDuplicates();
    }

    private static void check(DistanceKernel kernel, float[] query, float[][] stored) {
        int dimension = query.length;
        try (Arena arena = Arena.ofConfined()) {
            VectorBlock block = VectorBlock.allocate(arena, dimension, stored.length);
            for (int row = 0; row < stored.length; row++) {
                block.write(row, stored[row]);
            }
            int[] rows = IntStream.range(0, stored.length).toArray();
            for (int count : COUNTS) {
                float[] dots = new float[stored.length];
                float[] squares = new float[stored.length];
                float[] manhattans = new float[stored.length];
                kernel.dot(query, block, rows, count, dots);
                kernel.squaredDistance(query, block, rows, count, squares);
                kernel.manhattanDistance(query, block, rows, count, manhattans);
                for (int row = 0; row < count; row++) {
                    double dot = 0;
                    double dotTerms = 0;
                    double square = 0;
                    double manhattan = 0;
                    for (int i = 0; i < dimension; i++) {
                        double product = (double) query[i] * stored[row][i];
                        double difference = (double) query[i] - stored[row][i];
                        dot += product;
                        dotTerms += Math.abs(product);
                        square += difference * difference;
                        manhattan += Math.abs(difference);
                    }
                    assertScore(dots[row], dot, dotTerms, dimension);
                    assertScore(squares[row], square, square, dimension);
                    assertScore(manhattans[row], manhattan, manhattan, dimension);
                }
            }
        }
    }

    private static void assertScore(float actual, double exact, double terms, int dimension) {
        // The bound of DistanceKernel, and what is lost of each term below the smallest normal float.
        double tolerance = (dimension + 4) * (terms * 0x1p-24 + Float.MIN_VALUE);
        assertThat(Math.abs(actual - exact))
                .as("actual=%s exact=%s", actual, exact)
                .isLessThanOrEqualTo(tolerance);
    }

    private static float[] vector(int dimension, Random random, float magnitude) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = (float) random.nextGaussian() * magnitude;
        }
        return vector;
    }

    private static float[] alternating(int dimension, float even, float odd) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = i % 2 == 0 ? even : odd;
        }
        return vector;
    }
}
