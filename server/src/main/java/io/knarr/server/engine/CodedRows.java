package io.knarr.server.engine;

import io.knarr.server.engine.kernel.SignKernel;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The codes of all rows of an index, in native memory; see {@link CodeLayout}. One writer appends, any number of readers read rows below
 * the count the writer published, as with {@link VectorRows}.
 */
final class CodedRows implements AutoCloseable {
    private static final long MAX_BLOCK_BYTES = 32 << 20;
    private static final long MIN_BLOCK_BYTES = 64 << 10;
    private static final int CHUNK_ROWS = 512;
    private static final String CENTRE_SECTION = "centre";
    private static final String BOUNDS_SECTION = "code-bounds";
    private static final String SIGNS_SECTION = "signs";
    private static final String SPREADS_SECTION = "spreads";
    private static final String CODES_SECTION = "codes";

    private final CodeLayout layout;
    private final RowEncoder encoder;
    private final Centre centre;
    private final NativeMemory memory = new NativeMemory();
    private volatile CodeBlock[] blocks = new CodeBlock[0];
    private int rowCount;
    private long mappedBytes;
    private volatile float maxNorm;
    private volatile float minNorm = Float.POSITIVE_INFINITY;
    private final AtomicInteger unknownCount = new AtomicInteger();

    CodedRows(int dimension, Similarity similarity, Centre centre) {
        this.layout = CodeLayout.of(dimension);
        this.encoder = new RowEncoder(dimension, similarity);
        this.centre = centre;
    }

    /** Codes the first rows anew, in one block, on that many threads. */
    static CodedRows ofBlock(VectorRows rows, Similarity similarity, Centre centre, int count, int threads) {
        CodedRows coded = new CodedRows(rows.dimension(), similarity, centre);
        int capacity = Math.ceilDiv(count, SignKernel.ROWS_PER_BLOCK) * SignKernel.ROWS_PER_BLOCK;
        CodeBlock block = coded.allocate(0, capacity);
        Parallel.run(threads, Math.ceilDiv(count, CHUNK_ROWS), StopSignal.NEVER, () -> {
            RowEncoder encoder = new RowEncoder(rows.dimension(), similarity);
            float[] row = new float[rows.dimension()];
            return chunk -> {
                float greatest = 0;
                float least = Float.POSITIVE_INFINITY;
                int unknown = 0;
                for (int i = chunk * CHUNK_ROWS; i < Math.min(count, (chunk + 1) * CHUNK_ROWS); i++) {
                    rows.copyRow(i, row);
                    float norm = encoder.encode(row, block, i);
                    if (norm == RowEncoder.UNKNOWN) {
                        unknown++;
                    } else {
                        greatest = Math.max(greatest, norm);
                        least = Math.min(least, norm);
                    }
                }
                coded.note(greatest, least, unknown);
            };
        });
        coded.blocks = new CodeBlock[] {block};
        coded.rowCount = count;
        return coded;
    }

    /** Writes the codes of as many of the first rows as fill blocks of sixteen; for any thread, while the writer goes on. */
    void writeSections(SectionSink sink, String prefix, int rows) throws IOException {
        int whole = wholeRows(rows);
        CodeBlock[] current = blocks;
        sink.begin(prefix + CENTRE_SECTION);
        sink.write(MemorySegment.ofArray(centre.point()));
        sink.begin(prefix + BOUNDS_SECTION);
        sink.write(MemorySegment.ofArray(new float[] {maxNorm, unknownCount.get(), minNorm}));
        sink.begin(prefix + SIGNS_SECTION);
        for (CodeBlock block : current) {
            sink.write(block.signs().asSlice(0, layout.signBytes(rowsIn(block, whole))));
        }
        sink.begin(prefix + SPREADS_SECTION);
        for (CodeBlock block : current) {
            sink.write(block.spreads().asSlice(0, layout.spreadBytes(rowsIn(block, whole))));
        }
        sink.begin(prefix + CODES_SECTION);
        for (CodeBlock block : current) {
            long bytes = layout.codeBytes(rowsIn(block, whole));
            block.verifyFirst(bytes);
            sink.write(block.codes().asSlice(0, bytes));
        }
    }

    /** Returns whether {@link #writeSections} wrote codes. */
    static boolean areIn(SectionSource source, String prefix) {
        return source.has(prefix + CODES_SECTION);
    }

    /**
     * Opens what {@link #writeSections} wrote. The last few rows may lack codes: {@link #appendAll} them. Signs and spreads are read, the
     * 7-bit codes stay where they are.
     *
     * @throws SegmentException if a section is missing or damaged, or has another size
     */
    static CodedRows open(int dimension, Similarity similarity, SectionSource source, String prefix, int rows) {
        MemorySegment point = source.read(prefix + CENTRE_SECTION);
        requireSize(point, (long) dimension * Float.BYTES);
        MemorySegment bounds = source.read(prefix + BOUNDS_SECTION);
        requireSize(bounds, 3 * Float.BYTES);
        CodedRows coded = new CodedRows(dimension, similarity, new Centre(point.toArray(ValueLayout.JAVA_FLOAT)));
        coded.maxNorm = bounds.get(ValueLayout.JAVA_FLOAT, 0);
        coded.unknownCount.set((int) bounds.get(ValueLayout.JAVA_FLOAT, Float.BYTES));
        coded.minNorm = bounds.get(ValueLayout.JAVA_FLOAT, 2 * Float.BYTES);
        int whole = wholeRows(rows);
        MemorySegment signs = source.read(prefix + SIGNS_SECTION);
        requireSize(signs, coded.layout.signBytes(whole));
        MemorySegment spreads = source.read(prefix + SPREADS_SECTION);
        requireSize(spreads, coded.layout.spreadBytes(whole));
        MappedSection codes = source.map(prefix + CODES_SECTION);
        requireSize(codes.memory(), coded.layout.codeBytes(whole));
        if (whole > 0) {
            coded.blocks =
                    new CodeBlock[] {new CodeBlock(0, whole, coded.centre, signs, spreads, codes.memory(), codes)};
            coded.rowCount = whole;
            coded.mappedBytes = signs.byteSize() + spreads.byteSize() + codes.byteSize();
        }
        return coded;
    }

