package io.knarr.server.engine;

import static java.util.Objects.checkIndex;

import io.knarr.server.engine.kernel.ElementType;
import io.knarr.server.engine.kernel.VectorBlock;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Vectors of float32, or of a smaller {@link ElementType}, by dense row number, in native memory: rows are only ever appended, packed in blocks that grow with the rows, so that
 * twenty rows take little more than twenty rows' bytes. Values are the caller's to check: finite, and for cosine of unit length, unless the
 * rows' {@link RowForm} says that they are compared so; then the scale of each is kept beside it.
 *
 * <p>One writer at a time, any number of readers, no locks. The writer appends, then publishes the new count through a volatile (or
 * release) write of its own; a reader reads that count first and touches only rows below it. Closing is for a moment when nobody reads
 * or writes, which the caller sees to; an access after it throws {@link IllegalStateException} and never reads foreign memory.
 */
public final class VectorRows implements AutoCloseable {
    /** A bound on their norms: one float32. */
    private static final String NORM_SECTION = "norm";

    /** What the names of the sections of scales begin with, after the prefix of the rows. */
    private static final String SCALES_PREFIX = "scales.";

    /** The most floats in a row. */
    public static final int MAX_DIMENSION = 65_536;

    private static final RowForm SCALE_FORM = RowForm.of(1, ElementType.FLOAT32);

    /** Blocks grow up to this size, or one row: large enough to stream, small enough that the unused end of the last one is little. */
    private static final int MAX_BLOCK_BYTES = 4 << 20;

    /** A first block has eight rows, unless these are so small or so large that it would leave this range. */
    private static final int FIRST_BLOCK_ROWS = 8;

    private static final int MIN_FIRST_BLOCK_BYTES = 1 << 10;
    private static final int MAX_FIRST_BLOCK_BYTES = 16 << 10;

    /** A later block adds one row for this many there are, as long as it stays small, */
    private static final int ROWS_PER_NEW_ROW_OF_FEW = 4;

    private static final int MAX_SMALL_BLOCK_BYTES = 64 << 10;

    /**
     * and then one for this many, so that a seventeenth of the memory waits for rows. Together with an eighth of the rows dead, when a table
     * is compacted, that is less than a fifth.
     */
    static final int ROWS_PER_NEW_ROW = 16;

    /** Heap and allocator bytes of one block beside its rows, rounded up. */
    private static final long BLOCK_OVERHEAD_BYTES = 192;

    /** The blocks in the order of rows; {@code firstRows} has one entry more, the capacity. Never changed once published. */
    private static final class Directory {
        final VectorBlock[] blocks;
        final int[] firstRows;

        Directory(VectorBlock[] blocks, int[] firstRows) {
            this.blocks = blocks;
            this.firstRows = firstRows;
        }

        int capacity() {
            return firstRows[blocks.length];
        }

        /** Returns the index of the block that holds a row below the capacity. */
        int blockOf(int row) {
            int found = Arrays.binarySearch(firstRows, row);
            return found >= 0 ? found : -found - 2;
        }

        Directory with(VectorBlock block) {
            VectorBlock[] moreBlocks = Arrays.copyOf(blocks, blocks.length + 1);
            int[] moreRows = Arrays.copyOf(firstRows, firstRows.length + 1);
            moreBlocks[blocks.length] = block;
            moreRows[firstRows.length] = Math.addExact(capacity(), block.capacity());
            return new Directory(moreBlocks, moreRows);
        }
    }

    private final RowForm form;
    private final ElementType type;
    private final int dimension;
    private final long rowBytes;

    /** By row, one through its length, 0 for a zero row; rows of one component. {@code null} where rows are compared as they are. */
    private final @Nullable VectorRows scales;

    private final Arena arena = Arena.ofShared();
    private volatile Directory directory = new Directory(new VectorBlock[0], new int[] {0});
    private int rowCount;
    private volatile float maxNorm;

    /**
     * Returns rows over those of a file, as {@link #writeSections} wrote them. Later rows go to memory of their own.
     *
     * @param source lives as long as these rows are used
     * @throws SegmentException if it does not have so many rows
     */
    static VectorRows open(RowForm form, SectionSource source, String prefix, int rowCount) {
        VectorRows scales = form.unit() ? open(SCALE_FORM, source, prefix + SCALES_PREFIX, rowCount) : null;
        VectorRows rows = new VectorRows(form, scales);
        MappedSection section = source.map(prefix + sectionOf(form.type()));
        MemorySegment norm = source.read(prefix + NORM_SECTION);
        if (section.byteSize() != rowCount * rows.rowBytes || norm.byteSize() != Float.BYTES) {
            throw SegmentException.damaged("Sections of rows have another size, rowCount=" + rowCount);
        }
        rows.maxNorm = norm.get(ValueLayout.JAVA_FLOAT, 0);
        if (rowCount > 0) {
            rows.directory = rows.directory.with(
                    VectorBlock.over(section.memory(), section, form.type(), form.dimension(), rowCount));
            rows.rowCount = rowCount;
        }
        return rows;
    }

