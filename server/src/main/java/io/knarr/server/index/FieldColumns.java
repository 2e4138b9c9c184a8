package io.knarr.server.index;

import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.BoolValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.NullValue;
import io.knarr.server.model.FieldValue.ObjectValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.FieldValue.TimestampValue;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The field values of an index's rows, by top-level field, for filters to look at. Secondary indexes will take its place.
 *
 * <p>One writer appends; readers look only at rows below a count that they read from a volatile after the rows were appended.
 */
final class FieldColumns {
    /** How many distinct values a column shares between rows; beyond that each row has its own object. */
    private static final int MAX_SHARED_VALUES = 4_096;

    private static final int REFERENCE_BYTES = 4;
    private static final int OBJECT_BYTES = 16;

    private final Map<String, ValueColumn> columns = new ConcurrentHashMap<>();
    private long footprintBytes;

    /** Appends the fields of the next row. Writer only. */
    void append(int row, SequencedMap<String, FieldValue> fields) {
        fields.forEach((name, value) -> footprintBytes +=
                columns.computeIfAbsent(name, _ -> new ValueColumn()).set(row, value));
    }

    /** Returns how to read the values at a path. Readers; rows appended later have their values too. */
    RowMatcher.Column at(String path) {
        int dot = path.indexOf('.');
        String name = dot < 0 ? path : path.substring(0, dot);
        // Looked up for each row until found: the first row with this field may come while a search is under way.
        RowMatcher.Column whole = row -> {
            ValueColumn column = columns.get(name);
            return column == null ? null : column.get(row);
        };
        ValueColumn known = columns.get(name);
        RowMatcher.Column top = known == null ? whole : known::get;
        if (dot < 0) {
            return top;
        }
        String rest = path.substring(dot + 1);
        return row -> {
            FieldValue value = top.value(row);
            return value == null ? null : FieldValues.findIn(value, rest);
        };
    }

    /** Returns the fields of a row, in the order of their names. Writer only. */
    SequencedMap<String, FieldValue> fieldsOf(int row) {
        SequencedMap<String, FieldValue> fields = new LinkedHashMap<>();
        columns.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(column -> {
            FieldValue value = column.getValue().get(row);
            if (value != null) {
                fields.put(column.getKey(), value);
            }
        });
        return fields;
    }

    /** Returns an estimate of the heap taken. Writer only. */
    long footprintBytes() {
        return footprintBytes;
    }

    private static final class ValueColumn {
        private final Map<FieldValue, FieldValue> shared = new HashMap<>();
        // Replaced by a longer copy as rows come; a reader's rows are in whichever array it finds.
        private volatile @Nullable FieldValue[] values = new FieldValue[0];

        /** Returns the bytes by which this column grew. */
        long set(int row, FieldValue value) {
            long grown = 0;
            @Nullable FieldValue[] current = values;
            if (row >= current.length) {
                int capacity = Math.max(row + 1, current.length + (current.length >> 1) + 8);
                grown += (long) (capacity - current.length) * REFERENCE_BYTES;
                current = Arrays.copyOf(current, capacity);
            }
            FieldValue known = shared.get(value);
            if (known == null) {
                grown += sizeOf(value);
                known = value;
                if (shared.size() < MAX_SHARED_VALUES) {
                    shared.put(value, value);
                }
            }
            current[row] = known;
            values = current;
            return grown;
        }

        @Nullable
        FieldValue get(int row) {
            @Nullable FieldValue[] current = values;
            return row < current.length ? current[row] : null;
        }
    }

    private static long sizeOf(FieldValue value) {
        return switch (value) {
            case NullValue _, BoolValue _ -> OBJECT_BYTES;
            case IntValue _, DoubleValue _ -> OBJECT_BYTES + Long.BYTES;
            case StringValue(String string) -> 3 * OBJECT_BYTES + string.length();
            case TimestampValue _ -> 3 * OBJECT_BYTES;
            case ListValue(List<FieldValue> elements) -> {
                long bytes = 2 * OBJECT_BYTES;
                for (FieldValue element : elements) {
                    bytes += REFERENCE_BYTES + sizeOf(element);
                }
                yield bytes;
            }
            case ObjectValue(SequencedMap<String, FieldValue> fields) -> {
                long bytes = 3 * OBJECT_BYTES;
                for (Map.Entry<String, FieldValue> field : fields.entrySet()) {
                    bytes += 4 * OBJECT_BYTES + field.getKey().length() + sizeOf(field.getValue());
                }
                yield bytes;
            }
        };
    }
}
