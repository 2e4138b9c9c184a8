package io.knarr.server.index;

import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorKind;
import io.knarr.server.model.VectorSpec;

/** A vector within a stored record: its kind, then the vector; see {@link RecordCodec}. */
final class VectorCodec {
    private static final int DENSE = 1;
    private static final int SPARSE = 2;

    private VectorCodec() {}

    static void write(BinaryWriter writer, VectorData vector) {
        switch (vector) {
            case VectorData.Dense(float[] components) ->
                writer.writeByte(DENSE).writeUnsigned(components.length).writeFloats(components);
            case VectorData.Sparse(int[] indices, float[] values) -> {
                writer.writeByte(SPARSE).writeUnsigned(indices.length);
                long next = 0;
                for (int index : indices) {
                    writer.writeUnsigned(Integer.toUnsignedLong(index) - next);
                    next = Integer.toUnsignedLong(index) + 1;
                }
                writer.writeFloats(values);
            }
        }
    }

    /** Reads a vector. @throws CorruptBytesException if it is not of this kind or dimension */
    static VectorData read(BinaryReader reader, VectorSpec spec) {
        requireKind(reader, spec);
        return switch (spec.kind()) {
            case DENSE -> new VectorData.Dense(reader.readFloats(readDimension(reader, spec)));
            case SPARSE -> readSparse(reader);
        };
    }

    /** Passes over a vector. Throws as {@link #read}. */
    static void skip(BinaryReader reader, VectorSpec spec) {
        requireKind(reader, spec);
        switch (spec.kind()) {
            case DENSE -> reader.skip((long) readDimension(reader, spec) * Float.BYTES);
            case SPARSE -> {
                var _ = readSparse(reader);
            }
        }
    }

    /** Passes over a vector that the schema at hand does not have. */
    static void skipUnknown(BinaryReader reader) {
        switch (reader.readByte()) {
            case DENSE -> reader.skip(Math.multiplyExact(reader.readUnsigned(), (long) Float.BYTES));
            case SPARSE -> {
                var _ = readSparse(reader);
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

    private static void requireKind(BinaryReader reader, VectorSpec spec) {
        if (reader.readByte() != (spec.kind() == VectorKind.DENSE ? DENSE : SPARSE)) {
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
