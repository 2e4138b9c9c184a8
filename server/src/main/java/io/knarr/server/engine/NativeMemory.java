package io.knarr.server.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Native memory of one owner, zeroed, on cache lines, freed all at once. Allocation is for one thread at a time.
 *
 * <p>Large pieces are mapped and, where the system has huge pages, advised to be made of them: random reads then miss the translation
 * cache far less.
 */
final class NativeMemory implements AutoCloseable {
    private static final long ALIGNMENT_BYTES = 64;

    /** From this size on memory is mapped; of smaller pieces those that fill huge pages. Others come from the allocator. */
    private static final long MAPPED_BYTES = 4 << 20;

    private final Arena arena = Arena.ofShared();
    private final AtomicLong byteCount = new AtomicLong();

    /** Returns zeroed memory. @throws OutOfMemoryError if the machine has no room */
    MemorySegment allocate(long bytes) {
        MemorySegment segment = HugePages.suit(bytes) || (bytes >= MAPPED_BYTES && HugePages.areAvailable())
                ? HugePages.allocate(bytes, arena)
                : arena.allocate(bytes, ALIGNMENT_BYTES);
        byteCount.addAndGet(bytes);
        return segment;
    }

    /** Returns the bytes allocated; for any thread. */
    long byteCount() {
        return byteCount.get();
    }

    /** Frees everything. Nobody reads or writes then or later. A second call does nothing. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
