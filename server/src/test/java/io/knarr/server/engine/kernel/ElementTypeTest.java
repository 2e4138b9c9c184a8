package io.knarr.server.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows of small components: what a block keeps, and every kernel against sums in double precision over it. */
final class ElementTypeTest {
    private static final int[] DIMENSIONS = {
        1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 384, 1025, 65_536
    };
    private static final int ROWS = 9;

    static Stream<Arguments> kernels() {
        return Stream.of(ElementType.FLOAT16, ElementType.INT8)
                .flatMap(type -> DistanceKernels.supported(type).stream().flatMap(kernel -> IntStream.of(DIMENSIONS)
                        .mapToObj(dimension -> Arguments.of(type, kernel, dimension))));
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void scoresWhatDoublePrecisionScores(ElementType type, DistanceKernel kernel, int dimension) {
        Random random = new Random(dimension);
        float[] extremes = type == ElementType.INT8
                ? new float[] {-128, 127, 0, 1, -1}
                : new float[] {65_504, -65_504, 0x1p-24f, -0x1p-24f, 0x1p-14f, 0f, -0f, 1 + 0x1p-10f};
        float[][] stored = new float[ROWS][dimension];
        for (int row = 0; row < ROWS; row++) {
            for (int i = 0; i < dimension; i++) {
                float any = type == ElementType.INT8 ? random.nextInt(256) - 128 : (float) random.nextGaussian();
                stored[row][i] = row < 5 ? any : extremes[random.nextInt(extremes.length)];
            }
            type.round(stored[row]);
        }
        float[] query = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            query[i] = (float) random.nextGaussian();
        }
        try (Arena arena = Arena.ofConfined()) {
            VectorBlock block = VectorBlock.allocate(arena, type, dimension, ROWS);
            for (int row = 0; row < ROWS; row++) {
                block.write(row, stored[row]);
            }
            check(kernel, query, block, stored);
        }
    }

