package io.knarr.server.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Every kernel for scores against the scalar one, to the last bit. */
final class ScoreKernelTest {
    private static final int[] DIMENSIONS = {1, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 384, 392, 1_001};

    @Test
    void sumsAreThoseOfTheDefinitionToTheLastBit() {
        ScoreKernel definition = new ScalarScoreKernel();
        Random random = new Random(1);
        for (int dimension : DIMENSIONS) {
            for (int round = 0; round < 20; round++) {
                float[] query = vector(dimension, random);
                float[] row = vector(dimension, random);
                double[] expected = new double[ScoreKernel.SUMS];
                double[] sums = new double[ScoreKernel.SUMS];
                for (ScoreKernel kernel : Kernels.scores()) {
                    definition.products(query, row, expected);
                    kernel.products(query, row, sums);
                    assertThat(sums).as(kernel.name()).isEqualTo(expected);
                    definition.squares(query, row, expected);
                    kernel.squares(query, row, sums);
                    assertThat(sums).as(kernel.name()).isEqualTo(expected);
                    definition.magnitudes(query, row, expected);
                    kernel.magnitudes(query, row, sums);
                    assertThat(sums).as(kernel.name()).isEqualTo(expected);
                }
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
            Random random = new Random(2);
            float[] query = vector(384, random);
            float[] row = vector(384, random);
            double[] sums = new double[ScoreKernel.SUMS];
            CompiledCode.<ScoreKernel>settle(
                    "scores", () -> VectorLoops.define("ScoreLoops", ScoreKernel.class, bits), kernel -> {
                        kernel.products(query, row, sums);
                        kernel.squares(query, row, sums);
                        kernel.magnitudes(query, row, sums);
                    });
        }
    }

    @Test
    void allKernelsHaveNamesOfTheirOwnAndTheScalarOneIsLast() {
        assertThat(Kernels.scores().stream().map(ScoreKernel::name)).doesNotHaveDuplicates();
        assertThat(Kernels.scores().getLast().name()).isEqualTo("scalar");
        assertThat(Kernels.scores().stream().map(ScoreKernel::name))
                .contains(Kernels.score().name());
    }

    /** Magnitudes far apart, so that every rounding shows. */
    private static float[] vector(int dimension, Random random) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(12) - 6));
        }
        return vector;
    }
}
