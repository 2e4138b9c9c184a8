package io.knarr.server.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Estimates inner products of a query with rows of which only the signs are kept, sixteen rows at a time (RaBitQ, Gao and Long, 2024).
 *
 * <p>The query is given as four bit planes of whole numbers u from 0 to 15 per component, meaning the level 2u - 15; a row's bit is 1
 * where its component is not negative. With S = the sum over the planes p of 2^p times the number of bits in which plane p and the row differ, the
 * inner product of levels and signs is {@code 15 * dimension - 2 * S}: no correction for the number of set bits is needed.
 *
 * <p>Codes of sixteen rows lie together: 32-bit word w of the sixteen rows in 64 bytes, then the next word. An estimate is
 * {@code a + f * (k0 - k1 * S)}. Kernels hold no state and are safe for any number of threads; all have S exactly, and an
 * estimate is off by at most {@code 2^-20} of the greatest of its terms {@code a}, {@code f * k0}, {@code f * k1 * S} and, for
 * neighbours, the base: with u = {@code 2^-24} and that term as the unit, the operations from the inside out round by u, 2u, 2u, 3u and 4u.
 */
public sealed interface SignKernel permits ScalarSignKernel, SimdSignKernel {
    /** How many rows lie together. */
    int ROWS_PER_BLOCK = 16;

    /** Bytes that one word of sixteen rows takes. */
    int WORD_BYTES = Integer.BYTES * ROWS_PER_BLOCK;

    /** Bit planes of a query. */
    int PLANES = 4;

    /** Returns the name by which logs and benchmarks call this kernel, such as {@code popcount-512}. */
    String name();

    /**
     * Estimates the rows of consecutive blocks. A block is its codes, {@code words} times {@link #WORD_BYTES}, then sixteen float32 f,
     * then sixteen float32 a.
     *
     * @param planes shape {@code [PLANES][words]}
     * @param offset of the first block, in bytes
     * @param estimates written from {@code first} on, {@code 16 * blocks} of them
     */
    void estimate(
            int[] planes,
            int words,
            float k0,
            float k1,
            MemorySegment memory,
            long offset,
            int blocks,
            float[] estimates,
            int first);

    /**
     * Estimates the 32 neighbours of a node: two blocks of codes without factors, one after the other; each neighbour's factors are one
     * 32-bit word of two bfloat16, f in the low half, a in the high half.
     *
     * @param base added to each estimate
     * @param codes offset of the codes, in bytes
     * @param factors offset of the 32 words of factors, in bytes
     * @param estimates 32 of them are written from index 0
     */
    void estimateNeighbours(
            int[] planes,
            int words,
            float k0,
            float k1,
            float base,
            MemorySegment memory,
            long codes,
            long factors,
            float[] estimates);
}
