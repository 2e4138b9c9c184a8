package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.codeOf;
import static io.knarr.server.index.TestBackends.draft;
import static io.knarr.server.index.TestBackends.failureOf;
import static io.knarr.server.index.TestBackends.overForOtherThreads;
import static io.knarr.server.index.TestBackends.upsert;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.AggregateReply;
import io.knarr.server.model.AggregateResult;
import io.knarr.server.model.AggregateResult.Bucket;
import io.knarr.server.model.AggregateResult.Bucketed;
import io.knarr.server.model.AggregateResult.Counted;
import io.knarr.server.model.AggregateResult.Taken;
import io.knarr.server.model.Aggregation;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.BoolValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.NullValue;
import io.knarr.server.model.FieldValue.ObjectValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.FieldValue.TimestampValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.VectorSpec;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Aggregations against a list, a loop and exact decimals. */
@Timeout(120)
class AggregateModelTest {
    private final InMemoryStoreAdapter store = new InMemoryStoreAdapter();
    private final TestBackends backends = new TestBackends(store);
    private final AccountBackend backend = backends.openWithCollection();

    @AfterEach
    void close() {
        backend.close();
        backends.close();
        store.close();
    }

    private AggregateResult one(Aggregation aggregation) {
        return aggregate(Optional.empty(), aggregation).results().firstEntry().getValue();
    }

    private AggregateReply aggregate(Optional<Filter> filter, Aggregation aggregation) {
        SequencedMap<String, Aggregation> named = new LinkedHashMap<>(Map.of("x", aggregation));
        return backend.aggregate(COLLECTION, filter, named, NO_DEADLINE);
    }

    private void write(FieldValue... values) {
        for (int i = 0; i < values.length; i++) {
            upsert(backend, draft(RecordId.of(i), Map.of("v", values[i]), 1f));
        }
    }

    @Test
    void sumsOfIntegersAreExactOverAllBits() {
        write(
                new IntValue(Long.MAX_VALUE),
                new IntValue(Long.MAX_VALUE),
                new IntValue(Long.MIN_VALUE),
                new IntValue(-7));

        assertThat(one(new Aggregation.Sum("v")))
                .isEqualTo(new Taken(Optional.of(new IntValue(Long.MAX_VALUE - 8)), 4));
        assertThat(one(new Aggregation.Average("v")))
                .isEqualTo(new Taken(Optional.of(new DoubleValue((Long.MAX_VALUE - 8) / 4.0)), 4));
    }

    @Test
    void aSumOfIntegersBeyond64BitsIsTheNearestNumber() {
        write(new IntValue(Long.MIN_VALUE), new IntValue(Long.MIN_VALUE), new IntValue(Long.MIN_VALUE));

        assertThat(one(new Aggregation.Sum("v"))).isEqualTo(new Taken(Optional.of(new DoubleValue(-3 * 0x1p63)), 3));
    }

    @Test
    void aSumBeyondWhatADoubleHoldsIsRefused() {
        write(new DoubleValue(Double.MAX_VALUE), new DoubleValue(Double.MAX_VALUE));

        ServiceException failure = failureOf(() -> one(new Aggregation.Sum("v")));
        assertThat(failure.code()).isEqualTo(ErrorCode.NOT_FINITE);
        assertThat(failure.field()).hasValue("aggregations[\"x\"].sum");
        assertThat(one(new Aggregation.Average("v")))
                .isEqualTo(new Taken(Optional.of(new DoubleValue(Double.MAX_VALUE)), 2));
    }

    @Test
    void whatIsSmallIsLeftWhenWhatIsLargeCancelsOut() {
        double[] values = {
            0.5, 0x1p63, 1e300, 0x1p-60, Double.MAX_VALUE, -0x1p63, 0.5, -1e300, -Double.MAX_VALUE, 3e-320
        };
        write(Arrays.stream(values).mapToObj(DoubleValue::new).toArray(FieldValue[]::new));

        assertThat(one(new Aggregation.Sum("v")))
                .isEqualTo(new Taken(Optional.of(new DoubleValue(1 + 0x1p-60)), values.length));
        assertThat(one(new Aggregation.Average("v")))
                .isEqualTo(new Taken(Optional.of(new DoubleValue(0.1)), values.length));
    }

