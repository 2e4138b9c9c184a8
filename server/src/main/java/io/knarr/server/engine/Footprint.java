package io.knarr.server.engine;

/**
 * Bytes an index takes, with the room for rows to come.
 *
 * @param vectors float32 rows
 * @param codes what exact search reads: signs, 7-bit codes, their factors
 * @param graph adjacency and blocks
 * @param mapped of all these, the bytes that are a file's and need not be in memory
 */
public record Footprint(long vectors, long codes, long graph, long mapped) {
    /** Returns the bytes of memory that are the process's own. */
    public long residentBytes() {
        return vectors + codes + graph - mapped;
    }
}
