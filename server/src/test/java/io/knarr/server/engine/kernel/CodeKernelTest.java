package io.knarr.server.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kernel for 7-bit codes against multiplying one by one: whole numbers, so all must be equal. */
final class CodeKernelTest {
    private static final int[] DIMENSIONS = {
        64, 128, 192, 256, 320, 384, 448, 512, 576, 768, 1024, 1088, 1536, 4096, 8128, 8192, 65_472, 65_536
    };

    private static final int ROWS = 9;
    private static final long START = 12;

    static Stream<Arguments> kernels() {
        return Kernels.codes().stream()
                .flatMap(kernel -> IntStream.of(DIMENSIONS).mapToObj(dimension -> Arguments.of(kernel, dimension)));
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void innerProductsAreExact(CodeKernel kernel, int dimension) {
        Random random = new Random(dimension);
        IntUnaryOperator any = i -> random.nextInt(128);
        IntUnaryOperator extreme = i -> random.nextBoolean() ? 127 : 0;
        check(kernel, codes(dimension, any), any);
        check(kernel, codes(dimension, extreme), extreme);
        check(kernel, codes(dimension, i -> 127), i -> 127);
        check(kernel, codes(dimension, i -> 127), i -> 0);
        check(kernel, codes(dimension, i -> 0), i -> 127);
        check(kernel, codes(dimension, i -> i % 2 * 127), i -> 127);
        check(kernel, codes(dimension, i -> (i + 1) % 2 * 127), i -> 127);
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void everyPositionCountsOnce(CodeKernel kernel, int dimension) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(5L * dimension);
            memory.fill((byte) 1);
            int[] even = new int[dimension / 4];
            int[] odd = new int[dimension / 4];
            int[] dots = new int[5];
            int step = Math.max(1, dimension / 1000);
            for (int position = 0; position < dimension; position += step) {
                int[] query = new int[dimension];
                query[position] = 101;
                CodeKernel.pairs(query, even, odd);
                kernel.dotsOfRun(even, odd, memory, 0, dimension, 0, 5, dots);
                assertThat(dots).containsOnly(101);
            }
        }
    }

    @Test
    void rowsAreScoredInTheOrderAskedAndRepeated() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(4 * 64);
            for (int row = 0; row < 4; row++) {
                memory.asSlice(row * 64L, 64).fill((byte) row);
            }
            int[] even = new int[16];
            int[] odd = new int[16];
            CodeKernel.pairs(codes(64, i -> 1), even, odd);
            for (CodeKernel kernel : Kernels.codes()) {
                int[] dots = {-1, -1, -1, -1, -1, -1, -1};
                kernel.dots(even, odd, memory, 0, 64, new int[] {9, 3, 0, 0, 2, 1, 3, 9}, 1, 6, dots);
                assertThat(dots).containsExactly(192, 0, 0, 128, 64, 192, -1);
            }
        }
    }

    @Test
    void offsetsBeyondTwoGibibytesAreNotCutShort() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(5 * 64);
            memory.fill((byte) 1);
            int[] even = new int[16];
            int[] odd = new int[16];
            CodeKernel.pairs(codes(64, i -> 1), even, odd);
            long stride = (1L << 31) + 64;
            int row = 3;
            for (CodeKernel kernel : Kernels.codes()) {
                int[] dots = new int[5];
                int[] rows = {row, row, row, row, row};
                kernel.dots(even, odd, memory, -row * stride, stride, rows, 0, 5, dots);
                assertThat(dots).containsOnly(64);
                kernel.dotsOfRun(even, odd, memory, -row * stride, stride, row, 1, dots);
                assertThat(dots[0]).isEqualTo(64);
            }
        }
    }

    @Test
    void hotCallsAllocateNothing() {
        CompiledCode.assertAllocatesNothing(HotCalls.class);
    }

    static final class HotCalls implements CompiledCode.HotCalls {
        @Override
        public void make(int bits, String variant) {
            int[] even = new int[96];
            int[] odd = new int[96];
            CodeKernel.pairs(codes(384, i -> i % 128), even, odd);
            int[] rows = {3, 1, 4, 1, 5, 8, 2};
            int[] dots = new int[rows.length];
            try (Arena arena = Arena.ofShared()) {
                MemorySegment memory = arena.allocate(ROWS * 384);
                Supplier<CodeKernel> definition = () -> VectorLoops.define("CodeLoops", CodeKernel.class, bits);
                CompiledCode.settle(
                        "dots",
                        definition,
                        kernel -> kernel.dots(even, odd, memory, 0, 384, rows, 0, rows.length, dots));
                CompiledCode.settle(
                        "dotsOfRun",
                        definition,
                        kernel -> kernel.dotsOfRun(even, odd, memory, 0, 384, 1, rows.length, dots));
            }
        }
    }

    @Test
    void allKernelsHaveNamesOfTheirOwnAndTheScalarOneIsLast() {
        assertThat(Kernels.codes().stream().map(CodeKernel::name)).doesNotHaveDuplicates();
        assertThat(Kernels.codes().getLast().name()).isEqualTo("scalar");
        assertThat(Kernels.codes().stream().map(CodeKernel::name))
                .contains(Kernels.code().name());
    }

    private static void check(CodeKernel kernel, int[] query, IntUnaryOperator stored) {
        int dimension = query.length;
        int[] even = new int[dimension / 4];
        int[] odd = new int[dimension / 4];
        CodeKernel.pairs(query, even, odd);
        long stride = dimension + 20L;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(START + ROWS * stride);
            memory.fill((byte) 99);
            int[] expected = new int[ROWS];
            for (int row = 0; row < ROWS; row++) {
                int[] codes = codes(dimension, stored);
                for (int i = 0; i < dimension; i++) {
                    memory.set(ValueLayout.JAVA_BYTE, START + row * stride + i, (byte) codes[i]);
                    expected[row] += query[i] * codes[i];
                }
            }
            int[] rows = {0, 1, 2, 3, 4, 5, 6, 7, 8};
            for (int from = 0; from < 3; from++) {
                for (int count = 0; count <= ROWS - from; count++) {
                    int[] wanted = new int[ROWS];
                    Arrays.fill(wanted, -1);
                    System.arraycopy(expected, from, wanted, 0, count);
                    int[] dots = new int[ROWS];
                    Arrays.fill(dots, -1);
                    kernel.dots(even, odd, memory, START, stride, rows, from, count, dots);
                    assertThat(dots).as("rows").isEqualTo(wanted);
                    Arrays.fill(dots, -1);
                    kernel.dotsOfRun(even, odd, memory, START, stride, from, count, dots);
                    assertThat(dots).as("run").isEqualTo(wanted);
                }
            }
        }
    }

    private static int[] codes(int dimension, IntUnaryOperator code) {
        return IntStream.range(0, dimension).map(code).toArray();
    }
}
