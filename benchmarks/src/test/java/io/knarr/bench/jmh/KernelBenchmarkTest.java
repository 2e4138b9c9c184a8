package io.knarr.bench.jmh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.knarr.server.engine.kernel.DistanceKernel;
import io.knarr.server.engine.kernel.DistanceKernels;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A benchmark that computes something else measures nothing. */
final class KernelBenchmarkTest {
    static Stream<String> kernels() {
        return DistanceKernels.supported().stream().map(DistanceKernel::name);
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void everyLaneGivesTheScalarAnswer(String kernel) {
        for (int dimension : new int[] {128, 384, 768, 1536}) {
            KernelBenchmark scalar = benchmark("scalar", dimension);
            KernelBenchmark measured = benchmark(kernel, dimension);
            assertClose(measured.dot(), scalar.dot(), dimension);
            assertClose(measured.squaredDistance(), scalar.squaredDistance(), dimension);
            assertClose(measured.manhattanDistance(), scalar.manhattanDistance(), dimension);
            scalar.free();
            measured.free();
        }
    }

    private static KernelBenchmark benchmark(String kernel, int dimension) {
        KernelBenchmark benchmark = new KernelBenchmark();
        benchmark.kernelName = kernel;
        benchmark.dimension = dimension;
        benchmark.fill();
        return benchmark;
    }

    private static void assertClose(float[] actual, float[] expected, int dimension) {
        for (int row = 0; row < KernelBenchmark.ROWS; row++) {
            // Each term is at most 1, and float32 keeps 24 bits.
            assertThat(actual[row]).isCloseTo(expected[row], within(dimension * 0x1p-20f));
        }
    }
}
