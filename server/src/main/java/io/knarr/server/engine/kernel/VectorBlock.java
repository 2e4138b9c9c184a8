package io.knarr.server.engine.kernel;

import static java.util.Objects.checkIndex;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * A run of rows in native memory, float32 or of a smaller {@link ElementType}: shape {@code [capacity][dimension]}, row-major without gaps, in the machine's byte order,
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
    private final ElementType type;
    private final int dimension;
    private final int capacity;

    private VectorBlock(
            MemorySegment memory, @Nullable MemoryVerifier verifier, ElementType type, int dimension, int capacity) {
        this.memory = memory;
        this.verifier = verifier;
        this.type = type;
        this.dimension = dimension;
        this.capacity = capacity;
    }

    /** Returns a new block of zero rows of float32. @throws OutOfMemoryError if the machine has no room for it */
    public static VectorBlock allocate(Arena arena, int dimension, int capacity) {
        return allocate(arena, ElementType.FLOAT32, dimension, capacity);
    }

    /** Returns a new block of zero rows. @throws OutOfMemoryError if the machine has no room for it */
    public static VectorBlock allocate(Arena arena, ElementType type, int dimension, int capacity) {
        if (dimension < 1 || capacity < 1) {
            throw new IllegalArgumentException(
                    "a block needs a dimension and rows; dimension=" + dimension + " capacity=" + capacity);
        }
        long bytes = (long) capacity * dimension * type.bytes();
        return new VectorBlock(arena.allocate(bytes, ALIGNMENT_BYTES), null, type, dimension, capacity);
    }

    /**
     * Returns a block over rows of float32 that are there already; otherwise as the other method.
     */
    public static VectorBlock over(MemorySegment memory, MemoryVerifier verifier, int dimension, int capacity) {
        return over(memory, verifier, ElementType.FLOAT32, dimension, capacity);
    }

    /**
     * Returns a block over rows that are there already, such as those of a file.
     *
     * @param memory as many bytes as the rows take; if it is a file's, read-only or not to be written to
     * @param verifier asked about each row before it is used; {@code null} for memory, which is not a file's
     */
    public static VectorBlock over(
            MemorySegment memory, @Nullable MemoryVerifier verifier, ElementType type, int dimension, int capacity) {
        long bytes = (long) capacity * dimension * type.bytes();
        if (dimension < 1 || capacity < 1 || memory.byteSize() != bytes) {
            throw new IllegalArgumentException("the rows have another size than their memory; dimension=" + dimension
                    + " capacity=" + capacity + " bytes=" + memory.byteSize());
        }
        return new VectorBlock(memory, verifier, type, dimension, capacity);
    }

    /** Returns how the components lie in memory. */
    public ElementType type() {
        return type;
    }

    /** Returns how many components a row has. */
    public int dimension() {
        return dimension;
    }

    /** Returns how many rows there is room for. */
    public int capacity() {
        return capacity;
    }

    /** Returns the bytes of the first rows, read-only; those of a file have been verified then. */
    public MemorySegment bytes(int rows) {
        MemorySegment bytes = memory.asSlice(0, (long) checkIndex(rows, capacity + 1) * dimension * type.bytes());
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

    /**
     * Writes a row; {@code vector} has the block's dimension.
     *
     * @throws IllegalArgumentException if a value is not of the block's type, see {@link ElementType#round}; the row is as it was then
     */
    public void write(int row, float[] vector) {
        checkDimension(vector.length);
        long offset = rowOffset(row);
        if (type == ElementType.FLOAT32) {
            MemorySegment.copy(vector, 0, memory, ValueLayout.JAVA_FLOAT, offset, dimension);
            return;
        }
        for (float value : vector) {
            if (type.nearest(value) != value) {
                throw type.outside(value);
            }
        }
        for (int i = 0; i < dimension; i++) {
            if (type == ElementType.FLOAT16) {
                memory.set(ValueLayout.JAVA_SHORT, offset + 2L * i, Float.floatToFloat16(vector[i]));
            } else {
                memory.set(ValueLayout.JAVA_BYTE, offset + i, (byte) vector[i]);
            }
        }
    }

    /** Begins to fetch a row into the cache, where that is possible. */
    public void fetch(int row) {
        long rowBytes = (long) dimension * type.bytes();
        Prefetch.lines(memory, checkIndex(row, capacity) * rowBytes, rowBytes);
    }

    /** Copies a row into {@code target}, which has the block's dimension. */
    public void read(int row, float[] target) {
        checkDimension(target.length);
        long offset = rowOffset(row);
        if (type == ElementType.FLOAT32) {
            MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, offset, target, 0, dimension);
            return;
        }
        for (int i = 0; i < dimension; i++) {
            target[i] = component(memory, type, offset, i);
        }
    }

    /** Returns one component of the row that begins at an offset. */
    static float component(MemorySegment memory, ElementType type, long rowOffset, int index) {
        return switch (type) {
            case FLOAT32 -> memory.get(ValueLayout.JAVA_FLOAT, rowOffset + 4L * index);
            case FLOAT16 -> Float.float16ToFloat(memory.get(ValueLayout.JAVA_SHORT, rowOffset + 2L * index));
            case INT8 -> memory.get(ValueLayout.JAVA_BYTE, rowOffset + index);
        };
    }

    MemorySegment memory() {
        return memory;
    }

    /**
     * Returns where a row begins, in bytes; a row of a file has been verified then. Checked, because the launcher turns the checks
     * inside the loops off.
     */
    long rowOffset(int row) {
        long rowBytes = (long) dimension * type.bytes();
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

    /** Checks a query against the rows, for a kernel that reads one type. */
    void check(int length, ElementType readable) {
        checkDimension(length);
        if (type != readable) {
            throw new IllegalArgumentException(
                    "the kernel is for another type of rows; type=" + type + " kernel=" + readable);
        }
    }
}
