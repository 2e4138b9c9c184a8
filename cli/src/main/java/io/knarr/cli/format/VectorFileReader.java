package io.knarr.cli.format;

import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.Vector;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Records from a file of nothing but vectors, numbered as they come. */
abstract class VectorFileReader implements RecordReader {
    /** The most components a vector of the server has. */
    static final int MAX_DIMENSION = 65_536;

    final ByteSource source;
    private final String vectorName;
    private final long firstId;
    private long rows;

    VectorFileReader(ByteSource source, String vectorName, long firstId) {
        this.source = source;
        this.vectorName = vectorName;
        this.firstId = firstId;
    }

    /** Returns the bytes of the next row's components; null after the last. */
    abstract byte @Nullable [] nextRow() throws IOException;

    @Override
    public final @Nullable Record next() throws IOException {
        rows++;
        byte[] row = nextRow();
        if (row == null) {
            return null;
        }
        return Record.newBuilder()
                .setId(RecordId.newBuilder().setUint64Id(firstId + rows - 1))
                .putVectors(vectorName, vector(row))
                .build();
    }

    private Vector vector(byte[] row) throws MalformedInputException {
        ByteBuffer components = ByteBuffer.wrap(row).order(ByteOrder.LITTLE_ENDIAN);
        Vector.Builder vector = Vector.newBuilder();
        for (int i = 0; i < row.length / Float.BYTES; i++) {
            float component = components.getFloat();
            if (!Float.isFinite(component)) {
                throw malformed("component " + i + " is not finite");
            }
            vector.addValues(component);
        }
        return vector.build();
    }

    /** Returns all the bytes of a row that has begun, or fails saying that the file ends inside it. */
    final byte[] restOfRow(int byteCount) throws IOException {
        byte[] row = source.read(byteCount);
        if (row.length < byteCount) {
            throw malformed("the file ends inside this row, after %d of its %d bytes".formatted(row.length, byteCount));
        }
        return row;
    }

    final MalformedInputException malformed(String problem) {
        return new MalformedInputException(place(), problem);
    }

    /** Returns the row's place; rows count from 0, as in NumPy. */
    @Override
    public final String place() {
        return source.name() + ", row " + Math.max(0, rows - 1);
    }

    @Override
    public final long bytesRead() {
        return source.bytesRead();
    }

    @Override
    public final void close() throws IOException {
        source.close();
    }
}
