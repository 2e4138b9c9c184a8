package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * What is computed over the records that match. Each value of a list counts as a value of its own. Records without a value for the field,
 * or with null, count nowhere but in the number of those that lack one.
 */
public sealed interface Aggregation {
    /** The most aggregations of one call, nested ones included. */
    int MAX_COUNT = 64;

    /** The most aggregations within one another. */
    int MAX_DEPTH = 4;

    /** The most groups or intervals that one aggregation returns. */
    int MAX_BUCKETS = 10_000;

    /** The most values, groups and intervals that the aggregations of one call keep together: about 100 MB. */
    int MAX_KEPT = 1_000_000;

    /** Of which field, empty for the count of records. */
    String field();

    /**
     * How many records there are or, of a field, how many have a value.
     *
     * @param field the field's path, or empty
     */
    record Count(String field) implements Aggregation {
        public Count {
            requireNonNull(field, "field is null");
        }
    }

    /** How many different values there are. */
    record Distinct(String field) implements Aggregation {
        public Distinct {
            requireNonNull(field, "field is null");
        }
    }

    /** The least value, in the order of values of all kinds. */
    record Min(String field) implements Aggregation {
        public Min {
            requireNonNull(field, "field is null");
        }
    }

    /** The greatest value, in the order of values of all kinds. */
    record Max(String field) implements Aggregation {
        public Max {
            requireNonNull(field, "field is null");
        }
    }

    /** The sum of the numbers. */
    record Sum(String field) implements Aggregation {
        public Sum {
            requireNonNull(field, "field is null");
        }
    }

    /** The mean of the numbers. */
    record Average(String field) implements Aggregation {
        public Average {
            requireNonNull(field, "field is null");
        }
    }

    /**
     * The most frequent values, and aggregations over the records of each.
     *
     * @param limit how many groups come back; 1 or more
     * @param nested aggregations by name, within each group
     */
    record Groups(String field, int limit, SequencedMap<String, Aggregation> nested) implements Aggregation {
        public Groups {
            requireNonNull(field, "field is null");
            nested = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(nested));
        }
    }

    /**
     * Numbers by intervals of equal length, each with its start and without its end.
     *
     * @param interval the length; finite, more than 0
     * @param offset where an interval begins; finite
     * @param nested aggregations by name, within each interval
     */
    record Histogram(String field, double interval, double offset, SequencedMap<String, Aggregation> nested)
            implements Aggregation {
        public Histogram {
            requireNonNull(field, "field is null");
            nested = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(nested));
            if (!(interval > 0) || !Double.isFinite(interval) || !Double.isFinite(offset)) {
                throw new IllegalArgumentException("Not an interval");
            }
        }
    }

    /**
     * Instants by intervals of equal length, each with its start and without its end.
     *
     * @param interval the length; more than 0
     * @param offset where an interval begins, from 1970 on
     * @param nested aggregations by name, within each interval
     */
    record TimeHistogram(String field, Duration interval, Duration offset, SequencedMap<String, Aggregation> nested)
            implements Aggregation {
        public TimeHistogram {
            requireNonNull(field, "field is null");
            requireNonNull(offset, "offset is null");
            nested = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(nested));
            if (!interval.isPositive()) {
                throw new IllegalArgumentException("Not an interval");
            }
        }

        /** Returns a duration in nanoseconds, exactly. */
        public static BigInteger nanos(Duration duration) {
            return BigInteger.valueOf(duration.getSeconds())
                    .multiply(BigInteger.valueOf(1_000_000_000))
                    .add(BigInteger.valueOf(duration.getNano()));
        }
    }
}