    @Test
    void integersAndNumbersCancelOutExactly() {
        write(new IntValue(Long.MAX_VALUE), new DoubleValue(-0x1p63), new DoubleValue(0.25));

        assertThat(one(new Aggregation.Sum("v"))).isEqualTo(new Taken(Optional.of(new DoubleValue(-0.75)), 3));
    }

    @Test
    void roundingErrorsAreKeptAside() {
        FieldValue[] values = new FieldValue[1_002];
        Arrays.fill(values, new DoubleValue(0.1));
        values[0] = new DoubleValue(1e16);
        values[1_001] = new DoubleValue(-1e16);
        write(values);

        Taken sum = (Taken) one(new Aggregation.Sum("v"));
        assertThat(((DoubleValue) sum.value().orElseThrow()).value())
                .as("plain addition would lose all of it")
                .isCloseTo(100.0, within(1e-10));
    }

    @Test
    void nothingHasNoExtremeAndNoSum() {
        write(new NullValue(), new ListValue(List.of()));

        for (Aggregation aggregation : List.of(
                new Aggregation.Min("v"),
                new Aggregation.Max("v"),
                new Aggregation.Sum("v"),
                new Aggregation.Average("v"))) {
            assertThat(one(aggregation)).isEqualTo(new Taken(Optional.empty(), 0));
        }
        assertThat(one(new Aggregation.Count("v"))).isEqualTo(new Counted(0));
        assertThat(one(new Aggregation.Count(""))).isEqualTo(new Counted(2));
        assertThat(one(new Aggregation.Groups("v", 10, new LinkedHashMap<>())))
                .isEqualTo(new Bucketed(List.of(), 0, 2));
    }

    @Test
    void integersArePutIntoIntervalsExactly() {
        long edge = (1L << 53) + 1;
        write(new IntValue(edge), new IntValue(edge - 1), new IntValue(Long.MIN_VALUE), new IntValue(Long.MAX_VALUE));

        Bucketed buckets = (Bucketed) one(new Aggregation.Histogram("v", 2, 1, new LinkedHashMap<>()));

        assertThat(buckets.buckets())
                .extracting(Bucket::key)
                .containsExactly(
                        new DoubleValue(-0x1p63), // one before the least integer, which is no integer of 64 bits
                        new IntValue(edge - 2),
                        new IntValue(edge),
                        new IntValue(Long.MAX_VALUE));
    }

    @Test
    void instantsArePutIntoIntervalsOverAllOfTheirRange() {
        write(
                new TimestampValue(Instant.parse("0001-01-01T00:00:00Z")),
                new TimestampValue(Instant.parse("1969-12-31T23:59:59.999999999Z")),
                new TimestampValue(Instant.parse("1970-01-01T00:00:00Z")),
                new TimestampValue(Instant.parse("9999-12-31T23:59:59.999999999Z")));

        Bucketed days = (Bucketed)
                one(new Aggregation.TimeHistogram("v", Duration.ofDays(1), Duration.ofHours(6), new LinkedHashMap<>()));

        assertThat(days.buckets())
                .extracting(bucket -> ((TimestampValue) bucket.key()).value())
                .containsExactly(
                        Instant.parse("0001-01-01T00:00:00Z"), // where time begins, not six hours before
                        Instant.parse("1969-12-31T06:00:00Z"),
                        Instant.parse("9999-12-31T06:00:00Z"));
        assertThat(days.buckets()).extracting(Bucket::count).containsExactly(1L, 2L, 1L);
        assertThat(codeOf(() -> one(
                        new Aggregation.TimeHistogram("v", Duration.ofNanos(1), Duration.ZERO, new LinkedHashMap<>()))))
                .isEqualTo(ErrorCode.INVALID_FIELD);
    }

