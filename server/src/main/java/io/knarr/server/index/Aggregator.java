package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.AggregateResult;
import io.knarr.server.model.AggregateResult.Bucket;
import io.knarr.server.model.AggregateResult.Bucketed;
import io.knarr.server.model.AggregateResult.Counted;
import io.knarr.server.model.AggregateResult.Taken;
import io.knarr.server.model.Aggregation;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.NullValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Computes aggregations over rows, one after another. Made for one call and used by one thread. What it keeps, values, groups and
 * intervals, is counted over all aggregations of the call and bounded.
 */
final class Aggregator {
    private final RowMatcher.Source rows;
    private final int maxKept;
    private final SequencedMap<String, Accumulator> results = new LinkedHashMap<>();
    private int kept;

    /** @param aggregations by name, checked by {@link AggregationChecker} */
    Aggregator(RowMatcher.Source rows, SequencedMap<String, Aggregation> aggregations, int maxKept) {
        this.rows = rows;
        this.maxKept = maxKept;
        plan(aggregations, "aggregations").forEach((name, plan) -> results.put(name, plan.start()));
    }

    /** Takes a row in. @throws ServiceException LIMIT_EXCEEDED */
    void add(int row) {
        results.values().forEach(result -> result.add(row));
    }

    /** Returns what all of it came to. @throws ServiceException NOT_FINITE, LIMIT_EXCEEDED */
    SequencedMap<String, AggregateResult> results() {
        return resultsOf(results);
    }

    private static SequencedMap<String, AggregateResult> resultsOf(SequencedMap<String, Accumulator> accumulators) {
        SequencedMap<String, AggregateResult> finished = new LinkedHashMap<>();
        accumulators.forEach((name, accumulator) -> finished.put(name, accumulator.result()));
        return finished;
    }

    /** Takes rows in. */
    private interface Accumulator {
        void add(int row);

        AggregateResult result();
    }

    /** How to begin an aggregation: once, or once for each bucket around it. */
    private interface Plan {
        Accumulator start();
    }

    private SequencedMap<String, Plan> plan(SequencedMap<String, Aggregation> aggregations, String path) {
        SequencedMap<String, Plan> plans = new LinkedHashMap<>();
        aggregations.forEach((name, aggregation) -> plans.put(name, plan(aggregation, path + "[\"" + name + "\"]")));
        return plans;
    }

    private Plan plan(Aggregation aggregation, String path) {
        RowMatcher.Column column = aggregation.field().isEmpty() ? _ -> null : rows.column(aggregation.field());
        return switch (aggregation) {
            case Aggregation.Count(String field) -> field.isEmpty() ? RowCount::new : () -> new ValueCount(column);
            case Aggregation.Distinct _ -> () -> new Distinct(column);
            case Aggregation.Min _ -> () -> new Extreme(column, -1);
            case Aggregation.Max _ -> () -> new Extreme(column, 1);
            case Aggregation.Sum _ -> () -> new Sum(column, false, path + ".sum");
            case Aggregation.Average _ -> () -> new Sum(column, true, path + ".average");
            case Aggregation.Groups groups -> {
                SequencedMap<String, Plan> nested = plan(groups.nested(), path + ".groups.aggregations");
                yield () -> new Groups(column, groups.limit(), nested);
            }
            case Aggregation.Histogram histogram -> {
                SequencedMap<String, Plan> nested = plan(histogram.nested(), path + ".histogram.aggregations");
                Intervals intervals = Intervals.of(histogram, path + ".histogram");
                yield () -> new Histogram(column, intervals, nested, path + ".histogram");
            }
            case Aggregation.TimeHistogram histogram -> {
                SequencedMap<String, Plan> nested = plan(histogram.nested(), path + ".time_histogram.aggregations");
                Intervals intervals = Intervals.of(histogram, path + ".time_histogram");
                yield () -> new Histogram(column, intervals, nested, path + ".time_histogram");
            }
        };
    }

    private void keepOneMore() {
        kept++;
        if (kept > maxKept) {
            throw ServiceException.atField(
                            ErrorCode.LIMIT_EXCEEDED,
                            "aggregations",
                            "The records have too many different values; narrow the filter, or aggregate by less")
                    .with("limit", maxKept);
        }
    }

