package io.knarr.server.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Inner products of 7-bit codes: bytes of 0 to 127, a multiple of 64 of them in a row. Exact whole numbers, so all kernels agree.
 * Kernels hold no state and are safe for any number of threads.
 *
 * <p>A query's codes come as {@linkplain #pairs pairs}: two codes in one 32-bit word, such that one 32-bit multiplication with two codes of
 * a row has the inner product of the two in its upper half. Two such products may be added before the shift, because
 * {@code 4 * 127 * 127 < 65536}. No instruction for byte products is needed, which the compiler does not emit.
 */
public sealed interface CodeKernel permits ScalarCodeKernel, SimdCodeKernel {
    /** Codes in a row are a multiple of this. */
    int CODES_PER_STEP = 64;

    /** Returns the name by which logs and benchmarks call this kernel, such as {@code multiply-512}. */
    String name();

    /**
     * Scores rows that lie anywhere.
     *
     * @param even from {@link #pairs}, shape {@code [codes / 4]}
     * @param odd likewise
     * @param start offset of row 0's codes, in bytes
     * @param stride from one row's codes to the next one's, in bytes
     * @param rows row numbers
     * @param dots written: the inner product of each row's codes with the query's
     */
    void dots(
            int[] even,
            int[] odd,
            MemorySegment memory,
            long start,
            long stride,
            int[] rows,
            int rowsFrom,
            int count,
            int[] dots);

    /** Scores {@code count} consecutive rows from {@code firstRow} on; otherwise as {@link #dots}. */
    void dotsOfRun(
            int[] even, int[] odd, MemorySegment memory, long start, long stride, int firstRow, int count, int[] dots);

    /** As {@link #pairs}, for a row's codes in memory. */
    void load(MemorySegment memory, long offset, int[] even, int[] odd);

    /**
     * Arranges codes for multiplication: {@code even[j]} holds the codes 4j and 4j + 2, {@code odd[j]} the codes 4j + 1 and 4j + 3, the
     * first of each in the upper half.
     */
    static void pairs(int[] codes, int[] even, int[] odd) {
        for (int j = 0; j < codes.length / 4; j++) {
            even[j] = (codes[4 * j] << 16) | codes[4 * j + 2];
            odd[j] = (codes[4 * j + 1] << 16) | codes[4 * j + 3];
        }
    }
}
