package io.knarr.server.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.BoolValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.GeoValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.NullValue;
import io.knarr.server.model.FieldValue.ObjectValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.FieldValue.TimestampValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Filter.And;
import io.knarr.server.model.Filter.Contains;
import io.knarr.server.model.Filter.ContainsAll;
import io.knarr.server.model.Filter.Equal;
import io.knarr.server.model.Filter.Exists;
import io.knarr.server.model.Filter.GeoBox;
import io.knarr.server.model.Filter.GeoPolygon;
import io.knarr.server.model.Filter.GeoRadius;
import io.knarr.server.model.Filter.HasId;
import io.knarr.server.model.Filter.HasVector;
import io.knarr.server.model.Filter.IsEmpty;
import io.knarr.server.model.Filter.IsNull;
import io.knarr.server.model.Filter.MinShould;
import io.knarr.server.model.Filter.Nested;
import io.knarr.server.model.Filter.Not;
import io.knarr.server.model.Filter.Or;
import io.knarr.server.model.Filter.Prefix;
import io.knarr.server.model.Filter.Range;
import io.knarr.server.model.Filter.Regex;
import io.knarr.server.model.Filter.TextMatch;
import io.knarr.server.model.Filter.TextMode;
import io.knarr.server.model.Filter.Under;
import io.knarr.server.model.Filter.ValuesCount;
import io.knarr.server.model.GeoPoint;
import io.knarr.server.model.RecordId;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.IntPredicate;
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
            case GeoPoint point -> new GeoValue(point);
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

    private static Filter allOf(Object... values) {
        return new ContainsAll(
                "f", Set.copyOf(Arrays.stream(values).map(RowMatcherTest::of).toList()));
    }

    private static Filter count(
            @Nullable Integer gt, @Nullable Integer gte, @Nullable Integer lt, @Nullable Integer lte) {
        return new ValuesCount("f", bound(gt), bound(gte), bound(lt), bound(lte));
    }

    private static OptionalLong bound(@Nullable Integer bound) {
        return bound == null ? OptionalLong.empty() : OptionalLong.of(bound);
    }

    private static Filter nested(Filter inner) {
        return new Nested("f", inner);
    }

    private static FieldValue item(Object color, Object size) {
        return new ObjectValue(new LinkedHashMap<>(Map.of("color", of(color), "size", of(size))));
    }

    private static Filter redAndSmall() {
        return new And(List.of(
                equalAt("color", "red"),
                new Range("size", Optional.empty(), Optional.empty(), Optional.of(of(5)), Optional.empty())));
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

    static Stream<Arguments> moreConditions() {
        Map<String, FieldValue> empty = Map.of();
        Filter always = new And(List.of());
        Filter never = new Or(List.of());
        return Stream.of(
                // No value
                Arguments.of(empty, new IsNull("f"), true),
                Arguments.of(empty, new IsEmpty("f"), true),
                Arguments.of(empty, new Prefix("f", "a"), false),
                Arguments.of(empty, new Contains("f", "a"), false),
                Arguments.of(empty, new Regex("f", ".*"), false),
                Arguments.of(empty, allOf("a"), false),
                Arguments.of(empty, count(null, 0, null, null), false),
                Arguments.of(empty, count(null, null, 5, null), false),
                Arguments.of(empty, nested(always), false),
                Arguments.of(empty, new IsNull("f.g"), true),
                matches(new NullValue(), new IsNull("f")),
                matches(new NullValue(), new IsEmpty("f")),
                fails(new NullValue(), count(null, 0, null, null)),
                fails(new NullValue(), new Prefix("f", "n")),
                fails(new NullValue(), nested(always)),
                fails(list(), new IsNull("f")),
                matches(list(), new IsEmpty("f")),
                fails(list(), allOf("a")),
                matches(list(), count(null, null, null, 0)),
                fails("", new IsNull("f")),
                fails("", new IsEmpty("f")),
                fails(0, new IsEmpty("f")),
                // Text
                matches("abc", new Prefix("f", "ab")),
                matches("ab", new Prefix("f", "ab")),
                fails("a", new Prefix("f", "ab")),
                fails("Abc", new Prefix("f", "ab")),
                fails(5, new Prefix("f", "5")),
                matches(list("x", "abc"), new Prefix("f", "ab")),
                matches("xabcx", new Contains("f", "abc")),
                matches("\uD83D\uDE00\uD83D\uDE01", new Contains("f", "\uD83D\uDE01")),
                fails("xaxbxc", new Contains("f", "abc")),
                matches(list("x", "zabz"), new Contains("f", "ab")),
                matches("knarr-25", new Regex("f", "[0-9]+")),
                matches("knarr", new Regex("f", "^k.*r$")),
                fails("knarr", new Regex("f", "^arr")),
                matches("KNARR", new Regex("f", "(?i)^knarr$")),
                matches("\uD83D\uDE00", new Regex("f", "^.$")),
                fails("a\nb", new Regex("f", "^b$")),
                matches("a\nb", new Regex("f", "(?m)^b$")),
                fails(7, new Regex("f", "7")),
                matches(list("a", "b7"), new Regex("f", "^b\\d$")),
                // All of a list
                matches(list("a", "b", "c"), allOf("c", "a")),
                fails(list("a", "b"), allOf("a", "c")),
                fails(list("a", "a"), allOf("a", "b")),
                matches(list("a", "a", "b"), allOf("a", "b")),
                matches("a", allOf("a")),
                fails("a", allOf("a", "b")),
                matches(list(1, 2.0), allOf(1.0, 2)),
                fails(list(BEYOND_DOUBLES), allOf(0x1p53)),
                matches(list(Long.MIN_VALUE, Long.MAX_VALUE), allOf(Long.MAX_VALUE, Long.MIN_VALUE)),
                // How many
                matches(list("a", "b"), count(1, null, 3, null)),
                fails(list("a", "b"), count(2, null, null, null)),
                fails(list("a", "b"), count(null, 1, null, 1)),
                matches("a", count(null, 1, null, 1)),
                matches(object("g", 1), count(null, 1, null, 1)),
                matches(
                        list(object("g", list(1, 2)), object("g", 3)),
                        new ValuesCount(
                                "f.g", OptionalLong.of(2), OptionalLong.empty(), OptionalLong.empty(), bound(3))),
                // Places, paths and words; GeoRegionTest, PathTextTest and WordQueryTest have the rest
                matches(new GeoPoint(11, 60), new GeoRadius("f", new GeoPoint(10, 60), 56_000)),
                fails(new GeoPoint(10, 61), new GeoRadius("f", new GeoPoint(10, 60), 56_000)),
                fails("10,60", new GeoRadius("f", new GeoPoint(10, 60), 56_000)),
                Arguments.of(empty, new GeoRadius("f", new GeoPoint(10, 60), 1e9), false),
                matches(
                        list(new GeoPoint(0, 0), new GeoPoint(-180, 1)),
                        new GeoBox("f", new GeoPoint(179, 0), new GeoPoint(-179, 2))),
                matches(
                        new GeoPoint(180, 1),
                        new GeoPolygon(
                                "f",
                                List.of(new GeoPoint(179, 0), new GeoPoint(-179, 0), new GeoPoint(180, 5)),
                                List.of())),
                matches("/a/b", new Under("f", "/a", OptionalInt.empty())),
                matches("//a/b/", new Under("f", "/a/b", OptionalInt.of(0))),
                fails("/ab", new Under("f", "/a", OptionalInt.empty())),
                fails("/a/b/c", new Under("f", "/a", OptionalInt.of(1))),
                fails("a/b", new Under("f", "/", OptionalInt.empty())),
                Arguments.of(empty, new Under("f", "/", OptionalInt.empty()), false),
                matches(list("x", "the red fox"), new TextMatch("f", "FOX red", TextMode.ALL)),
                fails(list("red", "fox"), new TextMatch("f", "fox red", TextMode.ALL)),
                fails(7, new TextMatch("f", "7", TextMode.ANY)),
                Arguments.of(empty, new TextMatch("f", "a", TextMode.ANY), false),
                // Some of several
                Arguments.of(empty, new MinShould(List.of(always, never, always), 2), true),
                Arguments.of(empty, new MinShould(List.of(always, never, never), 2), false),
                Arguments.of(empty, new MinShould(List.of(always), 1), true),
                // The record itself
                Arguments.of(empty, new HasVector(Optional.of("there")), true),
                Arguments.of(empty, new HasVector(Optional.of("elsewhere")), false),
                // One object at a time
                matches(list(item("red", 9), item("red", 3)), nested(redAndSmall())),
                fails(list(item("red", 9), item("blue", 3)), nested(redAndSmall())),
                matches(item("red", 3), nested(redAndSmall())),
                fails(item("red", 9), nested(redAndSmall())),
                fails("red", nested(always)),
                fails(list(), nested(always)),
                matches(list(item("red", 9), item("blue", 3)), nested(new Not(equalAt("color", "red")))),
                fails(list(item("red", 9)), nested(new Not(equalAt("color", "red")))),
                matches(item("red", 9), nested(new IsNull("weight"))),
                matches(
                        list(item("red", list(item("blue", 1))), item("red", 2)),
                        nested(new And(
                                List.of(equalAt("color", "red"), new Nested("size", equalAt("color", "blue")))))),
                matches(
                        object("g", list(item("red", 9), item("red", 3))),
                        new Nested("f.g", new MinShould(List.of(redAndSmall(), never), 1))),
                matches(item("red", 1), nested(new Or(List.of(never, new Regex("color", "^r"))))));
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

        @Override
        public IntPredicate vector(String name) {
            return _ -> name.equals("there");
        }
    }

    private record Columns(FieldColumns columns) implements RowMatcher.Source {
        @Override
        public RowMatcher.Column column(String path) {
            return columns.snapshot().at(path);
        }

        @Override
        public RecordId id(int row) {
            return ID;
        }

        @Override
        public IntPredicate vector(String name) {
            return _ -> name.equals("there");
        }
    }

    @ParameterizedTest
    @MethodSource({"conditions", "moreConditions"})
    void aConditionSaysTheSameEverywhereAndItsNegationTheOpposite(
            Map<String, FieldValue> fields, Filter filter, boolean expected) {
        FieldColumns columns = new FieldColumns();
        columns.append(0, new LinkedHashMap<>(Map.of("f", new IntValue(-77))));
        columns.append(1, new LinkedHashMap<>(fields));
        FieldColumns frozen = new FieldColumns();
        frozen.append(0, new LinkedHashMap<>(Map.of("f", new IntValue(-77))));
        frozen.append(1, new LinkedHashMap<>(fields));
        frozen.freeze(2);

        for (RowMatcher.Source source : List.of(new One(fields), new Columns(columns), new Columns(frozen))) {
            assertThat(RowMatcher.of(filter, source).matches(1)).isEqualTo(expected);
            assertThat(RowMatcher.of(new Not(filter), source).matches(1)).isEqualTo(!expected);
            assertThat(RowMatcher.of(new Not(new Not(filter)), source).matches(1))
                    .isEqualTo(expected);
        }
    }
}
