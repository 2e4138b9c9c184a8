package io.knarr.server.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * A graph over the first rows of an index, each linked with near ones in many directions, so that a walk from any of them gets near any
 * query. Immutable once built; any number of threads search it.
 *
 * @param mode what lies in {@code memory}: blocks, or lists of neighbours
 * @param rowCount rows that are linked
 * @param base the codes of these rows, one block
 * @param layout of blocks
 * @param memory by row, a block or a list of neighbours
 * @param entries where searches begin
 * @param file where {@code memory} is a file's, which verifies the lists; {@code null} for memory of our own
 */
record Graph(
        GraphMode mode,
        int rowCount,
        CodeBlock base,
        GraphLayout layout,
        MemorySegment memory,
        EntrySample entries,
        @Nullable MappedLists file) {
    Graph(GraphMode mode, int rowCount, CodeBlock base, GraphLayout layout, MemorySegment memory, EntrySample entries) {
        this(mode, rowCount, base, layout, memory, entries, null);
    }

    /** Returns the bytes from one row to the next in {@code memory}. */
    long stride() {
        return mode == GraphMode.FAST ? layout.blockBytes() : GraphLayout.LIST_BYTES;
    }

    /** Returns where a row's neighbours lie in {@code memory}; those of a file have been verified then. */
    long neighboursOf(int row) {
        if (file != null) {
            file.verify(row);
        }
        return row * stride() + (mode == GraphMode.FAST ? layout.neighboursAt() : 0);
    }

    /** Returns a neighbour of a row, or -1. */
    int neighbour(int row, int index) {
        return memory.get(ValueLayout.JAVA_INT, neighboursOf(row) + 4L * index);
    }

    long byteCount() {
        return memory.byteSize();
    }
}