    @Test
    void aHistogramOfTooManyIntervalsIsRefused() {
        FieldValue[] values = new FieldValue[101];
        for (int i = 0; i <= 100; i++) {
            List<FieldValue> list = new ArrayList<>();
            for (int j = 0; j < 100; j++) {
                list.add(new IntValue(i * 100L + j));
            }
            values[i] = new ListValue(list);
        }
        write(values);

        ServiceException failure = failureOf(() -> one(new Aggregation.Histogram("v", 1, 0, new LinkedHashMap<>())));
        assertThat(failure.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED);
        assertThat(failure.details()).containsEntry("limit", "10000");
        assertThat(((Bucketed) one(new Aggregation.Histogram("v", 2, 0, new LinkedHashMap<>()))).bucketCount())
                .isEqualTo(5_050);
    }

    @Test
    void whatOneCallKeepsIsBounded() {
        SequencedMap<String, Aggregation> distinct = new LinkedHashMap<>(Map.of("x", new Aggregation.Distinct("v")));
        RowMatcher.Source rows = new RowMatcher.Source() {
            @Override
            public RowMatcher.Column column(String path) {
                return IntValue::new;
            }

            @Override
            public RecordId id(int row) {
                return RecordId.of(row);
            }

            @Override
            public java.util.function.IntPredicate vector(String name) {
                return _ -> true;
            }
        };
        Aggregator aggregator = new Aggregator(rows, distinct, 3);
        for (int row = 0; row < 3; row++) {
            aggregator.add(row);
        }

        ServiceException failure = failureOf(() -> aggregator.add(3));

        assertThat(failure.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED);
        assertThat(failure.field()).hasValue("aggregations");
        assertThat(failure.details()).containsEntry("limit", "3");
    }

    @Test
    void theDeadlineIsLookedAt() {
        List<RecordDraft> drafts = new ArrayList<>();
        for (long id = 0; id < 5_000; id++) {
            drafts.add(draft(RecordId.of(id), Map.of("v", new IntValue(id)), 1f));
        }
        var _ = backend.upsert(COLLECTION, WriteTerms.NONE, UpsertMode.UPSERT, drafts, NO_DEADLINE);
        SequencedMap<String, Aggregation> named = new LinkedHashMap<>(Map.of("x", new Aggregation.Sum("v")));

        assertThat(codeOf(() -> backend.aggregate(COLLECTION, Optional.empty(), named, overForOtherThreads())))
                .isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    }

    @Test
    void fieldsOfAnotherTypeAreRefusedByName() {
        Schema schema = new Schema(
                List.of(new VectorSpec("default", 1, Metric.DOT)),
                List.of(
                        new FieldSpec("text", FieldType.STRING, false),
                        new FieldSpec("at", FieldType.TIMESTAMP, false)),
                true);
        backend.createCollection("closed", schema, NO_DEADLINE);
        SequencedMap<String, Aggregation> inner = new LinkedHashMap<>(Map.of("y", new Aggregation.Sum("at")));
        Map<Aggregation, String> wrong = Map.of(
                new Aggregation.Sum("text"), "TYPE_MISMATCH aggregations[\"x\"].sum.field",
                new Aggregation.Average("text"), "TYPE_MISMATCH aggregations[\"x\"].average.field",
                new Aggregation.Histogram("at", 1, 0, inner), "TYPE_MISMATCH aggregations[\"x\"].histogram.field",
                new Aggregation.Groups("text", 1, inner),
                        "TYPE_MISMATCH aggregations[\"x\"].groups.aggregations[\"y\"].sum.field",
                new Aggregation.Min("other"), "UNKNOWN_FIELD aggregations[\"x\"].min.field",
                new Aggregation.Count("other"), "UNKNOWN_FIELD aggregations[\"x\"].count.field");

        wrong.forEach((aggregation, expected) -> {
            SequencedMap<String, Aggregation> named = new LinkedHashMap<>(Map.of("x", aggregation));
            ServiceException failure =
                    failureOf(() -> backend.aggregate("closed", Optional.empty(), named, NO_DEADLINE));
            assertThat(failure.code() + " " + failure.field().orElse("")).isEqualTo(expected);
        });
    }

