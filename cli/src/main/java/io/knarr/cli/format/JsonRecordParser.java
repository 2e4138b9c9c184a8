package io.knarr.cli.format;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import com.google.protobuf.Timestamp;
import io.knarr.v1.GeoPoint;
import io.knarr.v1.ListValue;
import io.knarr.v1.ObjectValue;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.SparseVector;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.time.DateTimeException;
import java.util.HashSet;
import java.util.Set;

/**
 * Reads one record from its JSON text, in the shape that {@link RecordJson} describes; {@code "vector": [...]} stands for the
 * vector called {@code default}. Strict: unknown and repeated keys, NaN and numbers out of range are errors.
 */
final class JsonRecordParser {
    private static final int MAX_DEPTH = 16;

    private final String defaultVectorName;
    private final Set<String> timestampFields;

    /**
     * Makes a parser.
     *
     * @param defaultVectorName the name of the vector under the key {@code vector}
     * @param timestampFields the top-level fields whose text is a timestamp
     */
    JsonRecordParser(String defaultVectorName, Set<String> timestampFields) {
        this.defaultVectorName = defaultVectorName;
        this.timestampFields = Set.copyOf(timestampFields);
    }

    /**
     * Returns the record that the text describes.
     *
     * @throws Problem if it describes none
     */
    Record parse(String text) throws Problem {
        return whole(text, this::record);
    }

