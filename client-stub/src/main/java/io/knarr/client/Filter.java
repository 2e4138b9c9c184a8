package io.knarr.client;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A condition on a record, made by {@link Filters}. Immutable.
 *
 * <p>A record without a value for a field matches no condition on it but {@link IsNull} and {@link IsEmpty}, and matches the condition's
 * negation. On a list field a condition matches when any element does, unless it says otherwise.
 */
public sealed interface Filter {
    /** Matches when all do; none: always. */
    record And(List<Filter> filters) implements Filter {
        public And {
            filters = List.copyOf(filters);
        }
    }

    /** Matches when at least one does; none: never. */
    record Or(List<Filter> filters) implements Filter {
        public Or {
            filters = List.copyOf(filters);
        }
    }

    /** Matches when the other does not: the exact complement. */
    record Not(Filter filter) implements Filter {}

    /** Matches when the field has one of the values. */
    record Equal(String field, List<Object> values) implements Filter {
        public Equal {
            values = List.copyOf(values);
        }
    }

    /** Matches when the field's value lies within every bound given. */
    record Range(
            String field,
            @Nullable Object gt,
            @Nullable Object gte,
            @Nullable Object lt,
            @Nullable Object lte) implements Filter {
        /** Returns this range with an exclusive lower bound. */
        public Range gt(Object bound) {
            return new Range(field, bound, gte, lt, lte);
        }

        /** Returns this range with an inclusive lower bound. */
        public Range gte(Object bound) {
            return new Range(field, gt, bound, lt, lte);
        }

        /** Returns this range with an exclusive upper bound. */
        public Range lt(Object bound) {
            return new Range(field, gt, gte, bound, lte);
        }

        /** Returns this range with an inclusive upper bound. */
        public Range lte(Object bound) {
            return new Range(field, gt, gte, lt, bound);
        }
    }

    /** Matches records by id. */
    record HasId(Set<RecordKey> ids) implements Filter {
        public HasId {
            ids = Set.copyOf(ids);
        }
    }

    /** Matches records that have the field, with a value that is not null and not an empty list. */
    record Exists(String field) implements Filter {}

    /** Matches when at least so many do: 1 to as many as there are. */
    record MinShould(List<Filter> filters, int minCount) implements Filter {
        public MinShould {
            filters = List.copyOf(filters);
        }
    }

    /** Matches records without the field, or with the null value in it. */
    record IsNull(String field) implements Filter {}

    /** Matches records without the field, or with the null value or an empty list in it. */
    record IsEmpty(String field) implements Filter {}

    /** Matches text that begins with the prefix. */
    record Prefix(String field, String prefix) implements Filter {}

    /** Matches text that has the substring somewhere. */
    record Contains(String field, String substring) implements Filter {}

    /** Matches text in which the pattern, an RE2 regular expression, is found somewhere. */
    record Regex(String field, String pattern) implements Filter {}

    /** Matches lists that have each of the values. */
    record ContainsAll(String field, List<Object> values) implements Filter {
        public ContainsAll {
            values = List.copyOf(values);
        }
    }

    /** Matches when the number of the field's values lies within every bound given. */
    record ValuesCount(String field, OptionalInt gt, OptionalInt gte, OptionalInt lt, OptionalInt lte)
            implements Filter {
        /** Returns this with an exclusive lower bound. */
        public ValuesCount gt(int bound) {
            return new ValuesCount(field, OptionalInt.of(bound), gte, lt, lte);
        }

        /** Returns this with an inclusive lower bound. */
        public ValuesCount gte(int bound) {
            return new ValuesCount(field, gt, OptionalInt.of(bound), lt, lte);
        }

        /** Returns this with an exclusive upper bound. */
        public ValuesCount lt(int bound) {
            return new ValuesCount(field, gt, gte, OptionalInt.of(bound), lte);
        }

        /** Returns this with an inclusive upper bound. */
        public ValuesCount lte(int bound) {
            return new ValuesCount(field, gt, gte, lt, OptionalInt.of(bound));
        }
    }

    /** Matches records that have the vector. */
    record HasVector(String vectorName) implements Filter {}

    /** Matches when one object, the field's value or an element of its list, matches the filter, whose fields are those of the object. */
    record Nested(String field, Filter filter) implements Filter {}

    /** How the words of a query must be in a text. */
    enum Words {
        /** Each of them, anywhere. */
        ALL,
        /** At least one of them. */
        ANY,
        /** All of them beside each other, in their order. */
        PHRASE
    }

    /** Matches text by its words. */
    record TextMatch(String field, String query, Words mode) implements Filter {}

    /** Matches paths that are equal to or below another. */
    record Under(String field, String path, OptionalInt maxDepth) implements Filter {
        /** Returns this for at most so many levels below: 0 for the path itself, 1 for its children too. */
        public Under maxDepth(int levels) {
            return new Under(field, path, OptionalInt.of(levels));
        }
    }

    /** Matches places within a distance along a great circle. */
    record GeoRadius(String field, GeoPoint center, double radiusMeters) implements Filter {}

    /** Matches places between two parallels and two meridians, eastwards from the first corner to the second. */
    record GeoBox(String field, GeoPoint southWest, GeoPoint northEast) implements Filter {}

    /** Matches places within a polygon and not within its holes; edges are great circles. */
    record GeoPolygon(String field, List<GeoPoint> exterior, List<List<GeoPoint>> holes) implements Filter {
        public GeoPolygon {
            exterior = List.copyOf(exterior);
            holes = holes.stream().map(List::copyOf).toList();
        }

        /** Returns this with another hole. */
        public GeoPolygon hole(GeoPoint... corners) {
            List<List<GeoPoint>> more = new ArrayList<>(holes);
            more.add(List.of(corners));
            return new GeoPolygon(field, exterior, more);
        }
    }
}
