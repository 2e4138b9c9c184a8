package io.knarr.server.model;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A condition on a record. A record without a value for a field matches no condition on it but {@link IsNull} and {@link IsEmpty};
 * {@link Not} is the exact complement. On a list, a condition matches when it matches any element, unless it says otherwise.
 *
 * <p>Built only by code that has checked it against the schema: operands are of the field's type, and of one kind.
 */
public sealed interface Filter {
    /** A condition on the value of one field. */
    sealed interface OnField extends Filter {
        /** Returns the field's name; dots lead into nested fields. */
        String field();
    }

    /** A condition on what is of the record itself and in none of its fields. */
    sealed interface OnRecord extends Filter {}

    /** Matches when all do; empty: always. */
    record And(List<Filter> filters) implements Filter {
        public And {
            filters = List.copyOf(filters);
        }
    }

    /** Matches when at least one does; empty: never. */
    record Or(List<Filter> filters) implements Filter {
        public Or {
            filters = List.copyOf(filters);
        }
    }

    /** Matches when the other does not. */
    record Not(Filter filter) implements Filter {}

    /** Matches when at least so many do; 1 to as many as there are. */
    record MinShould(List<Filter> filters, int minCount) implements Filter {
        public MinShould {
            filters = List.copyOf(filters);
        }
    }

    /** Matches when the field has one of the values. A number equals another of the same value, whatever their kinds. */
    record Equal(String field, Set<FieldValue> values) implements OnField {
        public Equal {
            values = Set.copyOf(values);
        }
    }

    /** Matches when the field's value lies within every bound given. */
    record Range(
            String field,
            Optional<FieldValue> gt,
            Optional<FieldValue> gte,
            Optional<FieldValue> lt,
            Optional<FieldValue> lte)
            implements OnField {}

    /** Matches the records of these ids. */
    record HasId(Set<RecordId> ids) implements OnRecord {
        public HasId {
            ids = Set.copyOf(ids);
        }
    }

    /** Matches when the field has a value that is neither null nor an empty list. */
    record Exists(String field) implements OnField {}

    /** Matches when the field has no value, or the null value. */
    record IsNull(String field) implements OnField {}

    /** Matches when the field has no value, the null value or an empty list: the complement of {@link Exists}. */
    record IsEmpty(String field) implements OnField {}

    /** Matches text that begins with the prefix. */
    record Prefix(String field, String prefix) implements OnField {}

    /** Matches text that has the substring somewhere. */
    record Contains(String field, String substring) implements OnField {}

    /** Matches text in which the pattern, an RE2 regular expression, is found somewhere. */
    record Regex(String field, String pattern) implements OnField {}

    /** Matches when each of the values equals some element of the list; a value that is no list counts as a list of one. */
    record ContainsAll(String field, Set<FieldValue> values) implements OnField {
        public ContainsAll {
            values = Set.copyOf(values);
        }
    }

    /**
     * Matches when the number of the field's values lies within every bound given: the elements of a list, or 1. Without a value, and
     * with the null value, there is no number.
     */
    record ValuesCount(String field, OptionalLong gt, OptionalLong gte, OptionalLong lt, OptionalLong lte)
            implements OnField {}

    /** Matches records that have the vector; without a name, the only one of the schema. */
    record HasVector(Optional<String> vectorName) implements OnRecord {}

    /** Matches when one object, the field's value or an element of its list, matches the filter, whose fields are those of the object. */
    record Nested(String field, Filter filter) implements OnField {}

    /** How the words of a query must be in a text. */
    enum TextMode {
        /** Each of them, anywhere. */
        ALL,
        /** At least one of them. */
        ANY,
        /** All of them beside each other, in their order. */
        PHRASE
    }

    /**
     * Matches text that has the words of the query.
     *
     * @param analyzer what makes words of both: the field's, once checked
     */
    record TextMatch(String field, String query, TextMode mode, String analyzer) implements OnField {
        /** Makes a condition by the analyzer of fields that ask for no other. */
        public TextMatch(String field, String query, TextMode mode) {
            this(field, query, mode, TextAnalyzers.DEFAULT);
        }
    }

    /** Matches paths that are equal to or below another, at most so many levels; as stored, and by whole segments. */
    record Under(String field, String path, OptionalInt maxDepth) implements OnField {}

    /** Matches places at most so far from another. */
    record GeoRadius(String field, GeoPoint center, double radiusMeters) implements OnField {}

    /** Matches places between two parallels and two meridians, eastwards from the first corner to the second. */
    record GeoBox(String field, GeoPoint southWest, GeoPoint northEast) implements OnField {}

    /** Matches places within a polygon and not within its holes; edges are great circles. */
    record GeoPolygon(String field, List<GeoPoint> exterior, List<List<GeoPoint>> holes) implements OnField {
        public GeoPolygon {
            exterior = List.copyOf(exterior);
            holes = holes.stream().map(List::copyOf).toList();
        }
    }
}