    /**
     * Returns the value that the text describes.
     *
     * @throws IllegalArgumentException if it describes none
     */
    static Value parseValue(String text) {
        try {
            return whole(text, json -> value(json, false, 1));
        } catch (Problem e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** Reads what a text describes. */
    private interface Reading<T> {
        T read(JsonReader json) throws IOException;
    }

    private static <T> T whole(String text, Reading<T> reading) throws Problem {
        JsonReader json = new JsonReader(new StringReader(text));
        json.setStrictness(Strictness.STRICT);
        try {
            T result = reading.read(json);
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw new Problem("something follows it");
            }
            return result;
        } catch (EOFException e) {
            throw new Problem("the JSON ends too early, at " + json.getPath());
        } catch (MalformedJsonException | NumberFormatException | IllegalStateException e) {
            throw new Problem("this is not JSON, at " + json.getPath());
        } catch (Problem e) {
            throw e;
        } catch (IOException e) {
            throw new IllegalStateException("Text in memory cannot fail to be read", e);
        }
    }

    private Record record(JsonReader json) throws IOException {
        expect(json, JsonToken.BEGIN_OBJECT, "an object");
        Record.Builder record = Record.newBuilder();
        Set<String> seen = new HashSet<>();
        json.beginObject();
        while (json.hasNext()) {
            String key = newName(json, seen);
            switch (key) {
                case "id" -> record.setId(id(json));
                case "fields" -> fields(json, record);
                case "vector" -> putVector(json, record, defaultVectorName);
                case "vectors" -> vectors(json, record);
                case RecordJson.EXPIRE_TIME_KEY -> {
                    String path = json.getPath();
                    expect(json, JsonToken.STRING, "text");
                    record.setExpireTime(timestamp(json.nextString(), path));
                }
                default -> throw new Problem("the key '" + key + "' is not id, fields, vector, vectors or expire_time");
            }
        }
        json.endObject();
        return record.build();
    }

    private static String newName(JsonReader json, Set<String> seen) throws IOException {
        String name = json.nextName();
        if (!seen.add(name)) {
            throw new Problem("the key '" + name + "' is there twice, at " + json.getPath());
        }
        return name;
    }

    private static void expect(JsonReader json, JsonToken token, String what) throws IOException {
        if (json.peek() != token) {
            throw new Problem("expected " + what + " at " + json.getPath());
        }
    }

    private static RecordId id(JsonReader json) throws IOException {
        String path = json.getPath();
        return switch (json.peek()) {
            case STRING -> RecordId.newBuilder().setStringId(json.nextString()).build();
            case NUMBER -> {
                try {
                    yield RecordId.newBuilder()
                            .setUint64Id(Long.parseUnsignedLong(json.nextString()))
                            .build();
                } catch (NumberFormatException e) {
                    throw new Problem("an integer id is 0 to 18446744073709551615, at " + path);
                }
            }
            case BEGIN_OBJECT -> {
                json.beginObject();
                if (!json.hasNext() || !json.nextName().equals("uuid")) {
                    throw new Problem("an id in braces is {\"uuid\": \"...\"}, at " + path);
                }
                expect(json, JsonToken.STRING, "text");
                RecordId id = RecordId.newBuilder().setUuid(json.nextString()).build();
                json.endObject();
                yield id;
            }
            case BEGIN_ARRAY, END_ARRAY, END_OBJECT, NAME, BOOLEAN, NULL, END_DOCUMENT ->
                throw new Problem("an id is text, an integer or {\"uuid\": \"...\"}, at " + path);
        };
    }

    private void fields(JsonReader json, Record.Builder record) throws IOException {
        expect(json, JsonToken.BEGIN_OBJECT, "an object");
        Set<String> seen = new HashSet<>();
        json.beginObject();
        while (json.hasNext()) {
            String name = newName(json, seen);
            record.putFields(name, value(json, timestampFields.contains(name), 1));
        }
        json.endObject();
    }

    private void vectors(JsonReader json, Record.Builder record) throws IOException {
        expect(json, JsonToken.BEGIN_OBJECT, "an object");
        json.beginObject();
        while (json.hasNext()) {
            putVector(json, record, json.nextName());
        }
        json.endObject();
    }

    private static void putVector(JsonReader json, Record.Builder record, String name) throws IOException {
        if (record.containsVectors(name)) {
            throw new Problem("the vector '" + name + "' is there twice");
        }
        Vector.Builder vector = Vector.newBuilder();
        if (json.peek() == JsonToken.BEGIN_OBJECT) {
            vector.setSparse(sparse(json));
        } else {
            denseOrMulti(json, vector);
        }
        record.putVectors(name, vector.build());
    }

    /** Reads an array of numbers, or of such arrays, of which there is at least one. */
    private static void denseOrMulti(JsonReader json, Vector.Builder vector) throws IOException {
        expect(json, JsonToken.BEGIN_ARRAY, "an array of numbers");
        json.beginArray();
        boolean multi = json.peek() == JsonToken.BEGIN_ARRAY;
        while (json.hasNext()) {
            if (multi) {
                Vector.Builder row = vector.getMultiBuilder().addRowsBuilder();
                readArray(json, () -> row.addValues(component(json)));
            } else {
                expect(json, JsonToken.NUMBER, "a number");
                vector.addValues(component(json));
            }
        }
        json.endArray();
    }

    private static SparseVector sparse(JsonReader json) throws IOException {
        SparseVector.Builder sparse = SparseVector.newBuilder();
        json.beginObject();
        while (json.hasNext()) {
            String path = json.getPath();
            switch (json.nextName()) {
                case "indices" -> readArray(json, () -> sparse.addIndices(index(json)));
                case "values" -> readArray(json, () -> sparse.addValues(component(json)));
                default -> throw new Problem("a sparse vector has indices and values, at " + path);
            }
        }
        json.endObject();
        return sparse.build();
    }

    /** Reads one element of an array. */
    private interface ElementReader {
        void read() throws IOException;
    }

    private static void readArray(JsonReader json, ElementReader element) throws IOException {
        expect(json, JsonToken.BEGIN_ARRAY, "an array of numbers");
        json.beginArray();
        while (json.hasNext()) {
            expect(json, JsonToken.NUMBER, "a number");
            element.read();
        }
        json.endArray();
    }

    private static float component(JsonReader json) throws IOException {
        String path = json.getPath();
        float component = Float.parseFloat(json.nextString());
        if (!Float.isFinite(component)) {
            throw new Problem("the number does not fit into a float32, at " + path);
        }
        return component;
    }

    private static int index(JsonReader json) throws IOException {
        String path = json.getPath();
        try {
            return Integer.parseUnsignedInt(json.nextString());
        } catch (NumberFormatException e) {
            throw new Problem("the index is not a whole number below 2^32, at " + path);
        }
    }

    private static Value value(JsonReader json, boolean textIsTimestamp, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw new Problem("more than " + MAX_DEPTH + " levels of values, at " + json.getPath());
        }
        Value.Builder value = Value.newBuilder();
        String path = json.getPath();
        switch (json.peek()) {
            case NULL -> {
                json.nextNull();
                value.setNullValue(true);
            }
            case BOOLEAN -> value.setBoolValue(json.nextBoolean());
            case NUMBER -> number(json.nextString(), path, value);
            case STRING -> {
                String text = json.nextString();
                if (textIsTimestamp) {
                    value.setTimestampValue(timestamp(text, path));
                } else {
                    value.setStringValue(text);
                }
            }
            case BEGIN_ARRAY -> {
                ListValue.Builder list = ListValue.newBuilder();
                json.beginArray();
                while (json.hasNext()) {
                    list.addValues(value(json, textIsTimestamp, depth + 1));
                }
                json.endArray();
                value.setListValue(list);
            }
            case BEGIN_OBJECT -> object(json, path, value, depth);
            case END_ARRAY, END_OBJECT, NAME, END_DOCUMENT -> throw new Problem("expected a value at " + path);
        }
        return value.build();
    }

