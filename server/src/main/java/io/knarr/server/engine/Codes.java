package io.knarr.server.engine;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The codes of an index's rows, and the graph over some of them, as one thing that searches hold while they read it. Its memory is freed
 * when the index has replaced it and the last search has let go. Thread-safe, without locks.
 */
final class Codes {
    private final CodedRows rows;
    private final @Nullable Graph graph;
    private final NativeMemory graphMemory;

    /** The index, and every search that reads. Once zero, always zero. */
    private final AtomicInteger holders = new AtomicInteger(1);

    /** Takes over the rows and the memory of the graph. */
    Codes(CodedRows rows, @Nullable Graph graph, NativeMemory graphMemory) {
        this.rows = rows;
        this.graph = graph;
        this.graphMemory = graphMemory;
    }

    CodedRows rows() {
        return rows;
    }

    @Nullable
    Graph graph() {
        return graph;
    }

    /** Takes a hold, unless the memory is free already. */
    boolean tryHold() {
        int count = holders.get();
        while (count > 0) {
            if (holders.compareAndSet(count, count + 1)) {
                return true;
            }
            count = holders.get();
        }
        return false;
    }

    /** Gives one hold back; the last one frees the memory, on this thread. */
    void release() {
        if (holders.decrementAndGet() == 0) {
            rows.close();
            graphMemory.close();
        }
    }

    long graphBytes() {
        return graphMemory.byteCount();
    }
}
