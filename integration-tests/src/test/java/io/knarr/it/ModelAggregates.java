package io.knarr.it;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.v1.Aggregation;
import io.knarr.v1.AggregationResult;
import io.knarr.v1.Bucket;
import io.knarr.v1.BucketResult;
import io.knarr.v1.FieldType;
import io.knarr.v1.GroupAggregation;
import io.knarr.v1.Record;
import io.knarr.v1.Schema;
import io.knarr.v1.TimeHistogramAggregation;
import io.knarr.v1.Value;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What aggregations come to, in decimals. */
final class ModelAggregates {
    private static final Set<FieldType> NUMBERS = Set.of(FieldType.FIELD_TYPE_INT64, FieldType.FIELD_TYPE_FLOAT64);
    private static final Set<FieldType> INSTANTS = Set.of(FieldType.FIELD_TYPE_TIMESTAMP);
    private static final Set<FieldType> PLACELESS = Set.of(FieldType.FIELD_TYPE_GEO, FieldType.FIELD_TYPE_OBJECT);
    private static final BigDecimal TWO_TO_53 = BigDecimal.valueOf(1L << 53);
    private static final int DEFAULT_GROUPS = 10;

    private final Schema schema;

    /** The reasons for which the call may be refused, known when everything was computed. */
    private final Set<String> reasons = new HashSet<>();

    ModelAggregates(Schema schema) {
        this.schema = schema;
    }

    /** Adds the reasons for which aggregations are refused, to which belong those that a number too large is. */
    Set<String> refusals(Map<String, Aggregation> aggregations, List<Record> records) {
        aggregations.values().forEach(aggregation -> refuse(aggregation, records));
        return reasons;
    }

    private void refuse(Aggregation aggregation, List<Record> records) {
        switch (aggregation.getKindCase()) {
            case COUNT -> {
                if (!aggregation.getCount().getField().isEmpty()) {
                    require(aggregation.getCount().getField(), Set.of(FieldType.values()));
                }
            }
            case DISTINCT -> requireOrder(aggregation.getDistinct().getField());
            case MIN -> requireOrder(aggregation.getMin().getField());
            case MAX -> requireOrder(aggregation.getMax().getField());
            case SUM -> sumOf(aggregation.getSum().getField(), records);
            case AVERAGE -> require(aggregation.getAverage().getField(), NUMBERS);
            case GROUPS -> {
                requireOrder(aggregation.getGroups().getField());
                refuseWithin(
                        aggregation.getGroups().getAggregationsMap(),
                        largest(aggregation.getGroups(), records).stream()
                                .map(Map.Entry::getValue)
                                .toList());
            }
            case HISTOGRAM -> {
                require(aggregation.getHistogram().getField(), NUMBERS);
                boolean far = records.stream()
                        .flatMap(record ->
                                values(record, aggregation.getHistogram().getField()).stream())
                        .filter(Value::hasDoubleValue)
                        .anyMatch(value -> interval(value, aggregation).abs().compareTo(TWO_TO_53) > 0);
                if (far) {
                    reasons.add("INVALID_FIELD");
                }
                refuseWithin(
                        aggregation.getHistogram().getAggregationsMap(),
                        intervals(aggregation, records).values());
            }
            case TIME_HISTOGRAM -> {
                require(aggregation.getTimeHistogram().getField(), INSTANTS);
                refuseWithin(
                        aggregation.getTimeHistogram().getAggregationsMap(),
                        times(aggregation.getTimeHistogram(), records).values());
            }
            case KIND_NOT_SET -> throw new IllegalArgumentException("An aggregation without a kind");
        }
    }

    /** What a schema refuses is refused without a record, too. */
    private void refuseWithin(Map<String, Aggregation> nested, Collection<List<Record>> buckets) {
        var _ = refusals(nested, List.of());
        buckets.forEach(bucket -> {
            var _ = refusals(nested, bucket);
        });
    }

