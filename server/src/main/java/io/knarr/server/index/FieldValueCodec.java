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
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Field values as bytes. A value is a tag byte and what the tag says:
 *
 * <pre>
 * 0 null       -
 * 1 false      -
 * 2 true       -
 * 3 integer    [int64]
 * 4 double     [float64 bits]
 * 5 string     [length: unsigned][UTF-8]
 * 6 timestamp  [seconds since 1970: int64][nanos: unsigned]
 * 7 list       [count: unsigned] values
 * 8 object     [count: unsigned] ([length: unsigned][UTF-8 name] value)*
 * 9 geo        [longitude: float64 bits][latitude: float64 bits]
 * </pre>
 */
final class FieldValueCodec {
    private static final int NULL = 0;
    private static final int FALSE = 1;
    private static final int TRUE = 2;
    private static final int INTEGER = 3;
    private static final int DOUBLE = 4;
    private static final int STRING = 5;
    private static final int TIMESTAMP = 6;
    private static final int LIST = 7;
    private static final int OBJECT = 8;
    private static final int GEO = 9;

    /** Twice what callers may send, so that no limit of theirs, present or past, makes a stored record unreadable. */
    private static final int MAX_DEPTH = 64;

    private static final NullValue THE_NULL = new NullValue();

    private FieldValueCodec() {}

    static void writeFields(BinaryWriter writer, Map<String, FieldValue> fields) {
        writer.writeUnsigned(fields.size());
        fields.forEach((name, value) -> {
            writer.writeString(name);
            write(writer, value);
        });
    }

    static SequencedMap<String, FieldValue> readFields(BinaryReader reader) {
        return readFields(reader, 0);
    }

    static void write(BinaryWriter writer, FieldValue value) {
        switch (value) {
            case NullValue() -> writer.writeByte(NULL);
            case BoolValue(boolean bool) -> writer.writeByte(bool ? TRUE : FALSE);
            case IntValue(long integer) -> writer.writeByte(INTEGER).writeLong(integer);
            case DoubleValue(double number) -> writer.writeByte(DOUBLE).writeLong(Double.doubleToRawLongBits(number));
            case StringValue(String string) -> writer.writeByte(STRING).writeString(string);
            case TimestampValue(Instant instant) ->
                writer.writeByte(TIMESTAMP).writeLong(instant.getEpochSecond()).writeUnsigned(instant.getNano());
            case GeoValue(GeoPoint point) ->
                writer.writeByte(GEO)
                        .writeLong(Double.doubleToRawLongBits(point.longitude()))
                        .writeLong(Double.doubleToRawLongBits(point.latitude()));
            case ListValue(List<FieldValue> values) -> {
                writer.writeByte(LIST).writeUnsigned(values.size());
                values.forEach(element -> write(writer, element));
            }
            case ObjectValue(SequencedMap<String, FieldValue> fields) -> {
                writer.writeByte(OBJECT);
                writeFields(writer, fields);
            }
        }
    }

    /** Returns where the UTF-8 of a text begins whose value begins there, to end where the value does; -1 where it is no text. */
    static int textFrom(byte[] bytes, int from) {
        if (bytes[from] != STRING) {
            return -1;
        }
        int at = from + 1;
        while (bytes[at] < 0) {
            at++;
        }
        return at + 1;
    }

    static FieldValue read(BinaryReader reader) {
        return read(reader, 0);
    }

    private static SequencedMap<String, FieldValue> readFields(BinaryReader reader, int depth) {
        int count = reader.readCount(2);
        SequencedMap<String, FieldValue> fields = LinkedHashMap.newLinkedHashMap(count);
        for (int i = 0; i < count; i++) {
            fields.put(reader.readString(), read(reader, depth));
        }
        return fields;
    }

    private static FieldValue read(BinaryReader reader, int depth) {
        if (depth > MAX_DEPTH) {
            throw new CorruptBytesException("Values are nested too deeply");
        }
        return switch (reader.readByte()) {
            case NULL -> THE_NULL;
            case FALSE -> new BoolValue(false);
            case TRUE -> new BoolValue(true);
            case INTEGER -> new IntValue(reader.readLong());
            case DOUBLE -> readDouble(reader);
            case STRING -> new StringValue(reader.readString());
            case TIMESTAMP -> readTimestamp(reader);
            case LIST -> readList(reader, depth);
            case OBJECT -> new ObjectValue(readFields(reader, depth + 1));
            case GEO -> readGeo(reader);
            default -> throw new CorruptBytesException("Unknown tag of a value");
        };
    }

    private static DoubleValue readDouble(BinaryReader reader) {
        double number = Double.longBitsToDouble(reader.readLong());
        if (!Double.isFinite(number)) {
            throw new CorruptBytesException("Double is not finite");
        }
        return new DoubleValue(number);
    }

    private static TimestampValue readTimestamp(BinaryReader reader) {
        long seconds = reader.readLong();
        long nanos = reader.readUnsigned();
        try {
            return new TimestampValue(Instant.ofEpochSecond(seconds, nanos));
        } catch (DateTimeException | ArithmeticException e) {
            throw new CorruptBytesException("Timestamp is out of range");
        }
    }

    private static GeoValue readGeo(BinaryReader reader) {
        double longitude = Double.longBitsToDouble(reader.readLong());
        double latitude = Double.longBitsToDouble(reader.readLong());
        try {
            return new GeoValue(new GeoPoint(longitude, latitude));
        } catch (IllegalArgumentException e) {
            throw new CorruptBytesException("Place is not on the earth");
        }
    }

    private static ListValue readList(BinaryReader reader, int depth) {
        int count = reader.readCount(1);
        List<FieldValue> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(read(reader, depth + 1));
        }
        return new ListValue(values);
    }
}