    /** Returns the name of the section of rows: shape {@code [rowCount][dimension]}, components of the type. */
    private static String sectionOf(ElementType type) {
        return switch (type) {
            case FLOAT32 -> "float32";
            case FLOAT16 -> "float16";
            case INT8 -> "int8";
        };
    }

    /** Makes an empty set of rows of 1 to {@link #MAX_DIMENSION} floats. */
    public VectorRows(int dimension) {
        this(dimension, ElementType.FLOAT32);
    }

    /** Makes an empty set of rows of 1 to {@link #MAX_DIMENSION} components of a type; what is appended has values of that type only. */
    public VectorRows(int dimension, ElementType type) {
        this(RowForm.of(dimension, type));
    }

    /** Makes an empty set of rows of a form. */
    VectorRows(RowForm form) {
        this(form, form.unit() ? new VectorRows(SCALE_FORM) : null);
    }

    private VectorRows(RowForm form, @Nullable VectorRows scales) {
        this.form = form;
        this.type = form.type();
        this.dimension = form.dimension();
        this.rowBytes = (long) dimension * type.bytes();
        this.scales = scales;
    }

    /** Returns what the rows look like. */
    RowForm form() {
        return form;
    }

    /** Returns how the components of the rows lie in memory. */
    public ElementType type() {
        return type;
    }

    /** Returns how many components a row has. */
    public int dimension() {
        return dimension;
    }

    /** Returns the bytes of a row. */
    long rowBytes() {
        return rowBytes;
    }

    /** Returns a bound on the Euclidean norms of the rows; for any thread. */
    float maxNorm() {
        return maxNorm;
    }

    /** Returns how many rows were appended; for the writer. Readers know the count that the writer published. */
    public int rowCount() {
        return rowCount;
    }

    /** Returns the bytes taken, native and heap, with the room for rows to come; for any thread. */
    public long footprintBytes() {
        Directory current = directory;
        long bytes = current.capacity() * rowBytes + current.blocks.length * BLOCK_OVERHEAD_BYTES;
        return scales == null ? bytes : bytes + scales.footprintBytes();
    }

    /** Returns how many of the bytes taken are a file's; for any thread. */
    long mappedBytes() {
        Directory current = directory;
        boolean mapped = current.blocks.length > 0 && current.blocks[0].isMapped();
        long bytes = mapped ? current.blocks[0].byteSize() : 0;
        return scales == null ? bytes : bytes + scales.mappedBytes();
    }

    /** Writes the first rows, which are published; for any thread. */
    void writeSections(SectionSink sink, String prefix, int count) throws IOException {
        if (scales != null) {
            scales.writeSections(sink, prefix + SCALES_PREFIX, count);
        }
        sink.begin(prefix + NORM_SECTION);
        sink.write(MemorySegment.ofArray(new float[] {maxNorm}));
        sink.begin(prefix + sectionOf(type));
        Directory current = directory;
        for (int block = 0; block < current.blocks.length && current.firstRows[block] < count; block++) {
            int rows = Math.min(count, current.firstRows[block + 1]) - current.firstRows[block];
            sink.write(current.blocks[block].bytes(rows));
        }
    }

    /**
     * Appends a row and returns its number; for the writer.
     *
     * @throws IllegalArgumentException if the vector has another dimension, or values that the type has not, see {@link ElementType#round}
     * @throws OutOfMemoryError if the machine has no room; nothing has changed then
     */
    public int append(float[] vector) {
        if (vector.length != dimension) {
            throw new IllegalArgumentException("the vector has another dimension than the rows; dimension=" + dimension
                    + " length=" + vector.length);
        }
        Directory current = withRoomForOne();
        int block = current.blockOf(rowCount);
        current.blocks[block].write(rowCount - current.firstRows[block], vector);
        if (scales != null) {
            double length = UnitVectors.lengthOf(vector);
            scales.append(new float[] {length == 0 ? 0 : (float) (1 / length)});
        }
        float norm = Math.nextUp((float) Bounds.norm(compared(vector)));
        if (norm > maxNorm) {
            maxNorm = norm;
        }
        return rowCount++;
    }

    /** Returns what a vector is compared as once it is appended. */
    float[] compared(float[] vector) {
        return form.unit() ? UnitVectors.of(vector) : vector;
    }