    private void sumOf(String field, List<Record> records) {
        require(field, NUMBERS);
        BigDecimal sum = numbers(records, field).stream().reduce(BigDecimal.ZERO, BigDecimal::add);
        if (Double.isInfinite(sum.doubleValue())) {
            reasons.add("NOT_FINITE");
        }
    }

    private void requireOrder(String field) {
        Set<FieldType> ordered = new HashSet<>(Set.of(FieldType.values()));
        ordered.removeAll(PLACELESS);
        require(field, ordered);
    }

    private void require(String field, Set<FieldType> types) {
        ModelScope scope = ModelScope.of(schema);
        if (!scope.knows(field)) {
            reasons.add("UNKNOWN_FIELD");
        }
        if (scope.find(field).filter(spec -> !types.contains(spec.getType())).isPresent()) {
            reasons.add("TYPE_MISMATCH");
        }
    }

    /** Compares results with what they should be. */
    void requireSame(
            Map<String, Aggregation> aggregations,
            Map<String, AggregationResult> results,
            List<Record> records,
            String what) {
        assertThat(results.keySet()).as(what).isEqualTo(aggregations.keySet());
        aggregations.forEach((name, aggregation) -> requireSame(
                aggregation,
                requireNonNull(results.get(name), "a result is missing"),
                records,
                "%s, %s".formatted(what, name)));
    }

    private void requireSame(Aggregation aggregation, AggregationResult result, List<Record> records, String what) {
        switch (aggregation.getKindCase()) {
            case COUNT -> {
                String field = aggregation.getCount().getField();
                long count = records.stream()
                        .filter(record -> field.isEmpty() || hasValue(record, field))
                        .count();
                assertThat(result.getCount()).as(what).isEqualTo(count);
            }
            case DISTINCT ->
                assertThat(result.getCount())
                        .as(what)
                        .isEqualTo(groups(aggregation.getDistinct().getField(), records)
                                .size());
            case MIN -> requireExtreme(result, aggregation.getMin().getField(), records, ModelOrder.BY_VALUE, what);
            case MAX ->
                requireExtreme(result, aggregation.getMax().getField(), records, ModelOrder.BY_VALUE.reversed(), what);
            case SUM -> requireSum(result, aggregation.getSum().getField(), records, what);
            case AVERAGE -> requireAverage(result, aggregation.getAverage().getField(), records, what);
            case GROUPS -> {
                requireBuckets(
                        result.getBuckets(),
                        largest(aggregation.getGroups(), records),
                        groups(aggregation.getGroups().getField(), records).size(),
                        aggregation.getGroups().getAggregationsMap(),
                        what);
                requireMissing(result, aggregation.getGroups().getField(), records, ModelOrder::isOrdered, what);
            }
            case HISTOGRAM -> {
                List<Map.Entry<Value, List<Record>>> intervals =
                        new ArrayList<>(intervals(aggregation, records).entrySet());
                requireBuckets(
                        result.getBuckets(),
                        intervals,
                        intervals.size(),
                        aggregation.getHistogram().getAggregationsMap(),
                        what);
                requireMissing(result, aggregation.getHistogram().getField(), records, ModelValues::isNumber, what);
            }
            case TIME_HISTOGRAM -> {
                List<Map.Entry<Value, List<Record>>> intervals = new ArrayList<>(
                        times(aggregation.getTimeHistogram(), records).entrySet());
                requireBuckets(
                        result.getBuckets(),
                        intervals,
                        intervals.size(),
                        aggregation.getTimeHistogram().getAggregationsMap(),
                        what);
                requireMissing(
                        result, aggregation.getTimeHistogram().getField(), records, Value::hasTimestampValue, what);
            }
            case KIND_NOT_SET -> throw new IllegalArgumentException("An aggregation without a kind");
        }
    }

    private static boolean hasValue(Record record, String field) {
        return !values(record, field).isEmpty();
    }

