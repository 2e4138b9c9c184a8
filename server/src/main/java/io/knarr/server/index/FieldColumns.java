package io.knarr.server.index;

import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.BoolValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.GeoValue;
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
 * <p>One writer appends, in any order of rows; readers look only at rows below a count that they read from a volatile after the rows were appended.
 */
final class FieldColumns {
    /** How many distinct values a column shares between rows; beyond that each row has its own object. */
    private static final int MAX_SHARED_VALUES = 4_096;

    private static final int REFERENCE_BYTES = 4;
    private static final int OBJECT_BYTES = 16;

    /** A column with nothing in it: its name's entry, its maps. */
    private static final int COLUMN_BYTES = 320;

    private final Map<String, ValueColumn> columns = new ConcurrentHashMap<>();
    private long footprintBytes;

    /** Appends the fields of a row. Writer only. */
    void append(int row, SequencedMap<String, FieldValue> fields) {
        fields.forEach((name, value) -> {
            ValueColumn column = columns.get(name);
            if (column == null) {
                column = new ValueColumn();
                columns.put(name, column);
                footprintBytes += COLUMN_BYTES + name.length();
            }
            footprintBytes += column.set(row, value);
        });
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

    /**
     * The values of one field. Kept by row number while few rows have the field, so that a name that one record uses costs what one
     * value costs and not an array as long as the collection; as an array once it is the smaller of the two.
     */
    private static final class ValueColumn {
        private static final int MIN_DENSE_VALUES = 64;
        private static final int DENSE_SHARE =
                16; // an entry of the map takes about as much as so many places of the array
        private static final int SPARSE_ENTRY_BYTES = 64;

        private final Map<FieldValue, FieldValue> shared = new HashMap<>();
        private int valueCount;
        private int greatestRow;

        // Sparse first, then dense for good; within dense, replaced by a longer copy as rows come. A reader's rows are
        // in whichever
        // it finds: what it takes over is complete before it is published.
        private volatile Storage storage = new Sparse(new ConcurrentHashMap<>());

        private sealed interface Storage {
            @Nullable
            FieldValue get(int row);
        }

        private record Sparse(ConcurrentHashMap<Integer, FieldValue> values) implements Storage {
            @Override
            public @Nullable FieldValue get(int row) {
                return values.get(row);
            }
        }

        @SuppressWarnings("ArrayRecordComponent") // never compared
        private record Dense(@Nullable FieldValue[] values) implements Storage {
            @Override
            public @Nullable FieldValue get(int row) {
                return row < values.length ? values[row] : null;
            }
        }

        /** Returns the bytes by which this column grew. */
        long set(int row, FieldValue value) {
            long grown = 0;
            FieldValue known = shared.get(value);
            if (known == null) {
                grown += sizeOf(value);
                known = value;
                if (shared.size() < MAX_SHARED_VALUES) {
                    shared.put(value, value);
                }
            }
            valueCount++;
            return grown
                    + switch (storage) {
                        case Sparse sparse -> setSparse(sparse, row, known);
                        case Dense dense -> setDense(dense, row, known);
                    };
        }

        private long setSparse(Sparse sparse, int row, FieldValue value) {
            sparse.values().put(row, value);
            greatestRow = Math.max(greatestRow, row);
            if (valueCount < MIN_DENSE_VALUES || valueCount < greatestRow / DENSE_SHARE) {
                return SPARSE_ENTRY_BYTES;
            }
            @Nullable FieldValue[] values = new FieldValue[greatestRow + (greatestRow >> 1) + 1];
            sparse.values().forEach((known, existing) -> values[known] = existing);
            storage = new Dense(values);
            return (long) values.length * REFERENCE_BYTES - (long) (valueCount - 1) * SPARSE_ENTRY_BYTES;
        }

        private long setDense(Dense dense, int row, FieldValue value) {
            @Nullable FieldValue[] values = dense.values();
            if (row < values.length) {
                values[row] = value;
                return 0;
            }
            @Nullable FieldValue[] longer = Arrays.copyOf(values, row + (row >> 1) + 1);
            longer[row] = value;
            storage = new Dense(longer);
            return (long) (longer.length - values.length) * REFERENCE_BYTES;
        }

        @Nullable
        FieldValue get(int row) {
            return storage.get(row);
        }
    }

    private static long sizeOf(FieldValue value) {
        return switch (value) {
            case NullValue _, BoolValue _ -> OBJECT_BYTES;
            case IntValue _, DoubleValue _ -> OBJECT_BYTES + Long.BYTES;
            case StringValue(String string) -> 3 * OBJECT_BYTES + string.length();
            case TimestampValue _, GeoValue _ -> 3 * OBJECT_BYTES;
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
