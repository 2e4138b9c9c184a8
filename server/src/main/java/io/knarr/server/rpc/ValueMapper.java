package io.knarr.server.rpc;

import com.google.protobuf.Timestamp;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.BoolValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.GeoValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.NullValue;
import io.knarr.server.model.FieldValue.ObjectValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.FieldValue.TimestampValue;
import io.knarr.server.model.GeoPoint;
import io.knarr.v1.ListValue;
import io.knarr.v1.Value;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** Reads and writes the values of fields. */
final class ValueMapper {
    private static final long FIRST_SECOND =
            Instant.parse("0001-01-01T00:00:00Z").getEpochSecond();
    private static final long LAST_SECOND =
            Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();

    private ValueMapper() {}

    /** Returns fields by name, in the order of their names. */
    static SequencedMap<String, FieldValue> toFields(Map<String, Value> fields, FieldPath path, Limits limits) {
        return toFields(fields, path, 0, limits);
    }

    private static SequencedMap<String, FieldValue> toFields(
            Map<String, Value> fields, FieldPath path, int depth, Limits limits) {
        String[] names = fields.keySet().toArray(new String[0]);
        Arrays.sort(names);
        SequencedMap<String, FieldValue> sorted = LinkedHashMap.newLinkedHashMap(names.length);
        for (String name : names) {
            FieldPath fieldPath = path.key(name);
            String valid = NameMapper.field(name, fieldPath);
            sorted.put(valid, toValue(fields.getOrDefault(name, Value.getDefaultInstance()), fieldPath, depth, limits));
        }
        return sorted;
    }

    /** Returns the value of a field that lies so many levels within its record. */
    static FieldValue toField(Value value, FieldPath path, int depth, Limits limits) {
        return toValue(value, path, depth, limits);
    }

    private static FieldValue toValue(Value value, FieldPath path, int depth, Limits limits) {
        return switch (value.getKindCase()) {
            case LIST_VALUE -> {
                FieldPath listPath = path.field("list_value");
                requireDepth(depth + 1, listPath, limits);
                yield toList(value.getListValue(), listPath.field("values"), depth + 1, limits);
            }
            case OBJECT_VALUE -> {
                FieldPath objectPath = path.field("object_value");
                requireDepth(depth + 1, objectPath, limits);
                yield new ObjectValue(
                        toFields(value.getObjectValue().getFieldsMap(), objectPath.field("fields"), depth + 1, limits));
            }
            case NULL_VALUE -> {
                if (!value.getNullValue()) {
                    throw Rejections.invalid(path.field("null_value"), "The null value is written as true");
                }
                yield new NullValue();
            }
            case GEO_VALUE ->
                new GeoValue(GeoMapper.toPoint(value.getGeoValue(), path.field("geo_value"), ErrorCode.INVALID_FIELD));
            case BOOL_VALUE, INT64_VALUE, DOUBLE_VALUE, STRING_VALUE, TIMESTAMP_VALUE, KIND_NOT_SET ->
                toScalar(value, path, ErrorCode.INVALID_FIELD);
        };
    }

    private static void requireDepth(int depth, FieldPath path, Limits limits) {
        if (depth > limits.maxValueDepth()) {
            throw Rejections.limit(path, "A value nests too deeply", limits.maxValueDepth(), depth);
        }
    }

    private static FieldValue toList(ListValue list, FieldPath path, int depth, Limits limits) {
        List<FieldValue> values = new ArrayList<>(list.getValuesCount());
        Value.KindCase first = list.getValuesCount() == 0
                ? Value.KindCase.KIND_NOT_SET
                : list.getValues(0).getKindCase();
        for (int i = 0; i < list.getValuesCount(); i++) {
            Value value = list.getValues(i);
            FieldPath elementPath = path.index(i);
            switch (value.getKindCase()) {
                case NULL_VALUE -> throw Rejections.invalid(elementPath, "A list cannot hold null");
                case LIST_VALUE -> throw Rejections.invalid(elementPath, "A list cannot hold lists");
                case BOOL_VALUE,
                        INT64_VALUE,
                        DOUBLE_VALUE,
                        STRING_VALUE,
                        TIMESTAMP_VALUE,
                        OBJECT_VALUE,
                        GEO_VALUE,
                        KIND_NOT_SET -> {
                    FieldValue element = toValue(value, elementPath, depth, limits);
                    if (value.getKindCase() != first) {
                        throw Rejections.invalid(elementPath, "The values of a list must be of one kind");
                    }
                    values.add(element);
                }
            }
        }
        return new FieldValue.ListValue(values);
    }

