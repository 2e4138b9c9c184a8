package io.knarr.client;

import com.google.protobuf.Timestamp;
import io.grpc.Status;
import io.knarr.v1.ListValue;
import io.knarr.v1.ObjectValue;
import io.knarr.v1.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Field values between Java and the wire. */
final class FieldValues {
    private FieldValues() {}

    /** Returns the value in the form that {@link Fields} holds. */
    static @Nullable Object checked(String name, @Nullable Object value) {
        return switch (value) {
            case null -> null;
            case String text -> text;
            case Boolean bool -> bool;
            case Instant instant -> instant;
            case GeoPoint point -> point;
            case Fields fields -> fields;
            case UUID uuid -> uuid.toString();
            case Byte number -> (long) number;
            case Short number -> (long) number;
            case Integer number -> (long) number;
            case Long number -> number;
            case Float number -> finite(name, number);
            case Double number -> finite(name, number);
            case Map<?, ?> map -> nested(name, map);
            case Iterable<?> elements -> list(name, elements);
            default ->
                throw new IllegalArgumentException("A field cannot hold this type: field=" + name + ", type="
                        + value.getClass().getName());
        };
    }

    private static double finite(String name, double number) {
        if (!Double.isFinite(number)) {
            throw new IllegalArgumentException("A number is NaN or infinite: field=" + name);
        }
        return number;
    }

    private static Fields nested(String name, Map<?, ?> map) {
        Map<String, @Nullable Object> values = new HashMap<>();
        map.forEach((key, value) -> {
            if (!(key instanceof String text)) {
                throw new IllegalArgumentException("The names of nested fields are strings: field=" + name);
            }
            values.put(text, value);
        });
        return Fields.of(values);
    }

    private static List<Object> list(String name, Iterable<?> elements) {
        List<Object> checked = new ArrayList<>();
        for (Object element : elements) {
            Object value = checked(name, element);
            if (value == null) {
                throw new IllegalArgumentException("A list holds no nulls: field=" + name);
            }
            checked.add(value);
        }
        return Collections.unmodifiableList(checked);
    }

    /** Encodes a value of {@link Fields}, or one that can become one. */
    static Value encode(String name, @Nullable Object value) {
        Value.Builder encoded = Value.newBuilder();
        switch (checked(name, value)) {
            case null -> encoded.setNullValue(true);
            case Boolean bool -> encoded.setBoolValue(bool);
            case Long number -> encoded.setInt64Value(number);
            case Double number -> encoded.setDoubleValue(number);
            case String text -> encoded.setStringValue(text);
            case Instant instant -> encoded.setTimestampValue(encode(instant));
            case GeoPoint point -> encoded.setGeoValue(encode(point));
            case Fields fields ->
                encoded.setObjectValue(ObjectValue.newBuilder().putAllFields(encode(fields)));
            case List<?> elements -> {
                ListValue.Builder list = ListValue.newBuilder();
                elements.forEach(element -> list.addValues(encode(name, element)));
                encoded.setListValue(list);
            }
            case Object other -> throw new IllegalStateException("Unexpected type: " + other.getClass());
        }
        return encoded.build();
    }

    static Map<String, Value> encode(Fields fields) {
        Map<String, Value> encoded = new HashMap<>();
        fields.asMap().forEach((name, value) -> encoded.put(name, encode(name, value)));
        return encoded;
    }

    static Timestamp encode(Instant instant) {
        return Timestamp.newBuilder()
                .setSeconds(instant.getEpochSecond())
                .setNanos(instant.getNano())
                .build();
    }

    static io.knarr.v1.GeoPoint encode(GeoPoint point) {
        return io.knarr.v1.GeoPoint.newBuilder()
                .setLongitude(point.longitude())
                .setLatitude(point.latitude())
                .build();
    }

    static Fields decode(Map<String, Value> fields) {
        Map<String, @Nullable Object> decoded = new HashMap<>();
        fields.forEach((name, value) -> decoded.put(name, decode(value)));
        return Fields.of(decoded);
    }

    static @Nullable Object decode(Value value) {
        return switch (value.getKindCase()) {
            case NULL_VALUE -> null;
            case BOOL_VALUE -> value.getBoolValue();
            case INT64_VALUE -> value.getInt64Value();
            case DOUBLE_VALUE -> value.getDoubleValue();
            case STRING_VALUE -> value.getStringValue();
            case TIMESTAMP_VALUE -> decode(value.getTimestampValue());
            case GEO_VALUE ->
                new GeoPoint(
                        value.getGeoValue().getLongitude(), value.getGeoValue().getLatitude());
            case OBJECT_VALUE -> decode(value.getObjectValue().getFieldsMap());
            case LIST_VALUE -> {
                List<@Nullable Object> elements = new ArrayList<>();
                value.getListValue().getValuesList().forEach(element -> elements.add(decode(element)));
                yield elements;
            }
            case KIND_NOT_SET -> throw unknown("Value.kind");
        };
    }

    static Instant decode(Timestamp timestamp) {
        return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
    }

    /** A reply from a server newer than this client holds something that must not be shown as something else. */
    static KnarrException unknown(String what) {
        return KnarrException.ofClient(
                Status.Code.UNIMPLEMENTED, "The reply holds a kind that this client does not know: " + what);
    }
}
