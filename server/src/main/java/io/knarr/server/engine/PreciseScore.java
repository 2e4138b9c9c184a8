package io.knarr.server.engine;

/**
 * The definition of a score: the sum in float64 of the terms of the float32 components, in eight interleaved sums that are added pairwise
 * at the end. The same on every machine, to the last bit, and fast without vectors.
 */
final class PreciseScore {
    private static final int SUMS = 8;

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
        double sum0 = 0;
        double sum1 = 0;
        double sum2 = 0;
        double sum3 = 0;
        double sum4 = 0;
        double sum5 = 0;
        double sum6 = 0;
        double sum7 = 0;
        int end = query.length - query.length % SUMS;
        for (int i = 0; i < end; i += SUMS) {
            sum0 += (double) query[i] * row[i];
            sum1 += (double) query[i + 1] * row[i + 1];
            sum2 += (double) query[i + 2] * row[i + 2];
            sum3 += (double) query[i + 3] * row[i + 3];
            sum4 += (double) query[i + 4] * row[i + 4];
            sum5 += (double) query[i + 5] * row[i + 5];
            sum6 += (double) query[i + 6] * row[i + 6];
            sum7 += (double) query[i + 7] * row[i + 7];
        }
        double rest = 0;
        for (int i = end; i < query.length; i++) {
            rest += (double) query[i] * row[i];
        }
        return ((sum0 + sum1) + (sum2 + sum3)) + ((sum4 + sum5) + (sum6 + sum7)) + rest;
    }

    private static double squaredDistance(float[] query, float[] row) {
        double sum0 = 0;
        double sum1 = 0;
        double sum2 = 0;
        double sum3 = 0;
        double sum4 = 0;
        double sum5 = 0;
        double sum6 = 0;
        double sum7 = 0;
        int end = query.length - query.length % SUMS;
        for (int i = 0; i < end; i += SUMS) {
            sum0 += square((double) query[i] - row[i]);
            sum1 += square((double) query[i + 1] - row[i + 1]);
            sum2 += square((double) query[i + 2] - row[i + 2]);
            sum3 += square((double) query[i + 3] - row[i + 3]);
            sum4 += square((double) query[i + 4] - row[i + 4]);
            sum5 += square((double) query[i + 5] - row[i + 5]);
            sum6 += square((double) query[i + 6] - row[i + 6]);
            sum7 += square((double) query[i + 7] - row[i + 7]);
        }
        double rest = 0;
        for (int i = end; i < query.length; i++) {
            rest += square((double) query[i] - row[i]);
        }
        return ((sum0 + sum1) + (sum2 + sum3)) + ((sum4 + sum5) + (sum6 + sum7)) + rest;
    }

    private static double manhattanDistance(float[] query, float[] row) {
        double sum0 = 0;
        double sum1 = 0;
        double sum2 = 0;
        double sum3 = 0;
        double sum4 = 0;
        double sum5 = 0;
        double sum6 = 0;
        double sum7 = 0;
        int end = query.length - query.length % SUMS;
        for (int i = 0; i < end; i += SUMS) {
            sum0 += Math.abs((double) query[i] - row[i]);
            sum1 += Math.abs((double) query[i + 1] - row[i + 1]);
            sum2 += Math.abs((double) query[i + 2] - row[i + 2]);
            sum3 += Math.abs((double) query[i + 3] - row[i + 3]);
            sum4 += Math.abs((double) query[i + 4] - row[i + 4]);
            sum5 += Math.abs((double) query[i + 5] - row[i + 5]);
            sum6 += Math.abs((double) query[i + 6] - row[i + 6]);
            sum7 += Math.abs((double) query[i + 7] - row[i + 7]);
        }
        double rest = 0;
        for (int i = end; i < query.length; i++) {
            rest += Math.abs((double) query[i] - row[i]);
        }
        return ((sum0 + sum1) + (sum2 + sum3)) + ((sum4 + sum5) + (sum6 + sum7)) + rest;
    }

    private static double square(double value) {
        return value * value;
    }
}
