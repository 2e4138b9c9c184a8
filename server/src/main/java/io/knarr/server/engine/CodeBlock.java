package io.knarr.server.engine;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The codes of consecutive rows that share a centre; the sections of {@link CodeLayout}.
 *
 * @param firstRow the number of its first row
 * @param capacity rows there is room for, a multiple of sixteen
 * @param centre what they are coded from
 * @param file where {@code codes} are a file's, which verifies them; {@code null} for memory
 */
record CodeBlock(
        int firstRow,
        int capacity,
        Centre centre,
        MemorySegment signs,
        MemorySegment spreads,
        MemorySegment codes,
        @Nullable MappedSection file) {
    int endRow() {
        return firstRow + capacity;
    }

    /** Verifies the first bytes of {@code codes}, where they are a file's. @throws SegmentException if they are damaged */
    void verifyFirst(long bytes) {
        if (file != null) {
            file.verify(0, bytes);
        }
    }

    /**
     * Verifies the 7-bit codes of rows before they are used, where they are a file's.
     *
     * @param places of the rows in this block
     * @param rowBytes bytes of a row in the section
     * @throws SegmentException if they are damaged
     */
    void verify(int[] places, int count, long rowBytes) {
        if (file != null) {
            for (int i = 0; i < count; i++) {
                file.verify(places[i] * rowBytes, rowBytes);
            }
        }
    }
}
