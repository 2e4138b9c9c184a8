package io.knarr.it;

import com.google.protobuf.TextFormat;
import io.knarr.v1.Filter;
import java.util.ArrayList;
import java.util.List;

/** Malformed conditions of the kinds that look at one value closely, as protobuf text. For {@link BadFilters}. */
final class BadConditions {
    private static final String INVALID = "INVALID_FILTER";
    private static final String LIMIT = "LIMIT_EXCEEDED";
    private static final String TYPE = "TYPE_MISMATCH";
    private static final String UNKNOWN = "UNKNOWN_FIELD";

    private final List<BadFilters.Malformed> conditions = new ArrayList<>();

    private BadConditions() {}

    static List<BadFilters.Malformed> all() {
        BadConditions bad = new BadConditions();
        bad.texts();
        bad.expressions();
        bad.lists();
        bad.absences();
        bad.choices();
        bad.vectors();
        bad.objects();
        return bad.conditions;
    }

    private void add(String name, String reason, String field, String text) {
        conditions.add(new BadFilters.Malformed(name, reason, field, parse(text)));
    }

    private static Filter parse(String text) {
        try {
            return TextFormat.parse(text, Filter.class);
        } catch (TextFormat.ParseException e) {
            throw new IllegalArgumentException("Not a filter: " + text, e);
        }
    }

    private void texts() {
        add("a prefix without a field", INVALID, ".prefix.field", "prefix { prefix: 'a' }");
        add("a prefix without text", INVALID, ".prefix.prefix", "prefix { field: 'color' }");
        add(
                "a prefix too long",
                LIMIT,
                ".prefix.prefix",
                "prefix { field: 'color' prefix: '" + "x".repeat(4_097) + "' }");
        add("a prefix of an integer", TYPE, ".prefix.field", "prefix { field: 'size' prefix: '1' }");
        add("a prefix of a UUID", TYPE, ".prefix.field", "prefix { field: 'key' prefix: 'a' }");
        add("a prefix of no known field", UNKNOWN, ".prefix.field", "prefix { field: 'colour' prefix: 'a' }");
        add("a substring without a field", INVALID, ".contains.field", "contains { substring: 'a' }");
        add("a substring without text", INVALID, ".contains.substring", "contains { field: 'color' }");
        add(
                "a substring too long",
                LIMIT,
                ".contains.substring",
                "contains { field: 'color' substring: '" + "x".repeat(4_097) + "' }");
        add("a substring of a boolean", TYPE, ".contains.field", "contains { field: 'sold' substring: 't' }");
        add("a substring of no known field", UNKNOWN, ".contains.field", "contains { field: 'a.b' substring: 't' }");
    }

    private void expressions() {
        add("an expression without a field", INVALID, ".regex.field", "regex { pattern: 'a' }");
        add("an expression without a pattern", INVALID, ".regex.pattern", "regex { field: 'color' }");
        add("an expression that is none", INVALID, ".regex.pattern", "regex { field: 'color' pattern: '(' }");
        add("an expression that looks ahead", INVALID, ".regex.pattern", "regex { field: 'color' pattern: '(?=a)' }");
        add("an expression that looks back", INVALID, ".regex.pattern", "regex { field: 'color' pattern: '(a)\\\\1' }");
        add(
                "an expression too long",
                LIMIT,
                ".regex.pattern",
                "regex { field: 'color' pattern: '" + "x".repeat(1_025) + "' }");
        add(
                "an expression that multiplies",
                LIMIT,
                ".regex.pattern",
                "regex { field: 'color' pattern: '(((a{1000}){1000}){1000}){1000}' }");
        add(
                "an expression of many levels",
                LIMIT,
                ".regex.pattern",
                "regex { field: 'color' pattern: '" + "(".repeat(500) + ")".repeat(500) + "' }");
        add("an expression on a time", TYPE, ".regex.field", "regex { field: 'made' pattern: '2' }");
        add(
                "a bad expression deep within",
                INVALID,
                ".and.filters[0].not.filter.regex.pattern",
                "and { filters { not { filter { regex { field: 'color' pattern: '[' } } } } }");
    }

