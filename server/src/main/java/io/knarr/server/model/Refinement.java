package io.knarr.server.model;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a search does with the order that its question gives.
 *
 * @param scoreThreshold the least score, or the greatest distance, that a hit may have
 * @param groupBy the best few of each value of a field, in place of the best of all
 * @param diversity hits that are near the question and not near each other; not together with {@code groupBy}
 */
public record Refinement(OptionalDouble scoreThreshold, Optional<GroupBy> groupBy, Optional<Diversity> diversity) {
    /** The order as it is. */
    public static final Refinement NONE = new Refinement(OptionalDouble.empty(), Optional.empty(), Optional.empty());

    /**
     * Groups of hits. Limit and offset of the search then count groups.
     *
     * @param field whose value makes the group; a list makes one of each element, no value makes none
     * @param size hits of a group, 1 or more
     */
    public record GroupBy(String field, int size) {}

    /**
     * Maximal marginal relevance: one hit after the other, that of the greatest lambda times its similarity to the question less
     * (1 - lambda) times its greatest similarity to a hit before it. Similarity is the metric's score, or the distance times -1.
     *
     * @param lambda 0 to 1
     * @param candidates how many of the nearest records are chosen from
     */
    public record Diversity(double lambda, int candidates) {}
}