    /** Returns the values of a field, those of a list one by one. */
    private static List<Value> values(Record record, String field) {
        Optional<Value> whole = ModelValues.whole(record.getFieldsMap(), field);
        if (whole.isEmpty() || whole.get().hasNullValue()) {
            return List.of();
        }
        return whole.get().hasListValue() ? whole.get().getListValue().getValuesList() : List.of(whole.get());
    }

    private static void requireExtreme(
            AggregationResult result, String field, List<Record> records, Comparator<Value> order, String what) {
        List<Value> all = records.stream()
                .flatMap(record -> values(record, field).stream())
                .filter(ModelOrder::isOrdered)
                .toList();
        assertThat(result.getValue().getValueCount()).as(what).isEqualTo(all.size());
        Optional<Value> extreme = all.stream().min(order);
        assertThat(result.getValue().hasValue()).as(what).isEqualTo(extreme.isPresent());
        extreme.ifPresent(value -> assertThat(order.compare(result.getValue().getValue(), value))
                .as(what)
                .isZero());
    }

    private static List<BigDecimal> numbers(List<Record> records, String field) {
        return records.stream()
                .flatMap(record -> values(record, field).stream())
                .filter(ModelValues::isNumber)
                .map(ModelValues::decimal)
                .toList();
    }

    private static void requireSum(AggregationResult result, String field, List<Record> records, String what) {
        List<BigDecimal> numbers = numbers(records, field);
        assertThat(result.getValue().getValueCount()).as(what).isEqualTo(numbers.size());
        boolean integers = records.stream()
                .flatMap(record -> values(record, field).stream())
                .filter(ModelValues::isNumber)
                .allMatch(Value::hasInt64Value);
        BigDecimal sum = numbers.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
        if (numbers.isEmpty()) {
            assertThat(result.getValue().hasValue()).as(what).isFalse();
        } else if (integers && sum.toBigIntegerExact().bitLength() < 64) {
            assertThat(result.getValue().getValue()).as(what).isEqualTo(Requests.number(sum.longValueExact()));
        } else {
            assertThat(result.getValue().getValue().getDoubleValue()).as(what).isEqualTo(sum.doubleValue());
        }
    }

    private static void requireAverage(AggregationResult result, String field, List<Record> records, String what) {
        List<BigDecimal> numbers = numbers(records, field);
        assertThat(result.getValue().getValueCount()).as(what).isEqualTo(numbers.size());
        assertThat(result.getValue().hasValue()).as(what).isEqualTo(!numbers.isEmpty());
        if (!numbers.isEmpty()) {
            double mean = numbers.stream()
                    .reduce(BigDecimal.ZERO, BigDecimal::add)
                    .divide(BigDecimal.valueOf(numbers.size()), MathContext.DECIMAL128)
                    .doubleValue();
            assertThat(result.getValue().getValue().getDoubleValue())
                    .as(what)
                    .isCloseTo(mean, org.assertj.core.data.Offset.offset(Math.abs(mean) * 1e-15));
        }
    }

    private void requireBuckets(
            BucketResult result,
            List<Map.Entry<Value, List<Record>>> expected,
            int count,
            Map<String, Aggregation> nested,
            String what) {
        assertThat(result.getBucketCount()).as(what).isEqualTo(count);
        assertThat(result.getBucketsCount()).as(what).isEqualTo(expected.size());
        for (int i = 0; i < expected.size(); i++) {
            Bucket bucket = result.getBuckets(i);
            assertThat(ModelOrder.BY_VALUE.compare(
                            bucket.getKey(), expected.get(i).getKey()))
                    .as(
                            "%s, bucket %d: %s, expected %s",
                            what, i, bucket, expected.get(i).getKey())
                    .isZero();
            assertThat(bucket.getCount())
                    .as("%s, bucket %d", what, i)
                    .isEqualTo(expected.get(i).getValue().size());
            requireSame(nested, bucket.getResultsMap(), expected.get(i).getValue(), what + ", bucket " + i);
        }
    }

