package io.knarr.client;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What aggregations came to.
 *
 * @param results by the names that the caller gave
 * @param matchedCount over how many records
 */
public record AggregateReply(Map<String, Result> results, long matchedCount) {
    public AggregateReply {
        results = Map.copyOf(results);
    }

    /** Returns what the aggregation of that name came to. @throws IllegalArgumentException if none has it */
    public Result result(String name) {
        return find(results, name);
    }

    private static Result find(Map<String, Result> results, String name) {
        Result result = results.get(name);
        if (result == null) {
            throw new IllegalArgumentException("No aggregation has this name: " + name);
        }
        return result;
    }

    /** What one aggregation came to. */
    public sealed interface Result {
        /** Returns the number of a count. @throws IllegalStateException of another kind */
        default long asCount() {
            if (this instanceof Count(long count)) {
                return count;
            }
            throw new IllegalStateException("The aggregation is no count");
        }

        /** Returns the value of an extreme, a sum or an average; empty where there were no values. @throws IllegalStateException of another kind */
        default Optional<Object> asValue() {
            if (this instanceof Value(Optional<Object> value, long _)) {
                return value;
            }
            throw new IllegalStateException("The aggregation has no value");
        }

        /** Returns groups or intervals. @throws IllegalStateException of another kind */
        default List<Bucket> asBuckets() {
            if (this instanceof Buckets buckets) {
                return buckets.buckets();
            }
            throw new IllegalStateException("The aggregation has no buckets");
        }
    }

    /** Of count and distinct. */
    public record Count(long count) implements Result {}

    /**
     * Of min, max, sum and average.
     *
     * @param value as {@link Fields} hold it; empty where there were no values
     * @param valueCount over how many values
     */
    public record Value(Optional<Object> value, long valueCount) implements Result {
        public Value {
            requireNonNull(value, "value is null");
        }
    }

    /**
     * Of groups and histograms.
     *
     * @param buckets groups, those of the most records first; or intervals that hold a record, the earliest first
     * @param bucketCount how many there are, those that are not here among them
     * @param missingCount records without a value that has a bucket
     */
    public record Buckets(List<Bucket> buckets, long bucketCount, long missingCount) implements Result {
        public Buckets {
            buckets = List.copyOf(buckets);
        }
    }

    /**
     * One group or interval.
     *
     * @param key the value, or where the interval starts; as {@link Fields} hold it
     * @param count how many records
     * @param results of the aggregations within it, by name
     */
    public record Bucket(Object key, long count, Map<String, Result> results) {
        public Bucket {
            requireNonNull(key, "key is null");
            results = Map.copyOf(results);
        }

        /** Returns what the aggregation of that name came to. @throws IllegalArgumentException if none has it */
        public Result result(String name) {
            return find(results, name);
        }
    }
}
