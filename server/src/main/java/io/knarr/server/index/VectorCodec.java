package io.knarr.server.index;

import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorElement;
import io.knarr.server.model.VectorSpec;

/** A vector within a stored record: its kind, then the vector; see {@link RecordCodec}. */
final class VectorCodec {
    private static final int DENSE = 1;
    private static final int SPARSE = 2;
    private static final int DENSE_FLOAT16 = 3;
    private static final int DENSE_INT8 = 4;
    private static final int MULTI = 5;
    private static final int MULTI_FLOAT16 = 6;
    private static final int MULTI_INT8 = 7;

    private VectorCodec() {}

    /** Writes a vector that is as its spec has it, with values of its element only. */
    static void write(BinaryWriter writer, VectorSpec spec, VectorData vector) {
        writer.writeByte(kindOf(spec));
        switch (vector) {
            case VectorData.Dense(float[] components) -> {
                writer.writeUnsigned(components.length);
                writeComponents(writer, spec.element(), components);
            }
            case VectorData.Multi multi -> {
                writer.writeUnsigned(multi.rowCount()).writeUnsigned(multi.dimension());
                writeComponents(writer, spec.element(), multi.components());
            }
            case VectorData.Sparse(int[] indices, float[] values) -> {
                writer.writeUnsigned(indices.length);
                long next = 0;
                for (int index : indices) {
                    writer.writeUnsigned(Integer.toUnsignedLong(index) - next);
                    next = Integer.toUnsignedLong(index) + 1;
                }
                writer.writeFloats(values);
            }
        }
    }

    private static void writeComponents(BinaryWriter writer, VectorElement element, float[] components) {
        var _ =
                switch (element) {
                    case FLOAT32 -> writer.writeFloats(components);
                    case FLOAT16 -> writer.writeHalves(components);
                    case INT8 -> writer.writeInt8s(components);
                };
    }

    /** Reads a vector. @throws CorruptBytesException if it is not of this kind or dimension */
    static VectorData read(BinaryReader reader, VectorSpec spec) {
        requireKind(reader, spec);
        return switch (spec.kind()) {
            case DENSE -> new VectorData.Dense(readComponents(reader, spec.element(), readDimension(reader, spec)));
            case SPARSE -> readSparse(reader);
            case MULTI -> {
                int rows = readRowCount(reader);
                int dimension = readDimension(reader, spec);
                int count = requireFew(rows, dimension);
                yield new VectorData.Multi(dimension, readComponents(reader, spec.element(), count));
            }
        };
    }

    private static int readRowCount(BinaryReader reader) {
        long rows = reader.readUnsigned();
        if (rows < 1 || rows > VectorData.Multi.MAX_ROWS) {
            throw new CorruptBytesException("Record has a multi-vector of no rows, or too many");
        }
        return (int) rows;
    }

    private static int requireFew(int rows, long dimension) {
        if (dimension < 1 || dimension > VectorData.Multi.MAX_COMPONENTS / rows) {
            throw new CorruptBytesException("Record has a multi-vector of too many components");
        }
        return (int) (rows * dimension);
    }

    private static float[] readComponents(BinaryReader reader, VectorElement element, int count) {
        return switch (element) {
            case FLOAT32 -> reader.readFloats(count);
            case FLOAT16 -> reader.readHalves(count);
            case INT8 -> reader.readInt8s(count);
        };
    }

    /** Passes over a vector. Throws as {@link #read}. */
    static void skip(BinaryReader reader, VectorSpec spec) {
        requireKind(reader, spec);
        switch (spec.kind()) {
            case DENSE -> reader.skip((long) readDimension(reader, spec) * byteCount(kindOf(spec)));
            case SPARSE -> {
                var _ = readSparse(reader);
            }
            case MULTI -> {
                int rows = readRowCount(reader);
                reader.skip((long) requireFew(rows, readDimension(reader, spec)) * byteCount(kindOf(spec)));
            }
        }
    }

    /** Passes over a vector that the schema at hand does not have. */
    static void skipUnknown(BinaryReader reader) {
        int kind = reader.readByte();
        switch (kind) {
            case DENSE, DENSE_FLOAT16, DENSE_INT8 ->
                reader.skip(Math.multiplyExact(reader.readUnsigned(), (long) byteCount(kind)));
            case SPARSE -> {
                var _ = readSparse(reader);
            }
            case MULTI, MULTI_FLOAT16, MULTI_INT8 -> {
                int rows = readRowCount(reader);
                reader.skip((long) requireFew(rows, reader.readUnsigned()) * byteCount(kind));
            }
            default -> throw new CorruptBytesException("Record has a vector of no known kind");
        }
    }

    private static VectorData readSparse(BinaryReader reader) {
        int count = reader.readCount(1 + Float.BYTES);
        int[] indices = new int[count];
        long next = 0;
        for (int i = 0; i < count; i++) {
            long index = next + reader.readUnsigned();
            if (index < next || index > 0xFFFF_FFFFL) {
                throw new CorruptBytesException("Record has a sparse vector with an index out of range");
            }
            indices[i] = (int) index;
            next = index + 1;
        }
        return new VectorData.Sparse(indices, reader.readFloats(count));
    }

    private static int kindOf(VectorSpec spec) {
        return switch (spec.kind()) {
            case DENSE ->
                switch (spec.element()) {
                    case FLOAT32 -> DENSE;
                    case FLOAT16 -> DENSE_FLOAT16;
                    case INT8 -> DENSE_INT8;
                };
            case SPARSE -> SPARSE;
            case MULTI ->
                switch (spec.element()) {
                    case FLOAT32 -> MULTI;
                    case FLOAT16 -> MULTI_FLOAT16;
                    case INT8 -> MULTI_INT8;
                };
        };
    }

    /** Returns the bytes of a component of a vector that is not sparse. */
    private static int byteCount(int kind) {
        return switch (kind) {
            case DENSE_FLOAT16, MULTI_FLOAT16 -> Short.BYTES;
            case DENSE_INT8, MULTI_INT8 -> Byte.BYTES;
            default -> Float.BYTES;
        };
    }

    private static void requireKind(BinaryReader reader, VectorSpec spec) {
        if (reader.readByte() != kindOf(spec)) {
            throw new CorruptBytesException("Record has a vector of another kind than its schema says");
        }
    }

    private static int readDimension(BinaryReader reader, VectorSpec spec) {
        long dimension = reader.readUnsigned();
        if (dimension != spec.dimension()) {
            throw new CorruptBytesException("Record has a vector of another dimension than its schema says");
        }
        return (int) dimension;
    }
}
