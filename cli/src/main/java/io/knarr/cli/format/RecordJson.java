package io.knarr.cli.format;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.SparseVector;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import java.math.BigInteger;
import java.util.Map;
import java.util.TreeMap;

/**
 * How records look in JSON.
 *
 * <p>{@code {"id": 7, "fields": {"year": 2020, "score": 1.0, "seen": {"$timestamp": "2026-01-31T12:00:00Z"}}, "vectors":
 * {"default": [0.5, 1.0]}}}; a multi-vector is an array of such arrays. An id is text, an integer or {@code {"uuid": "..."}}. A number without point and exponent is a
 * 64-bit integer, any other a double, so that both come back as they were. Names are sorted: equal records give equal text.
 */
public final class RecordJson {
    /** The only key of an object that stands for a timestamp. Field names cannot hold a dollar sign. */
    static final String TIMESTAMP_KEY = "$timestamp";

    /** The only key of an object that stands for a place on the earth. */
    static final String GEO_KEY = "$geo";

    static final String LONGITUDE = "longitude";
    static final String LATITUDE = "latitude";

    /** When the record expires, RFC 3339. */
    static final String EXPIRE_TIME_KEY = "expire_time";

    private RecordJson() {}

    /**
     * Returns the value that JSON text describes.
     *
     * @throws IllegalArgumentException if it describes none
     */
    public static Value parseValue(String text) {
        return JsonRecordParser.parseValue(text);
    }

    /** Returns a record's id, fields, vectors and time to expire; what there is not is left out. */
    public static JsonObject record(Record record) {
        JsonObject json = new JsonObject();
        json.add("id", id(record.getId()));
        if (record.getFieldsCount() > 0) {
            json.add("fields", fields(record.getFieldsMap()));
        }
        if (record.getVectorsCount() > 0) {
            json.add("vectors", vectors(record.getVectorsMap()));
        }
        if (record.hasExpireTime()) {
            json.addProperty(EXPIRE_TIME_KEY, Timestamps.format(record.getExpireTime()));
        }
        return json;
    }

    /** Returns an id. */
    public static JsonElement id(RecordId id) {
        return switch (id.getKindCase()) {
            case STRING_ID -> new JsonPrimitive(id.getStringId());
            case UINT64_ID -> new JsonPrimitive(new BigInteger(Long.toUnsignedString(id.getUint64Id())));
            case UUID -> {
                JsonObject json = new JsonObject();
                json.addProperty("uuid", id.getUuid());
                yield json;
            }
            case KIND_NOT_SET -> JsonNull.INSTANCE;
        };
    }

    /** Returns fields by name. */
    public static JsonObject fields(Map<String, Value> fields) {
        JsonObject json = new JsonObject();
        new TreeMap<>(fields).forEach((name, value) -> json.add(name, value(value)));
        return json;
    }

    /** Returns vectors by name. */
    public static JsonObject vectors(Map<String, Vector> vectors) {
        JsonObject json = new JsonObject();
        new TreeMap<>(vectors).forEach((name, vector) -> {
            if (vector.hasSparse()) {
                json.add(name, sparse(vector.getSparse()));
                return;
            }
            if (vector.hasMulti()) {
                JsonArray rows = new JsonArray(vector.getMulti().getRowsCount());
                vector.getMulti().getRowsList().forEach(row -> rows.add(components(row)));
                json.add(name, rows);
                return;
            }
            json.add(name, components(vector));
        });
        return json;
    }

    private static JsonArray components(Vector vector) {
        JsonArray components = new JsonArray(vector.getValuesCount());
        for (int i = 0; i < vector.getValuesCount(); i++) {
            components.add(vector.getValues(i));
        }
        return components;
    }

    private static JsonObject sparse(SparseVector sparse) {
        JsonArray indices = new JsonArray(sparse.getIndicesCount());
        sparse.getIndicesList().forEach(index -> indices.add(Integer.toUnsignedLong(index)));
        JsonArray values = new JsonArray(sparse.getValuesCount());
        sparse.getValuesList().forEach(values::add);
        JsonObject json = new JsonObject();
        json.add("indices", indices);
        json.add("values", values);
        return json;
    }

    /** Returns a field's value. */
    public static JsonElement value(Value value) {
        return switch (value.getKindCase()) {
            case NULL_VALUE, KIND_NOT_SET -> JsonNull.INSTANCE;
            case BOOL_VALUE -> new JsonPrimitive(value.getBoolValue());
            case INT64_VALUE -> new JsonPrimitive(value.getInt64Value());
            case DOUBLE_VALUE -> new JsonPrimitive(value.getDoubleValue());
            case STRING_VALUE -> new JsonPrimitive(value.getStringValue());
            case TIMESTAMP_VALUE -> {
                JsonObject json = new JsonObject();
                json.addProperty(TIMESTAMP_KEY, Timestamps.format(value.getTimestampValue()));
                yield json;
            }
            case GEO_VALUE -> {
                JsonObject place = new JsonObject();
                place.addProperty(LONGITUDE, value.getGeoValue().getLongitude());
                place.addProperty(LATITUDE, value.getGeoValue().getLatitude());
                JsonObject json = new JsonObject();
                json.add(GEO_KEY, place);
                yield json;
            }
            case LIST_VALUE -> {
                JsonArray json = new JsonArray();
                value.getListValue().getValuesList().forEach(element -> json.add(value(element)));
                yield json;
            }
            case OBJECT_VALUE -> fields(value.getObjectValue().getFieldsMap());
        };
    }
}
