package io.knarr.server.index;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.knarr.server.model.Filter.And;
import io.knarr.server.model.Filter.Equal;
import io.knarr.server.model.Filter.Exists;
import io.knarr.server.model.Filter.HasId;
import io.knarr.server.model.Filter.Not;
import io.knarr.server.model.Filter.Or;
import io.knarr.server.model.Filter.Range;
import io.knarr.server.model.RecordId;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What each condition says of each kind of value, on an index's columns and on a record just read. */
class RowMatcherTest {
    private static final RecordId ID = RecordId.of("the record");
    private static final long BEYOND_DOUBLES = (1L << 53) + 1;
    private static final Instant TIME = Instant.parse("2026-01-01T00:00:00.000000001Z");

    private static FieldValue of(Object value) {
        return switch (value) {
            case FieldValue ready -> ready;
            case Boolean bool -> new BoolValue(bool);
            case Integer integer -> new IntValue(integer);
            case Long integer -> new IntValue(integer);
            case Double number -> new DoubleValue(number);
            case String text -> new StringValue(text);
            case Instant instant -> new TimestampValue(instant);
            default -> throw new IllegalArgumentException("Not the value of a field: " + value);
        };
    }

    private static FieldValue list(Object... elements) {
        return new ListValue(Arrays.stream(elements).map(RowMatcherTest::of).toList());
    }

    private static FieldValue object(String name, Object value) {
        return new ObjectValue(new LinkedHashMap<>(Map.of(name, of(value))));
    }

    private static Filter equal(Object... values) {
        return equalAt("f", values);
    }

    private static Filter equalAt(String field, Object... values) {
        return new Equal(
                field, Set.copyOf(Arrays.stream(values).map(RowMatcherTest::of).toList()));
    }

    private static Range range(@Nullable Object gt, @Nullable Object gte, @Nullable Object lt, @Nullable Object lte) {
        return new Range(
                "f",
                Optional.ofNullable(gt).map(RowMatcherTest::of),
                Optional.ofNullable(gte).map(RowMatcherTest::of),
                Optional.ofNullable(lt).map(RowMatcherTest::of),
                Optional.ofNullable(lte).map(RowMatcherTest::of));
    }

    private static Arguments matches(Object value, Filter filter) {
        return Arguments.of(Map.of("f", of(value)), filter, true);
    }

    private static Arguments fails(Object value, Filter filter) {
        return Arguments.of(Map.of("f", of(value)), filter, false);
    }

