package io.knarr.server.engine;

import io.knarr.server.engine.kernel.SignKernel;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The codes of all rows of an index, in native memory; see {@link CodeLayout}. One writer appends, any number of readers read rows below
 * the count the writer published, as with {@link VectorRows}.
 */
final class CodedRows implements AutoCloseable {
    private static final long MAX_BLOCK_BYTES = 32 << 20;
    private static final long MIN_BLOCK_BYTES = 64 << 10;
    private static final int ROWS_PER_NEW_ROW = 4;
    private static final int CHUNK_ROWS = 512;

    private final CodeLayout layout;
    private final RowEncoder encoder;
    private final Centre centre;
    private final NativeMemory memory = new NativeMemory();
    private volatile CodeBlock[] blocks = new CodeBlock[0];
    private int rowCount;
    private volatile float maxNorm;
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
                int unknown = 0;
                for (int i = chunk * CHUNK_ROWS; i < Math.min(count, (chunk + 1) * CHUNK_ROWS); i++) {
                    rows.copyRow(i, row);
                    float norm = encoder.encode(row, block, i);
                    greatest = Math.max(greatest, norm);
                    unknown += norm == RowEncoder.UNKNOWN ? 1 : 0;
                }
                coded.note(greatest, unknown);
            };
        });
        coded.blocks = new CodeBlock[] {block};
        coded.rowCount = count;
        return coded;
    }

    private synchronized void note(float norm, int unknown) {
        if (norm > maxNorm) {
            maxNorm = Math.nextUp(norm);
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

    /** Appends the codes of the next row; for the writer. */
    void append(float[] vector) {
        CodeBlock last = withRoom();
        float norm = encoder.encode(vector, last, rowCount);
        note(norm, norm == RowEncoder.UNKNOWN ? 1 : 0);
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

    long footprintBytes() {
        return memory.byteCount();
    }

    @Override
    public void close() {
        memory.close();
    }

    private CodeBlock withRoom() {
        CodeBlock[] current = blocks;
        if (current.length > 0 && rowCount < current[current.length - 1].endRow()) {
            return current[current.length - 1];
        }
        CodeBlock[] more = Arrays.copyOf(current, current.length + 1);
        more[current.length] = allocate(rowCount, nextCapacity());
        blocks = more;
        return more[current.length];
    }

    private int nextCapacity() {
        long least = MIN_BLOCK_BYTES / layout.rowBytes();
        long most = MAX_BLOCK_BYTES / layout.rowBytes();
        long rows = Math.clamp(Math.max(least, rowCount / ROWS_PER_NEW_ROW), 1, Math.max(1, most));
        return (int) Math.ceilDiv(rows, SignKernel.ROWS_PER_BLOCK) * SignKernel.ROWS_PER_BLOCK;
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
                all.asSlice(signs + spreads, layout.codeBytes(capacity)));
    }
}
