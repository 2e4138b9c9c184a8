package io.knarr.server.model;

import java.util.List;
import java.util.Optional;

/** What a search asks: by what the records of a collection are put in order. Not checked against a schema yet. */
public sealed interface Question {
    /**
     * The records whose vectors are nearest to a given one.
     *
     * @param vectorName which vector to compare with; empty where the collection has one
     * @param vector finite; must not change
     */
    record Nearest(Optional<String> vectorName, VectorData vector) implements Question {}

    /**
     * The records whose vectors are nearest to the stored one of an example, which is left out of the answer.
     *
     * @param vectorName which vector to compare; empty where the collection has one
     * @param id the example
     */
    record Like(Optional<String> vectorName, RecordId id) implements Question {}

    /**
     * The records whose texts have words of a query, by BM25.
     *
     * @param field a declared field of texts; nested ones with dots
     * @param query the words, not analysed yet
     */
    record Words(String field, String query) implements Question {}

    /**
     * The records that are near the positive examples and far from the negative ones. Examples that are records are left out of the answer.
     *
     * @param vectorName which vector to compare; empty where the collection has one
     * @param positives examples of what is wanted
     * @param negatives examples of what is not
     * @param strategy how the examples become an order
     */
    record Recommend(
            Optional<String> vectorName, List<Example> positives, List<Example> negatives, RecommendStrategy strategy)
            implements Question {
        public Recommend {
            positives = List.copyOf(positives);
            negatives = List.copyOf(negatives);
        }
    }

    /**
     * Several questions, whose answers are fused into one.
     *
     * @param parts 1 to {@link SearchLimits#MAX_HYBRID_PARTS}
     * @param fusion how
     */
    record Hybrid(List<HybridPart> parts, Fusion fusion) implements Question {
        public Hybrid {
            parts = List.copyOf(parts);
        }
    }

    /**
     * One of the questions of a hybrid search.
     *
     * @param question any but a hybrid
     * @param filter only records that match, beside the search's own filter
     * @param limit how many of its nearest records take part
     * @param weight finite, above 0; what its scores are multiplied by
     */
    record HybridPart(Question question, Optional<Filter> filter, int limit, double weight) {}

    /** A record, or a vector that need not be any record's. */
    sealed interface Example {
        /** A record of the collection. */
        record OfRecord(RecordId id) implements Example {}

        /** A vector; finite; must not change. */
        record OfVector(VectorData vector) implements Example {}
    }
}
