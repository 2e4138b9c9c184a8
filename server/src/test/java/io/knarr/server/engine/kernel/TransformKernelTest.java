package io.knarr.server.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every transform kernel against the scalar one where they must be equal, and against double precision where they round. */
final class TransformKernelTest {
    private static final int[] DIMENSIONS = {64, 128, 192, 256, 320, 384, 448, 512, 768, 1024, 1088, 1536, 4096, 65_536
    };
    private static final float[] MAGNITUDES = {1f, 0f, -0f, 1e-38f, 1e-3f, 1e15f};
    private static final TransformKernel DEFINITION = Kernels.transforms().getLast();

    static Stream<TransformKernel> all() {
        return Kernels.transforms().stream();
    }

    static Stream<Arguments> kernels() {
        return all().flatMap(kernel -> IntStream.of(DIMENSIONS).mapToObj(dimension -> Arguments.of(kernel, dimension)));
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void flippingMultipliesBySigns(TransformKernel kernel, int dimension) {
        Random random = new Random(dimension);
        float[] values = vector(dimension, random, 1f);
        values[0] = -0f;
        values[dimension - 1] = Float.MAX_VALUE;
        float[] signs = new float[dimension + 64];
        float[] expected = new float[dimension];
        for (int i = 0; i < signs.length; i++) {
            signs[i] = random.nextBoolean() ? 1f : -1f;
        }
        for (int i = 0; i < dimension; i++) {
            expected[i] = values[i] * signs[64 + i];
        }
        kernel.flip(values, signs, 64);
        assertThat(values).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("all")
    void theHadamardTransformIsWithinTheStatedBound(TransformKernel kernel) {
        for (int size = 64; size <= 65_536; size *= 2) {
            Random random = new Random(size);
            for (float magnitude : MAGNITUDES) {
                assertHadamard(kernel, vector(size, random, magnitude));
            }
            float[] constant = new float[size];
            Arrays.fill(constant, 0.3f);
            assertHadamard(kernel, constant);
            float[] single = new float[size];
            single[size - 1] = -7;
            assertHadamard(kernel, single);
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void measuresAreThoseOfDoublePrecision(TransformKernel kernel, int dimension) {
        Random random = new Random(dimension);
        for (float magnitude : MAGNITUDES) {
            float[] values = vector(dimension, random, magnitude);
            float[] other = vector(dimension, random, 1f);
            values[1] = 0f;
            values[2] = -0f;
            float[] measures = new float[TransformKernel.MEASURES];
            kernel.measure(values, other, measures);
            double squares = 0;
            double magnitudes = 0;
            double greatest = 0;
            double product = 0;
            double productTerms = 0;
            double signed = 0;
            double signedTerms = 0;
            for (int i = 0; i < dimension; i++) {
                squares += (double) values[i] * values[i];
                magnitudes += Math.abs(values[i]);
                greatest = Math.max(greatest, Math.abs(values[i]));
                product += (double) values[i] * other[i];
                productTerms += Math.abs((double) values[i] * other[i]);
                signed += values[i] < 0 ? -other[i] : other[i];
                signedTerms += Math.abs(other[i]);
            }
            assertSum(measures[TransformKernel.SQUARES], squares, squares, dimension);
            assertSum(measures[TransformKernel.MAGNITUDES], magnitudes, magnitudes, dimension);
            assertThat((double) measures[TransformKernel.GREATEST]).isEqualTo(greatest);
            assertSum(measures[TransformKernel.PRODUCT], product, productTerms, dimension);
            assertSum(measures[TransformKernel.SIGNED], signed, signedTerms, dimension);
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void signsAreOnesWhereNotNegative(TransformKernel kernel, int dimension) {
        float[] values = vector(dimension, new Random(dimension), 1f);
        float[] special = {0f, -0f, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MAX_VALUE, -Float.MAX_VALUE};
        System.arraycopy(special, 0, values, 31, special.length);
        int[] words = new int[dimension / 32 + 1];
        Arrays.fill(words, 0x5a5a5a5a);
        kernel.signs(values, words);
        for (int i = 0; i < dimension; i++) {
            assertThat((words[i / 32] >>> i) & 1).as("bit %s", i).isEqualTo(values[i] < 0 ? 0 : 1);
        }
        assertThat(words[dimension / 32]).isEqualTo(0x5a5a5a5a);
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void codesAreTheNearestLevels(TransformKernel kernel, int dimension) {
        float[] values = vector(dimension, new Random(dimension), 1f);
        float[] special = {0f, -0f, Float.MIN_VALUE, 1e38f, -1e38f, 3.15625f, -3.15f, 3.15f, 0.025f, -0.025f};
        System.arraycopy(special, 0, values, 11, special.length);
        for (float inverse : new float[] {20f, 1f, 1e-30f, 1e30f, 0f}) {
            int[] codes = new int[dimension];
            int sum = kernel.quantise(values, inverse, codes);
            assertThat(sum).isEqualTo(IntStream.of(codes).sum());
            for (int i = 0; i < dimension; i++) {
                double level = Math.clamp((double) values[i] * inverse, -63, 63);
                assertThat(codes[i]).isBetween(1, 127);
                // Half a step, and the rounding of a sum below 128.
                assertThat(Math.abs(codes[i] - 64 - level)).isLessThanOrEqualTo(0.5 + 0x1p-17);
            }
            int[] defined = new int[dimension];
            assertThat(DEFINITION.quantise(values, inverse, defined)).isEqualTo(sum);
            assertThat(codes).isEqualTo(defined);
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void theErrorOfCodesIsThatOfDoublePrecision(TransformKernel kernel, int dimension) {
        for (float magnitude : new float[] {1f, 0f, 1e-3f, 1e15f}) {
            float[] values = vector(dimension, new Random(dimension), magnitude);
            float scale = magnitude / 20;
            int[] codes = new int[dimension];
            var _ = kernel.quantise(values, magnitude == 0 ? 0 : 1 / scale, codes);
            double exact = 0;
            double slack = 0;
            for (int i = 0; i < dimension; i++) {
                double error = values[i] - (double) scale * (codes[i] - 64);
                exact += error * error;
                slack += Math.abs(error) * Math.abs(values[i]);
            }
            float actual = kernel.squaredError(values, codes, scale);
            // The sum's own bound, and the rounding of each difference.
            assertThat(Math.abs(actual - exact))
                    .isLessThanOrEqualTo((dimension + 4) * exact * 0x1p-24 + slack * 0x1p-22);
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void planesHoldTheFourBitsOfTheLevels(TransformKernel kernel, int dimension) {
        float[] values = vector(dimension, new Random(dimension), 1f);
        float[] special = {0f, -0f, Float.MIN_VALUE, 1e38f, -1e38f, -2.6666667f, 2.6666667f, 2.3333333f};
        int words = dimension / 32;
        for (float inverse : new float[] {3f, 1e-30f, 1e3f}) {
            System.arraycopy(special, 0, values, 29, inverse < 1e3f ? special.length : 0);
            int[] planes = new int[4 * words];
            Arrays.fill(planes, 0x5a5a5a5a);
            float actual = kernel.planes(values, inverse, planes, words);
            double exact = 0;
            for (int i = 0; i < dimension; i++) {
                int level = 0;
                for (int plane = 0; plane < 4; plane++) {
                    level |= ((planes[plane * words + i / 32] >>> i) & 1) << plane;
                }
                assertThat(level).isEqualTo((int) Math.clamp(values[i] * inverse + 8, 0f, 15f));
                double error = values[i] - (2 * level - 15) / (2.0 * inverse);
                exact += error * error;
            }
            if (exact < Float.MAX_VALUE / dimension) {
                assertThat(Math.abs(actual - exact)).isLessThanOrEqualTo((dimension + 4) * exact * 0x1p-22);
            } else {
                assertThat(actual).isGreaterThan(0.9f * Float.MAX_VALUE / dimension);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void selectionTakesWhatReachesTheThreshold(TransformKernel kernel) {
        float[] estimates = new float[200];
        Random random = new Random(4);
        for (int i = 0; i < estimates.length; i++) {
            estimates[i] = random.nextInt(4);
        }
        float[] special = {
            Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, Math.nextDown(2f), 2f, Math.nextUp(2f), -0f, 0f
        };
        System.arraycopy(special, 0, estimates, 40, special.length);
        System.arraycopy(special, 0, estimates, 190, special.length);
        float[] thresholds = {0f, -0f, 2f, 9f, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, Float.NaN};
        for (float threshold : thresholds) {
            for (int from = 0; from < 20; from++) {
                for (int to = from; to <= estimates.length; to += to < 60 ? 1 : 7) {
                    int[] expected = IntStream.range(from, to)
                            .filter(i -> estimates[i] >= threshold)
                            .toArray();
                    int[] selected = new int[to - from];
                    int count = kernel.select(estimates, from, to, threshold, selected);
                    assertThat(Arrays.copyOf(selected, count)).isEqualTo(expected);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void aBitIsSetForWhatReachesTheThreshold(TransformKernel kernel) {
        Random random = new Random(6);
        float[] estimates = new float[70];
        for (int i = 0; i < estimates.length; i++) {
            estimates[i] = random.nextInt(3);
        }
        estimates[3] = Float.NaN;
        estimates[15] = Float.POSITIVE_INFINITY;
        estimates[16] = Float.NEGATIVE_INFINITY;
        estimates[31] = 2;
        estimates[63] = 2;
        for (float threshold : new float[] {-Float.MAX_VALUE, 0f, -0f, 1f, 2f, Math.nextUp(2f), Float.NaN}) {
            for (int count = 0; count <= 64; count += 16) {
                long expected = 0;
                for (int i = 0; i < count; i++) {
                    expected |= estimates[i] >= threshold ? 1L << i : 0;
                }
                assertThat(kernel.reaching(estimates, count, threshold)).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void selectionWithinSpreadsTakesWhatMayReachTheThreshold(TransformKernel kernel) {
        int size = 150;
        float[] estimates = new float[size];
        float[] spread = new float[size];
        Random random = new Random(4);
        for (int i = 0; i < size; i++) {
            estimates[i] = random.nextFloat();
            spread[i] = random.nextFloat() / 10;
        }
        float[] specialEstimates = {
            Float.NaN, 1f, -3f, Float.NEGATIVE_INFINITY, 0.5f, 0.5f, Float.POSITIVE_INFINITY, Float.NaN, -1e38f
        };
        float[] specialSpreads = {
            0f, Float.NaN, Float.POSITIVE_INFINITY, 0f, 0f, 1e38f, 0f, Float.POSITIVE_INFINITY, Float.POSITIVE_INFINITY
        };
        for (int at : new int[] {20, 141}) {
            System.arraycopy(specialEstimates, 0, estimates, at, specialEstimates.length);
            System.arraycopy(specialSpreads, 0, spread, at, specialSpreads.length);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment spreads = arena.allocate(4L * size + 4);
            float[] thresholds = {
                0f, 0.5f, 2f, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, Float.POSITIVE_INFINITY, Float.NaN
            };
            for (float threshold : thresholds) {
                for (int from : new int[] {0, 1, 15, 16, 17, 21}) {
                    MemorySegment.copy(spread, from, spreads, ValueLayout.JAVA_FLOAT, 4, size - from);
                    for (int to = from; to <= size; to++) {
                        int[] expected = IntStream.range(from, to)
                                .filter(i -> Math.fma(4f, spread[i], estimates[i]) >= threshold)
                                .toArray();
                        int[] selected = new int[5 + to - from];
                        Arrays.fill(selected, -1);
                        int count = kernel.selectWithin(estimates, from, to, spreads, 4, 4f, threshold, selected, 5);
                        assertThat(Arrays.copyOfRange(selected, 5, 5 + count)).isEqualTo(expected);
                        assertThat(Arrays.copyOf(selected, 5)).containsOnly(-1);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void anInfiniteSpreadSelectsEveryFiniteEstimateAndNotANumberNothing(TransformKernel kernel) {
        int size = 37;
        float[] estimates = new float[size];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment spreads = arena.allocate(4L * size);
            for (int i = 0; i < size; i++) {
                estimates[i] = i % 2 == 0 ? -Float.MAX_VALUE : Float.NaN;
                spreads.setAtIndex(ValueLayout.JAVA_FLOAT, i, Float.POSITIVE_INFINITY);
            }
            int[] selected = new int[size];
            int count = kernel.selectWithin(estimates, 0, size, spreads, 0, 5f, Float.MAX_VALUE, selected, 0);
            assertThat(Arrays.copyOf(selected, count))
                    .isEqualTo(IntStream.range(0, size).filter(i -> i % 2 == 0).toArray());
        }
    }

    @Test
    void hotCallsAllocateNothing() {
        CompiledCode.assertAllocatesNothing(HotCalls.class);
    }

    static final class HotCalls implements CompiledCode.HotCalls {
        @Override
        public void make(int bits, String variant) {
            float[] values = vector(384, new Random(1), 1f);
            float[] signs = new float[384];
            Arrays.fill(signs, -1f);
            float[] measures = new float[TransformKernel.MEASURES];
            int[] words = new int[48];
            int[] codes = new int[384];
            Supplier<TransformKernel> definition =
                    () -> VectorLoops.define("TransformLoops", TransformKernel.class, bits);
            CompiledCode.settle("flip", definition, kernel -> kernel.flip(values, signs, 0));
            CompiledCode.settle("hadamard", definition, kernel -> kernel.hadamard(values, 128, 256));
            CompiledCode.settle("measure", definition, kernel -> kernel.measure(values, signs, measures));
            CompiledCode.settle("signs", definition, kernel -> kernel.signs(values, words));
            CompiledCode.settle("quantise", definition, kernel -> codes[0] = kernel.quantise(values, 20f, codes));
            CompiledCode.settle(
                    "squaredError", definition, kernel -> measures[0] = kernel.squaredError(values, codes, 0.05f));
            CompiledCode.settle("planes", definition, kernel -> measures[0] = kernel.planes(values, 3f, words, 12));
            CompiledCode.settle("reaching", definition, kernel -> codes[0] = (int) kernel.reaching(values, 32, 0.5f));
            CompiledCode.settle("select", definition, kernel -> codes[0] = kernel.select(values, 3, 380, 0.5f, codes));
            try (Arena arena = Arena.ofShared()) {
                MemorySegment spreads = arena.allocate(4 * 384);
                CompiledCode.settle(
                        "selectWithin",
                        definition,
                        kernel -> codes[0] = kernel.selectWithin(values, 3, 380, spreads, 0, 4f, 0.5f, codes, 1));
            }
        }
    }

    @Test
    void allKernelsHaveNamesOfTheirOwnAndTheScalarOneIsLast() {
        assertThat(all().map(TransformKernel::name)).doesNotHaveDuplicates();
        assertThat(DEFINITION.name()).isEqualTo("scalar");
        assertThat(all().map(TransformKernel::name))
                .contains(Kernels.transform().name());
    }

    private static void assertHadamard(TransformKernel kernel, float[] values) {
        int size = values.length;
        double[] exact = new double[size];
        double squares = 0;
        for (int i = 0; i < size; i++) {
            exact[i] = values[i];
            squares += exact[i] * exact[i];
        }
        for (int half = 1; half < size; half *= 2) {
            for (int i = 0; i < size; i++) {
                if ((i & half) == 0) {
                    double sum = exact[i] + exact[i + half];
                    exact[i + half] = exact[i] - exact[i + half];
                    exact[i] = sum;
                }
            }
        }
        float[] padded = new float[size + 128];
        Arrays.fill(padded, 3f);
        System.arraycopy(values, 0, padded, 64, size);
        kernel.hadamard(padded, 64, size);
        double apart = 0;
        for (int i = 0; i < size; i++) {
            double error = padded[64 + i] - exact[i] / Math.sqrt(size);
            apart += error * error;
        }
        int stages = Integer.numberOfTrailingZeros(size);
        assertThat(Math.sqrt(apart))
                .as("size %s", size)
                .isLessThanOrEqualTo((stages + 2) * 0x1p-24 * Math.sqrt(squares) + size * (double) Float.MIN_VALUE);
        assertThat(Arrays.copyOf(padded, 64)).containsOnly(3f);
        assertThat(Arrays.copyOfRange(padded, 64 + size, padded.length)).containsOnly(3f);
    }

    private static void assertSum(float actual, double exact, double terms, int dimension) {
        assertThat(Math.abs(actual - exact))
                .as("actual=%s exact=%s", actual, exact)
                .isLessThanOrEqualTo((dimension / 4 + 4) * terms * 0x1p-24 + (dimension + 4) * Float.MIN_VALUE);
    }

    private static float[] vector(int dimension, Random random, float magnitude) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = (float) random.nextGaussian() * magnitude;
        }
        return vector;
    }
}
