package io.knarr.server.engine;

import io.knarr.server.engine.kernel.SignKernel;

/**
 * Where a graph's parts lie in memory. A list of neighbours is {@link #DEGREE} int32 row numbers, the rest -1. A block of the fast mode
 * is all that one step of a search reads, on cache lines of its own (after SymphonyQG, Gou and others, 2025):
 *
 * <pre>
 * 7-bit codes of the node and their trailer, as in {@link CodeLayout}, padded to 64 bytes
 * neighbours          32 x int32
 * factors             32 x (bfloat16 f in the low half, bfloat16 a in the high half)
 * signs               2 blocks of 16 neighbours, of the neighbour's difference from the node
 * </pre>
 *
 * @param size components of a rotated vector, a multiple of 64
 */
record GraphLayout(int size) {
    /** Neighbours of a node at most: two blocks of sixteen for the sign kernel. */
    static final int DEGREE = 2 * SignKernel.ROWS_PER_BLOCK;

    /** Bytes of a list of neighbours. */
    static final long LIST_BYTES = (long) DEGREE * Integer.BYTES;

    private static final long LINE = 64;

    int words() {
        return size / Integer.SIZE;
    }

    /** Returns where the neighbours begin in a block. */
    long neighboursAt() {
        return Math.ceilDiv(size + CodeLayout.TRAILER_BYTES, LINE) * LINE;
    }

    long factorsAt() {
        return neighboursAt() + LIST_BYTES;
    }

    long signsAt() {
        return factorsAt() + LIST_BYTES;
    }

    /** Returns the bytes of a block, a multiple of 64. */
    long blockBytes() {
        return signsAt() + 2L * words() * SignKernel.WORD_BYTES;
    }
}