    private static void forEachValue(RowMatcher.Column column, int row, Consumer<FieldValue> action) {
        FieldValue value = column.value(row);
        if (value instanceof ListValue(List<FieldValue> elements)) {
            elements.forEach(action);
        } else if (value != null && !(value instanceof NullValue)) {
            action.accept(value);
        }
    }

    private static final class RowCount implements Accumulator {
        private long count;

        @Override
        public void add(int row) {
            count++;
        }

        @Override
        public AggregateResult result() {
            return new Counted(count);
        }
    }

    private static final class ValueCount implements Accumulator {
        private final RowMatcher.Column column;
        private long count;

        ValueCount(RowMatcher.Column column) {
            this.column = column;
        }

        @Override
        public void add(int row) {
            FieldValue value = column.value(row);
            boolean lacking = value == null
                    || value instanceof NullValue
                    || (value instanceof ListValue(List<FieldValue> elements) && elements.isEmpty());
            count += lacking ? 0 : 1;
        }

        @Override
        public AggregateResult result() {
            return new Counted(count);
        }
    }

    private final class Distinct implements Accumulator {
        private final RowMatcher.Column column;
        private final Set<FieldValue> seen = new HashSet<>();

        Distinct(RowMatcher.Column column) {
            this.column = column;
        }

        @Override
        public void add(int row) {
            forEachValue(column, row, value -> {
                if (FieldOrder.contains(value) && seen.add(FieldValues.canonical(value))) {
                    keepOneMore();
                }
            });
        }

        @Override
        public AggregateResult result() {
            return new Counted(seen.size());
        }
    }

    private static final class Extreme implements Accumulator {
        private final RowMatcher.Column column;
        private final int wanted;
        private @Nullable FieldValue extreme;
        private long count;

        /** @param wanted the sign of a comparison with a value that takes the place of the one before */
        Extreme(RowMatcher.Column column, int wanted) {
            this.column = column;
            this.wanted = wanted;
        }

        @Override
        public void add(int row) {
            forEachValue(column, row, value -> {
                if (FieldOrder.contains(value)) {
                    count++;
                    FieldValue before = extreme;
                    int order = before == null ? wanted : FieldOrder.compare(value, before);
                    // Of equals the integer, so that the answer does not depend on the order of the rows.
                    if (Integer.signum(order) == wanted || (order == 0 && value instanceof IntValue)) {
                        extreme =
                                value instanceof DoubleValue(double number) && number == 0 ? new DoubleValue(0) : value;
                    }
                }
            });
        }

        @Override
        public AggregateResult result() {
            return new Taken(Optional.ofNullable(extreme), count);
        }
    }

    private static final class Sum implements Accumulator {
        private final RowMatcher.Column column;
        private final boolean mean;
        private final String path;
        private final ExactSum sum = new ExactSum();

        Sum(RowMatcher.Column column, boolean mean, String path) {
            this.column = column;
            this.mean = mean;
            this.path = path;
        }

        @Override
        public void add(int row) {
            forEachValue(column, row, value -> {
                if (value instanceof IntValue(long integer)) {
                    sum.add(integer);
                } else if (value instanceof DoubleValue(double number)) {
                    sum.add(number);
                }
            });
        }

        @Override
        public AggregateResult result() {
            if (sum.count() == 0) {
                return new Taken(Optional.empty(), 0);
            }
            Optional<FieldValue> value = mean ? Optional.of(sum.mean()) : sum.sum();
            if (value.isEmpty()) {
                throw ServiceException.atField(
                        ErrorCode.NOT_FINITE, path, "The sum of the values is beyond what a double holds");
            }
            return new Taken(value, sum.count());
        }
    }

    /** The records of one value or interval. */
    private static final class Group {
        private final SequencedMap<String, Accumulator> nested = new LinkedHashMap<>();
        private long count;

        void add(int row) {
            count++;
            nested.values().forEach(accumulator -> accumulator.add(row));
        }

        Bucket bucket(FieldValue key) {
            return new Bucket(key, count, resultsOf(nested));
        }
    }

