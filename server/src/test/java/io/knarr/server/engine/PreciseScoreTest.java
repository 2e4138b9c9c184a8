package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class PreciseScoreTest {
    @ParameterizedTest
    @EnumSource
    void scoresAreWithinTheRoundingOfDoublePrecisionOfTheTruth(Similarity similarity) {
        Random random = new Random(1);
        for (int dimension : new int[] {1, 2, 7, 8, 9, 15, 16, 17, 100, 1_025}) {
            for (int round = 0; round < 5; round++) {
                float[] query = vector(dimension, random);
                float[] row = vector(dimension, random);
                BigDecimal exact = BigDecimal.ZERO;
                double terms = 0;
                for (int i = 0; i < dimension; i++) {
                    BigDecimal term = term(similarity, new BigDecimal(query[i]), new BigDecimal(row[i]));
                    exact = exact.add(term);
                    terms += Math.abs(term.doubleValue());
                }
                double score = PreciseScore.of(similarity, query, row);
                double error = new BigDecimal(score).subtract(exact).abs().doubleValue();
                assertThat(error).isLessThanOrEqualTo((dimension + 4) * terms * 0x1p-53);
                double key = PreciseScore.key(similarity, score);
                assertThat(PreciseScore.score(similarity, key)).isEqualTo(score);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void nearerRowsHaveGreaterKeys(Similarity similarity) {
        float[] query = {1, 1};
        double near = PreciseScore.key(similarity, PreciseScore.of(similarity, query, new float[] {1, 1}));
        double far = PreciseScore.key(similarity, PreciseScore.of(similarity, query, new float[] {-2, 0}));
        assertThat(near).isGreaterThan(far);
    }

    @ParameterizedTest
    @EnumSource
    void noScoreIsANegativeZero(Similarity similarity) {
        float[][] vectors = {{-0f, 0f, -0f}, {0f, 0f, 0f}, {-0f, -0f, -0f}, {-1f, 0f, -0f}};
        for (float[] query : vectors) {
            double score = PreciseScore.of(similarity, query, vectors[2]);
            double back = PreciseScore.score(similarity, PreciseScore.key(similarity, score));
            assertThat(Double.doubleToRawLongBits(score)).isEqualTo(Double.doubleToRawLongBits(Math.abs(score)));
            assertThat(Double.doubleToRawLongBits(back)).isEqualTo(Double.doubleToRawLongBits(score));
        }
    }

    @ParameterizedTest
    @EnumSource
    void theGreatestAndTheLeastVectorsHaveFiniteScores(Similarity similarity) {
        float[] greatest = new float[VectorRows.MAX_DIMENSION];
        float[] least = new float[VectorRows.MAX_DIMENSION];
        Arrays.fill(greatest, Float.MAX_VALUE);
        Arrays.fill(least, -Float.MAX_VALUE);
        assertThat(PreciseScore.of(similarity, greatest, least)).isFinite().isNotZero();
        Arrays.fill(greatest, Float.MIN_VALUE);
        assertThat(PreciseScore.of(similarity, greatest, new float[VectorRows.MAX_DIMENSION]))
                .matches(score -> similarity == Similarity.DOT ? score == 0 : score > 0);
    }

    private static BigDecimal term(Similarity similarity, BigDecimal query, BigDecimal row) {
        return switch (similarity) {
            case DOT -> query.multiply(row);
            case SQUARED_EUCLID -> query.subtract(row).pow(2);
            case MANHATTAN -> query.subtract(row).abs();
        };
    }

    private static float[] vector(int dimension, Random random) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(12) - 6));
        }
        return vector;
    }
}
