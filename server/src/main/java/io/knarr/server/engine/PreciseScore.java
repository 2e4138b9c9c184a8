package io.knarr.server.engine;

import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.engine.kernel.ScoreKernel;

/**
 * The definition of a score: the sum in float64 of the terms of the float32 components, in eight interleaved sums that are added pairwise
 * at the end; what does not fill the last eight is a ninth. The same on every machine, to the last bit; see {@link ScoreKernel}.
 */
final class PreciseScore {
    private PreciseScore() {}

    /** Returns the score of two vectors of one dimension: the inner product, the squared distance, or the Manhattan distance. */
    static double of(Similarity similarity, float[] query, float[] row) {
        double score =
                switch (similarity) {
                    case DOT -> dot(query, row);
                    case SQUARED_EUCLID -> squaredDistance(query, row);
                    case MANHATTAN -> manhattanDistance(query, row);
                };
        return score + 0.0; // a negative zero would differ from a positive one
    }

    /** Returns the key of a score: larger is nearer, and for {@link Similarity#SQUARED_EUCLID} half the distance, as in {@link QueryCode}. */
    static double key(Similarity similarity, double score) {
        return switch (similarity) {
            case DOT -> score;
            case SQUARED_EUCLID -> -0.5 * score;
            case MANHATTAN -> -score;
        };
    }

    /** Returns the score of a key. */
    static double score(Similarity similarity, double key) {
        return switch (similarity) {
            case DOT -> key;
            case SQUARED_EUCLID -> -2 * key + 0.0;
            case MANHATTAN -> -key + 0.0;
        };
    }

    private static double dot(float[] query, float[] row) {
        double[] sums = new double[ScoreKernel.SUMS];
        Kernels.score().products(query, row, sums);
        double rest = 0;
        for (int i = query.length / ScoreKernel.SUMS * ScoreKernel.SUMS; i < query.length; i++) {
            rest += (double) query[i] * row[i];
        }
        return total(sums) + rest;
    }

    private static double squaredDistance(float[] query, float[] row) {
        double[] sums = new double[ScoreKernel.SUMS];
        Kernels.score().squares(query, row, sums);
        double rest = 0;
        for (int i = query.length / ScoreKernel.SUMS * ScoreKernel.SUMS; i < query.length; i++) {
            double difference = (double) query[i] - row[i];
            rest += difference * difference;
        }
        return total(sums) + rest;
    }

    private static double manhattanDistance(float[] query, float[] row) {
        double[] sums = new double[ScoreKernel.SUMS];
        Kernels.score().magnitudes(query, row, sums);
        double rest = 0;
        for (int i = query.length / ScoreKernel.SUMS * ScoreKernel.SUMS; i < query.length; i++) {
            rest += Math.abs((double) query[i] - row[i]);
        }
        return total(sums) + rest;
    }

    private static double total(double[] sums) {
        return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    }
}
