package io.knarr.server.engine;

import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.engine.kernel.SignKernel;
import java.lang.foreign.MemorySegment;

/**
 * Some rows, spread over all, whose signs lie together: the nearest of them by estimate are where a search of the graph begins. It takes
 * the place of the upper layers of a hierarchical graph. Immutable.
 */
final class EntrySample {
    private static final int MAX_ROWS = 1_024;
    private static final int AVERAGED_ROWS = 64;

    private final CodeLayout layout;
    private final int[] rows;
    private final MemorySegment signs;

    /** Takes a sample of the first {@code rowCount} rows of a block. */
    EntrySample(CodeLayout layout, CodeBlock base, int rowCount, NativeMemory memory) {
        this.layout = layout;
        int count = Math.min(MAX_ROWS, Math.max(1, (int) Math.sqrt(2.0 * rowCount)));
        this.rows = new int[count];
        this.signs = memory.allocate(
                layout.signBytes(Math.ceilDiv(count, SignKernel.ROWS_PER_BLOCK) * SignKernel.ROWS_PER_BLOCK));
        for (int i = 0; i < count; i++) {
            rows[i] = (int) ((long) i * rowCount / count);
            SignColumns.copy(layout, base.signs(), rows[i], signs, i);
        }
    }

    /** Returns how many rows the sample has. */
    int size() {
        return rows.length;
    }

    int row(int index) {
        return rows[index];
    }

    /** Writes an estimate for each row of the sample, rounded up to sixteen. */
    void estimate(QueryCode code, float[] estimates) {
        int blocks = Math.ceilDiv(rows.length, SignKernel.ROWS_PER_BLOCK);
        Kernels.sign().estimate(code.planes, layout.words(), code.k0, code.k1, signs, 0, blocks, estimates, 0);
    }

    /** Returns the mean of some of the estimates. */
    float usualOf(float[] estimates) {
        int count = Math.min(AVERAGED_ROWS, rows.length);
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += estimates[i];
        }
        return sum / count;
    }

    /** Returns how many estimates are written. */
    int roundedSize() {
        return Math.ceilDiv(rows.length, SignKernel.ROWS_PER_BLOCK) * SignKernel.ROWS_PER_BLOCK;
    }
}