    static Stream<Arguments> conditions() {
        Map<String, FieldValue> empty = Map.of();
        Filter always = new And(List.of());
        Filter never = new Or(List.of());
        return Stream.of(
                // No value
                Arguments.of(empty, equal(1), false),
                Arguments.of(empty, range(null, 0, null, null), false),
                Arguments.of(empty, new Exists("f"), false),
                Arguments.of(empty, equalAt("f.g", 1), false),
                fails(new NullValue(), equal(1)),
                fails(new NullValue(), range(null, 0, null, null)),
                fails(new NullValue(), new Exists("f")),
                fails(list(), new Exists("f")),
                fails(list(), equal(1)),
                matches(object("g", 1), new Exists("f")),
                matches(false, new Exists("f")),
                // Nothing and everything
                Arguments.of(empty, always, true),
                Arguments.of(empty, never, false),
                Arguments.of(empty, new And(List.of(always, never)), false),
                Arguments.of(empty, new Or(List.of(never, always)), true),
                // Ids
                Arguments.of(empty, new HasId(Set.of(RecordId.of(1), ID)), true),
                Arguments.of(empty, new HasId(Set.of(RecordId.of(1))), false),
                // Kinds are told apart, but for numbers
                matches("1", equal("1")),
                fails("1", equal(1)),
                fails(true, equal(1)),
                matches(true, equal(true)),
                matches(1, equal(1.0)),
                matches(1.0, equal(1)),
                fails(1.5, equal(1)),
                matches(2, equal(1, 2)),
                fails("1", range(null, 0, null, null)),
                // Numbers are exact
                matches(BEYOND_DOUBLES, equal(BEYOND_DOUBLES)),
                fails(BEYOND_DOUBLES, equal(0x1p53)),
                fails(0x1p53, equal(BEYOND_DOUBLES)),
                matches(BEYOND_DOUBLES, range(0x1p53, null, null, null)),
                fails(BEYOND_DOUBLES, range(null, null, null, 0x1p53)),
                matches(0x1p53, range(null, null, BEYOND_DOUBLES, null)),
                fails(Long.MAX_VALUE, equal(0x1p63)),
                matches(Long.MAX_VALUE, range(null, null, 0x1p63, null)),
                matches(0x1p63, range(Long.MAX_VALUE, null, null, null)),
                matches(Long.MIN_VALUE, equal(-0x1p63)),
                matches(Long.MIN_VALUE, range(null, -0x1p63, null, -0x1p63)),
                matches(Long.MIN_VALUE, range(-0x1.1p63, null, null, null)),
                matches(-0.0, equal(0.0)),
                matches(-0.0, equal(0)),
                matches(0, equal(-0.0)),
                fails(-0.0, range(null, null, 0.0, null)),
                matches(-0.0, range(null, 0, null, 0)),
                matches(-1, range(-1.5, null, -0.5, null)),
                fails(-1, range(null, -0.5, null, null)),
                matches(Double.MIN_VALUE, range(0, null, 1, null)),
                // Bounds: all that are given apply
                matches(5, range(null, 5, null, 5)),
                fails(5, range(5, null, null, null)),
                fails(5, range(null, null, 5, null)),
                fails(5, range(5, 1, null, null)),
                fails(5, range(null, null, 9, 4)),
                // Time to the nanosecond
                matches(TIME, equal(TIME)),
                matches(TIME, range(TIME.minusNanos(1), null, TIME.plusNanos(1), null)),
                fails(TIME, range(TIME, null, null, null)),
                // Text by code point: U+1F600 comes after U+FFFD, though its first char comes before
                matches("\uD83D\uDE00", range("\uFFFD", null, null, null)),
                fails("\uFFFD", range("\uD83D\uDE00", null, null, null)),
                matches("\uD83D\uDE01", range("\uD83D\uDE00", null, null, null)),
                matches("ab", range("a", null, "b", null)),
                matches("", range(null, "", null, "")),
                // Lists: any element, each on its own
                matches(list(1, 5), equal(5)),
                fails(list(1, 5), equal(4)),
                matches(list("a", "b"), equal("b", "z")),
                fails(list(1, 9), range(null, 4, null, 6)),
                matches(list(1, 5), range(null, 4, null, 6)),
                // Nested
                matches(object("g", 1), equalAt("f.g", 1)),
                fails(object("g", 1), equalAt("f", 1)),
                fails(object("g", 1), equalAt("f.h", 1)),
                matches(object("g", object("h", "x")), equalAt("f.g.h", "x")),
                matches(list(object("g", 1), object("g", 2)), equalAt("f.g", 2)),
                matches(list(object("g", list(1, 2)), object("h", 3)), equalAt("f.g", 2)),
                matches(object("g", 1), new Exists("f.g")),
                fails(object("g", new NullValue()), new Exists("f.g")),
                fails(list(object("h", 1)), new Exists("f.g")),
                fails(1, equalAt("f.g", 1)));
    }

    private record One(Map<String, FieldValue> fields) implements RowMatcher.Source {
        @Override
        public RowMatcher.Column column(String path) {
            return _ -> FieldValues.find(new LinkedHashMap<>(fields), path);
        }

        @Override
        public RecordId id(int row) {
            return ID;
        }
    }

    private record Columns(FieldColumns columns) implements RowMatcher.Source {
        @Override
        public RowMatcher.Column column(String path) {
            return columns.at(path);
        }

        @Override
        public RecordId id(int row) {
            return ID;
        }
    }

    @ParameterizedTest
    @MethodSource("conditions")
    void aConditionSaysTheSameEverywhereAndItsNegationTheOpposite(
            Map<String, FieldValue> fields, Filter filter, boolean expected) {
        FieldColumns columns = new FieldColumns();
        columns.append(0, new LinkedHashMap<>(Map.of("f", new IntValue(-77))));
        columns.append(1, new LinkedHashMap<>(fields));

        for (RowMatcher.Source source : List.of(new One(fields), new Columns(columns))) {
            assertThat(RowMatcher.of(filter, source).matches(1)).isEqualTo(expected);
            assertThat(RowMatcher.of(new Not(filter), source).matches(1)).isEqualTo(!expected);
            assertThat(RowMatcher.of(new Not(new Not(filter)), source).matches(1))
                    .isEqualTo(expected);
        }
    }
}
