package io.knarr.server.store;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the operations under way in a store, and lets a close wait for them. For the implementations of {@link StoreAdapter}.
 *
 * <p>Thread-safe. A thread that closes the gate while it is itself inside waits forever.
 */
public final class OperationGate {
    private static final long CLOSED = 1L << 62;

    // The number of operations inside, with CLOSED on top once nobody may enter.
    private final AtomicLong state = new AtomicLong();
    private final CountDownLatch empty = new CountDownLatch(1);

    /**
     * Lets an operation in; {@link #leave} must follow.
     *
     * @throws StoreException of kind CLOSED if the gate is closed
     */
    public void enter() {
        if (!tryEnter()) {
            throw new StoreException(StoreException.Kind.CLOSED, "The store is closed", null);
        }
    }

    /** Lets an operation in, unless the gate is closed. Returns whether it did; if so, {@link #leave} must follow. */
    public boolean tryEnter() {
        if ((state.getAndIncrement() & CLOSED) != 0) {
            leave();
            return false;
        }
        return true;
    }

    /** Lets an operation out. */
    public void leave() {
        if (state.decrementAndGet() == CLOSED) {
            empty.countDown();
        }
    }

    /** Returns whether operations are let in. */
    public boolean isOpen() {
        return (state.get() & CLOSED) == 0;
    }

    /**
     * Lets nobody in any more and waits, uninterruptibly, until everybody is out.
     *
     * @return whether this call was the one that closed the gate
     */
    public boolean close() {
        long before = state.getAndUpdate(now -> now | CLOSED);
        if (before == 0) {
            empty.countDown();
        }
        boolean interrupted = false;
        while (true) {
            try {
                empty.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return (before & CLOSED) == 0;
    }
}
