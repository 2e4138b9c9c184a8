package io.knarr.bench;

import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Vectors in a file: shape {@code [rows][dimension]}, row-major, float32, little-endian, without a header. Mapped, not read; thread-safe.
 */
final class VectorFile implements AutoCloseable {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Arena arena;
    private final MemorySegment values;
    private final int dimension;
    private final long rows;

    private VectorFile(Arena arena, MemorySegment values, int dimension, long rows) {
        this.arena = arena;
        this.values = values;
        this.dimension = dimension;
        this.rows = rows;
    }

    /**
     * Opens a file and checks every value.
     *
     * @throws UnusableInputException if the file is missing, its size is no multiple of a row, or a value is not finite
     */
    @SuppressWarnings("MustBeClosedChecker") // the file owns its arena and closes it
    static VectorFile open(Path path, int dimension) throws IOException {
        if (!Files.isRegularFile(path)) {
            throw new UnusableInputException("There is no such vector file, path=" + path);
        }
        long size = Files.size(path);
        long rowBytes = (long) dimension * Float.BYTES;
        if (size == 0 || size % rowBytes != 0) {
            throw new UnusableInputException(
                    "The file is not a whole number of float32 rows, path=%s, bytes=%d, dim=%d, row_bytes=%d"
                            .formatted(path, size, dimension, rowBytes));
        }
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, READ)) {
            MemorySegment values = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
            VectorFile file = new VectorFile(arena, values, dimension, size / rowBytes);
            file.requireFinite(path);
            return file;
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private void requireFinite(Path path) {
        float[] row = new float[dimension];
        for (long index = 0; index < rows; index++) {
            read(index, row);
            for (int i = 0; i < dimension; i++) {
                if (!Float.isFinite(row[i])) {
                    throw new UnusableInputException(
                            "The file holds a value that is not finite, path=%s, row=%d, column=%d"
                                    .formatted(path, index, i));
                }
            }
        }
    }

    int dimension() {
        return dimension;
    }

    long rows() {
        return rows;
    }

    /** Copies a row into {@code target}, which has the length of a row. */
    void read(long row, float[] target) {
        MemorySegment.copy(values, FLOAT, row * dimension * Float.BYTES, target, 0, dimension);
    }

    @Override
    public void close() {
        arena.close();
    }
}