    /** Random records and aggregations of every kind, nested in one another. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void everyAggregationIsThatOfAModel(long seed) {
        Random random = new Random(seed);
        Map<RecordId, Map<String, FieldValue>> model = new TreeMap<>();
        for (int round = 0; round < 3; round++) {
            List<RecordDraft> drafts = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                Map<String, FieldValue> fields = randomFields(random);
                RecordId id = RecordId.of(random.nextInt(250));
                drafts.add(draft(id, fields, 1f));
                model.put(id, fields);
            }
            var _ = backend.upsert(COLLECTION, WriteTerms.NONE, UpsertMode.UPSERT, drafts, NO_DEADLINE);
            List<RecordId> doomed =
                    model.keySet().stream().filter(_ -> random.nextInt(5) == 0).toList();
            if (!doomed.isEmpty()) {
                var _ = backend.delete(COLLECTION, WriteTerms.NONE, doomed, NO_DEADLINE);
                model.keySet().removeAll(doomed);
            }
            for (int i = 0; i < 40; i++) {
                Aggregation aggregation = randomAggregation(random, 1);
                boolean filtered = random.nextBoolean();
                IntValue wanted = new IntValue(random.nextInt(4));
                Optional<Filter> filter =
                        filtered ? Optional.of(new Filter.Equal("k", Set.of(wanted))) : Optional.empty();
                List<Map<String, FieldValue>> rows = model.values().stream()
                        .filter(fields -> !filtered || wanted.equals(fields.get("k")))
                        .toList();

                AggregateReply reply = aggregate(filter, aggregation);

                assertThat(reply.matchedCount()).isEqualTo(rows.size());
                assertThat(reply.results().firstEntry().getValue())
                        .as("seed %s, %s", seed, aggregation)
                        .isEqualTo(expected(aggregation, rows));
            }
        }
    }

    private static Map<String, FieldValue> randomFields(Random random) {
        Map<String, FieldValue> fields = new HashMap<>();
        fields.put("k", new IntValue(random.nextInt(4)));
        for (String name : List.of("a", "b")) {
            int kind = random.nextInt(8);
            if (kind == 0) {
                fields.put(name, new NullValue());
            } else if (kind == 1) {
                List<FieldValue> list = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    list.add(new IntValue(random.nextInt(5)));
                }
                fields.put(name, new ListValue(list));
            } else if (kind == 2) {
                fields.put(name, new ObjectValue(new LinkedHashMap<>()));
            } else if (kind > 3) {
                fields.put(name, randomScalar(random));
            }
        }
        return fields;
    }

    private static FieldValue randomScalar(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> new BoolValue(random.nextBoolean());
            case 1 -> new IntValue(random.nextInt(20) - 10);
            case 2 ->
                new IntValue(
                        List.of(Long.MIN_VALUE, Long.MAX_VALUE, (1L << 53) + 1).get(random.nextInt(3)));
            case 3 -> new DoubleValue(random.nextInt(20) / 2.0 - 5);
            case 4 -> new StringValue(List.of("", "x", "\uffee", "\ud83d\ude00").get(random.nextInt(4)));
            default -> new TimestampValue(Instant.ofEpochSecond(random.nextInt(9) - 4, random.nextInt(3)));
        };
    }

    private static Aggregation randomAggregation(Random random, int depth) {
        String field = random.nextBoolean() ? "a" : "b";
        SequencedMap<String, Aggregation> nested = new LinkedHashMap<>();
        int kind = random.nextInt(9);
        if (kind > 5 && depth < 3) {
            for (int i = random.nextInt(3); i > 0; i--) {
                nested.put("n" + i, randomAggregation(random, depth + 1));
            }
        }
        return switch (kind) {
            case 0 -> new Aggregation.Count(random.nextInt(3) == 0 ? "" : field);
            case 1 -> new Aggregation.Distinct(field);
            case 2 -> new Aggregation.Min(field);
            case 3 -> new Aggregation.Max(field);
            case 4 -> new Aggregation.Sum(field);
            case 5 -> new Aggregation.Average(field);
            case 6 -> new Aggregation.Groups(field, random.nextInt(1, 12), nested);
            case 7 -> new Aggregation.Histogram(field, random.nextInt(1, 5), random.nextInt(9) - 4, nested);
            default ->
                new Aggregation.TimeHistogram(
                        field,
                        Duration.ofMillis(random.nextInt(1, 3_000)),
                        Duration.ofMillis(random.nextInt(5_000) - 2_500),
                        nested);
        };
    }

    // The model. Every value becomes what compares as it should: a number a decimal.

    private static List<FieldValue> values(Map<String, FieldValue> fields, String field) {
        FieldValue value = fields.get(field);
        return switch (value) {
            case null -> List.of();
            case NullValue _ -> List.of();
            case ListValue(List<FieldValue> elements) -> elements;
            default -> List.of(value);
        };
    }

    private static @Nullable BigDecimal number(FieldValue value) {
        return switch (value) {
            case IntValue(long integer) -> BigDecimal.valueOf(integer);
            case DoubleValue(double real) -> new BigDecimal(real);
            default -> null;
        };
    }

    private static final Comparator<FieldValue> ORDER = Comparator.comparingInt(AggregateModelTest::kind)
            .thenComparing((a, b) -> switch (a) {
                case BoolValue(boolean x) -> Boolean.compare(x, ((BoolValue) b).value());
                case StringValue(String x) ->
                    Arrays.compareUnsigned(
                            x.getBytes(UTF_8), ((StringValue) b).value().getBytes(UTF_8));
                case TimestampValue(Instant x) -> x.compareTo(((TimestampValue) b).value());
                default ->
                    java.util.Objects.requireNonNull(number(a)).compareTo(java.util.Objects.requireNonNull(number(b)));
            });

    private static int kind(FieldValue value) {
        return switch (value) {
            case BoolValue _ -> 0;
            case IntValue _, DoubleValue _ -> 1;
            case StringValue _ -> 2;
            case TimestampValue _ -> 3;
            default -> 9;
        };
    }

    private static AggregateResult expected(Aggregation aggregation, List<Map<String, FieldValue>> rows) {
        List<FieldValue> ordered = rows.stream()
                .flatMap(fields -> values(fields, aggregation.field()).stream())
                .filter(value -> kind(value) < 9)
                .sorted(ORDER)
                .toList();
        List<BigDecimal> numbers = new ArrayList<>();
        boolean whole = true;
        for (FieldValue value : ordered) {
            BigDecimal number = number(value);
            if (number != null) {
                numbers.add(number);
                whole &= value instanceof IntValue;
            }
        }
        BigDecimal sum = numbers.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
        return switch (aggregation) {
            case Aggregation.Count(String field) ->
                new Counted(rows.stream()
                        .filter(fields ->
                                field.isEmpty() || !values(fields, field).isEmpty())
                        .count());
            case Aggregation.Distinct _ ->
                new Counted(
                        ordered.stream().map(AggregateModelTest::key).distinct().count());
            case Aggregation.Min _ ->
                taken(ordered, ordered.isEmpty() ? Optional.empty() : equalTo(ordered.getFirst(), ordered));
            case Aggregation.Max _ ->
                taken(ordered, ordered.isEmpty() ? Optional.empty() : equalTo(ordered.getLast(), ordered));
            case Aggregation.Sum _ ->
                new Taken(numbers.isEmpty() ? Optional.empty() : Optional.of(sumValue(sum, whole)), numbers.size());
            case Aggregation.Average _ ->
                new Taken(
                        numbers.isEmpty()
                                ? Optional.empty()
                                : Optional.of(new DoubleValue(
                                        sum.divide(BigDecimal.valueOf(numbers.size()), 60, RoundingMode.HALF_EVEN)
                                                .doubleValue())),
                        numbers.size());
            case Aggregation.Groups groups -> {
                Bucketed all =
                        bucketed(rows, groups.field(), AggregateModelTest::key, Function.identity(), groups.nested());
                List<Bucket> largest = new ArrayList<>(all.buckets());
                largest.sort(Comparator.comparingLong((Bucket bucket) -> -bucket.count())
                        .thenComparing(Bucket::key, ORDER));
                yield new Bucketed(
                        largest.subList(0, Math.min(groups.limit(), largest.size())),
                        all.bucketCount(),
                        all.missingCount());
            }
            case Aggregation.Histogram histogram -> {
                BigDecimal interval = new BigDecimal(histogram.interval());
                BigDecimal offset = new BigDecimal(histogram.offset());
                yield bucketed(
                        rows,
                        histogram.field(),
                        value -> {
                            BigDecimal number = number(value);
                            return number == null
                                    ? null
                                    : number.subtract(offset).divide(interval, 0, RoundingMode.FLOOR);
                        },
                        start -> wholeValue(start.multiply(interval).add(offset)),
                        histogram.nested());
            }
            case Aggregation.TimeHistogram histogram -> {
                BigInteger interval = Aggregation.TimeHistogram.nanos(histogram.interval());
                BigInteger offset = Aggregation.TimeHistogram.nanos(histogram.offset());
                yield bucketed(
                        rows,
                        histogram.field(),
                        value -> value instanceof TimestampValue(Instant at)
                                ? new BigDecimal(Aggregation.TimeHistogram.nanos(Duration.between(Instant.EPOCH, at))
                                                .subtract(offset))
                                        .divide(new BigDecimal(interval), 0, RoundingMode.FLOOR)
                                : null,
                        start -> new TimestampValue(Instant.EPOCH.plusNanos(start.toBigInteger()
                                .multiply(interval)
                                .add(offset)
                                .longValueExact())),
                        histogram.nested());
            }
        };
    }

    private static Taken taken(List<FieldValue> ordered, Optional<FieldValue> value) {
        return new Taken(value, ordered.size());
    }

    /** Of equals the integer. */
    private static Optional<FieldValue> equalTo(FieldValue extreme, List<FieldValue> ordered) {
        return ordered.stream()
                .filter(value -> ORDER.compare(value, extreme) == 0)
                .min(Comparator.comparing(value -> !(value instanceof IntValue)));
    }

