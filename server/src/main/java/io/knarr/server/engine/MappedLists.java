package io.knarr.server.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The lists of neighbours of a graph in a file. When one is first read, its chunk of the file is verified and every row number in it looked
 * at: a checksum that is right does not say that a number is one of a linked row. Thread-safe, without locks; two threads may verify the
 * same chunk.
 */
final class MappedLists {
    private static final int ROWS_PER_CHUNK = (int) (MappedSection.CHUNK_BYTES / GraphLayout.LIST_BYTES);

    private final MappedSection section;
    private final int rowCount;

    // A byte per chunk, one once it was verified. Races are harmless: what is not seen yet is verified again.
    private final byte[] verified;

    /** @param section a list for each of {@code rowCount} linked rows */
    MappedLists(MappedSection section, int rowCount) {
        this.section = section;
        this.rowCount = rowCount;
        this.verified = new byte[Math.ceilDiv(rowCount, ROWS_PER_CHUNK)];
    }

    /** Verifies a row's list before it is read. @throws SegmentException if it is damaged, or names a row that is not linked */
    void verify(int row) {
        int chunk = row / ROWS_PER_CHUNK;
        if (verified[chunk] == 0) {
            verifyChunk(chunk);
        }
    }

    private void verifyChunk(int chunk) {
        long from = (long) chunk * MappedSection.CHUNK_BYTES;
        MemorySegment lists = section.slice(from, Math.min(MappedSection.CHUNK_BYTES, section.byteSize() - from));
        for (long at = 0; at < lists.byteSize(); at += Integer.BYTES) {
            int neighbour = lists.get(ValueLayout.JAVA_INT, at);
            if (neighbour < -1 || neighbour >= rowCount) {
                throw SegmentException.damaged(
                        "List of neighbours names no linked row, row=" + neighbour + ", rowCount=" + rowCount);
            }
        }
        verified[chunk] = 1;
    }
}
