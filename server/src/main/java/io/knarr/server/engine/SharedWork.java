package io.knarr.server.engine;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Numbered slices of one search, done by its own thread and by those that help. Each slice is done once, in no order. Whoever helps is
 * gone when the work returns, however it ends; a helper that begins later touches nothing.
 */
final class SharedWork implements Runnable {
    /** The most helpers of one piece of work: more would wait for memory. */
    private static final int MAX_HELPERS = 7;

    private final int count;
    private final AtomicInteger next = new AtomicInteger();

    // Guarded by this.
    private @Nullable Supplier<Worker> workers;
    private int helping;
    private @Nullable Throwable failure;

    /** Does slices, on one thread, with scratch of its own. */
    interface Worker extends AutoCloseable {
        void run(int slice);

        /** Gives the scratch back. */
        @Override
        void close();
    }

    private SharedWork(int count, Supplier<Worker> workers) {
        this.count = count;
        this.workers = workers;
    }

    /**
     * Does the slices 0 to below {@code count}.
     *
     * @param stop asked before each slice, on this thread only
     * @param workers asked on each thread that takes part
     * @return whether the stop signal ended it
     */
    static boolean run(SearchHelpers helpers, int count, StopSignal stop, Supplier<Worker> workers) {
        SharedWork work = new SharedWork(count, workers);
        boolean stopped;
        try (Worker own = workers.get()) {
            work.invite(helpers);
            stopped = work.runOwn(own, stop);
        } finally {
            work.awaitHelpers();
        }
        work.rethrow();
        return stopped;
    }

    private void invite(SearchHelpers helpers) {
        int most = Math.min(MAX_HELPERS, count - 1);
        for (int invited = 0; invited < most && helpers.tryRun(this); invited++) {
            // The next one.
        }
    }

    private boolean runOwn(Worker own, StopSignal stop) {
        for (int slice = next.getAndIncrement(); slice < count; slice = next.getAndIncrement()) {
            if (stop.stopped()) {
                return true;
            }
            own.run(slice);
        }
        return false;
    }

    /** A helper's share. */
    @Override
    public void run() {
        Supplier<Worker> open = enter();
        if (open == null) {
            return;
        }
        try (Worker worker = open.get()) {
            for (int slice = next.getAndIncrement(); slice < count; slice = next.getAndIncrement()) {
                worker.run(slice);
            }
        } catch (RuntimeException | Error e) {
            next.set(count);
            failed(e);
        } finally {
            leave();
        }
    }

    private synchronized @Nullable Supplier<Worker> enter() {
        if (workers != null) {
            helping++;
        }
        return workers;
    }

    private synchronized void leave() {
        helping--;
        notifyAll();
    }

    private synchronized void failed(Throwable reason) {
        if (failure == null) {
            failure = reason;
        }
    }

    /** Lets nobody in any more, ends the slices, and waits for those who are in: they read what the caller frees. */
    private void awaitHelpers() {
        next.set(count);
        boolean interrupted = false;
        synchronized (this) {
            workers = null;
            while (helping > 0) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void rethrow() {
        switch (failure) {
            case null -> {}
            case RuntimeException exception -> throw exception;
            case Error error -> throw error;
            default -> throw new IllegalStateException("a helper of a search failed", failure);
        }
    }
}
