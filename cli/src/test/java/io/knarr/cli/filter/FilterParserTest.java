package io.knarr.cli.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.TextFormat;
import io.knarr.v1.Filter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FilterParserTest {
    private static Filter wire(String text) throws TextFormat.ParseException {
        return TextFormat.parse(text, Filter.class);
    }

    @Test
    void andBindsTighterThanOrAndNotTighterThanAnd() throws Exception {
        assertThat(FilterParser.parse("a = 1 or not b = 2 and c = 3")).isEqualTo(wire("""
                                or { filters { equal { field: "a" values { int64_value: 1 } } }
                                     filters { and {
                                       filters { not { filter { equal { field: "b" values { int64_value: 2 } } } } }
                                       filters { equal { field: "c" values { int64_value: 3 } } } } } }
                                """));
    }

    @Test
    void parenthesesOverrideThePrecedence() throws Exception {
        assertThat(FilterParser.parse("(a = 1 OR b = 2) AND exists(c.d)")).isEqualTo(wire("""
                                and { filters { or {
                                        filters { equal { field: "a" values { int64_value: 1 } } }
                                        filters { equal { field: "b" values { int64_value: 2 } } } } }
                                      filters { exists { field: "c.d" } } }
                                """));
    }

    @Test
    void everyComparisonBecomesItsOwnBound() throws Exception {
        assertThat(FilterParser.parse("y < 1")).isEqualTo(wire("range { field: 'y' lt { int64_value: 1 } }"));
        assertThat(FilterParser.parse("y <= 1")).isEqualTo(wire("range { field: 'y' lte { int64_value: 1 } }"));
        assertThat(FilterParser.parse("y>-1.5")).isEqualTo(wire("range { field: 'y' gt { double_value: -1.5 } }"));
        assertThat(FilterParser.parse("y>=1e3")).isEqualTo(wire("range { field: 'y' gte { double_value: 1000 } }"));
        assertThat(FilterParser.parse("y != true"))
                .isEqualTo(wire("not { filter { equal { field: 'y' values { bool_value: true } } } }"));
    }

    @Test
    void integersAreExactToTheLastBit() throws Exception {
        assertThat(FilterParser.parse("n = 9223372036854775807"))
                .isEqualTo(wire("equal { field: 'n' values { int64_value: 9223372036854775807 } }"));
        assertThat(FilterParser.parse("n = -9223372036854775808"))
                .isEqualTo(wire("equal { field: 'n' values { int64_value: -9223372036854775808 } }"));
    }

    @Test
    void textKeepsItsQuotesEscapesAndKeywords() throws Exception {
        assertThat(FilterParser.parse("t in (\"a \\\" and b\", 'it\\'s', \"\\u00e6\")"))
                .isEqualTo(wire("equal { field: 't' values { string_value: 'a \" and b' }"
                        + " values { string_value: \"it's\" } values { string_value: '\u00e6' } }"));
    }

    @Test
    void aFieldInBackQuotesIsNeverAKeyword() throws Exception {
        assertThat(FilterParser.parse("`not` = 1 and `id` = 2"))
                .isEqualTo(wire("and { filters { equal { field: 'not' values { int64_value: 1 } } }"
                        + " filters { equal { field: 'id' values { int64_value: 2 } } } }"));
    }

    @Test
    void idsKeepTheirKinds() throws Exception {
        assertThat(FilterParser.parse("id not in (18446744073709551615, \"7\", uuid(\"x\"))"))
                .isEqualTo(wire("not { filter { has_id { ids { uint64_id: 18446744073709551615 }"
                        + " ids { string_id: '7' } ids { uuid: 'x' } } } }"));
    }

    @Test
    void timestampsNeedAnOffset() throws Exception {
        assertThat(FilterParser.parse("t > timestamp(\"1970-01-01T01:00:00.5+01:00\")"))
                .isEqualTo(wire("range { field: 't' gt { timestamp_value { seconds: 0 nanos: 500000000 } } }"));
        assertThatExceptionOfType(FilterSyntaxException.class)
                .isThrownBy(() -> FilterParser.parse("t > timestamp(\"1970-01-01T01:00:00\")"));
    }

    @Test
    void functionsBecomeTheirConditions() throws Exception {
        assertThat(FilterParser.parse("prefix(a, \"x\")")).isEqualTo(wire("prefix { field: 'a' prefix: 'x' }"));
        assertThat(FilterParser.parse("CONTAINS(a.b, 'x')"))
                .isEqualTo(wire("contains { field: 'a.b' substring: 'x' }"));
        assertThat(FilterParser.parse("regex(a, '^x$')")).isEqualTo(wire("regex { field: 'a' pattern: '^x$' }"));
        assertThat(FilterParser.parse("is_null(a) and not is_empty(b)"))
                .isEqualTo(wire("and { filters { is_null { field: 'a' } }"
                        + " filters { not { filter { is_empty { field: 'b' } } } } }"));
        assertThat(FilterParser.parse("contains_all(a, 1, 2)"))
                .isEqualTo(wire("contains_all { field: 'a' values { int64_value: 1 } values { int64_value: 2 } }"));
        assertThat(FilterParser.parse("has_vector(main)")).isEqualTo(wire("has_vector { vector_name: 'main' }"));
        assertThat(FilterParser.parse("values_count(a) >= 2")).isEqualTo(wire("values_count { field: 'a' gte: 2 }"));
        assertThat(FilterParser.parse("values_count(a) = 2"))
                .isEqualTo(wire("values_count { field: 'a' gte: 2 lte: 2 }"));
        assertThat(FilterParser.parse("at_least(1, is_null(a), is_null(b) or is_null(c))"))
                .isEqualTo(
                        wire(
                                "min_should { min_count: 1 filters { is_null { field: 'a' } }"
                                        + " filters { or { filters { is_null { field: 'b' } } filters { is_null { field: 'c' } } } } }"));
        assertThat(FilterParser.parse("nested(items, color = 'red' and size < 5)"))
                .isEqualTo(wire("nested { field: 'items' filter { and {"
                        + " filters { equal { field: 'color' values { string_value: 'red' } } }"
                        + " filters { range { field: 'size' lt { int64_value: 5 } } } } } }"));
    }

    @Test
    void placesPathsAndWordsBecomeTheirConditions() throws Exception {
        assertThat(FilterParser.parse("geo_radius(at, 10.75, 59.9, 5000)"))
                .isEqualTo(wire(
                        "geo_radius { field: 'at' center { longitude: 10.75 latitude: 59.9 } radius_meters: 5000 }"));
        assertThat(FilterParser.parse("geo_box(at, 170, -5, -170, 5)"))
                .isEqualTo(wire("geo_box { field: 'at' south_west { longitude: 170 latitude: -5 }"
                        + " north_east { longitude: -170 latitude: 5 } }"));
        assertThat(FilterParser.parse("geo_polygon(at, 0, 0, 1, 0, 1, 1)"))
                .isEqualTo(wire("geo_polygon { field: 'at' exterior { points { } points { longitude: 1 }"
                        + " points { longitude: 1 latitude: 1 } } }"));
        assertThat(FilterParser.parse(
                        "geo_polygon(at, 0, 0, 9, 0, 9, 9, hole(2, 1, 3, 1, 3, 2), hole(5, 1, 6, 1, 6, 2))"))
                .isEqualTo(wire("geo_polygon { field: 'at' exterior { points { } points { longitude: 9 }"
                        + " points { longitude: 9 latitude: 9 } }"
                        + " holes { points { longitude: 2 latitude: 1 } points { longitude: 3 latitude: 1 }"
                        + " points { longitude: 3 latitude: 2 } }"
                        + " holes { points { longitude: 5 latitude: 1 } points { longitude: 6 latitude: 1 }"
                        + " points { longitude: 6 latitude: 2 } } }"));
        assertThat(FilterParser.parse("under(p, '/a/b') and not under(p, '/a/b', 1)"))
                .isEqualTo(wire("and { filters { path { field: 'p' path: '/a/b' } }"
                        + " filters { not { filter { path { field: 'p' path: '/a/b' max_depth: 1 } } } } }"));
        assertThat(FilterParser.parse("phrase(t, 'a b')"))
                .isEqualTo(wire("text_match { field: 't' query: 'a b' mode: TEXT_MATCH_MODE_PHRASE }"));
        assertThat(FilterParser.parse("all_words(t, 'a b')"))
                .isEqualTo(wire("text_match { field: 't' query: 'a b' mode: TEXT_MATCH_MODE_ALL }"));
        assertThat(FilterParser.parse("any_word(t, 'a b')"))
                .isEqualTo(wire("text_match { field: 't' query: 'a b' mode: TEXT_MATCH_MODE_ANY }"));
    }

    @Test
    void aFieldMayBeCalledLikeAFunction() throws Exception {
        assertThat(FilterParser.parse("prefix = 1"))
                .isEqualTo(wire("equal { field: 'prefix' values { int64_value: 1 } }"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '#',
            value = {
                "##|0",
                "a|1",
                "a =|3",
                "a = b|4",
                "a = 1 b = 2|6",
                "(a = 1|6",
                "a = 1)|5",
                "a in ()|6",
                "a in (1,)|8",
                "a not 1|6",
                "a = \"x|4",
                "a = 1 and|9",
                "a = 1.2.3|4",
                "a = 9223372036854775808|4",
                "a = 1e999|4",
                "a ~ 1|2",
                "exists()|7",
                "a = \"\\q\"|5",
                "and = 1|0",
                "id = 3|3",
                "prefix(a)|8",
                "prefix(a, 1)|10",
                "prefix(a, 'x'|13",
                "contains_all(a)|14",
                "values_count(a)|15",
                "values_count(a) != 2|16",
                "values_count(a) > -1|18",
                "at_least(x, a = 1)|9",
                "at_least(1)|10",
                "nested(a, )|10",
                "geo_radius(a, 1, 2)|18",
                "geo_box(a, 1, 'x', 2, 3)|14",
                "geo_polygon(a, 1)|16",
                "geo_polygon(a, 1, 2, hole(1))|27",
                "geo_polygon(a, 1, 2, hole(1, 2), 3, 4)|33",
                "geo_polygon(a, 1, 2, hole 1, 2)|26",
                "under(a, b)|9",
                "phrase(a)|8"
            })
    void aMistakeIsShownWhereItIs(String expression, int position) {
        assertThatExceptionOfType(FilterSyntaxException.class)
                .isThrownBy(() -> FilterParser.parse(expression))
                .satisfies(e -> assertThat(e.position()).isEqualTo(position));
    }

    @ParameterizedTest
    @ValueSource(ints = {33, 100_000})
    void tooManyLevelsAreRefusedAndNotSuffered(int levels) {
        assertThatExceptionOfType(FilterSyntaxException.class)
                .isThrownBy(() -> FilterParser.parse("(".repeat(levels) + "a = 1" + ")".repeat(levels)));
        assertThatExceptionOfType(FilterSyntaxException.class)
                .isThrownBy(() -> FilterParser.parse("not ".repeat(levels) + "a = 1"));
        assertThatExceptionOfType(FilterSyntaxException.class)
                .isThrownBy(() -> FilterParser.parse("nested(a, ".repeat(levels) + "a = 1" + ")".repeat(levels)));
    }
}