    private void lists() {
        add("all of nothing", INVALID, ".contains_all.values", "contains_all { field: 'tags' }");
        add("all without a field", INVALID, ".contains_all.field", "contains_all { values { string_value: 'a' } }");
        add(
                "all of two kinds",
                INVALID,
                ".contains_all.values[1]",
                "contains_all { field: 'tags' values { string_value: 'a' } values { bool_value: true } }");
        add(
                "all of a null",
                INVALID,
                ".contains_all.values[0]",
                "contains_all { field: 'tags' values { null_value: true } }");
        add(
                "all of an integer in text",
                TYPE,
                ".contains_all.values",
                "contains_all { field: 'tags' values { int64_value: 1 } }");
        add("a number of values without a bound", INVALID, ".values_count", "values_count { field: 'tags' }");
        add("a number of values without a field", INVALID, ".values_count.field", "values_count { gt: 1 }");
        add(
                "a number of values of no known field",
                UNKNOWN,
                ".values_count.field",
                "values_count { field: 'tag' gt: 1 }");
    }

    private void absences() {
        add("null of no field", INVALID, ".is_null.field", "is_null { }");
        add("null of no known field", UNKNOWN, ".is_null.field", "is_null { field: 'colour' }");
        add("empty of no field", INVALID, ".is_empty.field", "is_empty { }");
        add("empty of no known field", UNKNOWN, ".is_empty.field", "is_empty { field: 'colour' }");
    }

    private void choices() {
        String good = "filters { exists { field: 'color' } } ";
        add("at least none of one", INVALID, ".min_should.min_count", "min_should { " + good + "}");
        add("at least two of one", INVALID, ".min_should.min_count", "min_should { min_count: 2 " + good + "}");
        add("at least one of none", INVALID, ".min_should.min_count", "min_should { min_count: 1 }");
        add(
                "at least four billion",
                INVALID,
                ".min_should.min_count",
                "min_should { min_count: 4294967295 " + good + "}");
        add(
                "a node of no kind among several",
                INVALID,
                ".min_should.filters[1]",
                "min_should { min_count: 1 " + good + "filters { } }");
    }

    private void vectors() {
        add(
                "has a vector that is not there",
                UNKNOWN,
                ".has_vector.vector_name",
                "has_vector { vector_name: 'other' }");
        add("has a vector of two, unnamed", "INVALID_FIELD", ".has_vector.vector_name", "has_vector { }");
        add("has a vector with a space", INVALID, ".has_vector.vector_name", "has_vector { vector_name: 'ma in' }");
    }

    private void objects() {
        add("nested without a field", INVALID, ".nested.field", "nested { filter { exists { field: 'a' } } }");
        add("nested without a filter", INVALID, ".nested.filter", "nested { field: 'color' }");
        add("nested in text", TYPE, ".nested.field", "nested { field: 'color' filter { exists { field: 'a' } } }");
        add(
                "nested in no known field",
                UNKNOWN,
                ".nested.field",
                "nested { field: 'items' filter { exists { field: 'a' } } }");
        add("nested with a node of no kind", INVALID, ".nested.filter", "nested { field: 'items' filter { } }");
        add(
                "nested with ids",
                INVALID,
                ".nested.filter.has_id",
                "nested { field: 'items' filter { has_id { ids { uint64_id: 1 } } } }");
        add(
                "nested with a vector",
                INVALID,
                ".nested.filter.not.filter.has_vector",
                "nested { field: 'items' filter { not { filter { has_vector { vector_name: 'main' } } } } }");
        add(
                "nested 33 levels",
                LIMIT,
                ".nested.filter".repeat(32),
                "nested { field: 'a' filter { ".repeat(32) + "exists { field: 'a' }" + " } }".repeat(32));
    }
}