    private static void requireMissing(
            AggregationResult result,
            String field,
            List<Record> records,
            java.util.function.Predicate<Value> counts,
            String what) {
        assertThat(result.getBuckets().getMissingCount())
                .as("%s, missing", what)
                .isEqualTo(records.stream()
                        .filter(record -> values(record, field).stream().noneMatch(counts))
                        .count());
    }

    private static Map<Value, List<Record>> groups(String field, List<Record> records) {
        Map<Value, List<Record>> groups = new TreeMap<>(ModelOrder.BY_VALUE);
        records.forEach(record -> {
            Set<Value> keys = new java.util.TreeSet<>(ModelOrder.BY_VALUE);
            values(record, field).stream().filter(ModelOrder::isOrdered).forEach(keys::add);
            keys.forEach(
                    key -> groups.computeIfAbsent(key, _ -> new ArrayList<>()).add(record));
        });
        return groups;
    }

    /** Returns the groups of the most records, of equal ones the least value first. */
    private static List<Map.Entry<Value, List<Record>>> largest(GroupAggregation aggregation, List<Record> records) {
        int limit = aggregation.getLimit() == 0 ? DEFAULT_GROUPS : aggregation.getLimit();
        return groups(aggregation.getField(), records).entrySet().stream()
                .sorted(Comparator.comparingInt((Map.Entry<Value, List<Record>> group) ->
                        -group.getValue().size()))
                .limit(limit)
                .toList();
    }

    private static BigDecimal interval(Value value, Aggregation aggregation) {
        return ModelValues.decimal(value)
                .subtract(BigDecimal.valueOf(aggregation.getHistogram().getOffset()))
                .divide(BigDecimal.valueOf(aggregation.getHistogram().getInterval()), 0, RoundingMode.FLOOR);
    }

    /** Of whole intervals and offsets only. */
    private static Map<Value, List<Record>> intervals(Aggregation aggregation, List<Record> records) {
        Map<Value, List<Record>> intervals = new TreeMap<>(ModelOrder.BY_VALUE);
        records.forEach(record -> {
            Set<BigDecimal> numbers = new HashSet<>();
            values(record, aggregation.getHistogram().getField()).stream()
                    .filter(ModelValues::isNumber)
                    .forEach(value -> numbers.add(interval(value, aggregation).setScale(0)));
            for (BigDecimal number : numbers) {
                BigDecimal start = number.multiply(
                                BigDecimal.valueOf(aggregation.getHistogram().getInterval()))
                        .add(BigDecimal.valueOf(aggregation.getHistogram().getOffset()));
                BigInteger whole = start.toBigInteger();
                Value key = whole.bitLength() < 64
                        ? Requests.number(whole.longValueExact())
                        : Requests.real(start.doubleValue());
                intervals.computeIfAbsent(key, _ -> new ArrayList<>()).add(record);
            }
        });
        return intervals;
    }

    private static Map<Value, List<Record>> times(TimeHistogramAggregation histogram, List<Record> records) {
        long interval = histogram.getInterval().getSeconds();
        long offset = histogram.getOffset().getSeconds();
        Map<Value, List<Record>> intervals = new TreeMap<>(ModelOrder.BY_VALUE);
        records.forEach(record -> {
            Set<Long> starts = new HashSet<>();
            values(record, histogram.getField()).stream()
                    .filter(Value::hasTimestampValue)
                    .forEach(value ->
                            starts.add(Math.floorDiv(value.getTimestampValue().getSeconds() - offset, interval)));
            for (long number : starts) {
                long start = Math.max(RandomSchema.FIRST_SECOND, number * interval + offset);
                intervals
                        .computeIfAbsent(Requests.instant(start, 0), _ -> new ArrayList<>())
                        .add(record);
            }
        });
        return intervals;
    }
}