    @Test
    void everyFiniteFloat16ComesOutOfEveryKernelAsItIs() {
        float[] all = new float[1 << 16];
        int count = 0;
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = Float.float16ToFloat((short) bits);
            if (Float.isFinite(value)) {
                all[count++] = value;
            }
        }
        everyValueComesOutAsItIs(ElementType.FLOAT16, Arrays.copyOf(all, count));
    }

    @Test
    void everyInt8ComesOutOfEveryKernelAsItIs() {
        float[] all = new float[256];
        for (int i = 0; i < 256; i++) {
            all[i] = i - 128;
        }
        everyValueComesOutAsItIs(ElementType.INT8, all);
    }

    private static void everyValueComesOutAsItIs(ElementType type, float[] values) {
        int dimension = 33;
        int[] rows = IntStream.range(0, values.length).toArray();
        float[] scores = new float[values.length];
        float[] row = new float[dimension];
        try (Arena arena = Arena.ofConfined()) {
            VectorBlock block = VectorBlock.allocate(arena, type, dimension, values.length);
            for (int i = 0; i < values.length; i++) {
                Arrays.fill(row, 0f);
                row[i % dimension] = values[i];
                block.write(i, row);
                block.read(i, row);
                assertThat(row[i % dimension]).isEqualTo(values[i]);
            }
            float[] ones = new float[dimension];
            Arrays.fill(ones, 1f);
            for (DistanceKernel kernel : DistanceKernels.supported(type)) {
                kernel.dot(ones, block, rows, rows.length, scores);
                for (int i = 0; i < values.length; i++) {
                    assertThat(scores[i] == values[i])
                            .as("%s %s", kernel.name(), values[i])
                            .isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBlockTakesAsManyBytesAsItsComponents(ElementType type) {
        try (Arena arena = Arena.ofConfined()) {
            VectorBlock block = VectorBlock.allocate(arena, type, 7, 3);
            assertThat(block.byteSize()).isEqualTo(21L * type.bytes());
            assertThat(block.bytes(2).byteSize()).isEqualTo(14L * type.bytes());
            assertThat(block.type()).isEqualTo(type);
            block.write(2, new float[] {1, 2, 3, 4, 5, 6, 7});
            float[] read = new float[7];
            block.read(2, read);
            assertThat(read).containsExactly(1, 2, 3, 4, 5, 6, 7);
            block.read(1, read);
            assertThat(read).containsOnly(0);
        }
    }

    @Test
    void valuesAreRoundedToTheNearestOfTheType() {
        float[] halves = {1 + 0x1p-11f, 1 + 0x1.8p-10f, 65_519f, 0x1p-25f, -1e-30f};
        ElementType.FLOAT16.round(halves);
        assertThat(halves).containsExactly(1f, 1 + 0x1p-9f, 65_504f, 0f, -0f);
        float[] bytes = {0.5f, 1.5f, -128.5f, 127.49f, -0.2f};
        ElementType.INT8.round(bytes);
        assertThat(bytes).containsExactly(0f, 2f, -128f, 127f, 0f);
        float[] floats = {0.1f};
        ElementType.FLOAT32.round(floats);
        assertThat(floats).containsExactly(0.1f);
    }

    @Test
    void valuesBeyondTheTypeAreRefused() {
        assertRefused(ElementType.FLOAT16, 65_520f);
        assertRefused(ElementType.FLOAT16, Float.NaN);
        assertRefused(ElementType.INT8, 127.5f);
        assertRefused(ElementType.INT8, -129f);
        assertRefused(ElementType.INT8, Float.NaN);
        assertRefused(ElementType.FLOAT32, Float.POSITIVE_INFINITY);
    }

    @Test
    void aBlockRefusesValuesThatItWouldHaveToRound() {
        try (Arena arena = Arena.ofConfined()) {
            for (ElementType type : new ElementType[] {ElementType.FLOAT16, ElementType.INT8}) {
                VectorBlock block = VectorBlock.allocate(arena, type, 2, 1);
                assertThatThrownBy(() -> block.write(0, new float[] {1f, 0.1f}))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("type=" + type + " value=0.1");
                float[] read = new float[2];
                block.read(0, read);
                assertThat(read).containsOnly(0f);
            }
        }
    }

    @Test
    void aKernelRefusesRowsOfAnotherType() {
        try (Arena arena = Arena.ofConfined()) {
            VectorBlock block = VectorBlock.allocate(arena, ElementType.FLOAT16, 4, 1);
            for (DistanceKernel kernel : DistanceKernels.supported()) {
                if (kernel != DistanceKernels.definition()) {
                    assertThatThrownBy(() -> kernel.dot(new float[4], block, new int[1], 1, new float[1]))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("type=FLOAT16 kernel=FLOAT32");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void hotCallsAllocateNothing(ElementType type) {
        CompiledCode.assertAllocatesNothing(HotCalls.class, type.name());
    }

    static final class HotCalls implements CompiledCode.HotCalls {
        @Override
        public void make(int bits, String variant) {
            ElementType type = ElementType.valueOf(variant);
            int[] rows = IntStream.range(0, ROWS).toArray();
            float[] query = new float[384];
            float[] scores = new float[ROWS];
            try (Arena arena = Arena.ofShared()) {
                VectorBlock block = VectorBlock.allocate(arena, type, 384, ROWS);
                CompiledCode.<DistanceKernel>settle(
                        variant,
                        () -> VectorLoops.define("SimdLoops", DistanceKernel.class, bits, type),
                        kernel -> kernel.dot(query, block, rows, ROWS, scores));
            }
        }
    }

    private static void assertRefused(ElementType type, float value) {
        assertThatThrownBy(() -> type.round(new float[] {value}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("type=" + type);
    }

    private static void check(DistanceKernel kernel, float[] query, VectorBlock block, float[][] stored) {
        int[] rows = IntStream.range(0, ROWS).toArray();
        float[] dots = new float[ROWS];
        float[] squares = new float[ROWS];
        float[] manhattans = new float[ROWS];
        kernel.dot(query, block, rows, ROWS, dots);
        kernel.squaredDistance(query, block, rows, ROWS, squares);
        kernel.manhattanDistance(query, block, rows, ROWS, manhattans);
        for (int row = 0; row < ROWS; row++) {
            double dot = 0;
            double terms = 0;
            double square = 0;
            double manhattan = 0;
            for (int i = 0; i < query.length; i++) {
                double product = (double) query[i] * stored[row][i];
                double difference = (double) query[i] - stored[row][i];
                dot += product;
                terms += Math.abs(product);
                square += difference * difference;
                manhattan += Math.abs(difference);
            }
            assertScore(dots[row], dot, terms, query.length);
            assertScore(squares[row], square, square, query.length);
            assertScore(manhattans[row], manhattan, manhattan, query.length);
        }
    }

    private static void assertScore(float actual, double exact, double terms, int dimension) {
        assertThat(Math.abs(actual - exact))
                .as("actual=%s exact=%s", actual, exact)
                .isLessThanOrEqualTo((dimension + 4) * (terms * 0x1p-24 + Float.MIN_VALUE));
    }
}
