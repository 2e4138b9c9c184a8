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
                "id = 3|3"
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
    }
}
