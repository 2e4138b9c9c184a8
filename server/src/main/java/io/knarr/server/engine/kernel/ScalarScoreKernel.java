package io.knarr.server.engine.kernel;

import java.util.Arrays;

/** The definition of the sums, written for reading; also for machines without vectors. */
public final class ScalarScoreKernel implements ScoreKernel {
    ScalarScoreKernel() {}

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public void products(float[] query, float[] row, double[] sums) {
        Arrays.fill(sums, 0);
        for (int i = 0; i < query.length / SUMS * SUMS; i++) {
            sums[i % SUMS] += (double) query[i] * row[i];
        }
    }

    @Override
    public void squares(float[] query, float[] row, double[] sums) {
        Arrays.fill(sums, 0);
        for (int i = 0; i < query.length / SUMS * SUMS; i++) {
            double difference = (double) query[i] - row[i];
            sums[i % SUMS] += difference * difference;
        }
    }

    @Override
    public void magnitudes(float[] query, float[] row, double[] sums) {
        Arrays.fill(sums, 0);
        for (int i = 0; i < query.length / SUMS * SUMS; i++) {
            sums[i % SUMS] += Math.abs((double) query[i] - row[i]);
        }
    }
}
