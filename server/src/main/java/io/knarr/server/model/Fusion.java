package io.knarr.server.model;

/** How the answers to several questions become one. Larger fused scores are nearer; a record that an answer lacks gets nothing from it. */
public sealed interface Fusion {
    /**
     * Reciprocal ranks: the sum of weight / (k + rank), ranks from 1.
     *
     * @param k 1 or more
     */
    record ReciprocalRank(int k) implements Fusion {
        /** The constant of a search that does not say. */
        public static final int DEFAULT_K = 60;
    }

    /**
     * Scores by their distribution: the sum of weight times (x - (m - 3s)) / 6s, brought into 0 to 1, where m and s are the mean and the
     * standard deviation of the answer's scores, 1/2 where s is 0. Distances count times -1.
     */
    record DistributionBased() implements Fusion {}

    /** Scores between the answer's least and greatest: the sum of weight times (x - min) / (max - min), 1 where these are equal. */
    record Weighted() implements Fusion {}
}
