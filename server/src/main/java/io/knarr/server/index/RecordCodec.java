package io.knarr.server.index;

import io.knarr.server.model.FieldValue;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.Selection;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorSpec;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A record as the value of its key. Format version 3, little-endian:
 *
 * <pre>
 * [format: 1 byte = 3]
 * [CRC32C of the key and of all bytes after these four: int32]
 * [version: int64]
 * [create time: microseconds since 1970: int64]
 * [update time: microseconds since 1970: int64]
 * [expire time: microseconds since 1970, the greatest number for never: int64]
 * [length of the fields: unsigned][fields, see FieldValueCodec]
 * [vectors: unsigned] ([place in the schema: unsigned][kind: 1 byte][vector])*
 * a vector of kind 1, dense:   [dimension: unsigned][components: float32 each]
 * a vector of kind 3, dense:   [dimension: unsigned][components: float16 each]
 * a vector of kind 4, dense:   [dimension: unsigned][components: int8 each]
 * a vector of kind 2, sparse:  [entries: unsigned][index, less the index before and 1: unsigned each][values: float32 each]
 * multi-vectors of kinds 5, 6 and 7, of float32, float16 and int8: [rows: unsigned][dimension: unsigned][components, row after row]
 * </pre>
 *
 * <p>The checksum covers the key, so a value that a fault has moved to another key is found out. The body, from the fields on, does not
 * depend on the record's history and is encoded before the writer's turn comes; {@link #seal} puts the head before it.
 */
final class RecordCodec {
    private static final byte FORMAT = 3;
    private static final int CHECKSUM_AT = 1;
    private static final int VERSION_AT = 5;
    private static final int CREATE_TIME_AT = 13;
    private static final int UPDATE_TIME_AT = 21;
    private static final int EXPIRE_TIME_AT = 29;
    private static final int HEAD_BYTES = 37;

    /** The expire time of a record that never expires. */
    static final long NEVER = Long.MAX_VALUE;

    private static final long MICROS_PER_SECOND = 1_000_000;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();

    private RecordCodec() {}

    /**
     * What the index keeps of a record.
     *
     * @param version the record's version
     * @param createMicros create time in microseconds since 1970
     * @param expireMicros expire time in microseconds since 1970, or {@link #NEVER}
     * @param fields the fields
     * @param vectors by place in the schema, {@code null} where the record lacks one
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Loaded(
            long version,
            long createMicros,
            long expireMicros,
            SequencedMap<String, FieldValue> fields,
            @Nullable VectorData[] vectors) {}

    /** Returns the bytes of a record with room for its head; its vectors have values of their elements only. */
    static byte[] encodeBody(Schema schema, Map<String, FieldValue> fields, @Nullable VectorData[] vectors) {
        BinaryWriter fieldBytes = new BinaryWriter(32 * fields.size());
        FieldValueCodec.writeFields(fieldBytes, fields);
        int present = 0;
        int size = HEAD_BYTES + fieldBytes.size() + 20;
        for (VectorData vector : vectors) {
            if (vector != null) {
                present++;
                size += (int) vector.byteCount() + 9;
            }
        }
        BinaryWriter writer = new BinaryWriter(size);
        writer.writeBytes(new byte[HEAD_BYTES]);
        writer.writeUnsigned(fieldBytes.size()).writeBytes(fieldBytes.toByteArray());
        writer.writeUnsigned(present);
        for (int place = 0; place < vectors.length; place++) {
            VectorData vector = vectors[place];
            if (vector != null) {
                VectorCodec.write(writer.writeUnsigned(place), schema.vectors().get(place), vector);
            }
        }
        return writer.toByteArray();
    }

    /** Completes {@code encoded}, in place, with what only the writer knows. */
    static void seal(
            byte[] key, byte[] encoded, long version, long createMicros, long updateMicros, long expireMicros) {
        encoded[0] = FORMAT;
        LONG.set(encoded, VERSION_AT, version);
        LONG.set(encoded, CREATE_TIME_AT, createMicros);
        LONG.set(encoded, UPDATE_TIME_AT, updateMicros);
        LONG.set(encoded, EXPIRE_TIME_AT, expireMicros);
        INT.set(encoded, CHECKSUM_AT, checksum(key, encoded));
    }

    /** Returns the expire time in the bytes of a record, which need not have been verified. */
    static long expireMicros(byte[] encoded) {
        if (encoded.length < HEAD_BYTES) {
            throw new CorruptBytesException("Record is shorter than its head");
        }
        return (long) LONG.get(encoded, EXPIRE_TIME_AT);
    }

    /**
     * Returns what the index keeps.
     *
     * @throws CorruptBytesException if these are not the bytes that were written at this key
     */
    static Loaded decodeForIndex(byte[] key, byte[] encoded, Schema schema) {
        BinaryReader reader = open(key, encoded);
        int fieldsLength = reader.readCount(1);
        int fieldsEnd = reader.position() + fieldsLength;
        SequencedMap<String, FieldValue> fields = FieldValueCodec.readFields(reader);
        requireAt(reader, fieldsEnd);
        @Nullable VectorData[] vectors = new VectorData[schema.vectors().size()];
        int count = reader.readCount(2);
        for (int i = 0; i < count; i++) {
            int place = requirePlace(reader.readUnsigned(), schema);
            vectors[place] = VectorCodec.read(reader, schema.vectors().get(place));
        }
        requireEnd(reader);
        return new Loaded(
                (long) LONG.get(encoded, VERSION_AT),
                (long) LONG.get(encoded, CREATE_TIME_AT),
                (long) LONG.get(encoded, EXPIRE_TIME_AT),
                fields,
                vectors);
    }

    /**
     * Returns the parts of a record that were asked for.
     *
     * @throws CorruptBytesException if these are not the bytes that were written at this key
     */
    static StoredRecord decode(
            RecordId id, byte[] key, byte[] encoded, Schema schema, Selection fields, Selection vectors) {
        BinaryReader reader = open(key, encoded);
        int fieldsLength = reader.readCount(1);
        SequencedMap<String, FieldValue> selectedFields = new LinkedHashMap<>();
        if (fields instanceof Selection.None) {
            reader.skip(fieldsLength);
        } else {
            int fieldsEnd = reader.position() + fieldsLength;
            selectedFields = FieldValueCodec.readFields(reader);
            requireAt(reader, fieldsEnd);
            selectedFields.keySet().removeIf(name -> !fields.includes(name));
        }
        Map<String, VectorData> selectedVectors = new LinkedHashMap<>();
        if (!(vectors instanceof Selection.None)) {
            int count = reader.readCount(2);
            for (int i = 0; i < count; i++) {
                long place = reader.readUnsigned();
                if (place >= schema.vectors().size()) {
                    // Of a schema that has grown since the caller looked at it.
                    VectorCodec.skipUnknown(reader);
                    continue;
                }
                VectorSpec spec = schema.vectors().get(requirePlace(place, schema));
                if (vectors.includes(spec.name())) {
                    selectedVectors.put(spec.name(), VectorCodec.read(reader, spec));
                } else {
                    VectorCodec.skip(reader, spec);
                }
            }
            requireEnd(reader);
        }
        return new StoredRecord(
                id,
                (long) LONG.get(encoded, VERSION_AT),
                fromMicros((long) LONG.get(encoded, CREATE_TIME_AT)),
                fromMicros((long) LONG.get(encoded, UPDATE_TIME_AT)),
                expireTime((long) LONG.get(encoded, EXPIRE_TIME_AT)),
                selectedFields,
                selectedVectors);
    }

    private static Optional<Instant> expireTime(long micros) {
        return micros == NEVER ? Optional.empty() : Optional.of(fromMicros(micros));
    }

    static long toMicros(Duration duration) {
        return Math.addExact(Math.multiplyExact(duration.getSeconds(), MICROS_PER_SECOND), duration.getNano() / 1_000);
    }

    static long toMicros(Instant instant) {
        return Math.addExact(
                Math.multiplyExact(instant.getEpochSecond(), MICROS_PER_SECOND), instant.getNano() / 1_000);
    }

    static Instant fromMicros(long micros) {
        return Instant.ofEpochSecond(
                Math.floorDiv(micros, MICROS_PER_SECOND), Math.floorMod(micros, MICROS_PER_SECOND) * 1_000);
    }

    private static BinaryReader open(byte[] key, byte[] encoded) {
        if (encoded.length < HEAD_BYTES) {
            throw new CorruptBytesException("Record is shorter than its head");
        }
        if (encoded[0] != FORMAT) {
            throw new CorruptBytesException("Record has an unknown format");
        }
        if ((int) INT.get(encoded, CHECKSUM_AT) != checksum(key, encoded)) {
            throw new CorruptBytesException("Record fails its checksum");
        }
        return new BinaryReader(encoded, HEAD_BYTES, encoded.length);
    }

    private static int checksum(byte[] key, byte[] encoded) {
        CRC32C crc = new CRC32C();
        crc.update(key);
        crc.update(encoded, VERSION_AT, encoded.length - VERSION_AT);
        return (int) crc.getValue();
    }

    private static int requirePlace(long place, Schema schema) {
        if (place < 0 || place >= schema.vectors().size()) {
            throw new CorruptBytesException("Record has a vector that its schema does not know");
        }
        return (int) place;
    }

    private static void requireAt(BinaryReader reader, int position) {
        if (reader.position() != position) {
            throw new CorruptBytesException("Fields have another length than they say");
        }
    }

    private static void requireEnd(BinaryReader reader) {
        if (!reader.atEnd()) {
            throw new CorruptBytesException("Record has bytes left over");
        }
    }
}
