package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.SequencedMap;

/** The value of a field. */
public sealed interface FieldValue {
    /** The field is there and has no value. */
    record NullValue() implements FieldValue {}

    /** True or false. */
    record BoolValue(boolean value) implements FieldValue {}

    /** A signed 64-bit integer. */
    record IntValue(long value) implements FieldValue {}

    /** A finite double. */
    record DoubleValue(double value) implements FieldValue {
        public DoubleValue {
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException("Value is not finite");
            }
        }
    }

    /** Text. */
    record StringValue(String value) implements FieldValue {
        public StringValue {
            requireNonNull(value, "value is null");
        }
    }

    /** An instant. */
    record TimestampValue(Instant value) implements FieldValue {
        public TimestampValue {
            requireNonNull(value, "value is null");
        }
    }

    /** A place on the earth. */
    record GeoValue(GeoPoint value) implements FieldValue {
        public GeoValue {
            requireNonNull(value, "value is null");
        }
    }

    /** Several values, of one kind, none of them null or a list. */
    record ListValue(List<FieldValue> values) implements FieldValue {
        public ListValue {
            values = List.copyOf(values);
        }
    }

    /** Nested fields, in the order of their names. The map is not copied and must not change. */
    record ObjectValue(SequencedMap<String, FieldValue> fields) implements FieldValue {
        public ObjectValue {
            requireNonNull(fields, "fields is null");
        }
    }
}
