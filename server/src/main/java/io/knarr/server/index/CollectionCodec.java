package io.knarr.server.index;

import io.knarr.server.model.Collection;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Schema;
import io.knarr.server.model.VectorElement;
import io.knarr.server.model.VectorKind;
import io.knarr.server.model.VectorSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * A collection's entry in its account's catalog. Format version 5, little-endian:
 *
 * <pre>
 * [format: 1 byte = 5]
 * [number: unsigned]
 * [incarnation: two int64, high bits first]
 * [create time: microseconds since 1970: int64]
 * [default time to live: microseconds, 0 for none: unsigned]
 * [closed: 1 byte, 0 or 1]
 * [vectors: unsigned] ([name: string][kind: 1 byte, 1 dense, 2 sparse, 3 multi][dimension: unsigned]
 *                     [metric: 1 byte, see below][element: 1 byte, 1 float32, 2 float16, 3 int8][idf: 1 byte, 0 or 1])*
 * [fields, see below]
 * [CRC32C of all bytes before: int64]
 * </pre>
 *
 * <p>Fields: {@code [count: unsigned] ([name: string][type: 1 byte][list: 1 byte, 0 or 1][analyzer: string][fields within, in the same form])*}.
 *
 * <p>Metrics: 1 cosine, 2 dot, 3 Euclidean, 4 Manhattan. Types: 1 string, 2 int64, 3 float64, 4 bool, 5 timestamp, 6 UUID, 7 geo, 8 path, 9 text, 10 object.
 */
final class CollectionCodec {
    private static final int FORMAT = 5;

    private CollectionCodec() {}

    static byte[] encode(Collection collection) {
        BinaryWriter writer = new BinaryWriter(256);
        writer.writeByte(FORMAT)
                .writeUnsigned(collection.number())
                .writeLong(collection.incarnation().getMostSignificantBits())
                .writeLong(collection.incarnation().getLeastSignificantBits())
                .writeLong(RecordCodec.toMicros(collection.createTime()))
                .writeUnsigned(
                        collection.defaultTtl().map(RecordCodec::toMicros).orElse(0L))
                .writeByte(collection.schema().closed() ? 1 : 0);
        writer.writeUnsigned(collection.schema().vectors().size());
        for (VectorSpec vector : collection.schema().vectors()) {
            writer.writeString(vector.name())
                    .writeByte(code(vector.kind()))
                    .writeUnsigned(vector.dimension())
                    .writeByte(code(vector.metric()))
                    .writeByte(code(vector.element()))
                    .writeByte(vector.idf() ? 1 : 0);
        }
        writeFields(writer, collection.schema().fields());
        byte[] unchecked = writer.toByteArray();
        return writer.writeLong(checksum(unchecked, unchecked.length)).toByteArray();
    }

    /** Returns the collection of that name. @throws CorruptBytesException if these bytes are not what was written */
    static Collection decode(String name, byte[] encoded) {
        int end = encoded.length - Long.BYTES;
        if (end < 1 || new BinaryReader(encoded, end, encoded.length).readLong() != checksum(encoded, end)) {
            throw new CorruptBytesException("Catalog entry fails its checksum");
        }
        BinaryReader reader = new BinaryReader(encoded, 0, end);
        if (reader.readByte() != FORMAT) {
            throw new CorruptBytesException("Catalog entry has an unknown format");
        }
        int number = Math.toIntExact(reader.readUnsigned());
        UUID incarnation = new UUID(reader.readLong(), reader.readLong());
        Instant createTime = RecordCodec.fromMicros(reader.readLong());
        long ttlMicros = reader.readUnsigned();
        boolean closed = reader.readByte() == 1;
        List<VectorSpec> vectors = new ArrayList<>();
        for (int left = reader.readCount(6); left > 0; left--) {
            vectors.add(new VectorSpec(
                    reader.readString(),
                    kind(reader.readByte()),
                    Math.toIntExact(reader.readUnsigned()),
                    metric(reader.readByte()),
                    element(reader.readByte()),
                    reader.readByte() == 1));
        }
        List<FieldSpec> fields = readFields(reader, 0);
        return new Collection(
                name,
                number,
                incarnation,
                createTime,
                new Schema(vectors, fields, closed),
                ttlMicros == 0 ? Optional.empty() : Optional.of(Duration.of(ttlMicros, ChronoUnit.MICROS)));
    }

