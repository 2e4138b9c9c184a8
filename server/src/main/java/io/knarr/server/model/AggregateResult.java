package io.knarr.server.model;

import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/** What an {@link Aggregation} came to. */
public sealed interface AggregateResult {
    /** A number of records or of values. */
    record Counted(long count) implements AggregateResult {}

    /**
     * One value of a field's values.
     *
     * @param value the value, empty where there was none to take it from
     * @param valueCount how many values it was taken from
     */
    record Taken(Optional<FieldValue> value, long valueCount) implements AggregateResult {}

    /**
     * Records by the values of a field.
     *
     * @param buckets groups, the most records first, or intervals, the least first
     * @param bucketCount how many there are, those that do not come back among them
     * @param missingCount records without a value that has a bucket
     */
    record Bucketed(List<Bucket> buckets, long bucketCount, long missingCount) implements AggregateResult {
        public Bucketed {
            buckets = List.copyOf(buckets);
        }
    }

    /**
     * The records of one value or one interval.
     *
     * @param key the value, or where the interval begins
     * @param count how many records
     * @param nested what the aggregations within it came to, by name
     */
    record Bucket(FieldValue key, long count, SequencedMap<String, AggregateResult> nested) {}
}
