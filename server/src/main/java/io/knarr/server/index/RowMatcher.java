package io.knarr.server.index;

import io.knarr.server.model.FieldValue;
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
import io.knarr.server.model.Filter.OnField;
import io.knarr.server.model.Filter.Or;
import io.knarr.server.model.Filter.Prefix;
import io.knarr.server.model.Filter.Range;
import io.knarr.server.model.Filter.Regex;
import io.knarr.server.model.Filter.TextMatch;
import io.knarr.server.model.Filter.Under;
import io.knarr.server.model.Filter.ValuesCount;
import io.knarr.server.model.RecordId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Whether a row matches a filter: the definition of what filters mean, row by row, that every index must agree with. Made once per query
 * from a checked filter; asked for one row at a time. Thread-safe if its source is.
 */
interface RowMatcher {
    boolean matches(int row);

    /** Returns the matcher of the rows that do not match. */
    default RowMatcher negate() {
        return row -> !matches(row);
    }

    /** Where rows come from: the columns of an index, or a single record just read. */
    interface Source {
        /** Returns how to read one field, by its path. */
        Column column(String path);

        /** Returns the row's id. */
        RecordId id(int row);

        /** Returns which rows have the vector of that name. */
        IntPredicate vector(String name);
    }

    /** One field of all rows. */
    @FunctionalInterface
    interface Column {
        /** Returns the row's value, {@code null} where it has none. */
        @Nullable
        FieldValue value(int row);
    }

    /** Returns the matcher of a filter that has been checked. */
    static RowMatcher of(Filter filter, Source source) {
        return switch (filter) {
            case And(List<Filter> filters) -> {
                List<RowMatcher> all = all(filters, source);
                yield row -> {
                    for (RowMatcher part : all) {
                        if (!part.matches(row)) {
                            return false;
                        }
                    }
                    return true;
                };
            }
            case Or(List<Filter> filters) -> {
                List<RowMatcher> any = all(filters, source);
                yield row -> {
                    for (RowMatcher part : any) {
                        if (part.matches(row)) {
                            return true;
                        }
                    }
                    return false;
                };
            }
            case Not(Filter inner) -> {
                RowMatcher negated = of(inner, source);
                yield row -> !negated.matches(row);
            }
            case MinShould(List<Filter> filters, int minCount) -> atLeast(minCount, all(filters, source));
            case HasId(Set<RecordId> ids) -> row -> ids.contains(source.id(row));
            case HasVector(Optional<String> name) -> source.vector(name.orElseThrow())::test;
            case OnField onField -> {
                FieldCondition condition = condition(onField);
                Column column = source.column(onField.field());
                yield row -> condition.holds(column.value(row));
            }
        };
    }

    private static List<RowMatcher> all(List<Filter> filters, Source source) {
        return filters.stream().map(part -> of(part, source)).toList();
    }

    private static RowMatcher atLeast(int minCount, List<RowMatcher> some) {
        return row -> {
            int count = 0;
            for (RowMatcher part : some) {
                if (part.matches(row) && ++count >= minCount) {
                    return true;
                }
            }
            return false;
        };
    }

    /** Returns what a condition that has been checked says of its field's value. */
    static FieldCondition condition(OnField filter) {
        return switch (filter) {
            case Equal(String _, Set<FieldValue> values) -> FieldCondition.equal(values);
            case Range range -> FieldCondition.within(range);
            case Exists _ -> value -> !FieldCondition.isEmpty(value);
            case IsNull _ -> FieldCondition::isNull;
            case IsEmpty _ -> FieldCondition::isEmpty;
            case Prefix(String _, String prefix) -> FieldCondition.anyText(text -> text.startsWith(prefix));
            case Contains(String _, String substring) -> FieldCondition.anyText(text -> text.contains(substring));
            case Regex(String _, String pattern) ->
                FieldCondition.anyText(TextPattern.compile(pattern, "pattern")::isIn);
            case ContainsAll all -> FieldCondition.containsAll(all);
            case ValuesCount count -> FieldCondition.count(count);
            case TextMatch match -> FieldCondition.words(match);
            case Under under -> FieldCondition.under(under);
            case GeoRadius circle -> FieldCondition.inside(GeoRegion.of(circle));
            case GeoBox box -> FieldCondition.inside(GeoRegion.of(box));
            case GeoPolygon polygon -> FieldCondition.inside(new GeoPolygonRegion(polygon, "geo_polygon"));
            case Nested(String _, Filter inner) -> ElementMatcher.someElement(inner);
        };
    }
}
