package io.knarr.server.store.rocksdb;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import org.rocksdb.AbstractNativeReference;

/**
 * Owner of native objects; closes them in the reverse of the order in which they came. RocksDB's Java objects have no finalizers: one
 * that is not closed is lost for good, and one that is closed too early takes the process down. Not thread-safe.
 */
final class NativeHandles implements AutoCloseable {
    // Over all owners of the process, because native memory is the process's. Tests hold it against zero.
    private static final AtomicLong OPEN = new AtomicLong();

    private final Deque<AbstractNativeReference> owned = new ArrayDeque<>();

    /** Returns how many native objects are open in this process. */
    static long openCount() {
        return OPEN.get();
    }

    /** Takes over a native object. Returns it. */
    <T extends AbstractNativeReference> T own(T handle) {
        owned.push(handle);
        OPEN.incrementAndGet();
        return handle;
    }

    @Override
    public void close() {
        while (!owned.isEmpty()) {
            owned.pop().close();
            OPEN.decrementAndGet();
        }
    }
}
