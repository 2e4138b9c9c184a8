package io.knarr.server.engine;

import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.engine.kernel.SignKernel;
import io.knarr.server.engine.kernel.TransformKernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Makes the blocks of a graph's fast mode, see {@link GraphLayout}, from lists of neighbours and the rows' 7-bit codes alone. Holds
 * scratch; for one thread.
 */
final class BlockWriter {
    private static final int CHUNK_ROWS = 256;

    private final CodeLayout layout;
    private final GraphLayout graphLayout;
    private final CodeBlock base;
    private final TransformKernel transform = Kernels.transform();
    private final float[] own;
    private final float[] other;
    private final float[] reference;
    private final float[] difference;
    private final float[] measures = new float[TransformKernel.MEASURES];
    private final int[] signs;

    /** @param base the codes of all rows that are linked, verified where they are a file's */
    BlockWriter(CodeLayout layout, CodeBlock base) {
        this.layout = layout;
        this.graphLayout = new GraphLayout(layout.size());
        this.base = base;
        this.own = new float[layout.size()];
        this.other = new float[layout.size()];
        this.reference = new float[layout.size()];
        this.difference = new float[layout.size()];
        this.signs = new int[layout.words()];
    }

    /**
     * Returns the fast form of a compact graph, with the same entries. Blocks until it is done, on {@code threads} threads of its own.
     *
     * @param blocks where the blocks go
     * @throws SegmentException if lists or codes are a file's and that is damaged
     * @throws Parallel.StoppedException if the stop signal said so
     */
    static Graph fastFormOf(
            Graph compact,
            CodeLayout layout,
            Similarity similarity,
            MemorySegment blocks,
            int threads,
            StopSignal stop) {
        int rowCount = compact.rowCount();
        CodeBlock base = compact.base();
        boolean forProducts = similarity == Similarity.DOT;
        base.verifyFirst(layout.codeBytes(rowCount));
        Parallel.run(threads, Math.ceilDiv(rowCount, CHUNK_ROWS), stop, () -> {
            BlockWriter writer = new BlockWriter(layout, base);
            return chunk -> {
                for (int row = chunk * CHUNK_ROWS; row < Math.min(rowCount, (chunk + 1) * CHUNK_ROWS); row++) {
                    writer.write(compact.memory(), compact.neighboursOf(row), blocks, row, forProducts);
                }
            };
        });
        return new Graph(GraphMode.FAST, rowCount, base, compact.layout(), blocks, compact.entries());
    }

    /**
     * Writes a row's block.
     *
     * @param lists where the row's neighbours are
     * @param listAt where in there
     * @param blocks where the block goes, by row
     * @param forProducts whether edges shall estimate inner products, not distances
     */
    void write(MemorySegment lists, long listAt, MemorySegment blocks, int row, boolean forProducts) {
        long block = row * graphLayout.blockBytes();
        MemorySegment.copy(base.codes(), codesAt(row), blocks, block, layout.codeBytes());
        transform.restore(base.codes(), codesAt(row), scale(row), own);
        System.arraycopy(own, 0, reference, 0, own.length);
        if (forProducts) {
            float[] centre = base.centre().rotated();
            for (int i = 0; i < reference.length; i++) {
                reference[i] += centre[i];
            }
        }
        for (int i = 0; i < GraphLayout.DEGREE; i++) {
            int neighbour = lists.get(ValueLayout.JAVA_INT, listAt + 4L * i);
            blocks.set(ValueLayout.JAVA_INT, block + graphLayout.neighboursAt() + 4L * i, neighbour);
            writeEdge(blocks, block, i, neighbour, forProducts);
        }
    }

    private void writeEdge(MemorySegment blocks, long block, int place, int neighbour, boolean forProducts) {
        float factor = 0;
        float term = Float.NEGATIVE_INFINITY;
        if (neighbour >= 0) {
            transform.restore(base.codes(), codesAt(neighbour), scale(neighbour), other);
            transform.subtract(other, own, difference);
            transform.measure(difference, reference, measures);
            float squares = measures[TransformKernel.SQUARES];
            factor = squares / Math.max(measures[TransformKernel.MAGNITUDES], Float.MIN_NORMAL);
            float straight = forProducts ? measures[TransformKernel.PRODUCT] : -0.5f * squares;
            term = straight - factor * measures[TransformKernel.SIGNED];
            transform.signs(difference, signs);
        } else {
            Arrays.fill(signs, 0);
        }
        blocks.set(
                ValueLayout.JAVA_INT,
                block + graphLayout.factorsAt() + 4L * place,
                upperHalf(term) | (upperHalf(factor) >>> 16));
        long column = block
                + graphLayout.signsAt()
                + (long) (place / SignKernel.ROWS_PER_BLOCK) * layout.words() * SignKernel.WORD_BYTES
                + 4L * (place % SignKernel.ROWS_PER_BLOCK);
        for (int word = 0; word < signs.length; word++) {
            blocks.set(ValueLayout.JAVA_INT, column + (long) word * SignKernel.WORD_BYTES, signs[word]);
        }
    }

    private long codesAt(int row) {
        return row * layout.codeBytes();
    }

    private float scale(int row) {
        return base.codes().get(ValueLayout.JAVA_FLOAT, codesAt(row) + layout.size() + CodeLayout.SCALE);
    }

    /** Returns the bits of the nearest bfloat16, in the upper half. */
    private static int upperHalf(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.isInfinite(value) ? bits : (bits + 0x8000) & 0xffff0000;
    }
}
