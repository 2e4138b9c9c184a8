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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** How values compare, and how a nested one is found. */
final class FieldValues {
    private static final int REFERENCE_BYTES = 4;
    private static final int OBJECT_BYTES = 16;

    private FieldValues() {}

    /**
     * Compares two values of one kind; integers and doubles are one kind and compare exactly, over all 64 bits.
     *
     * @return empty as {@code null} where the kinds cannot be compared
     */
    static @Nullable Integer compare(FieldValue left, FieldValue right) {
        return switch (left) {
            case IntValue(long a) ->
                switch (right) {
                    case IntValue(long b) -> Long.compare(a, b);
                    case DoubleValue(double b) -> compareExactly(a, b);
                    default -> null;
                };
            case DoubleValue(double a) ->
                switch (right) {
                    case IntValue(long b) -> -compareExactly(b, a);
                    case DoubleValue(double b) -> a < b ? -1 : a > b ? 1 : 0; // so that -0.0 equals 0.0
                    default -> null;
                };
            case StringValue(String a) -> right instanceof StringValue(String b) ? compareCodePoints(a, b) : null;
            case TimestampValue a ->
                right instanceof TimestampValue b ? a.value().compareTo(b.value()) : null;
            case BoolValue _, NullValue _, GeoValue _, ListValue _, ObjectValue _ -> null;
        };
    }

    /** Returns the form in which equal numbers are equal objects: a double that is an integer becomes one. */
    static FieldValue canonical(FieldValue value) {
        if (value instanceof DoubleValue(double number)
                && number == Math.rint(number)
                && number >= -0x1p63
                && number < 0x1p63) {
            return new IntValue((long) number);
        }
        return value;
    }

    /** Returns the first name of a path. */
    static String firstName(String path) {
        int dot = path.indexOf('.');
        return dot < 0 ? path : path.substring(0, dot);
    }

    /** Returns the path after its first name, {@code null} where there is no more. */
    static @Nullable String restOf(String path) {
        int dot = path.indexOf('.');
        return dot < 0 ? null : path.substring(dot + 1);
    }

    /** Returns the value at a path of names joined by dots, {@code null} where there is none. Within a list, the values of all elements. */
    static @Nullable FieldValue find(SequencedMap<String, FieldValue> fields, String path) {
        int dot = path.indexOf('.');
        if (dot < 0) {
            return fields.get(path);
        }
        FieldValue first = fields.get(path.substring(0, dot));
        return first == null ? null : findIn(first, path.substring(dot + 1));
    }

    static @Nullable FieldValue findIn(FieldValue value, String path) {
        return switch (value) {
            case ObjectValue(SequencedMap<String, FieldValue> fields) -> find(fields, path);
            case ListValue(List<FieldValue> elements) -> {
                List<FieldValue> found = new ArrayList<>();
                for (FieldValue element : elements) {
                    FieldValue inner = findIn(element, path);
                    if (inner instanceof ListValue(List<FieldValue> several)) {
                        found.addAll(several);
                    } else if (inner != null && !(inner instanceof NullValue)) {
                        found.add(inner);
                    }
                }
                yield found.isEmpty() ? null : new ListValue(found);
            }
            case NullValue _, BoolValue _, IntValue _, DoubleValue _, StringValue _, TimestampValue _, GeoValue _ ->
                null;
        };
    }

    /** Returns an estimate of the heap that a value takes. */
    static long footprintBytes(FieldValue value) {
        return switch (value) {
            case NullValue _, BoolValue _ -> OBJECT_BYTES;
            case IntValue _, DoubleValue _ -> OBJECT_BYTES + Long.BYTES;
            case StringValue(String string) -> 4 * OBJECT_BYTES + string.length();
            case TimestampValue _, GeoValue _ -> 3 * OBJECT_BYTES;
            case ListValue(List<FieldValue> elements) -> {
                long bytes = 3 * OBJECT_BYTES;
                for (FieldValue element : elements) {
                    bytes += REFERENCE_BYTES + footprintBytes(element);
                }
                yield bytes;
            }
            case ObjectValue(SequencedMap<String, FieldValue> fields) -> OBJECT_BYTES + footprintBytes(fields);
        };
    }

    /** Returns an estimate of the heap that a map of fields takes. */
    static long footprintBytes(SequencedMap<String, FieldValue> fields) {
        long bytes = 10 * OBJECT_BYTES;
        for (Map.Entry<String, FieldValue> field : fields.entrySet()) {
            bytes += 5 * OBJECT_BYTES + field.getKey().length() + footprintBytes(field.getValue());
        }
        return bytes;
    }

    private static int compareExactly(long integer, double number) {
        if (number >= 0x1p63) {
            return -1;
        }
        if (number < -0x1p63) {
            return 1;
        }
        long floor = (long) Math.floor(number);
        int order = Long.compare(integer, floor);
        return order == 0 && number > Math.floor(number) ? -1 : order;
    }

    /** Compares as the UTF-8 bytes would; String.compareTo puts characters beyond the basic plane before some within it. */
    private static int compareCodePoints(String left, String right) {
        int common = Math.min(left.length(), right.length());
        for (int i = 0; i < common; i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a != b) {
                boolean bothOrNeither = Character.isSurrogate(a) == Character.isSurrogate(b);
                return bothOrNeither ? Character.compare(a, b) : Character.isSurrogate(a) ? 1 : -1;
            }
        }
        return Integer.compare(left.length(), right.length());
    }
}
