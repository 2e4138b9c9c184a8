package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RotationTest {
    private static final int ROUNDS = 4;

    /** What becomes of 64 in the first of 48 components, from the front on. */
    private static final float[] PINNED = {-7, -5, -10, -6, -2, 12, -1, -9};

    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 65, 127, 128, 192, 320, 384, 448, 768, 1088, 1536, 4096, 40_000, 65_536})
    void itIsWithinItsBoundOfTheRotationInDoublePrecision(int dimension) {
        Rotation rotation = Rotation.of(dimension);
        Random random = new Random(dimension);
        for (float magnitude : new float[] {1f, 1e-12f, 1e12f}) {
            float[] values = vector(dimension, rotation.size(), random, magnitude);
            float[] single = new float[rotation.size()];
            single[dimension - 1] = -7 * magnitude;
            float[] constant = new float[rotation.size()];
            Arrays.fill(constant, 0, dimension, 0.3f * magnitude);
            for (float[] vector : new float[][] {values, single, constant}) {
                double[] exact = rotated(vector);
                double length = Bounds.norm(vector);
                rotation.apply(vector);
                double apart = 0;
                for (int i = 0; i < exact.length; i++) {
                    apart += (vector[i] - exact[i]) * (vector[i] - exact[i]);
                }
                assertThat(Math.sqrt(apart)).isPositive().isLessThanOrEqualTo(rotation.relativeError() * length);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 128, 192, 320, 448, 512, 1088, 4096, 65_536})
    void itsBoundCoversThatOfItsTransforms(int dimension) {
        int levels = Integer.numberOfTrailingZeros(Integer.highestOneBit(dimension));
        assertThat(Rotation.of(dimension).relativeError()).isGreaterThan(ROUNDS * (levels + 2) * 0x1p-24);
    }

    @ParameterizedTest
    @ValueSource(ints = {48, 64, 192, 320, 448})
    void innerProductsStayWhatTheyWere(int dimension) {
        Rotation rotation = Rotation.of(dimension);
        float[][] columns = new float[dimension][];
        for (int i = 0; i < dimension; i++) {
            columns[i] = new float[rotation.size()];
            columns[i][i] = 1;
            rotation.apply(columns[i]);
        }
        for (int i = 0; i < dimension; i++) {
            for (int j = 0; j <= i; j++) {
                double product = PreciseScore.of(Similarity.DOT, columns[i], columns[j]);
                assertThat(Math.abs(product - (i == j ? 1 : 0))).isLessThanOrEqualTo(3 * rotation.relativeError());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 192, 448, 1536, 40_000})
    void whereverAVectorLiesAllComponentsShareIt(int dimension) {
        Rotation rotation = Rotation.of(dimension);
        for (int at : new int[] {0, dimension / 3, dimension - 1}) {
            float[] single = new float[rotation.size()];
            single[at] = 1;
            rotation.apply(single);
            float greatest = 0;
            for (float value : single) {
                greatest = Math.max(greatest, Math.abs(value));
            }
            // Were the components normal, six deviations would be exceeded once in ten million.
            assertThat(greatest * Math.sqrt(rotation.size())).isBetween(1.0, 8.0);
        }
    }

    /** Images on disk rely on it. */
    @Test
    void itIsTheSameForEver() {
        float[] first = new float[64];
        first[0] = 64;
        Rotation.of(48).apply(first);
        assertThat(Arrays.copyOf(first, 8)).containsExactly(PINNED);
    }

    private static double[] rotated(float[] vector) {
        int size = vector.length;
        int window = Integer.highestOneBit(size);
        double[] values = new double[size];
        for (int i = 0; i < size; i++) {
            values[i] = vector[i];
        }
        long state = 0x6b6e617272L + size;
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < size; i++) {
                state += 0x9e3779b97f4a7c15L;
                values[i] *= mix(state) < 0 ? -1 : 1;
            }
            transform(values, round % 2 == 0 ? 0 : size - window, window);
        }
        return values;
    }

    private static void transform(double[] values, int from, int size) {
        for (int half = 1; half < size; half *= 2) {
            for (int i = 0; i < size; i++) {
                if ((i & half) == 0) {
                    double first = values[from + i];
                    double second = values[from + i + half];
                    values[from + i] = (first + second) * Math.sqrt(0.5);
                    values[from + i + half] = (first - second) * Math.sqrt(0.5);
                }
            }
        }
    }

    private static long mix(long state) {
        long mixed = (state ^ (state >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }

    private static float[] vector(int dimension, int size, Random random, float magnitude) {
        float[] vector = new float[size];
        for (int i = 0; i < dimension; i++) {
            vector[i] = (float) random.nextGaussian() * magnitude;
        }
        return vector;
    }
}