    private static FieldValue sumValue(BigDecimal sum, boolean whole) {
        return whole && sum.toBigInteger().bitLength() < 64
                ? new IntValue(sum.longValueExact())
                : new DoubleValue(sum.doubleValue());
    }

    private static FieldValue wholeValue(BigDecimal number) {
        return number.toBigInteger().bitLength() < 64
                ? new IntValue(number.longValueExact())
                : new DoubleValue(number.doubleValue());
    }

    private static @Nullable FieldValue key(FieldValue value) {
        if (kind(value) == 9) {
            return null;
        }
        boolean isWhole = value instanceof DoubleValue(double number) && number == Math.rint(number);
        return isWhole ? new IntValue((long) ((DoubleValue) value).value()) : value;
    }

    private static <K> Bucketed bucketed(
            List<Map<String, FieldValue>> rows,
            String field,
            Function<FieldValue, @Nullable K> keys,
            Function<K, FieldValue> start,
            SequencedMap<String, Aggregation> nested) {
        Map<K, List<Map<String, FieldValue>>> groups = new LinkedHashMap<>();
        long missing = 0;
        for (Map<String, FieldValue> fields : rows) {
            List<K> found = new ArrayList<>();
            for (FieldValue value : values(fields, field)) {
                K key = keys.apply(value);
                if (key != null && !found.contains(key)) {
                    found.add(key);
                    groups.computeIfAbsent(key, _ -> new ArrayList<>()).add(fields);
                }
            }
            missing += found.isEmpty() ? 1 : 0;
        }
        List<Bucket> buckets = new ArrayList<>();
        groups.forEach((key, members) -> {
            SequencedMap<String, AggregateResult> results = new LinkedHashMap<>();
            nested.forEach((name, inner) -> results.put(name, expected(inner, members)));
            buckets.add(new Bucket(start.apply(key), members.size(), results));
        });
        buckets.sort(Comparator.comparing(Bucket::key, ORDER));
        return new Bucketed(buckets, groups.size(), missing);
    }
}
