package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Estimates from codes against keys in double precision: the claims of {@code docs/exactness.md}. */
final class EstimatesTest {
    private static final int ROWS = 96;

    static Stream<Arguments> shapes() {
        List<Arguments> shapes = new ArrayList<>();
        for (Similarity similarity : List.of(Similarity.DOT, Similarity.SQUARED_EUCLID)) {
            for (VectorSet set : VectorSet.values()) {
                for (int dimension : new int[] {48, 64, 192, 448, 1_536}) {
                    shapes.add(Arguments.of(similarity, set, dimension));
                }
            }
            shapes.add(Arguments.of(similarity, VectorSet.NORMAL, 16_384));
            shapes.add(Arguments.of(similarity, VectorSet.ONE_HOT, 40_000));
        }
        return shapes.stream();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void noKeyIsBeyondTheBoundOfItsCodesOrFiveDeviationsOfItsSigns(
            Similarity similarity, VectorSet set, int dimension) {
        float[][] vectors = set.vectors(dimension, dimension > 10_000 ? 16 : ROWS, 1, 2);
        float[][] queries = set.vectors(dimension, 4, 1, 3);
        queries[1] = vectors[3];
        queries[2] = VectorSet.NORMAL.vectors(dimension, 1, 1, 4)[0];
        try (CodedVectors coded = new CodedVectors(similarity, vectors)) {
            for (float[] query : queries) {
                if (coded.prepare(query)) {
                    for (int row = 0; row < vectors.length; row++) {
                        CodedVectors.Estimates estimates = coded.estimates(row);
                        double key = coded.key(query, vectors[row]);
                        assertThat(Math.abs(key - estimates.byCodes()))
                                .isLessThanOrEqualTo(estimates.bound())
                                .isFinite();
                        assertThat(key - estimates.bySigns())
                                .isLessThanOrEqualTo(ExactSearch.DEVIATIONS * estimates.deviation());
                        double shortest = coded.deviationWhereItBelongs(query, vectors[row], estimates);
                        assertThat(shortest).isLessThanOrEqualTo(estimates.deviation() * (1 + 1e-9));
                        assertThat(key - estimates.bySigns()).isLessThanOrEqualTo(ExactSearch.DEVIATIONS * shortest);
                    }
                }
            }
        }
    }

    /** Rows at every angle to the query: what is orthogonal to them becomes short, and the deviation with it. */
    @ParameterizedTest
    @EnumSource(
            value = Similarity.class,
            names = {"DOT", "SQUARED_EUCLID"})
    void nearRowsAreWithinTheirShorterDeviations(Similarity similarity) {
        int dimension = 384;
        for (double share = 0; share < 1; share += 0.1) {
            double squares = 0;
            double greatest = Double.NEGATIVE_INFINITY;
            double shorter = 0;
            int count = 0;
            for (long seed = 0; seed < 40; seed++) {
                float[] query = VectorSet.NORMAL.vectors(dimension, 1, 1, seed)[0];
                float[][] vectors = VectorSet.NORMAL.vectors(dimension, 40, 1, seed + 500);
                for (float[] vector : vectors) {
                    for (int i = 0; i < dimension; i++) {
                        vector[i] = (float) (share * query[i] + Math.sqrt(1 - share * share) * vector[i]);
                    }
                }
                try (CodedVectors coded = new CodedVectors(similarity, new Centre(new float[dimension]), vectors)) {
                    assertThat(coded.prepare(query)).isTrue();
                    for (int row = 0; row < vectors.length; row++) {
                        CodedVectors.Estimates estimates = coded.estimates(row);
                        double deviation = coded.deviationWhereItBelongs(query, vectors[row], estimates);
                        double error = (coded.key(query, vectors[row]) - estimates.bySigns()) / deviation;
                        squares += error * error;
                        greatest = Math.max(greatest, error);
                        shorter += deviation / estimates.deviation();
                        count++;
                    }
                }
            }
            assertThat(squares / count).as("variance at %.1f", share).isBetween(0.05, 1.1);
            assertThat(greatest).as("error at %.1f", share).isLessThan(ExactSearch.DEVIATIONS);
            assertThat(shorter / count)
                    .as("share of the deviation at %.1f", share)
                    .isLessThan(Math.max(0.9, Math.sqrt(1 - share * share) + 0.02) + (share < 0.5 ? 0.15 : 0));
        }
    }

    static Stream<Arguments> populations() {
        return Stream.of(
                        VectorSet.NORMAL,
                        VectorSet.UNIT_LENGTH,
                        VectorSet.CLUSTERED,
                        VectorSet.NARROW_CONE,
                        VectorSet.DECAYING,
                        VectorSet.SPARSE,
                        VectorSet.WHOLE_NUMBERS)
                .flatMap(set -> Stream.of(64, 192, 384, 448)
                        .flatMap(dimension -> Stream.of(Similarity.DOT, Similarity.SQUARED_EUCLID)
                                .map(similarity -> Arguments.of(similarity, set, dimension))));
    }

    /**
     * 6,000 errors in units of their deviation, from forty sets: rows of a cluster err together, and all share one rotation. A mean of a
     * tenth and a variance of 1.1 leave room for chance, and for nothing else: where deviations are right the variance is below one.
     */
    @ParameterizedTest
    @MethodSource("populations")
    void errorsOfSignsHaveNoBiasAndAtMostTheirDeviation(Similarity similarity, VectorSet set, int dimension) {
        double sum = 0;
        double squares = 0;
        double greatest = 0;
        int count = 0;
        for (long family = 0; family < 40; family++) {
            float[][] vectors = set.vectors(dimension, 30, family, family + 1_000);
            try (CodedVectors coded = new CodedVectors(similarity, vectors)) {
                for (float[] query : set.vectors(dimension, 5, family, family + 2_000)) {
                    // Sparse vectors are sometimes zero, and then codes are not asked.
                    boolean coding = coded.prepare(query);
                    for (int row = 0; coding && row < vectors.length; row++) {
                        CodedVectors.Estimates estimates = coded.estimates(row);
                        double error = (coded.key(query, vectors[row]) - estimates.bySigns()) / estimates.deviation();
                        sum += error;
                        squares += error * error;
                        greatest = Math.max(greatest, Math.abs(error));
                        count++;
                    }
                }
            }
        }
        assertThat(Math.abs(sum / count)).isLessThan(0.1);
        assertThat(squares / count).isBetween(0.05, 1.1);
        assertThat(greatest).isLessThan(ExactSearch.DEVIATIONS);
    }

    /** Where a row lies exactly opposite to the query, its estimate is too low by a share of the lengths, and by nothing else. */
    @ParameterizedTest
    @ValueSource(ints = {64, 384, 1_536, ExactSearch.MAX_SIGN_DIMENSION})
    void aRowOppositeToTheQueryIsWithinFiveDeviations(int dimension) {
        for (long seed = 0; seed < 5; seed++) {
            float[] query = VectorSet.NORMAL.vectors(dimension, 1, 1, seed)[0];
            float[] opposite = new float[dimension];
            for (int i = 0; i < dimension; i++) {
                opposite[i] = -query[i];
            }
            for (Similarity similarity : List.of(Similarity.DOT, Similarity.SQUARED_EUCLID)) {
                try (CodedVectors coded = new CodedVectors(similarity, new Centre(new float[dimension]), opposite)) {
                    assertThat(coded.prepare(query)).isTrue();
                    CodedVectors.Estimates estimates = coded.estimates(0);
                    assertThat(coded.key(query, opposite) - estimates.bySigns())
                            .isLessThanOrEqualTo(ExactSearch.DEVIATIONS * estimates.deviation());
                }
            }
        }
    }

    @Test
    void rowsThatCodesCannotHoldHaveNoBound() {
        int dimension = 64;
        float[] query = VectorSet.NORMAL.vectors(dimension, 1, 1, 1)[0];
        float[][] vectors = {new float[dimension], new float[dimension], new float[dimension], query};
        vectors[0][5] = 1e-13f;
        vectors[1][5] = 1e16f;
        vectors[2][5] = Float.MAX_VALUE;
        for (Similarity similarity : List.of(Similarity.DOT, Similarity.SQUARED_EUCLID)) {
            try (CodedVectors coded = new CodedVectors(similarity, new Centre(new float[dimension]), vectors)) {
                assertThat(coded.prepare(query)).isTrue();
                for (int row = 0; row < 3; row++) {
                    assertThat(coded.estimates(row).bound()).isPositive().isInfinite();
                    assertThat(coded.estimates(row).deviation()).isPositive().isInfinite();
                    assertThat(coded.estimates(row).bySigns()).isFinite();
                    assertThat(coded.estimates(row).byCodes()).isFinite();
                }
                assertThat(coded.estimates(3).bound()).isFinite();
                assertThat(coded.rows.maxNorm()).isBetween((float) Bounds.norm(query), 20f);
            }
        }
    }

    @Test
    void queriesThatCodesCannotHoldAreRefused() {
        int dimension = 64;
        float[] one = new float[dimension];
        one[7] = 1;
        for (float factor : new float[] {0f, 1e-13f, 1e16f, Float.MAX_VALUE}) {
            float[] query = new float[dimension];
            query[3] = factor;
            try (CodedVectors coded = new CodedVectors(Similarity.DOT, new Centre(new float[dimension]), one)) {
                assertThat(coded.prepare(query)).isFalse();
            }
            float[] far = new float[dimension];
            far[3] = 1e16f;
            try (CodedVectors coded = new CodedVectors(Similarity.SQUARED_EUCLID, new Centre(far), one)) {
                assertThat(coded.prepare(query)).isFalse();
            }
        }
        try (CodedVectors coded = new CodedVectors(Similarity.SQUARED_EUCLID, new Centre(one), one)) {
            assertThat(coded.prepare(one)).as("the query is the centre").isFalse();
            assertThat(coded.prepare(new float[dimension])).isTrue();
        }
    }

    /** The slack must be no less than what the sums in double precision can be off, and small beside what codes tell apart. */
    @Test
    void theSlackOfDoublePrecisionIsThatOfItsSums() {
        int dimension = 1_000;
        Random random = new Random(1);
        float[][] vectors = VectorSet.FAR_FROM_THE_ORIGIN.vectors(dimension, 50, 1, 2);
        for (Similarity similarity : List.of(Similarity.DOT, Similarity.SQUARED_EUCLID)) {
            try (CodedVectors coded = new CodedVectors(similarity, vectors)) {
                for (int i = 0; i < 20; i++) {
                    float[] query = vectors[random.nextInt(50)].clone();
                    query[0] += 1;
                    assertThat(coded.prepare(query)).isTrue();
                    for (float[] vector : vectors) {
                        double key = PreciseScore.key(similarity, PreciseScore.of(similarity, query, vector));
                        double slack = coded.query.slack(key, coded.rows.maxNorm());
                        assertThat(Math.abs(key - coded.query.offset() - coded.key(query, vector)))
                                .isLessThanOrEqualTo(slack);
                        assertThat(slack).isLessThan(1e-9 * Bounds.norm(query) * coded.centre.norm());
                    }
                }
            }
        }
    }
}
