package io.knarr.server.index;

import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.ObjectValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Filter.And;
import io.knarr.server.model.Filter.MinShould;
import io.knarr.server.model.Filter.Not;
import io.knarr.server.model.Filter.Or;
import java.util.List;
import java.util.SequencedMap;

/** Whether one object, by itself, matches the filter of a nested condition, whose fields are its own. Immutable. */
@FunctionalInterface
interface ElementMatcher {
    boolean matches(SequencedMap<String, FieldValue> fields);

    /** Returns the condition that some object matches a filter as a whole. */
    static FieldCondition someElement(Filter filter) {
        ElementMatcher matcher = of(filter);
        return FieldCondition.any(value ->
                value instanceof ObjectValue(SequencedMap<String, FieldValue> fields) && matcher.matches(fields));
    }

    private static ElementMatcher of(Filter filter) {
        return switch (filter) {
            case And(List<Filter> filters) -> {
                List<ElementMatcher> all = all(filters);
                yield fields -> all.stream().allMatch(part -> part.matches(fields));
            }
            case Or(List<Filter> filters) -> {
                List<ElementMatcher> any = all(filters);
                yield fields -> any.stream().anyMatch(part -> part.matches(fields));
            }
            case Not(Filter inner) -> {
                ElementMatcher negated = of(inner);
                yield fields -> !negated.matches(fields);
            }
            case MinShould(List<Filter> filters, int minCount) -> {
                List<ElementMatcher> some = all(filters);
                yield fields -> some.stream()
                                .filter(part -> part.matches(fields))
                                .limit(minCount)
                                .count()
                        == minCount;
            }
            case Filter.OnField condition -> {
                FieldCondition holds = RowMatcher.condition(condition);
                String field = condition.field();
                yield fields -> holds.holds(FieldValues.find(fields, field));
            }
            case Filter.OnRecord _ ->
                throw new IllegalArgumentException("A condition on the record itself stands within a nested one");
        };
    }

    private static List<ElementMatcher> all(List<Filter> filters) {
        return filters.stream().map(ElementMatcher::of).toList();
    }
}
