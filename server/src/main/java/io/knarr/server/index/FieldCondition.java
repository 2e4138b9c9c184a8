package io.knarr.server.index;

import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.GeoValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.NullValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.Filter.ContainsAll;
import io.knarr.server.model.Filter.Range;
import io.knarr.server.model.Filter.TextMatch;
import io.knarr.server.model.Filter.Under;
import io.knarr.server.model.Filter.ValuesCount;
import io.knarr.server.model.GeoPoint;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a condition on one field says of the field's value, wherever the value comes from. Immutable. */
@FunctionalInterface
interface FieldCondition {
    /**
     * Returns whether the condition holds.
     *
     * @param value the whole value of the field, {@code null} where there is none
     */
    boolean holds(@Nullable FieldValue value);

    /** Returns the condition that some element of a list, or a value that is no list, passes a test. */
    static FieldCondition any(Predicate<FieldValue> test) {
        return value -> {
            if (value instanceof ListValue(List<FieldValue> elements)) {
                for (FieldValue element : elements) {
                    if (test.test(element)) {
                        return true;
                    }
                }
                return false;
            }
            return value != null && test.test(value);
        };
    }

    /** Returns the condition that some text passes a test. */
    static FieldCondition anyText(Predicate<String> test) {
        return any(value -> value instanceof StringValue(String text) && test.test(text));
    }

    /** Returns the condition that a text has some words. */
    static FieldCondition words(TextMatch filter) {
        return anyText(new WordQuery(filter)::matches);
    }

    /** Returns the condition that a path is equal to or below another; text that is no path is not. */
    static FieldCondition under(Under filter) {
        int maxDepth = filter.maxDepth().orElse(Integer.MAX_VALUE);
        return anyText(text -> {
            int depth = PathText.normalised(text)
                    .map(path -> PathText.depthBelow(filter.path(), path))
                    .orElse(-1);
            return depth >= 0 && depth <= maxDepth;
        });
    }

    /** Returns the condition that a place is within a region. */
    static FieldCondition inside(GeoRegion region) {
        return any(value -> value instanceof GeoValue(GeoPoint point) && region.contains(point));
    }

    /** Returns the condition that a value is one of several. */
    static FieldCondition equal(Set<FieldValue> values) {
        Set<FieldValue> wanted = canonical(values);
        return any(value -> wanted.contains(FieldValues.canonical(value)));
    }

    /** Returns the condition that each of several values is there. */
    static FieldCondition containsAll(ContainsAll filter) {
        Set<FieldValue> wanted = canonical(filter.values());
        return value -> {
            if (value instanceof ListValue(List<FieldValue> elements)) {
                if (elements.size() < wanted.size()) {
                    return false;
                }
                Set<FieldValue> missing = new HashSet<>(wanted);
                for (FieldValue element : elements) {
                    if (missing.remove(FieldValues.canonical(element)) && missing.isEmpty()) {
                        return true;
                    }
                }
                return false;
            }
            return value != null && wanted.size() == 1 && wanted.contains(FieldValues.canonical(value));
        };
    }

    private static Set<FieldValue> canonical(Set<FieldValue> values) {
        Set<FieldValue> canonical = HashSet.newHashSet(values.size());
        values.forEach(value -> canonical.add(FieldValues.canonical(value)));
        return canonical;
    }

    /** Returns the condition that a value lies within bounds. */
    static FieldCondition within(Range range) {
        return any(value -> holds(value, range.gt(), order -> order > 0)
                && holds(value, range.gte(), order -> order >= 0)
                && holds(value, range.lt(), order -> order < 0)
                && holds(value, range.lte(), order -> order <= 0));
    }

    private static boolean holds(FieldValue value, Optional<FieldValue> bound, IntPredicate wanted) {
        if (bound.isEmpty()) {
            return true;
        }
        Integer order = FieldValues.compare(value, bound.get());
        return order != null && wanted.test(order);
    }

    /** Returns the condition that there are so many values. */
    static FieldCondition count(ValuesCount filter) {
        return value -> {
            if (value == null || value instanceof NullValue) {
                return false;
            }
            long count = value instanceof ListValue(List<FieldValue> elements) ? elements.size() : 1;
            return holds(filter.gt(), bound -> count > bound)
                    && holds(filter.gte(), bound -> count >= bound)
                    && holds(filter.lt(), bound -> count < bound)
                    && holds(filter.lte(), bound -> count <= bound);
        };
    }

    private static boolean holds(OptionalLong bound, LongPredicate wanted) {
        return bound.isEmpty() || wanted.test(bound.getAsLong());
    }

    /** Returns whether there is no value, or the null value. */
    static boolean isNull(@Nullable FieldValue value) {
        return value == null || value instanceof NullValue;
    }

    /** Returns whether there is no value, the null value or an empty list. */
    static boolean isEmpty(@Nullable FieldValue value) {
        return isNull(value) || (value instanceof ListValue(List<FieldValue> elements) && elements.isEmpty());
    }
}
