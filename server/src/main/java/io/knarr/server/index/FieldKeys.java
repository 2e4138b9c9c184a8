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
import io.knarr.server.model.GeoPoint;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a {@link FieldIndex}: single values in their {@linkplain FieldValues#canonical canonical} form, so that equal numbers are
 * one key, in an order of all of them: by kind, then as {@link FieldValues#compare} has it, places from south to north.
 */
final class FieldKeys {
    /** Values that are no keys: none, null, nested fields. */
    static final int NO_KIND = -1;

    private static final int BOOL = 0;
    private static final int NUMBER = 1;
    static final int STRING = 2;
    private static final int TIMESTAMP = 3;
    static final int PLACE = 4;

    static final Comparator<FieldValue> ORDER = FieldKeys::compare;

    private FieldKeys() {}

    /** Returns the kind of a value, by which keys are ordered first; {@link #NO_KIND} where it is no key. */
    static int kind(FieldValue value) {
        return switch (value) {
            case BoolValue _ -> BOOL;
            case IntValue _, DoubleValue _ -> NUMBER;
            case StringValue _ -> STRING;
            case TimestampValue _ -> TIMESTAMP;
            case GeoValue _ -> PLACE;
            case NullValue _, ListValue _, ObjectValue _ -> NO_KIND;
        };
    }

    /** Returns whether values of a kind are ordered, so that ranges can hold them. */
    static boolean isOrdered(int kind) {
        return kind == NUMBER || kind == STRING || kind == TIMESTAMP;
    }

    /** Compares two keys. */
    static int compare(FieldValue left, FieldValue right) {
        int byKind = Integer.compare(kind(left), kind(right));
        if (byKind != 0) {
            return byKind;
        }
        if (left instanceof BoolValue(boolean a) && right instanceof BoolValue(boolean b)) {
            return Boolean.compare(a, b);
        }
        if (left instanceof GeoValue(GeoPoint a) && right instanceof GeoValue(GeoPoint b)) {
            int byLatitude = Double.compare(a.latitude(), b.latitude());
            return byLatitude != 0 ? byLatitude : Double.compare(a.longitude(), b.longitude());
        }
        Integer order = FieldValues.compare(left, right);
        if (order == null) {
            throw new IllegalStateException("Keys of one kind do not compare");
        }
        return order;
    }

    /** Gives the keys of a record's value: one, or that of each element of a list. */
    static void forEach(@Nullable FieldValue value, Consumer<FieldValue> consumer) {
        if (value instanceof ListValue(List<FieldValue> elements)) {
            for (FieldValue element : elements) {
                if (kind(element) != NO_KIND) {
                    consumer.accept(FieldValues.canonical(element));
                }
            }
        } else if (value != null && kind(value) != NO_KIND) {
            consumer.accept(FieldValues.canonical(value));
        }
    }
}
