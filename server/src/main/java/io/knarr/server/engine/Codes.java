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

    /** Whose rows, lists and entries these are too, held; null where they are our own. */
    private final @Nullable Codes origin;

    /** The index, and every search that reads. Once zero, always zero. */
    private final AtomicInteger holders = new AtomicInteger(1);

    /** Takes over the rows and the memory of the graph. */
    Codes(CodedRows rows, @Nullable Graph graph, NativeMemory graphMemory) {
        this(rows, graph, graphMemory, null);
    }

    private Codes(CodedRows rows, @Nullable Graph graph, NativeMemory graphMemory, @Nullable Codes origin) {
        this.rows = rows;
        this.graph = graph;
        this.graphMemory = graphMemory;
        this.origin = origin;
    }

    /** Returns the same rows with another form of the graph, whose memory is taken over. For somebody who holds this. */
    Codes with(Graph form, NativeMemory formMemory) {
        if (!tryHold()) {
            throw new IllegalStateException("Codes were let go while they were held");
        }
        return new Codes(rows, form, formMemory, this);
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
            graphMemory.close();
            if (origin == null) {
                rows.close();
            } else {
                origin.release();
            }
        }
    }

    /** Returns the bytes of the graph in all its forms, a file's among them. */
    long graphBytes() {
        return graphMemory.byteCount() + (origin == null ? mappedGraphBytes() : origin.graphBytes());
    }

    /** Returns how many of the graph's bytes are a file's. */
    long mappedGraphBytes() {
        if (origin != null) {
            return origin.mappedGraphBytes();
        }
        return graph == null || graph.file() == null ? 0 : graph.byteCount();
    }
}
