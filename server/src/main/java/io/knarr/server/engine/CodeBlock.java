package io.knarr.server.engine;

import java.lang.foreign.MemorySegment;

/**
 * The codes of consecutive rows that share a centre; the sections of {@link CodeLayout}.
 *
 * @param firstRow the number of its first row
 * @param capacity rows there is room for, a multiple of sixteen
 * @param centre what they are coded from
 */
record CodeBlock(
        int firstRow, int capacity, Centre centre, MemorySegment signs, MemorySegment spreads, MemorySegment codes) {
    int endRow() {
        return firstRow + capacity;
    }
}
