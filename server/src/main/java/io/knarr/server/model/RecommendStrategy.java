package io.knarr.server.model;

/** How examples become an order of records. */
public enum RecommendStrategy {
    /**
     * One query: the mean of the positive vectors, moved away from the mean of the negative ones by their difference, p + (p - n). With
     * the cosine metric vectors are brought to length one before. Scores are the metric's.
     */
    AVERAGE_VECTOR,
    /**
     * Every record by its best example: with p the best similarity to a positive and n to a negative one, and s(x) = x / (1 + |x|), the
     * score is (1 + s(p)) / 2 where p is greater than n, and -(1 + s(n)) / 2 otherwise. Similarity is the score, or the distance times -1.
     */
    BEST_SCORE
}
