package io.knarr.cli.format;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Float32 components, little-endian, row after row, with nothing between them. */
final class RawFloatReader extends VectorFileReader {
    private final int rowBytes;

    RawFloatReader(ByteSource source, String vectorName, long firstId, int dimension) {
        super(source, vectorName, firstId);
        this.rowBytes = dimension * Float.BYTES;
    }

    @Override
    byte @Nullable [] nextRow() throws IOException {
        byte[] row = source.read(rowBytes);
        if (row.length == 0) {
            return null;
        }
        if (row.length < rowBytes) {
            throw malformed("the file ends inside this row, after %d of its %d bytes; is the dimension right?"
                    .formatted(row.length, rowBytes));
        }
        return row;
    }
}
