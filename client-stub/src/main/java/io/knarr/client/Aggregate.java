package io.knarr.client;

import static java.util.Objects.requireNonNull;

import io.knarr.v1.Aggregation;
import io.knarr.v1.FieldAggregation;
import io.knarr.v1.GroupAggregation;
import io.knarr.v1.HistogramAggregation;
import io.knarr.v1.TimeHistogramAggregation;
import java.time.Duration;

/**
 * Something to compute of the records that match: a count, an extreme, a sum, or buckets of them, in each of which more can be computed.
 * Everything is exact. Immutable: each method returns another one.
 */
public final class Aggregate {
    private final Aggregation aggregation;

    private Aggregate(Aggregation.Builder aggregation) {
        this.aggregation = aggregation.build();
    }

    /** Returns how many records. */
    public static Aggregate count() {
        return new Aggregate(Aggregation.newBuilder().setCount(FieldAggregation.getDefaultInstance()));
    }

    /** Returns how many records have a value for a field. */
    public static Aggregate count(String field) {
        return new Aggregate(Aggregation.newBuilder().setCount(of(field)));
    }

    /** Returns how many different values a field has. */
    public static Aggregate distinct(String field) {
        return new Aggregate(Aggregation.newBuilder().setDistinct(of(field)));
    }

    /** Returns the least value of a field. */
    public static Aggregate min(String field) {
        return new Aggregate(Aggregation.newBuilder().setMin(of(field)));
    }

    /** Returns the greatest value of a field. */
    public static Aggregate max(String field) {
        return new Aggregate(Aggregation.newBuilder().setMax(of(field)));
    }

    /** Returns the sum of a field's numbers: an integer where all are integers and it fits. */
    public static Aggregate sum(String field) {
        return new Aggregate(Aggregation.newBuilder().setSum(of(field)));
    }

    /** Returns the mean of a field's numbers. */
    public static Aggregate average(String field) {
        return new Aggregate(Aggregation.newBuilder().setAverage(of(field)));
    }

    /** Returns the most frequent values of a field, 1 to 10,000 of them, those of the most records first. */
    public static Aggregate groups(String field, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit must be at least 1: " + limit);
        }
        return new Aggregate(Aggregation.newBuilder()
                .setGroups(
                        GroupAggregation.newBuilder().setField(checked(field)).setLimit(limit)));
    }

    /** Returns a field's numbers by intervals of a length above 0, one of which starts at 0. */
    public static Aggregate histogram(String field, double interval) {
        return new Aggregate(Aggregation.newBuilder()
                .setHistogram(HistogramAggregation.newBuilder()
                        .setField(checked(field))
                        .setInterval(interval)));
    }

    /** Returns a field's timestamps by intervals of a length above 0, one of which starts in 1970. */
    public static Aggregate timeHistogram(String field, Duration interval) {
        return new Aggregate(Aggregation.newBuilder()
                .setTimeHistogram(TimeHistogramAggregation.newBuilder()
                        .setField(checked(field))
                        .setInterval(com.google.protobuf.Duration.newBuilder()
                                .setSeconds(interval.getSeconds())
                                .setNanos(interval.getNano()))));
    }

    /**
     * Returns this one with another within each of its buckets.
     *
     * @throws IllegalStateException if this one makes no buckets
     */
    public Aggregate with(String name, Aggregate nested) {
        Aggregation.Builder outer = aggregation.toBuilder();
        switch (aggregation.getKindCase()) {
            case GROUPS -> outer.getGroupsBuilder().putAggregations(name, nested.aggregation);
            case HISTOGRAM -> outer.getHistogramBuilder().putAggregations(name, nested.aggregation);
            case TIME_HISTOGRAM -> outer.getTimeHistogramBuilder().putAggregations(name, nested.aggregation);
            case COUNT, DISTINCT, MIN, MAX, SUM, AVERAGE, KIND_NOT_SET ->
                throw new IllegalStateException("Only groups and histograms have buckets");
        }
        return new Aggregate(outer);
    }

    private static FieldAggregation of(String field) {
        return FieldAggregation.newBuilder().setField(checked(field)).build();
    }

    private static String checked(String field) {
        return requireNonNull(field, "field is null");
    }

    Aggregation encode() {
        return aggregation;
    }
}
