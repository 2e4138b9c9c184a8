package io.knarr.server.account;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Loads waiting for their turn: so many at once on a pool shared with others, the rest in their order, and no more than a bound. A
 * storm of cold accounts so leaves threads to the reads of warm ones. Thread-safe.
 */
final class LoadQueue {
    /** A load. One of its two methods is called, once. */
    interface Load {
        /** Does it; must not throw. */
        void run();

        /** Is told that it will not be done. */
        void refuse(RejectedExecutionException reason);
    }

    private final Executor executor;
    private final int maxRunning;
    private final int maxWaiting;
    // A leaf: nothing is called while it is held.
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final ArrayDeque<Load> waiting = new ArrayDeque<>();

    @GuardedBy("lock")
    private int runnerCount;

    LoadQueue(Executor executor, int maxRunning, int maxWaiting) {
        this.executor = requireNonNull(executor, "executor is null");
        this.maxRunning = maxRunning;
        this.maxWaiting = maxWaiting;
    }

    /** Does the load when its turn comes, or refuses it, perhaps before this returns. */
    void add(Load load) {
        boolean accepted = false;
        boolean startRunner = false;
        lock.lock();
        try {
            if (waiting.size() < maxWaiting) {
                waiting.add(load);
                if (runnerCount < maxRunning) {
                    runnerCount++;
                    startRunner = true;
                }
                accepted = true;
            }
        } finally {
            lock.unlock();
        }
        if (!accepted) {
            load.refuse(new RejectedExecutionException("Too many accounts wait to be loaded"));
            return;
        }
        if (startRunner) {
            try {
                executor.execute(this::runAll);
            } catch (RejectedExecutionException e) {
                stranded().forEach(stranded -> stranded.refuse(e));
            }
        }
    }

    private void runAll() {
        for (Load load = next(); load != null; load = next()) {
            load.run();
        }
    }

    private @Nullable Load next() {
        lock.lock();
        try {
            Load load = waiting.poll();
            if (load == null) {
                runnerCount--;
            }
            return load;
        } finally {
            lock.unlock();
        }
    }

    /** Takes back a runner that could not start; returns the loads that nobody will come for now. */
    private List<Load> stranded() {
        lock.lock();
        try {
            runnerCount--;
            if (runnerCount > 0) {
                return List.of();
            }
            List<Load> all = new ArrayList<>(waiting);
            waiting.clear();
            return all;
        } finally {
            lock.unlock();
        }
    }
}
