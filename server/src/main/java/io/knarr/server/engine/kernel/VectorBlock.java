package io.knarr.server.engine.kernel;

import static java.util.Objects.checkIndex;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * A run of float32 rows in native memory: shape {@code [capacity][dimension]}, row-major without gaps, in the machine's byte order,
 * the first row on a 64-byte border. Rows never written are zero.
 *
 * <p>One writer, any number of readers. A write is plain: a reader may only touch a row that it learned of through a volatile read of
 * something the writer wrote after the row. The memory lives as long as the arena; after that every access throws
 * {@link IllegalStateException}.
 */
public final class VectorBlock {
    /** Where a block begins: on a cache line, which is also the widest vector. */
    private static final long ALIGNMENT_BYTES = 64;

    private final MemorySegment memory;
    private final @Nullable MemoryVerifier verifier;
    private final int dimension;
    private final int capacity;

    private VectorBlock(MemorySegment memory, @Nullable MemoryVerifier verifier, int dimension, int capacity) {
        this.memory = memory;
        this.verifier = verifier;
        this.dimension = dimension;
        this.capacity = capacity;
    }

    /** Returns a new block of zero rows. @throws OutOfMemoryError if the machine has no room for it */
    public static VectorBlock allocate(Arena arena, int dimension, int capacity) {
        if (dimension < 1 || capacity < 1) {
            throw new IllegalArgumentException(
                    "a block needs a dimension and rows; dimension=" + dimension + " capacity=" + capacity);
        }
        long bytes = (long) capacity * dimension * Float.BYTES;
        return new VectorBlock(arena.allocate(bytes, ALIGNMENT_BYTES), null, dimension, capacity);
    }

    /**
     * Returns a block over rows that are there already, such as those of a file.
     *
     * @param memory as many bytes as the rows take; read-only or not to be written to
     * @param verifier asked about each row before it is used
     */
    public static VectorBlock over(MemorySegment memory, MemoryVerifier verifier, int dimension, int capacity) {
        long bytes = (long) capacity * dimension * Float.BYTES;
        if (dimension < 1 || capacity < 1 || memory.byteSize() != bytes) {
            throw new IllegalArgumentException("the rows have another size than their memory; dimension=" + dimension
                    + " capacity=" + capacity + " bytes=" + memory.byteSize());
        }
        return new VectorBlock(memory, verifier, dimension, capacity);
    }

    /** Returns how many floats a row has. */
    public int dimension() {
        return dimension;
    }

    /** Returns how many rows there is room for. */
    public int capacity() {
        return capacity;
    }

    /** Returns the bytes of the first rows, read-only; those of a file have been verified then. */
    public MemorySegment bytes(int rows) {
        MemorySegment bytes = memory.asSlice(0, (long) checkIndex(rows, capacity + 1) * dimension * Float.BYTES);
        if (verifier != null) {
            verifier.verify(0, bytes.byteSize());
        }
        return bytes.asReadOnly();
    }

    /** Returns whether the rows are a file's, so that their bytes need not be in memory. */
    public boolean isMapped() {
        return verifier != null;
    }

    /** Returns the bytes of native memory the rows take. */
    public long byteSize() {
        return memory.byteSize();
    }

    /** Writes a row; {@code vector} has the block's dimension. */
    public void write(int row, float[] vector) {
        checkDimension(vector.length);
        MemorySegment.copy(vector, 0, memory, ValueLayout.JAVA_FLOAT, rowOffset(row), dimension);
    }

    /** Copies a row into {@code target}, which has the block's dimension. */
    public void read(int row, float[] target) {
        checkDimension(target.length);
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, rowOffset(row), target, 0, dimension);
    }

    MemorySegment memory() {
        return memory;
    }

    /**
     * Returns where a row begins, in bytes; a row of a file has been verified then. Checked, because the launcher turns the checks
     * inside the loops off.
     */
    long rowOffset(int row) {
        long rowBytes = (long) dimension * Float.BYTES;
        long offset = checkIndex(row, capacity) * rowBytes;
        if (verifier != null) {
            verifier.verify(offset, rowBytes);
        }
        return offset;
    }

    void checkDimension(int length) {
        if (length != dimension) {
            throw new IllegalArgumentException(
                    "the vector has another dimension than the rows; dimension=" + dimension + " length=" + length);
        }
    }
}
