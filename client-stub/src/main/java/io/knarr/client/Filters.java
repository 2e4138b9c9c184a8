package io.knarr.client;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The conditions that a filter is made of.
 *
 * {@snippet file="io/knarr/client/examples/Quickstart.java" region="filters"}
 */
public final class Filters {
    private Filters() {}

    /** Returns a filter that matches when all of those do; none: always. */
    public static Filter and(Filter... filters) {
        return new Filter.And(Arrays.asList(filters));
    }

    /** Returns a filter that matches when at least one of those does; none: never. */
    public static Filter or(Filter... filters) {
        return new Filter.Or(Arrays.asList(filters));
    }

    /** Returns a filter that matches exactly the records that the other does not. */
    public static Filter not(Filter filter) {
        return new Filter.Not(filter);
    }

    /** Returns a filter that matches records whose field has that value; on a list field, one element that equals it is enough. */
    public static Filter eq(String field, Object value) {
        return new Filter.Equal(field, List.of(value));
    }

    /** Returns a filter that matches records whose field has one of the values, which are of one kind. */
    public static Filter in(String field, Object... values) {
        return in(field, Arrays.asList(values));
    }

    /** Returns a filter that matches records whose field has one of the values, which are of one kind. */
    public static Filter in(String field, Collection<?> values) {
        return new Filter.Equal(field, List.copyOf(values));
    }

    /** Returns an interval that still needs at least one bound: {@code range("price").gte(1).lt(2)}. */
    public static Filter.Range range(String field) {
        return new Filter.Range(field, null, null, null, null);
    }

    /** Returns a filter that matches the records of those ids. */
    public static Filter hasId(RecordKey... ids) {
        return new Filter.HasId(Set.of(ids));
    }

    /** Returns a filter that matches records that have a value in that field. */
    public static Filter exists(String field) {
        return new Filter.Exists(field);
    }

    /** Returns a filter that matches when at least so many of those do. */
    public static Filter atLeast(int minCount, Filter... filters) {
        return new Filter.MinShould(Arrays.asList(filters), minCount);
    }

    /** Returns a filter that matches records that do not have the field, or have it with the null value. */
    public static Filter isNull(String field) {
        return new Filter.IsNull(field);
    }

    /** Returns a filter that matches records that do not have the field, or have it with the null value or an empty list. */
    public static Filter isEmpty(String field) {
        return new Filter.IsEmpty(field);
    }

    /** Returns a filter that matches text that begins with the prefix. */
    public static Filter prefix(String field, String prefix) {
        return new Filter.Prefix(field, prefix);
    }

    /** Returns a filter that matches text that has the substring somewhere. */
    public static Filter contains(String field, String substring) {
        return new Filter.Contains(field, substring);
    }

    /** Returns a filter that matches text in which the RE2 regular expression is found; {@code ^} and {@code $} tie it to the ends. */
    public static Filter regex(String field, String pattern) {
        return new Filter.Regex(field, pattern);
    }

    /** Returns a filter that matches lists that have each of the values, which are of one kind. */
    public static Filter containsAll(String field, Object... values) {
        return new Filter.ContainsAll(field, Arrays.asList(values));
    }

    /** Returns a condition on the number of values that still needs at least one bound: {@code valuesCount("tags").gte(2)}. */
    public static Filter.ValuesCount valuesCount(String field) {
        return new Filter.ValuesCount(
                field, OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());
    }

    /** Returns a filter that matches records that have the vector. */
    public static Filter hasVector(String vectorName) {
        return new Filter.HasVector(vectorName);
    }

    /** Returns a filter that matches when one object of the field does as a whole; the filter's fields are those of the object. */
    public static Filter nested(String field, Filter filter) {
        return new Filter.Nested(field, filter);
    }

    /** Returns a filter that matches text that has all, any, or all in a row of the query's words. */
    public static Filter words(String field, String query, Filter.Words mode) {
        return new Filter.TextMatch(field, query, mode);
    }

    /** Returns a filter that matches paths that are equal to or below that one; {@code under("path", "/a").maxDepth(1)} bounds how far. */
    public static Filter.Under under(String field, String path) {
        return new Filter.Under(field, path, OptionalInt.empty());
    }

    /** Returns a filter that matches places at most so many metres from another, along a great circle. */
    public static Filter geoRadius(String field, GeoPoint center, double radiusMeters) {
        return new Filter.GeoRadius(field, center, radiusMeters);
    }

    /** Returns a filter that matches places in a box, which goes over the antimeridian where its first longitude is the greater. */
    public static Filter geoBox(String field, GeoPoint southWest, GeoPoint northEast) {
        return new Filter.GeoBox(field, southWest, northEast);
    }

    /** Returns a filter that matches places within a polygon of great circles, which fits into one half of the earth. */
    public static Filter.GeoPolygon geoPolygon(String field, GeoPoint... corners) {
        return new Filter.GeoPolygon(field, List.of(corners), List.of());
    }
}
