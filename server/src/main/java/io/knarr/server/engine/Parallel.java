package io.knarr.server.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Runs numbered pieces of work on threads of its own. */
final class Parallel {
    private Parallel() {}

    /** Work on one numbered piece. */
    @FunctionalInterface
    interface Piece {
        void run(int number);
    }

    /** Thrown where the stop signal ended the work. */
    static final class StoppedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        StoppedException() {
            super("the work was stopped", null, false, false);
        }
    }

    /**
     * Runs the pieces 0 to below {@code count}, each once, and returns when all are done.
     *
     * @param worker asked once per thread for what runs its pieces, so that each has its own scratch
     * @throws StoppedException if the stop signal said so before the last piece was begun
     */
    static void run(int threads, int count, StopSignal stop, Supplier<Piece> worker) {
        AtomicInteger next = new AtomicInteger();
        List<Throwable> failures = new ArrayList<>();
        Runnable loop = () -> {
            try {
                Piece piece = worker.get();
                for (int number = next.getAndIncrement(); number < count; number = next.getAndIncrement()) {
                    if (stop.stopped()) {
                        throw new StoppedException();
                    }
                    piece.run(number);
                }
            } catch (RuntimeException | Error e) {
                next.set(count);
                synchronized (failures) {
                    failures.add(e);
                }
            }
        };
        List<Thread> others = new ArrayList<>();
        for (int i = 1; i < Math.min(threads, count); i++) {
            others.add(Thread.ofPlatform().name("engine-worker-", i).daemon().start(loop));
        }
        loop.run();
        others.forEach(Parallel::joinUninterruptibly);
        synchronized (failures) {
            failures.forEach(Parallel::rethrow);
        }
    }

    private static void rethrow(Throwable failure) {
        switch (failure) {
            case StoppedException stopped -> throw stopped;
            case Error error -> throw error;
            case SegmentException damaged -> throw damaged;
            default -> throw new IllegalStateException("work on another thread failed", failure);
        }
    }

    private static void joinUninterruptibly(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
