package io.knarr.cli.call;

import io.knarr.client.GeoPoint;
import io.knarr.client.KnarrRecord;
import io.knarr.client.MultiVector;
import io.knarr.client.RecordKey;
import io.knarr.client.SparseVector;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Turns records of files into those of the Java client. */
public final class ClientRecords {
    private ClientRecords() {}

    /**
     * Returns a record for the client.
     *
     * @throws IllegalArgumentException if it holds what no record can
     */
    public static KnarrRecord of(Record record) {
        KnarrRecord.Builder builder = KnarrRecord.builder();
        if (record.hasId()) {
            builder.id(key(record.getId()));
        }
        record.getFieldsMap().forEach((name, value) -> builder.field(name, value(value)));
        record.getVectorsMap().forEach((name, vector) -> {
            if (vector.hasSparse()) {
                int[] indices = vector.getSparse().getIndicesList().stream()
                        .mapToInt(Integer::intValue)
                        .toArray();
                builder.vector(
                        name, SparseVector.of(indices, floats(vector.getSparse().getValuesList())));
            } else if (vector.hasMulti()) {
                builder.vector(
                        name,
                        MultiVector.of(vector.getMulti().getRowsList().stream()
                                .map(row -> floats(row.getValuesList()))
                                .toArray(float[][]::new)));
            } else {
                builder.vector(name, floats(vector.getValuesList()));
            }
        });
        if (record.hasExpireTime()) {
            builder.expireTime(Instant.ofEpochSecond(
                    record.getExpireTime().getSeconds(), record.getExpireTime().getNanos()));
        }
        return builder.build();
    }

    private static RecordKey key(RecordId id) {
        return switch (id.getKindCase()) {
            case STRING_ID -> RecordKey.of(id.getStringId());
            case UINT64_ID -> RecordKey.of(id.getUint64Id());
            case UUID -> RecordKey.of(UUID.fromString(id.getUuid()));
            case KIND_NOT_SET -> throw new IllegalArgumentException("An id has a value");
        };
    }

    private static float[] floats(List<Float> values) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i);
        }
        return floats;
    }

    private static @Nullable Object value(Value value) {
        return switch (value.getKindCase()) {
            case NULL_VALUE, KIND_NOT_SET -> null;
            case BOOL_VALUE -> value.getBoolValue();
            case INT64_VALUE -> value.getInt64Value();
            case DOUBLE_VALUE -> value.getDoubleValue();
            case STRING_VALUE -> value.getStringValue();
            case TIMESTAMP_VALUE ->
                Instant.ofEpochSecond(
                        value.getTimestampValue().getSeconds(),
                        value.getTimestampValue().getNanos());
            case GEO_VALUE ->
                new GeoPoint(
                        value.getGeoValue().getLongitude(), value.getGeoValue().getLatitude());
            case LIST_VALUE -> {
                List<@Nullable Object> elements = new ArrayList<>();
                value.getListValue().getValuesList().forEach(element -> elements.add(value(element)));
                yield elements;
            }
            case OBJECT_VALUE -> {
                Map<String, @Nullable Object> fields = new HashMap<>();
                value.getObjectValue().getFieldsMap().forEach((name, within) -> fields.put(name, value(within)));
                yield fields;
            }
        };
    }
}
