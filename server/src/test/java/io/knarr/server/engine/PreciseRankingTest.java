package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PreciseRankingTest {
    private static final int DIMENSION = 37;
    private static final int ROWS = 500;

    @ParameterizedTest
    @EnumSource
    void ranksNearlyEqualRowsAsDoublePrecisionDoes(Similarity similarity) {
        Random random = new Random(7);
        float[] query = floats(random);
        float[][] data = new float[ROWS][];
        try (VectorRows rows = new VectorRows(DIMENSION)) {
            float[] base = floats(random);
            for (int row = 0; row < ROWS; row++) {
                data[row] = base.clone();
                data[row][random.nextInt(DIMENSION)] += (float) (random.nextInt(3) * 1e-6);
                rows.append(data[row]);
            }
            TopRows top = new TopRows(ROWS, similarity, RowOrder.ASCENDING);
            var _ = ExactScan.scan(rows, 0, ROWS, query, similarity, RowFilter.ALL, top, StopSignal.NEVER);

            PreciseRanking ranking = PreciseRanking.of(top.ranked(), rows, query, similarity, RowOrder.ASCENDING, 100);

            double[] scores = IntStream.range(0, ROWS)
                    .mapToDouble(row -> score(data[row], query, similarity))
                    .toArray();
            Comparator<Integer> byScore = Comparator.comparingDouble(row -> scores[row]);
            int[] expected = IntStream.range(0, ROWS)
                    .boxed()
                    .sorted((similarity.largerIsNearer() ? byScore.reversed() : byScore)
                            .thenComparing(Comparator.naturalOrder()))
                    .mapToInt(Integer::intValue)
                    .limit(100)
                    .toArray();
            assertThat(IntStream.range(0, ranking.size()).map(ranking::row).toArray())
                    .isEqualTo(expected);
            assertThat(ranking.score(0)).isEqualTo(scores[expected[0]]);
        }
    }

    private static double score(float[] row, float[] query, Similarity similarity) {
        return IntStream.range(0, DIMENSION)
                .mapToDouble(i -> switch (similarity) {
                    case DOT -> (double) row[i] * query[i];
                    case SQUARED_EUCLID -> Math.pow((double) row[i] - query[i], 2);
                    case MANHATTAN -> Math.abs((double) row[i] - query[i]);
                })
                .boxed()
                .reduce(0.0, Double::sum);
    }

    private static float[] floats(Random random) {
        float[] values = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
