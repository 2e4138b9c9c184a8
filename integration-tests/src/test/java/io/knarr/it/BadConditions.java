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
        bad.words();
        bad.paths();
        bad.places();
        bad.polygons();
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
                "nested { field: 'things' filter { exists { field: 'a' } } }");
        add(
                "nested in a field no object has",
                UNKNOWN,
                ".nested.filter.exists.field",
                "nested { field: 'items' filter { exists { field: 'a' } } }");
        add(
                "an integer for text within an object",
                TYPE,
                ".nested.filter.equal.values",
                "nested { field: 'items' filter { equal { field: 'color' values { int64_value: 1 } } } }");
        add(
                "a field within an object that has none such",
                UNKNOWN,
                ".exists.field",
                "exists { field: 'items.weight' }");
        add(
                "an equality with an object",
                TYPE,
                ".equal.values",
                "equal { field: 'items' values { string_value: 'a' } }");
        add("a range of objects", TYPE, ".range.field", "range { field: 'items' gt { string_value: 'a' } }");
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

    private void words() {
        String mode = "mode: TEXT_MATCH_MODE_ALL";
        add("words without a field", INVALID, ".text_match.field", "text_match { query: 'a' " + mode + " }");
        add("words without a query", INVALID, ".text_match.query", "text_match { field: 'body' " + mode + " }");
        add(
                "words without any word",
                INVALID,
                ".text_match.query",
                "text_match { field: 'body' query: '...' " + mode + " }");
        add("words without a mode", INVALID, ".text_match.mode", "text_match { field: 'body' query: 'a' }");
        add(
                "words in a mode nobody knows",
                INVALID,
                ".text_match.mode",
                "text_match { field: 'body' query: 'a' mode: 99 }");
        add("words of a string", TYPE, ".text_match.field", "text_match { field: 'color' query: 'a' " + mode + " }");
        add(
                "words of no known field",
                UNKNOWN,
                ".text_match.field",
                "text_match { field: 'title' query: 'a' " + mode + " }");
        add(
                "words too long",
                LIMIT,
                ".text_match.query",
                "text_match { field: 'body' query: '" + "x".repeat(4_097) + "' " + mode + " }");
    }

    private void paths() {
        add("below no field", INVALID, ".path.field", "path { path: '/a' }");
        add("below no path", INVALID, ".path.path", "path { field: 'file' }");
        add("below a path without a slash", INVALID, ".path.path", "path { field: 'file' path: 'a/b' }");
        add("below a path that goes up", INVALID, ".path.path", "path { field: 'file' path: '/a/../b' }");
        add("below a path too deep", INVALID, ".path.path", "path { field: 'file' path: '" + "/a".repeat(257) + "' }");
        add("below a path too long", LIMIT, ".path.path", "path { field: 'file' path: '/" + "a".repeat(4_096) + "' }");
        add("below in text", TYPE, ".path.field", "path { field: 'color' path: '/a' }");
        add("below in no known field", UNKNOWN, ".path.field", "path { field: 'files' path: '/a' }");
        add(
                "equal to a path that is none",
                TYPE,
                ".equal.values",
                "equal { field: 'file' values { string_value: 'a' } }");
        add("a range of paths", TYPE, ".range.field", "range { field: 'file' gt { string_value: '/a' } }");
    }

    private void places() {
        String center = "center { longitude: 10 latitude: 60 } ";
        add("a circle without a field", INVALID, ".geo_radius.field", "geo_radius { " + center + "radius_meters: 1 }");
        add(
                "a circle without a middle",
                INVALID,
                ".geo_radius.center",
                "geo_radius { field: 'place' radius_meters: 1 }");
        add(
                "a circle without a radius",
                INVALID,
                ".geo_radius.radius_meters",
                "geo_radius { field: 'place' " + center + "}");
        add(
                "a circle of less than nothing",
                INVALID,
                ".geo_radius.radius_meters",
                "geo_radius { field: 'place' " + center + "radius_meters: -1 }");
        add(
                "a circle of a radius that is none",
                "NOT_FINITE",
                ".geo_radius.radius_meters",
                "geo_radius { field: 'place' " + center + "radius_meters: nan }");
        add(
                "a circle without an end",
                "NOT_FINITE",
                ".geo_radius.radius_meters",
                "geo_radius { field: 'place' " + center + "radius_meters: inf }");
        add(
                "a circle around longitude 180.1",
                INVALID,
                ".geo_radius.center.longitude",
                "geo_radius { field: 'place' center { longitude: 180.1 } radius_meters: 1 }");
        add(
                "a circle around latitude -90.1",
                INVALID,
                ".geo_radius.center.latitude",
                "geo_radius { field: 'place' center { latitude: -90.1 } radius_meters: 1 }");
        add(
                "a circle around no latitude",
                "NOT_FINITE",
                ".geo_radius.center.latitude",
                "geo_radius { field: 'place' center { latitude: nan } radius_meters: 1 }");
        add(
                "a circle in text",
                TYPE,
                ".geo_radius.field",
                "geo_radius { field: 'color' " + center + "radius_meters: 1 }");
        add(
                "a circle in no known field",
                UNKNOWN,
                ".geo_radius.field",
                "geo_radius { field: 'spot' " + center + "radius_meters: 1 }");
        String corner = "north_east { longitude: 10 latitude: 60 } ";
        add("a box without a field", INVALID, ".geo_box.field", "geo_box { south_west { } " + corner + "}");
        add("a box without a corner", INVALID, ".geo_box.south_west", "geo_box { field: 'place' " + corner + "}");
        add(
                "a box without the other corner",
                INVALID,
                ".geo_box.north_east",
                "geo_box { field: 'place' south_west { } }");
        add(
                "a box upside down",
                INVALID,
                ".geo_box",
                "geo_box { field: 'place' south_west { latitude: 61 } " + corner + "}");
        add(
                "a box to longitude -181",
                INVALID,
                ".geo_box.north_east.longitude",
                "geo_box { field: 'place' south_west { } north_east { longitude: -181 } }");
        add("a box in an integer", TYPE, ".geo_box.field", "geo_box { field: 'size' south_west { } " + corner + "}");
        add(
                "equal to text in places",
                TYPE,
                ".equal.values",
                "equal { field: 'place' values { string_value: '0,0' } }");
        add("equal to a place", INVALID, ".equal.values[0]", "equal { field: 'place' values { geo_value { } } }");
        add("a range of places", TYPE, ".range.field", "range { field: 'place' gt { int64_value: 1 } }");
    }

    private void polygons() {
        String triangle = "exterior { points { } points { longitude: 10 } points { latitude: 10 } } ";
        add("a polygon without a field", INVALID, ".geo_polygon.field", "geo_polygon { " + triangle + "}");
        add("a polygon without an edge", INVALID, ".geo_polygon.exterior.points", "geo_polygon { field: 'place' }");
        add(
                "a polygon of two corners",
                INVALID,
                ".geo_polygon.exterior.points",
                "geo_polygon { field: 'place' exterior { points { } points { longitude: 1 } points { } } }");
        add(
                "a polygon with a corner that is none",
                "NOT_FINITE",
                ".geo_polygon.exterior.points[1].longitude",
                "geo_polygon { field: 'place' exterior { points { } points { longitude: inf } points { latitude: 1 } } }");
        add(
                "a polygon with a hole of one corner",
                INVALID,
                ".geo_polygon.holes[1].points",
                "geo_polygon { field: 'place' " + triangle
                        + "holes { points { } points { longitude: 1 } points { latitude: 1 } } holes { points { } } }");
        add(
                "a polygon around the earth",
                INVALID,
                ".geo_polygon.exterior",
                "geo_polygon { field: 'place' exterior { points { latitude: -9 } points { longitude: 120 latitude: -9 }"
                        + " points { longitude: -120 latitude: -9 } points { latitude: 80 } } }");
        add(
                "a polygon with its hole elsewhere",
                INVALID,
                ".geo_polygon.holes[0]",
                "geo_polygon { field: 'place' " + triangle
                        + "holes { points { longitude: 170 } points { longitude: 175 } points { longitude: 172 latitude: 5 } } }");
        add("a polygon in a boolean", TYPE, ".geo_polygon.field", "geo_polygon { field: 'sold' " + triangle + "}");
        add(
                "a polygon of 10,001 corners",
                LIMIT,
                ".geo_polygon",
                "geo_polygon { field: 'place' exterior { " + "points { } ".repeat(10_001) + "} }");
    }
}