    private static void number(String literal, String path, Value.Builder value) throws Problem {
        if (literal.matches("-?[0-9]+")) {
            try {
                value.setInt64Value(Long.parseLong(literal));
                return;
            } catch (NumberFormatException e) {
                throw new Problem("the integer does not fit into 64 bits, at " + path);
            }
        }
        double number = Double.parseDouble(literal);
        if (!Double.isFinite(number)) {
            throw new Problem("the number does not fit into a double, at " + path);
        }
        value.setDoubleValue(number);
    }

    private static void object(JsonReader json, String path, Value.Builder value, int depth) throws IOException {
        ObjectValue.Builder object = ObjectValue.newBuilder();
        Set<String> seen = new HashSet<>();
        json.beginObject();
        while (json.hasNext()) {
            String name = newName(json, seen);
            if (name.equals(RecordJson.TIMESTAMP_KEY)) {
                expect(json, JsonToken.STRING, "text");
                value.setTimestampValue(timestamp(json.nextString(), path));
            } else if (name.equals(RecordJson.GEO_KEY)) {
                value.setGeoValue(place(json, path));
            } else {
                object.putFields(name, value(json, false, depth + 1));
            }
        }
        json.endObject();
        if (!value.hasTimestampValue() && !value.hasGeoValue()) {
            value.setObjectValue(object);
        } else if (seen.size() > 1) {
            throw new Problem("nothing may stand beside $timestamp or $geo, at " + path);
        }
    }

    private static GeoPoint place(JsonReader json, String path) throws IOException {
        expect(json, JsonToken.BEGIN_OBJECT, "an object of longitude and latitude");
        GeoPoint.Builder place = GeoPoint.newBuilder();
        Set<String> seen = new HashSet<>();
        json.beginObject();
        while (json.hasNext()) {
            String name = newName(json, seen);
            expect(json, JsonToken.NUMBER, "a number");
            switch (name) {
                case RecordJson.LONGITUDE -> place.setLongitude(Double.parseDouble(json.nextString()));
                case RecordJson.LATITUDE -> place.setLatitude(Double.parseDouble(json.nextString()));
                default -> throw new Problem("the key '" + name + "' is not longitude or latitude, at " + path);
            }
        }
        json.endObject();
        if (seen.size() < 2) {
            throw new Problem("a place has a longitude and a latitude, at " + path);
        }
        return place.build();
    }

    private static Timestamp timestamp(String text, String path) throws Problem {
        try {
            return Timestamps.parse(text);
        } catch (DateTimeException e) {
            throw new Problem("a timestamp looks like 2026-01-31T12:00:00Z, offset included, at " + path);
        }
    }

    /** What is wrong with the text; the caller knows the line. */
    static final class Problem extends IOException {
        private static final long serialVersionUID = 1L;

        Problem(String message) {
            super(message);
        }
    }
}
