package io.knarr.server.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The definition of the sign estimates, written for reading; also for machines without vectors. */
public final class ScalarSignKernel implements SignKernel {
    ScalarSignKernel() {}

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public void estimate(
            int[] planes,
            int words,
            float k0,
            float k1,
            MemorySegment memory,
            long offset,
            int blocks,
            float[] estimates,
            int first) {
        long factorsAt = (long) words * WORD_BYTES;
        long blockBytes = factorsAt + 2 * WORD_BYTES;
        for (int block = 0; block < blocks; block++) {
            long at = offset + block * blockBytes;
            for (int row = 0; row < ROWS_PER_BLOCK; row++) {
                float f = memory.get(ValueLayout.JAVA_FLOAT, at + factorsAt + 4L * row);
                float a = memory.get(ValueLayout.JAVA_FLOAT, at + factorsAt + WORD_BYTES + 4L * row);
                float levels = k0 - k1 * difference(planes, words, memory, at, row);
                estimates[first + block * ROWS_PER_BLOCK + row] = a + f * levels;
            }
        }
    }

    @Override
    public void estimateNeighbours(
            int[] planes,
            int words,
            float k0,
            float k1,
            float base,
            MemorySegment memory,
            long codes,
            long factors,
            float[] estimates) {
        for (int neighbour = 0; neighbour < 2 * ROWS_PER_BLOCK; neighbour++) {
            int packed = memory.get(ValueLayout.JAVA_INT, factors + 4L * neighbour);
            float f = Float.intBitsToFloat(packed << 16);
            float a = Float.intBitsToFloat(packed & 0xffff0000);
            long block = codes + (long) (neighbour / ROWS_PER_BLOCK) * words * WORD_BYTES;
            float levels = k0 - k1 * difference(planes, words, memory, block, neighbour % ROWS_PER_BLOCK);
            estimates[neighbour] = base + (a + f * levels);
        }
    }

    /** Returns S of one row. */
    static int difference(int[] planes, int words, MemorySegment memory, long block, int row) {
        int sum = 0;
        for (int word = 0; word < words; word++) {
            int code = memory.get(ValueLayout.JAVA_INT, block + (long) word * WORD_BYTES + 4L * row);
            for (int plane = 0; plane < PLANES; plane++) {
                sum += Integer.bitCount(code ^ planes[plane * words + word]) << plane;
            }
        }
        return sum;
    }
}