    /**
     * Returns a value that is neither null, nor a list, nor an object, nor a place.
     *
     * @param malformed the code for a value of no kind, or of another
     */
    static FieldValue toScalar(Value value, FieldPath path, ErrorCode malformed) {
        return switch (value.getKindCase()) {
            case BOOL_VALUE -> new BoolValue(value.getBoolValue());
            case INT64_VALUE -> new IntValue(value.getInt64Value());
            case DOUBLE_VALUE -> {
                double number = value.getDoubleValue();
                if (!Double.isFinite(number)) {
                    throw Rejections.of(
                            ErrorCode.NOT_FINITE, path.field("double_value"), "A number must not be NaN or infinite");
                }
                yield new DoubleValue(number);
            }
            case STRING_VALUE -> new StringValue(value.getStringValue());
            case TIMESTAMP_VALUE ->
                new TimestampValue(toInstant(value.getTimestampValue(), path.field("timestamp_value"), malformed));
            case KIND_NOT_SET -> throw Rejections.of(malformed, path, "A value must have exactly one kind set");
            case NULL_VALUE, LIST_VALUE, OBJECT_VALUE, GEO_VALUE ->
                throw Rejections.of(
                        malformed, path, "The value must be a string, an integer, a number, a boolean or a timestamp");
        };
    }

    /** Returns an instant of the years 1 to 9999. */
    static Instant toInstant(Timestamp timestamp, FieldPath path, ErrorCode malformed) {
        if (timestamp.getSeconds() < FIRST_SECOND || timestamp.getSeconds() > LAST_SECOND) {
            throw Rejections.of(malformed, path.field("seconds"), "A timestamp must lie in the years 1 to 9999");
        }
        if (timestamp.getNanos() < 0 || timestamp.getNanos() > 999_999_999) {
            throw Rejections.of(
                    malformed, path.field("nanos"), "The nanoseconds of a timestamp must be 0 to 999999999");
        }
        return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
    }

    /** Returns a value as protobuf. */
    static Value toProto(FieldValue value) {
        Value.Builder proto = Value.newBuilder();
        switch (value) {
            case NullValue _ -> proto.setNullValue(true);
            case BoolValue(boolean bool) -> proto.setBoolValue(bool);
            case IntValue(long number) -> proto.setInt64Value(number);
            case DoubleValue(double number) -> proto.setDoubleValue(number);
            case StringValue(String text) -> proto.setStringValue(text);
            case TimestampValue(Instant instant) -> proto.setTimestampValue(toProto(instant));
            case GeoValue(GeoPoint point) -> proto.setGeoValue(GeoMapper.toProto(point));
            case FieldValue.ListValue(List<FieldValue> values) -> {
                ListValue.Builder list = proto.getListValueBuilder();
                values.forEach(element -> list.addValues(toProto(element)));
            }
            case ObjectValue(SequencedMap<String, FieldValue> fields) -> {
                var object = proto.getObjectValueBuilder();
                fields.forEach((name, field) -> object.putFields(name, toProto(field)));
            }
        }
        return proto.build();
    }

    /** Returns an instant as protobuf. */
    static Timestamp toProto(Instant instant) {
        return Timestamp.newBuilder()
                .setSeconds(instant.getEpochSecond())
                .setNanos(instant.getNano())
                .build();
    }

    /** Returns a duration as protobuf. */
    static com.google.protobuf.Duration toProto(Duration duration) {
        return com.google.protobuf.Duration.newBuilder()
                .setSeconds(duration.toSeconds())
                .setNanos(duration.toNanosPart())
                .build();
    }
}
