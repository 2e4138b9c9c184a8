package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.FieldChange;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.NullValue;
import io.knarr.server.model.FieldValue.ObjectValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Applies changes to fields. Nothing that is given is changed; what is not touched is shared. */
final class FieldPatcher {
    private FieldPatcher() {}

    /**
     * Returns the fields with a change applied, in the order of their names.
     *
     * @param path of the change in the request
     * @throws ServiceException TYPE_MISMATCH where the value there cannot be changed so, NUMBER_OVERFLOW
     */
    static SequencedMap<String, FieldValue> apply(
            SequencedMap<String, FieldValue> fields, FieldChange change, String path) {
        return within(fields, change.field(), change, path);
    }

    private static SequencedMap<String, FieldValue> within(
            SequencedMap<String, FieldValue> fields, String place, FieldChange change, String path) {
        int dot = place.indexOf('.');
        String name = dot < 0 ? place : place.substring(0, dot);
        FieldValue before = fields.get(name);
        FieldValue after;
        if (dot < 0) {
            after = changed(before, change, path);
        } else if (before instanceof ObjectValue(SequencedMap<String, FieldValue> inner)) {
            after = new ObjectValue(within(inner, place.substring(dot + 1), change, path));
        } else if (takesAway(change)) {
            return fields; // there is nothing to take away
        } else if (before == null || before instanceof NullValue) {
            after = new ObjectValue(within(new LinkedHashMap<>(), place.substring(dot + 1), change, path));
        } else {
            throw mismatch(path, "The path leads through a value that is no object");
        }
        TreeMap<String, FieldValue> result = new TreeMap<>(fields);
        if (after == null) {
            result.remove(name);
        } else {
            result.put(name, after);
        }
        return result;
    }

    private static boolean takesAway(FieldChange change) {
        return change instanceof FieldChange.Unset || change instanceof FieldChange.Remove;
    }

    private static @Nullable FieldValue changed(@Nullable FieldValue before, FieldChange change, String path) {
        return switch (change) {
            case FieldChange.Set set -> set.value();
            case FieldChange.Unset _ -> null;
            case FieldChange.Merge merge -> merged(before, merge.value());
            case FieldChange.Increment increment -> sum(before, increment.by(), path);
            case FieldChange.Append append -> appended(before, append.values(), path);
            case FieldChange.Remove remove -> removed(before, remove.values(), path);
        };
    }

    private static FieldValue merged(@Nullable FieldValue before, FieldValue value) {
        if (!(before instanceof ObjectValue(SequencedMap<String, FieldValue> old))
                || !(value instanceof ObjectValue(SequencedMap<String, FieldValue> added))) {
            return value;
        }
        TreeMap<String, FieldValue> result = new TreeMap<>(old);
        added.forEach((name, inner) -> result.put(name, merged(old.get(name), inner)));
        return new ObjectValue(result);
    }

    private static FieldValue sum(@Nullable FieldValue before, FieldValue by, String path) {
        if (before == null || before instanceof NullValue) {
            return by;
        }
        if (before instanceof IntValue(long number) && by instanceof IntValue(long added)) {
            long sum = number + added;
            if (((number ^ sum) & (added ^ sum)) < 0) {
                throw overflow(path);
            }
            return new IntValue(sum);
        }
        if (before instanceof DoubleValue(double number)) {
            double sum = number + (by instanceof IntValue(long added) ? added : ((DoubleValue) by).value());
            if (!Double.isFinite(sum)) {
                throw overflow(path);
            }
            return new DoubleValue(sum);
        }
        throw mismatch(path, "Only a number can be added to, and only an integer to an integer");
    }

    private static FieldValue appended(@Nullable FieldValue before, List<FieldValue> values, String path) {
        List<FieldValue> result = new ArrayList<>();
        if (before instanceof ListValue(List<FieldValue> elements)) {
            result.addAll(elements);
        } else if (before != null && !(before instanceof NullValue)) {
            throw mismatch(path, "Only a list can be appended to");
        }
        result.addAll(values);
        if (result.getFirst().getClass() != result.getLast().getClass()) {
            throw mismatch(path, "The values of a list must be of one kind");
        }
        return new ListValue(result);
    }

    private static @Nullable FieldValue removed(@Nullable FieldValue before, List<FieldValue> values, String path) {
        if (before == null || before instanceof NullValue) {
            return before;
        }
        if (!(before instanceof ListValue(List<FieldValue> elements))) {
            throw mismatch(path, "Only from a list can elements be removed");
        }
        Set<FieldValue> unwanted = new HashSet<>();
        values.forEach(value -> unwanted.add(FieldValues.canonical(value)));
        return new ListValue(elements.stream()
                .filter(element -> !unwanted.contains(FieldValues.canonical(element)))
                .toList());
    }

    private static ServiceException mismatch(String path, String sentence) {
        return ServiceException.atField(ErrorCode.TYPE_MISMATCH, path, sentence);
    }

    private static ServiceException overflow(String path) {
        return ServiceException.atField(ErrorCode.NUMBER_OVERFLOW, path, "The sum is too large for its number");
    }
}
