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

/**
 * The order of values of all kinds: false, true, then integers and numbers by size, exactly, over all 64 bits, then text by code point,
 * then instants. Null, places on the earth, lists and objects have no place in it.
 */
final class FieldOrder {
    private FieldOrder() {}

    /** Returns whether a value has a place in the order. */
    static boolean contains(FieldValue value) {
        return kind(value) >= 0;
    }

    /** Compares two values that both have a place. */
    static int compare(FieldValue left, FieldValue right) {
        int kinds = Integer.compare(kind(left), kind(right));
        if (kinds != 0) {
            return kinds;
        }
        if (left instanceof BoolValue(boolean a) && right instanceof BoolValue(boolean b)) {
            return Boolean.compare(a, b);
        }
        Integer order = FieldValues.compare(left, right);
        if (order == null) {
            throw new IllegalStateException("Values of one kind cannot be compared");
        }
        return order;
    }

    private static int kind(FieldValue value) {
        return switch (value) {
            case BoolValue _ -> 0;
            case IntValue _, DoubleValue _ -> 1;
            case StringValue _ -> 2;
            case TimestampValue _ -> 3;
            case NullValue _, GeoValue _, ListValue _, ObjectValue _ -> -1;
        };
    }
}
