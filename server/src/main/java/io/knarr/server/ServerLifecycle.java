package io.knarr.server;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was started, in order; stops it in reverse, once.
 *
 * <p>A step that fails to stop, or takes longer than it may, does not keep the others from stopping. Thread-safe, but steps are started
 * by one thread.
 */
final class ServerLifecycle {
    private static final Logger log = LoggerFactory.getLogger(ServerLifecycle.class);

    /** How something is stopped. */
    @FunctionalInterface
    interface Stop<T> {
        void stop(T started) throws Exception;
    }

    private record Step(String name, Duration stopLimit, Callable<Void> stop) {}

    private final Object lock = new Object();

    @GuardedBy("lock")
    private final Deque<Step> started = new ArrayDeque<>();

    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CountDownLatch stopped = new CountDownLatch(1);

    /**
     * Starts something, and remembers how to stop it.
     *
     * @param stopLimit how long stopping waits for this step before it goes on to the next; positive
     * @throws IllegalStateException if the server is being stopped already; what was started is stopped
     */
    <T> T start(String name, Duration stopLimit, Callable<T> start, Stop<T> stop) throws Exception {
        requireNonNull(stop, "stop is null");
        long begin = System.nanoTime();
        T value = start.call();
        Step step = new Step(name, stopLimit, () -> {
            stop.stop(value);
            return null;
        });
        boolean tooLate;
        synchronized (lock) {
            tooLate = stopping.get();
            if (!tooLate) {
                started.push(step);
            }
        }
        if (tooLate) {
            stopOne(step, new ArrayList<>());
            throw new IllegalStateException("The server is stopping");
        }
        log.debug("Started, step={}, millis={}", name, millisSince(begin));
        return value;
    }

    /** Stops what was started, the last first. A second caller waits for the first. Returns what went wrong, the first caller alone. */
    List<Throwable> stop() {
        if (!stopping.compareAndSet(false, true)) {
            awaitStopped();
            return List.of();
        }
        List<Throwable> failures = new ArrayList<>();
        try {
            for (Step step = next(); step != null; step = next()) {
                stopOne(step, failures);
            }
        } finally {
            stopped.countDown();
        }
        return failures;
    }

    /** Returns whether {@link #stop} was called. */
    boolean isStopping() {
        return stopping.get();
    }

    /** Waits until all is stopped. An interrupt ends the wait and is kept. */
    void awaitStopped() {
        try {
            stopped.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private @Nullable Step next() {
        synchronized (lock) {
            return started.poll();
        }
    }

    private static void stopOne(Step step, List<Throwable> failures) {
        long begin = System.nanoTime();
        FutureTask<Void> task = new FutureTask<>(step.stop());
        // A thread of its own: a step that hangs is left behind, and as a daemon it does not keep the process.
        Thread.ofPlatform().daemon().name("stop-" + step.name()).start(task);
        try {
            task.get(step.stopLimit().toNanos(), TimeUnit.NANOSECONDS);
            log.info("Stopped, step={}, millis={}", step.name(), millisSince(begin));
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            log.error("A step failed to stop, step={}", step.name(), cause);
            failures.add(cause);
        } catch (TimeoutException e) {
            log.error(
                    "A step took too long to stop, step={}, limitMillis={}",
                    step.name(),
                    step.stopLimit().toMillis());
            failures.add(e);
        } catch (InterruptedException e) {
            // The others must still stop; each of them will be given as long as the interrupt leaves it, which is
            // nothing.
            log.error("Interrupted while stopping, step={}", step.name());
            failures.add(e);
            Thread.currentThread().interrupt();
        }
    }

    private static long millisSince(long begin) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    }
}
