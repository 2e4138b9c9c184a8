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
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.VectorData;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * How many bytes a record takes in a reply at least, told before the reply is built: never more than its encoded form, so that nothing is
 * refused that would fit, and in proportion to it, so that what is read for one call is bounded.
 */
final class ReplySizes {
    /** A value's tag, its length, and the tag and first byte of what is in it. */
    private static final int VALUE_BYTES = 4;

    /** Tags and lengths of a map's entry and its key. */
    private static final int ENTRY_BYTES = 4;

    private ReplySizes() {}

    static long atLeast(StoredRecord record) {
        long bytes = ENTRY_BYTES; // of the record and its id
        bytes += fields(record.fields());
        for (Map.Entry<String, VectorData> vector : record.vectors().entrySet()) {
            bytes += ENTRY_BYTES + vector.getKey().length() + entriesOf(vector.getValue()) * Float.BYTES;
        }
        return bytes;
    }

    /** Indices are at least a byte each on the wire, components four. */
    private static long entriesOf(VectorData vector) {
        return switch (vector) {
            case VectorData.Dense(float[] components) -> components.length;
            case VectorData.Sparse(int[] indices, float[] _) -> indices.length;
            case VectorData.Multi(int _, float[] components) -> components.length;
        };
    }

    private static long fields(SequencedMap<String, FieldValue> fields) {
        long bytes = 0;
        for (Map.Entry<String, FieldValue> field : fields.entrySet()) {
            bytes += ENTRY_BYTES + field.getKey().length() + value(field.getValue());
        }
        return bytes;
    }

    private static long value(FieldValue value) {
        return VALUE_BYTES
                + switch (value) {
                    case NullValue _, BoolValue _, IntValue _, DoubleValue _, TimestampValue _, GeoValue _ -> 0;
                    case StringValue(String text) -> text.length();
                    case ObjectValue(SequencedMap<String, FieldValue> fields) -> fields(fields);
                    case ListValue(List<FieldValue> elements) -> {
                        long bytes = 0;
                        for (FieldValue element : elements) {
                            bytes += value(element);
                        }
                        yield bytes;
                    }
                };
    }
}