    private Group newGroup(SequencedMap<String, Plan> nested) {
        keepOneMore();
        Group group = new Group();
        nested.forEach((name, plan) -> {
            keepOneMore();
            group.nested.put(name, plan.start());
        });
        return group;
    }

    /** Adds a row to the groups of all keys that its values have, once to each. Returns whether there was one. */
    private <K> boolean addToGroups(
            Map<K, Group> groups, RowMatcher.Column column, Keys<K> keys, SequencedMap<String, Plan> nested, int row) {
        FieldValue value = column.value(row);
        if (value instanceof ListValue(List<FieldValue> elements)) {
            Set<K> distinct = new HashSet<>();
            for (FieldValue element : elements) {
                K key = keys.of(element);
                if (key != null && distinct.add(key)) {
                    groups.computeIfAbsent(key, _ -> newGroup(nested)).add(row);
                }
            }
            return !distinct.isEmpty();
        }
        K key = value == null ? null : keys.of(value);
        if (key == null) {
            return false;
        }
        groups.computeIfAbsent(key, _ -> newGroup(nested)).add(row);
        return true;
    }

    /** Which group a value is in. */
    private interface Keys<K> {
        /** Returns the key, {@code null} where the value is in none. */
        @Nullable
        K of(FieldValue value);
    }

    private final class Groups implements Accumulator {
        private static final Comparator<Map.Entry<FieldValue, Group>> LARGEST_FIRST = Comparator.comparingLong(
                        (Map.Entry<FieldValue, Group> group) -> -group.getValue().count)
                .thenComparing(Map.Entry::getKey, FieldOrder::compare);

        private final RowMatcher.Column column;
        private final int limit;
        private final SequencedMap<String, Plan> nested;
        private final Map<FieldValue, Group> groups = new HashMap<>();
        private long missing;

        Groups(RowMatcher.Column column, int limit, SequencedMap<String, Plan> nested) {
            this.column = column;
            this.limit = limit;
            this.nested = nested;
        }

        @Override
        public void add(int row) {
            boolean found = addToGroups(
                    groups,
                    column,
                    value -> FieldOrder.contains(value) ? FieldValues.canonical(value) : null,
                    nested,
                    row);
            missing += found ? 0 : 1;
        }

        @Override
        public AggregateResult result() {
            PriorityQueue<Map.Entry<FieldValue, Group>> largest = new PriorityQueue<>(LARGEST_FIRST.reversed());
            for (Map.Entry<FieldValue, Group> group : groups.entrySet()) {
                largest.add(group);
                if (largest.size() > limit) {
                    largest.remove();
                }
            }
            List<Bucket> buckets = largest.stream()
                    .sorted(LARGEST_FIRST)
                    .map(group -> group.getValue().bucket(group.getKey()))
                    .toList();
            return new Bucketed(buckets, groups.size(), missing);
        }
    }

    private final class Histogram implements Accumulator {
        private final RowMatcher.Column column;
        private final Intervals intervals;
        private final SequencedMap<String, Plan> nested;
        private final String path;
        private final Map<Long, Group> groups = new HashMap<>();
        private long missing;

        Histogram(RowMatcher.Column column, Intervals intervals, SequencedMap<String, Plan> nested, String path) {
            this.column = column;
            this.intervals = intervals;
            this.nested = nested;
            this.path = path;
        }

        @Override
        public void add(int row) {
            boolean found = addToGroups(groups, column, intervals::number, nested, row);
            missing += found ? 0 : 1;
            if (groups.size() > Aggregation.MAX_BUCKETS) {
                throw ServiceException.atField(
                                ErrorCode.LIMIT_EXCEEDED,
                                path,
                                "The values lie in too many intervals; make them longer")
                        .with("limit", Aggregation.MAX_BUCKETS);
            }
        }

        @Override
        public AggregateResult result() {
            List<Bucket> buckets = new ArrayList<>(groups.size());
            groups.entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(group -> buckets.add(group.getValue().bucket(intervals.start(group.getKey()))));
            return new Bucketed(buckets, groups.size(), missing);
        }
    }
}
