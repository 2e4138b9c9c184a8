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
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kernel for sign codes against counting bit by bit, and its estimates against double precision. */
final class SignKernelTest {
    /** Around the words after which the forms that sum in bytes must widen, 30 and 62. */
    private static final int[] DIMENSIONS = {64, 128, 192, 384, 896, 960, 1024, 1920, 1984, 2048, 4096, 65_536};

    private static final int BLOCKS = 3;

    /** Where the first block begins: not on a border of anything but a 32-bit word. */
    private static final long OFFSET = 68;

    static Stream<Arguments> kernels() {
        return Kernels.signs().stream()
                .flatMap(kernel -> IntStream.of(DIMENSIONS).mapToObj(dimension -> Arguments.of(kernel, dimension)));
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void differingBitsAreCountedExactly(SignKernel kernel, int dimension) {
        int words = dimension / 32;
        Random random = new Random(dimension);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(OFFSET + BLOCKS * blockBytes(words));
            assertCounts(kernel, random.ints(4L * words).toArray(), words, memory, random.ints());
            assertCounts(kernel, random.ints(4L * words).toArray(), words, memory, IntStream.generate(() -> 0));
            assertCounts(kernel, random.ints(4L * words).toArray(), words, memory, IntStream.generate(() -> -1));
            assertCounts(kernel, new int[4 * words], words, memory, IntStream.generate(() -> 0));
            assertCounts(kernel, new int[4 * words], words, memory, IntStream.generate(() -> -1));
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void everyBitCountsByItsPlane(SignKernel kernel, int dimension) {
        int words = dimension / 32;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(OFFSET + blockBytes(words));
            for (int row = 0; row < 16; row++) {
                setFactors(memory, words, row, 1f, 0f);
            }
            float[] estimates = new float[16];
            int step = Math.max(1, dimension / 200);
            for (int position = 0; position < dimension; position += step) {
                for (int plane = 0; plane < 4; plane++) {
                    int[] planes = new int[4 * words];
                    planes[plane * words + position / 32] = 1 << position;
                    kernel.estimate(planes, words, 0f, -1f, memory, OFFSET, 1, estimates, 0);
                    assertThat(estimates).containsOnly(1 << plane);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void estimatesAreWithinTheStatedBound(SignKernel kernel, int dimension) {
        int words = dimension / 32;
        Random random = new Random(dimension);
        int[] planes = random.ints(4L * words).toArray();
        float[] magnitudes = {0f, -0f, 1e-30f, 1e-3f, -1f, 17f, 1e15f};
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(OFFSET + BLOCKS * blockBytes(words));
            fill(memory, random.ints());
            for (float magnitude : magnitudes) {
                for (int row = 0; row < 16 * BLOCKS; row++) {
                    float f = (float) random.nextGaussian() * magnitude;
                    float a = (float) random.nextGaussian() * magnitudes[row % magnitudes.length];
                    setFactors(memory, words, row, f, a);
                }
                float k0 = 15f * dimension * 0.013f;
                float k1 = 2 * 0.013f;
                float[] estimates = new float[16 * BLOCKS + 1];
                kernel.estimate(planes, words, k0, k1, memory, OFFSET, BLOCKS, estimates, 1);
                for (int row = 0; row < 16 * BLOCKS; row++) {
                    int s = countOf(planes, words, memory, row);
                    assertEstimate(estimates[1 + row], f(memory, words, row), a(memory, words, row), k0, k1, s, 0f);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void neighboursAreEstimatedFromHalfPrecisionFactors(SignKernel kernel, int dimension) {
        int words = dimension / 32;
        Random random = new Random(dimension);
        int[] planes = random.ints(4L * words).toArray();
        long factors = OFFSET + 2L * words * 64;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(factors + 32 * 4);
            fill(memory, random.ints());
            float k0 = 15f * dimension * 0.5f;
            for (float base : new float[] {0f, -0f, -3.5f, 1e10f}) {
                for (int neighbour = 0; neighbour < 32; neighbour++) {
                    int f = Float.floatToIntBits((float) random.nextGaussian()) >>> 16;
                    int a = Float.floatToIntBits((float) random.nextGaussian() * 1e3f) & 0xffff0000;
                    memory.set(ValueLayout.JAVA_INT, factors + 4L * neighbour, a | f);
                }
                float[] estimates = new float[33];
                estimates[32] = 5;
                kernel.estimateNeighbours(planes, words, k0, 1f, base, memory, OFFSET, factors, estimates);
                for (int neighbour = 0; neighbour < 32; neighbour++) {
                    int packed = memory.get(ValueLayout.JAVA_INT, factors + 4L * neighbour);
                    long block = OFFSET + (long) (neighbour / 16) * words * 64;
                    int s = count(planes, words, memory, block + 4L * (neighbour % 16));
                    float f = Float.intBitsToFloat(packed << 16);
                    float a = Float.intBitsToFloat(packed & 0xffff0000);
                    assertEstimate(estimates[neighbour], f, a, k0, 1f, s, base);
                }
                assertThat(estimates[32]).isEqualTo(5);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void hotCallsAllocateNothing(SignForm form) {
        CompiledCode.assertAllocatesNothing(HotCalls.class, form.name());
    }

    static final class HotCalls implements CompiledCode.HotCalls {
        @Override
        public void make(int bits, String variant) {
            int words = 12;
            int[] planes = new Random(1).ints(4L * words).toArray();
            float[] estimates = new float[16 * BLOCKS];
            try (Arena arena = Arena.ofShared()) {
                MemorySegment memory = arena.allocate(BLOCKS * blockBytes(words));
                Supplier<SignKernel> definition =
                        () -> VectorLoops.define("SignLoops", SignKernel.class, bits, SignForm.valueOf(variant));
                CompiledCode.settle(
                        "estimate",
                        definition,
                        kernel -> kernel.estimate(planes, words, 1f, 1f, memory, 0, BLOCKS, estimates, 0));
                CompiledCode.settle(
                        "estimateNeighbours",
                        definition,
                        kernel -> kernel.estimateNeighbours(planes, words, 1f, 1f, 1f, memory, 0, 64, estimates));
            }
        }
    }

    @Test
    void allKernelsHaveNamesOfTheirOwnAndTheScalarOneIsLast() {
        assertThat(Kernels.signs().stream().map(SignKernel::name)).doesNotHaveDuplicates();
        assertThat(Kernels.signs().getLast().name()).isEqualTo("scalar");
        assertThat(Kernels.signs().stream().map(SignKernel::name))
                .contains(Kernels.sign().name());
    }

    /** With f = 1, a = 0, k0 = 0 and k1 = -1 the estimate is S itself, which float32 holds exactly. */
    private static void assertCounts(
            SignKernel kernel, int[] planes, int words, MemorySegment memory, IntStream codes) {
        fill(memory, codes);
        for (int row = 0; row < 16 * BLOCKS; row++) {
            setFactors(memory, words, row, 1f, 0f);
        }
        for (int blocks = 0; blocks <= BLOCKS; blocks++) {
            float[] estimates = new float[16 * BLOCKS + 4];
            Arrays.fill(estimates, -7f);
            kernel.estimate(planes, words, 0f, -1f, memory, OFFSET, blocks, estimates, 3);
            for (int row = 0; row < 16 * BLOCKS; row++) {
                int expected = row < 16 * blocks ? countOf(planes, words, memory, row) : -7;
                assertThat(estimates[3 + row]).as("row %s", row).isEqualTo(expected);
            }
            assertThat(Arrays.copyOf(estimates, 3)).containsOnly(-7f);
        }
    }

    private static void assertEstimate(float actual, float f, float a, float k0, float k1, int s, float base) {
        double exact = base + (a + (double) f * (k0 - (double) k1 * s));
        double greatest = Math.max(
                Math.max(Math.abs(a), Math.abs(base)), Math.abs(f) * Math.max(Math.abs(k0), Math.abs((double) k1 * s)));
        assertThat(Math.abs(actual - exact))
                .as("actual=%s exact=%s", actual, exact)
                .isLessThanOrEqualTo(greatest * 0x1p-20 + 4 * Float.MIN_VALUE);
    }

    private static int countOf(int[] planes, int words, MemorySegment memory, int row) {
        return count(planes, words, memory, OFFSET + (row / 16) * blockBytes(words) + 4L * (row % 16));
    }

    private static int count(int[] planes, int words, MemorySegment memory, long column) {
        int sum = 0;
        for (int word = 0; word < words; word++) {
            int code = memory.get(ValueLayout.JAVA_INT, column + 64L * word);
            for (int plane = 0; plane < 4; plane++) {
                sum += Integer.bitCount(code ^ planes[plane * words + word]) * (1 << plane);
            }
        }
        return sum;
    }

    private static long blockBytes(int words) {
        return 64L * (words + 2);
    }

    private static void fill(MemorySegment memory, IntStream codes) {
        int[] values = codes.limit(memory.byteSize() / 4).toArray();
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_INT, 0, values.length);
    }

    private static void setFactors(MemorySegment memory, int words, int row, float f, float a) {
        memory.set(ValueLayout.JAVA_FLOAT, factor(words, row), f);
        memory.set(ValueLayout.JAVA_FLOAT, factor(words, row) + 64, a);
    }

    private static float f(MemorySegment memory, int words, int row) {
        return memory.get(ValueLayout.JAVA_FLOAT, factor(words, row));
    }

    private static float a(MemorySegment memory, int words, int row) {
        return memory.get(ValueLayout.JAVA_FLOAT, factor(words, row) + 64);
    }

    private static long factor(int words, int row) {
        return OFFSET + (row / 16) * blockBytes(words) + 64L * words + 4L * (row % 16);
    }
}
