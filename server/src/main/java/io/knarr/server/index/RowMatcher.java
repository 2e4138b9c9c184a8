package io.knarr.server.index;

import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.NullValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Filter.And;
import io.knarr.server.model.Filter.Equal;
import io.knarr.server.model.Filter.Exists;
import io.knarr.server.model.Filter.HasId;
import io.knarr.server.model.Filter.Not;
import io.knarr.server.model.Filter.Or;
import io.knarr.server.model.Filter.Range;
import io.knarr.server.model.RecordId;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Whether a row matches a filter. Made once per query from a checked filter; asked for one row at a time. Thread-safe if its source is. */
interface RowMatcher {
    boolean matches(int row);

    /** Where rows come from: the columns of an index, or a single record just read. */
    interface Source {
        /** Returns how to read one field, by its path. */
        Column column(String path);

        /** Returns the row's id. */
        RecordId id(int row);
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
                List<RowMatcher> all =
                        filters.stream().map(part -> of(part, source)).toList();
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
                List<RowMatcher> any =
                        filters.stream().map(part -> of(part, source)).toList();
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
            case Equal(String field, Set<FieldValue> values) -> {
                Set<FieldValue> wanted = HashSet.newHashSet(values.size());
                values.forEach(value -> wanted.add(FieldValues.canonical(value)));
                yield anyElement(source.column(field), value -> wanted.contains(FieldValues.canonical(value)));
            }
            case Range range -> anyElement(source.column(range.field()), value -> isWithin(value, range));
            case HasId(Set<RecordId> ids) -> row -> ids.contains(source.id(row));
            case Exists(String field) -> {
                Column column = source.column(field);
                yield row -> {
                    FieldValue value = column.value(row);
                    return value != null
                            && !(value instanceof NullValue)
                            && !(value instanceof ListValue(List<FieldValue> elements) && elements.isEmpty());
                };
            }
        };
    }

    private static RowMatcher anyElement(Column column, Predicate<FieldValue> condition) {
        return row -> {
            FieldValue value = column.value(row);
            if (value instanceof ListValue(List<FieldValue> elements)) {
                for (FieldValue element : elements) {
                    if (condition.test(element)) {
                        return true;
                    }
                }
                return false;
            }
            return value != null && condition.test(value);
        };
    }

    private static boolean isWithin(FieldValue value, Range range) {
        return holds(value, range.gt(), order -> order > 0)
                && holds(value, range.gte(), order -> order >= 0)
                && holds(value, range.lt(), order -> order < 0)
                && holds(value, range.lte(), order -> order <= 0);
    }

    private static boolean holds(FieldValue value, Optional<FieldValue> bound, Predicate<Integer> wanted) {
        if (bound.isEmpty()) {
            return true;
        }
        Integer order = FieldValues.compare(value, bound.get());
        return order != null && wanted.test(order);
    }
}