    /** Appends a row of zeros, for a record without this vector, and returns its number; for the writer. Throws as {@link #append}. */
    public int appendZero() {
        // Memory comes zeroed and every row is written at most once.
        withRoomForOne();
        if (scales != null) {
            scales.appendZero();
        }
        return rowCount++;
    }

    /** Makes room for this many more rows, exactly; for a writer that knows how many come. Throws as {@link #append}. */
    public void reserve(int rows) {
        if (rows < 0) {
            throw new IllegalArgumentException("the number of rows is negative; rows=" + rows);
        }
        if (scales != null) {
            scales.reserve(rows);
        }
        int wanted = Math.addExact(rowCount, rows);
        for (Directory current = directory; current.capacity() < wanted; current = directory) {
            grow(Math.min(wanted - current.capacity(), maxBlockRows()));
        }
    }

    /** Begins to fetch a published row into the cache, where that is possible; for any thread. */
    void fetch(int row) {
        Directory current = directory;
        int block = current.blockOf(checkIndex(row, current.capacity()));
        current.blocks[block].fetch(row - current.firstRows[block]);
    }

    /** Copies a published row, as it is compared, into {@code target}, which has as many floats as a row; for any thread. */
    public void copyRow(int row, float[] target) {
        copyStored(row, target);
        if (form.unit()) {
            UnitVectors.scale(target);
        }
    }

    /** Multiplies the inner products of some published rows by their scales, where these have any; for any thread. */
    void scaleProducts(int firstRow, int[] numbers, int count, float[] products) {
        if (scales == null) {
            return;
        }
        Directory current = scales.directory;
        float[] scale = new float[1];
        int block = 0;
        for (int i = 0; i < count; i++) {
            int row = firstRow + numbers[i];
            if (row < current.firstRows[block] || row >= current.firstRows[block + 1]) {
                block = current.blockOf(row);
            }
            current.blocks[block].read(row - current.firstRows[block], scale);
            products[i] *= scale[0];
        }
    }

    /** Copies a published row, as it was appended, into {@code target}, which has as many floats as a row; for any thread. */
    void copyStored(int row, float[] target) {
        Directory current = directory;
        int block = current.blockOf(checkIndex(row, current.capacity()));
        current.blocks[block].read(row - current.firstRows[block], target);
    }

    /** Frees the native memory. Nobody reads or writes then or later. A second call does nothing. */
    @Override
    public void close() {
        if (scales != null) {
            scales.close();
        }
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    /** Returns how many rows there is room for; at least those that were published. */
    int capacity() {
        return directory.capacity();
    }

    /** Returns how many blocks there are; blocks only ever join at the end. */
    int blockCount() {
        return directory.blocks.length;
    }

    /** Returns the index of the block that holds a row there is room for. */
    int blockOf(int row) {
        return directory.blockOf(row);
    }

    VectorBlock block(int index) {
        return directory.blocks[index];
    }

    /** Returns the number of a block's first row; for the index {@link #blockCount} that of the first row without room. */
    int firstRow(int blockIndex) {
        return directory.firstRows[blockIndex];
    }

    private Directory withRoomForOne() {
        if (scales != null) {
            // Before anything is written: where memory is short, rows and scales must not come to differ in number.
            var _ = scales.withRoomForOne();
        }
        Directory current = directory;
        if (rowCount < current.capacity()) {
            return current;
        }
        int first = (int) Math.clamp(
                Math.max((long) FIRST_BLOCK_ROWS, MIN_FIRST_BLOCK_BYTES / rowBytes),
                1L,
                Math.max(1, MAX_FIRST_BLOCK_BYTES / rowBytes));
        long small = Math.min(rowCount / ROWS_PER_NEW_ROW_OF_FEW, MAX_SMALL_BLOCK_BYTES / rowBytes);
        long later = Math.max(small, rowCount / ROWS_PER_NEW_ROW);
        return grow((int) Math.min(Math.max(first, later), maxBlockRows()));
    }

    /** Adds a block of so many rows, or of a few less where that makes whole huge pages. */
    private Directory grow(int rows) {
        Directory grown = directory.with(allocate((int) HugePages.suitableRows(rows, rowBytes)));
        directory = grown;
        return grown;
    }

    private VectorBlock allocate(int blockRows) {
        long bytes = blockRows * rowBytes;
        return HugePages.suit(bytes)
                ? VectorBlock.over(HugePages.allocate(bytes, arena), null, type, dimension, blockRows)
                : VectorBlock.allocate(arena, type, dimension, blockRows);
    }

    private int maxBlockRows() {
        return (int) Math.max(1, MAX_BLOCK_BYTES / rowBytes);
    }
}
