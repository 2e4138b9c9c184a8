package io.knarr.bench.jmh;

import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.engine.kernel.SignKernel;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A benchmark that computes something else measures nothing. */
final class EstimateBenchmarkTest {
    static Stream<String> kernels() {
        return Kernels.signs().stream().map(SignKernel::name);
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void everyKernelGivesTheScalarAnswer(String kernel) {
        for (int dimension : new int[] {384, 768, 1536}) {
            EstimateBenchmark scalar = benchmark("scalar", dimension);
            EstimateBenchmark measured = benchmark(kernel, dimension);
            float[] expected = scalar.signs();
            float[] actual = measured.signs();
            for (int row = 0; row < EstimateBenchmark.ROWS; row++) {
                assertThat(actual[row]).isFinite().isCloseTo(expected[row], Percentage.withPercentage(0.01));
            }
            assertThat(measured.codes()).isEqualTo(scalar.codes()).doesNotContain(0);
            scalar.free();
            measured.free();
        }
    }

    private static EstimateBenchmark benchmark(String kernel, int dimension) {
        EstimateBenchmark benchmark = new EstimateBenchmark();
        benchmark.kernelName = kernel;
        benchmark.dimension = dimension;
        benchmark.fill();
        return benchmark;
    }
}
