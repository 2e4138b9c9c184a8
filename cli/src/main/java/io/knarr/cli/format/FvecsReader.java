package io.knarr.cli.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Rows of an int32 dimension and as many float32 components, all little-endian. Every row has the first one's dimension. */
final class FvecsReader extends VectorFileReader {
    private int dimension;

    FvecsReader(ByteSource source, String vectorName, long firstId) {
        super(source, vectorName, firstId);
    }

    @Override
    byte @Nullable [] nextRow() throws IOException {
        byte[] header = source.read(Integer.BYTES);
        if (header.length == 0) {
            return null;
        }
        if (header.length < Integer.BYTES) {
            throw malformed("the file ends inside this row's dimension");
        }
        int rowDimension =
                ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getInt();
        if (rowDimension < 1 || rowDimension > MAX_DIMENSION) {
            throw malformed("the dimension is %d, not 1 to %d".formatted(rowDimension, MAX_DIMENSION));
        }
        if (dimension != 0 && rowDimension != dimension) {
            throw malformed("the dimension is %d, and %d in the rows before".formatted(rowDimension, dimension));
        }
        dimension = rowDimension;
        return restOfRow(dimension * Float.BYTES);
    }
}