    private static void requireSize(MemorySegment section, long bytes) {
        if (section.byteSize() != bytes) {
            throw SegmentException.damaged(
                    "Section of codes has another size, bytes=" + section.byteSize() + ", expected=" + bytes);
        }
    }

    /** Returns how many of the first rows have their codes written. */
    static int wholeRows(int rows) {
        return rows / SignKernel.ROWS_PER_BLOCK * SignKernel.ROWS_PER_BLOCK;
    }

    private static int rowsIn(CodeBlock block, int rows) {
        return Math.clamp(rows - (long) block.firstRow(), 0, block.capacity());
    }

    private synchronized void note(float greatest, float least, int unknown) {
        if (greatest > maxNorm) {
            maxNorm = Math.nextUp(greatest);
        }
        if (least < minNorm) {
            minNorm = Math.nextDown(least);
        }
        unknownCount.addAndGet(unknown);
    }

    /** Returns how many rows have codes that say nothing. */
    int unknownCount() {
        return unknownCount.get();
    }

    /** Appends the codes of the rows that have none yet, up to but not including {@code end}; for the writer. */
    void appendAll(VectorRows rows, int end) {
        float[] row = new float[rows.dimension()];
        while (rowCount < end) {
            rows.copyRow(rowCount, row);
            append(row);
        }
    }

    CodeLayout layout() {
        return layout;
    }

    /** Returns what all rows are coded from. */
    Centre centre() {
        return centre;
    }

    /** Returns the blocks in the order of rows, not to be changed. */
    CodeBlock[] blocks() {
        return blocks;
    }

    /** Returns the greatest norm of a row from its centre, of rows whose codes say something. */
    float maxNorm() {
        return maxNorm;
    }

    /** Returns the least of these norms; infinite if there is none. */
    float minNorm() {
        return minNorm;
    }

    /**
     * Makes room for one more row, so that appending it cannot fail; for the writer.
     *
     * @throws OutOfMemoryError if the machine has none; nothing has changed then
     */
    void makeRoom() {
        var _ = withRoom();
    }

    /** Appends the codes of the next row; for the writer. */
    void append(float[] vector) {
        CodeBlock last = withRoom();
        float norm = encoder.encode(vector, last, rowCount);
        if (norm == RowEncoder.UNKNOWN) {
            note(0, Float.POSITIVE_INFINITY, 1);
        } else {
            note(norm, norm, 0);
        }
        rowCount++;
    }

    /** Returns the index of the block that holds a row. */
    static int blockOf(CodeBlock[] blocks, int row) {
        int low = 0;
        int high = blocks.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (blocks[middle].firstRow() <= row) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Returns the bytes taken, a file's among them. */
    long footprintBytes() {
        return memory.byteCount() + mappedBytes;
    }

    /** Returns how many of the bytes taken are a file's. */
    long mappedBytes() {
        return mappedBytes;
    }

    @Override
    public void close() {
        memory.close();
    }

    /** Makes room for so many rows in all, and for no more than make whole blocks of sixteen; for the writer. Throws as {@link #makeRoom}. */
    void reserve(int rows) {
        for (int capacity = capacity(); capacity < rows; capacity = capacity()) {
            var _ = grow(Math.min(rows - capacity, maxBlockRows()));
        }
    }

    private int capacity() {
        CodeBlock[] current = blocks;
        return current.length == 0 ? 0 : current[current.length - 1].endRow();
    }

    private CodeBlock withRoom() {
        if (rowCount < capacity()) {
            CodeBlock[] current = blocks;
            return current[blockOf(current, rowCount)];
        }
        long least = MIN_BLOCK_BYTES / layout.rowBytes();
        return grow(Math.clamp(Math.max(least, rowCount / VectorRows.ROWS_PER_NEW_ROW), 1, maxBlockRows()));
    }

    private long maxBlockRows() {
        return Math.max(1, MAX_BLOCK_BYTES / layout.rowBytes());
    }

    /** Adds a block of so many rows, or of a few less where that makes whole huge pages. */
    private CodeBlock grow(long rows) {
        long suitable = HugePages.suitableRows(rows, layout.rowBytes());
        int sixteens = (int) Math.max(
                1,
                suitable < rows ? suitable / SignKernel.ROWS_PER_BLOCK : Math.ceilDiv(rows, SignKernel.ROWS_PER_BLOCK));
        CodeBlock[] current = blocks;
        CodeBlock[] more = Arrays.copyOf(current, current.length + 1);
        more[current.length] = allocate(capacity(), sixteens * SignKernel.ROWS_PER_BLOCK);
        blocks = more;
        return more[current.length];
    }

    private CodeBlock allocate(int firstRow, int capacity) {
        long signs = layout.signBytes(capacity);
        long spreads = Math.ceilDiv(layout.spreadBytes(capacity), 64L) * 64;
        MemorySegment all = memory.allocate(signs + spreads + layout.codeBytes(capacity));
        return new CodeBlock(
                firstRow,
                capacity,
                centre,
                all.asSlice(0, signs),
                all.asSlice(signs, layout.spreadBytes(capacity)),
                all.asSlice(signs + spreads, layout.codeBytes(capacity)),
                null);
    }
}