    private static void writeFields(BinaryWriter writer, List<FieldSpec> fields) {
        writer.writeUnsigned(fields.size());
        for (FieldSpec field : fields) {
            writer.writeString(field.name())
                    .writeByte(code(field.type()))
                    .writeByte(field.list() ? 1 : 0)
                    .writeString(field.analyzer());
            writeFields(writer, field.fields());
        }
    }

    private static List<FieldSpec> readFields(BinaryReader reader, int depth) {
        if (depth > FieldSpec.MAX_DEPTH) {
            throw new CorruptBytesException("Declared fields are nested too deeply");
        }
        List<FieldSpec> fields = new ArrayList<>();
        for (int left = reader.readCount(5); left > 0; left--) {
            String name = reader.readString();
            FieldType type = type(reader.readByte());
            boolean list = reader.readByte() == 1;
            String analyzer = reader.readString();
            fields.add(new FieldSpec(name, type, list, readFields(reader, depth + 1), analyzer));
        }
        return fields;
    }

    private static long checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return crc.getValue();
    }

    private static int code(VectorKind kind) {
        return switch (kind) {
            case DENSE -> 1;
            case SPARSE -> 2;
            case MULTI -> 3;
        };
    }

    private static VectorKind kind(int code) {
        return switch (code) {
            case 1 -> VectorKind.DENSE;
            case 2 -> VectorKind.SPARSE;
            case 3 -> VectorKind.MULTI;
            default -> throw new CorruptBytesException("Unknown kind of vector");
        };
    }

    private static int code(Metric metric) {
        return switch (metric) {
            case COSINE -> 1;
            case DOT -> 2;
            case EUCLID -> 3;
            case MANHATTAN -> 4;
        };
    }

    private static Metric metric(int code) {
        return switch (code) {
            case 1 -> Metric.COSINE;
            case 2 -> Metric.DOT;
            case 3 -> Metric.EUCLID;
            case 4 -> Metric.MANHATTAN;
            default -> throw new CorruptBytesException("Unknown metric");
        };
    }

    private static int code(VectorElement element) {
        return switch (element) {
            case FLOAT32 -> 1;
            case FLOAT16 -> 2;
            case INT8 -> 3;
        };
    }

    private static VectorElement element(int code) {
        return switch (code) {
            case 1 -> VectorElement.FLOAT32;
            case 2 -> VectorElement.FLOAT16;
            case 3 -> VectorElement.INT8;
            default -> throw new CorruptBytesException("Unknown element of a vector");
        };
    }

    private static int code(FieldType type) {
        return switch (type) {
            case STRING -> 1;
            case INT64 -> 2;
            case FLOAT64 -> 3;
            case BOOL -> 4;
            case TIMESTAMP -> 5;
            case UUID -> 6;
            case GEO -> 7;
            case PATH -> 8;
            case TEXT -> 9;
            case OBJECT -> 10;
        };
    }

    private static FieldType type(int code) {
        return switch (code) {
            case 1 -> FieldType.STRING;
            case 2 -> FieldType.INT64;
            case 3 -> FieldType.FLOAT64;
            case 4 -> FieldType.BOOL;
            case 5 -> FieldType.TIMESTAMP;
            case 6 -> FieldType.UUID;
            case 7 -> FieldType.GEO;
            case 8 -> FieldType.PATH;
            case 9 -> FieldType.TEXT;
            case 10 -> FieldType.OBJECT;
            default -> throw new CorruptBytesException("Unknown field type");
        };
    }
}
