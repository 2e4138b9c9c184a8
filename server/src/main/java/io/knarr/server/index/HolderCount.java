package io.knarr.server.index;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts those who use a resource, its owner among them, and frees it when the last one lets go. Once the count has reached zero it
 * stays there. Thread-safe, without locks.
 */
final class HolderCount {
    private final AtomicInteger holders = new AtomicInteger(1);
    private final Runnable free;

    /** Starts with one holder, the owner. */
    HolderCount(Runnable free) {
        this.free = requireNonNull(free, "free is null");
    }

    /** Takes a hold, unless the resource is free already. */
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

    /** Gives one hold back; the owner's, too. The last one frees the resource, on this thread. */
    void release() {
        int left = holders.decrementAndGet();
        if (left == 0) {
            free.run();
        } else if (left < 0) {
            throw new IllegalStateException("Released more often than held");
        }
    }
}
