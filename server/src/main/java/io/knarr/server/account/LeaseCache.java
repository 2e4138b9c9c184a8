package io.knarr.server.account;

import static java.util.Objects.requireNonNull;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreFailures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Backends in memory, lent to callers and bounded in bytes. At most one backend of a key is alive at any time.
 *
 * <p>A caller borrows a backend and gives it back by closing the lease. Eviction does not close a backend that is borrowed: nobody new
 * gets it, and the last lease out closes it. The next load of that key waits for the close.
 *
 * <p>Thread-safe. A thread must not acquire a key of which it already holds a lease: if that backend is being evicted, it waits for
 * itself, until the load timeout.
 */
final class LeaseCache<K, B extends CachedBackend> implements AutoCloseable {
    /*
     * One slot per key, and the invariants hold by its place in the map:
     *
     * 1. A backend is made by the one load of a slot that is in the map, and the slot stays in the map until that backend
     *    is closed. A key has one place in the map. So two live backends of a key cannot be.
     * 2. A slot leaves the map in one place, end(): first its state says GONE, then the map lets go of it (or puts its
     *    heir there), then its future completes. Whoever meets a slot it cannot join waits for that future and looks
     *    again, so every turn of the loop in acquire waits for something that has happened: there is no spinning.
     * 3. A failed load ends its slot before anybody hears of the failure. So the failure is not remembered.
     * 4. Exclusive work on a key (its deletion) is a barred slot in the key's place: nothing is live, nothing loads, and
     *    whoever comes waits for the outcome. It inherits the place from the slot before it, so no load slips between.
     * 5. loadedBytes is the sum of accountedBytes over the slots; both change by the same difference. A closing backend
     *    counts until it is closed; closingBytes says how much that is, so that we do not evict for it twice.
     *
     * Locks, in order: evictionLock, which is only ever tried, then a slot's own. Under a slot's lock nothing is called: no
     * loader, no backend, no listener, no map. Loads and closes run on the loading executor. A close that the executor refuses runs on the
     * thread that would have handed it over, because a close must not be lost; loads are refused instead.
     *
     * Closing runs on the executor and not on the thread that gave back the last lease, because it may free native
     * memory or write: the call has its answer by then, and should not wait for that.
     *
     * The least recently used slots are found by looking at all of them. That happens when the budget is exceeded, and then
     * frees a tenth of it, so each eviction pays for about ten looks; in exchange the way of a call through the cache is
     * one map look-up and one uncontended lock, with no shared queue to maintain. While what is in use exceeds the
     * budget by itself there is nothing left in the map but that, so a look costs no more than the calls under way.
     */
    private static final Logger log = LoggerFactory.getLogger(LeaseCache.class);

    /** How long a wait goes on before it looks whether its caller is still there. */
    private static final Duration CANCELLATION_CHECK_INTERVAL = Duration.ofMillis(50);

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final ConcurrentHashMap<K, CacheSlot<B>> slots = new ConcurrentHashMap<>();
    private final AtomicLong loadedBytes = new AtomicLong();
    private final AtomicLong closingBytes = new AtomicLong();
    private final ReentrantLock evictionLock = new ReentrantLock();
    private final Function<? super K, ? extends B> loader;
    private final AccountCacheConfig config;
    private final Executor executor;
    private final LoadQueue loads;
    private final LongSupplier nanos;
    private final AccountCacheListener listener;
    private volatile boolean closed;

    /**
     * Makes an empty cache.
     *
     * @param loader makes a backend; runs on {@code executor}; its failure goes to those who wait
     * @param executor where loads and closes run
     * @param nanos the time by which idleness is measured, as {@link System#nanoTime}
     */
    LeaseCache(
            Function<? super K, ? extends B> loader,
            AccountCacheConfig config,
            Executor executor,
            LongSupplier nanos,
            AccountCacheListener listener) {
        this.loader = requireNonNull(loader, "loader is null");
        this.config = requireNonNull(config, "config is null");
        this.executor = requireNonNull(executor, "executor is null");
        this.loads = new LoadQueue(executor, config.maxConcurrentLoads(), config.maxQueuedLoads());
        this.nanos = requireNonNull(nanos, "nanos is null");
        this.listener = requireNonNull(listener, "listener is null");
    }

    /**
     * Borrows the backend of a key, loading it if need be.
     *
     * @throws ServiceException ACCOUNT_LOAD_TIMEOUT, MEMORY_EXHAUSTED, TOO_MANY_CALLS, SERVER_STOPPING, those of the deadline, and
     *     those of the loader
     */
    Lease<B> acquire(K key, CallDeadline deadline) {
        Wait wait = new Wait(deadline, config.loadTimeout());
        while (true) {
            CacheSlot<B> slot = slots.get(key);
            if (slot == null) {
                CacheSlot<B> fresh = CacheSlot.loading(nanos.getAsLong());
                slot = slots.putIfAbsent(key, fresh);
                if (slot == null) {
                    startLoad(key, fresh);
                    return leaseOf(key, fresh, wait);
                }
            }
            requireOpen();
            if (slot.join(nanos.getAsLong())) {
                return leaseOf(key, slot, wait);
            }
            wait.until(slot.gone());
        }
    }

    /**
     * Does something with a key while nothing of it is in memory: waits until its leases are back and its backend is closed, and keeps
     * every other caller waiting until {@code work} has ended.
     *
     * @throws ServiceException SERVER_STOPPING, those of the deadline, and those of the work. A deadline that passes leaves the key
     *     evicted and otherwise as it was
     */
    <T> T callAlone(K key, EvictionCause cause, CallDeadline deadline, Supplier<T> work) {
        Wait wait = new Wait(deadline, null);
        CacheSlot<B> bar = CacheSlot.barred();
        boolean inPlace = false;
        while (!inPlace) {
            requireOpen();
            deadline.check();
            CacheSlot<B> current = slots.putIfAbsent(key, bar);
            if (current == null) {
                inPlace = true;
            } else if (current.bequeath(bar)) {
                if (current.retire(cause)) {
                    closeBackend(key, current);
                }
                waitToInherit(key, current, bar, wait);
                inPlace = true;
            } else {
                wait.until(current.gone());
            }
        }
        try {
            return work.get();
        } finally {
            end(key, bar);
        }
    }

    private void waitToInherit(K key, CacheSlot<B> current, CacheSlot<B> bar, Wait wait) {
        try {
            wait.until(current.gone());
        } catch (RuntimeException e) {
            if (!current.disinherit()) {
                current.gone().join(); // a moment: its state says so already, and the map follows
                end(key, bar);
            }
            throw e;
        }
    }

    /** Lets a key go, if it is in memory. Does not wait for its leases. */
    void evict(K key, EvictionCause cause) {
        CacheSlot<B> slot = slots.get(key);
        if (slot != null && slot.retire(cause)) {
            closeBackend(key, slot);
        }
    }

    /** Evicts what nobody has used for the idle timeout, and measures the rest again. To be called every now and then by one thread. */
    void runMaintenance() {
        long idleSince = nanos.getAsLong() - config.idleTimeout().toNanos();
        slots.forEach((key, slot) -> {
            if (slot.retireIfUnusedSince(idleSince, EvictionCause.IDLE)) {
                closeBackend(key, slot);
                return;
            }
            B backend = slot.joinToInspect();
            if (backend != null) {
                try {
                    measure(slot, backend);
                } finally {
                    if (slot.leaveInspection()) {
                        closeBackend(key, slot);
                    }
                }
            }
        });
        evictOverBudget();
    }

    /** Returns how many backends are in memory. */
    int loadedCount() {
        int count = 0;
        for (CacheSlot<B> slot : slots.values()) {
            count += slot.isLoaded() ? 1 : 0;
        }
        return count;
    }

    /** Returns the bytes of all backends in memory, each as last measured. */
    long loadedBytes() {
        return loadedBytes.get();
    }

    /** Refuses new leases, waits for those out as long as the drain timeout, closes every backend that is not in use. */
    @Override
    public void close() {
        closed = true;
        slots.forEach((key, slot) -> {
            if (slot.retire(EvictionCause.SHUTDOWN)) {
                closeBackend(key, slot);
            }
        });
        long giveUpNanos = System.nanoTime() + config.drainTimeout().toNanos();
        try {
            // Again and again, because a slot may leave an heir. Nothing else comes in any more.
            while (!slots.isEmpty()) {
                CompletableFuture<?>[] all =
                        slots.values().stream().map(CacheSlot::gone).toArray(CompletableFuture[]::new);
                CompletableFuture.allOf(all).get(giveUpNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
        } catch (TimeoutException e) {
            // Not closed under their users: freed memory that is still read takes the process down.
            log.warn("Accounts are still in use after the drain timeout, accounts={}", slots.size());
        } catch (ExecutionException e) {
            throw new IllegalStateException("A slot's end failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void startLoad(K key, CacheSlot<B> slot) {
        // After the slot is in the map: either close() sees the slot there, or we see that it was called.
        if (closed) {
            loadFailed(key, slot, stopping());
            return;
        }
        loads.add(new LoadQueue.Load() {
            @Override
            public void run() {
                load(key, slot);
            }

            @Override
            public void refuse(RejectedExecutionException reason) {
                ServiceException failure = closed
                        ? stopping()
                        : ServiceException.causedBy(
                                        reason, ErrorCode.TOO_MANY_CALLS, "Too many accounts wait to be loaded")
                                .retryAfter(RETRY_AFTER);
                loadFailed(key, slot, failure);
            }
        });
    }

    private void load(K key, CacheSlot<B> slot) {
        long start = System.nanoTime();
        B backend;
        try {
            requireMemory();
            backend = loader.apply(key);
        } catch (Throwable e) { // also errors: whoever waits must not wait for ever
            loadFailed(key, slot, e);
            listener.loadFailed(System.nanoTime() - start);
            return;
        }
        measure(slot, backend);
        // Live before anybody is told, so that whoever was told can rely on its being evictable and measurable.
        boolean closesNow = slot.loadSucceeded(backend);
        slot.loaded().complete(backend);
        if (closesNow) {
            closeBackend(key, slot);
        }
        listener.loaded(System.nanoTime() - start);
        evictOverBudget();
    }

    private void loadFailed(K key, CacheSlot<B> slot, Throwable failure) {
        end(key, slot);
        slot.loaded().completeExceptionally(failure);
    }

    private Lease<B> leaseOf(K key, CacheSlot<B> slot, Wait wait) {
        B backend;
        try {
            backend = wait.until(slot.loaded());
        } catch (RuntimeException e) {
            if (slot.leave(nanos.getAsLong())) {
                closeBackend(key, slot);
            }
            throw e;
        }
        return new Lease<>(backend, () -> release(key, slot, backend));
    }

    private void release(K key, CacheSlot<B> slot, B backend) {
        try {
            measure(slot, backend); // while the backend cannot be closed yet
        } finally {
            if (slot.leave(nanos.getAsLong())) {
                closeBackend(key, slot);
            }
        }
        evictOverBudget();
    }

    /** Counts what the backend takes now; only while it cannot be closed. */
    private void measure(CacheSlot<B> slot, B backend) {
        loadedBytes.addAndGet(slot.account(backend.footprintBytes()));
    }

    /** Closes the backend of a slot that said so, then ends the slot. */
    private void closeBackend(K key, CacheSlot<B> slot) {
        long bytes = slot.accountedBytes(); // no more measured: nobody holds it
        closingBytes.addAndGet(bytes);
        Runnable close = () -> {
            try {
                slot.loaded().join().close();
            } catch (RuntimeException e) {
                // It counts as closed: the key would be barred for ever otherwise, and the process still knows its
                // data.
                log.error("Backend failed to close, key={}", key, e);
            } finally {
                loadedBytes.addAndGet(slot.account(0));
                closingBytes.addAndGet(-bytes);
                EvictionCause cause = slot.retirement();
                end(key, slot);
                listener.evicted(cause);
            }
        };
        try {
            executor.execute(close);
        } catch (RejectedExecutionException e) {
            close.run();
        }
    }

    private void end(K key, CacheSlot<B> slot) {
        CacheSlot<B> heir = slot.end();
        boolean wasInPlace = heir == null ? slots.remove(key, slot) : slots.replace(key, slot, heir);
        slot.gone().complete(null);
        if (!wasInPlace) {
            throw new IllegalStateException("A slot was not in the map while it lived");
        }
    }

    private long bytesToStay() {
        return loadedBytes.get() - closingBytes.get();
    }

    private void requireMemory() {
        long refuseAbove = config.maxBytes() + config.maxBytes() / 4;
        if (bytesToStay() > refuseAbove) {
            evictOverBudget();
            if (bytesToStay() > refuseAbove) {
                throw new ServiceException(
                                ErrorCode.MEMORY_EXHAUSTED, "The memory for accounts is taken by calls under way")
                        .retryAfter(RETRY_AFTER);
            }
        }
    }

    /** Evicts unused slots, least recently used first, until a tenth of the budget is free, if it is exceeded. */
    private void evictOverBudget() {
        boolean evicted = true;
        // Looks again after letting go of the lock: somebody may have exceeded the budget and found the lock taken.
        while (evicted && bytesToStay() > config.maxBytes() && evictionLock.tryLock()) {
            try {
                evicted = evictDownTo(config.maxBytes() - config.maxBytes() / 10);
            } finally {
                evictionLock.unlock();
            }
        }
    }

    private boolean evictDownTo(long targetBytes) {
        List<Candidate<K, B>> candidates = new ArrayList<>();
        long now = nanos.getAsLong();
        slots.forEach((key, slot) -> {
            Long since = slot.evictableSinceNanos();
            if (since != null) {
                candidates.add(new Candidate<>(key, slot, since, now - since));
            }
        });
        candidates.sort(Comparator.comparingLong(candidate -> -candidate.idleNanos()));
        boolean evicted = false;
        for (Candidate<K, B> candidate : candidates) {
            if (bytesToStay() <= targetBytes) {
                break;
            }
            // Unless it was used since: then it is not the least recently used any more.
            if (candidate.slot().retireIfUnusedSince(candidate.usedNanos(), EvictionCause.BUDGET)) {
                closeBackend(candidate.key(), candidate.slot());
                evicted = true;
            }
        }
        return evicted;
    }

    private record Candidate<K, B>(K key, CacheSlot<B> slot, long usedNanos, long idleNanos) {}

    private void requireOpen() {
        if (closed) {
            throw stopping();
        }
    }

    private static ServiceException stopping() {
        return new ServiceException(ErrorCode.SERVER_STOPPING, "The server is shutting down").retryAfter(RETRY_AFTER);
    }

    /** A borrowed backend. */
    static final class Lease<B> implements AutoCloseable {
        private final B backend;
        private final Runnable release;
        private final AtomicBoolean released = new AtomicBoolean();

        private Lease(B backend, Runnable release) {
            this.backend = backend;
            this.release = release;
        }

        /** Returns the backend. */
        B backend() {
            if (released.get()) {
                throw new IllegalStateException("The lease was given back");
            }
            return backend;
        }

        /** Gives the backend back. A second call does nothing. */
        @Override
        public void close() {
            if (released.compareAndSet(false, true)) {
                release.run();
            }
        }
    }

    /** One call's patience, over all it waits for. Real time, whatever idleness is measured by: it is real callers that wait. */
    private static final class Wait {
        private final CallDeadline deadline;
        private final @Nullable Duration timeout;
        private final long startNanos = System.nanoTime();

        Wait(CallDeadline deadline, @Nullable Duration timeout) {
            this.deadline = deadline;
            this.timeout = timeout;
        }

        /** Returns what the future ends with, or ends the call. */
        <T extends @Nullable Object> T until(CompletableFuture<T> future) {
            while (true) {
                try {
                    return future.isDone() ? future.get() : future.get(nextSliceNanos(), TimeUnit.NANOSECONDS);
                } catch (TimeoutException e) {
                    // Look at the deadline, then go on.
                } catch (ExecutionException e) {
                    throw failureFor(requireNonNull(e.getCause()));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw ServiceException.causedBy(e, ErrorCode.CALL_CANCELLED, "The call was cancelled");
                }
            }
        }

        private long nextSliceNanos() {
            deadline.check();
            long slice = Math.min(
                    CANCELLATION_CHECK_INTERVAL.toNanos(), deadline.remaining().toNanos());
            if (timeout == null) {
                return slice;
            }
            long left = timeout.toNanos() - (System.nanoTime() - startNanos);
            if (left <= 0) {
                throw new ServiceException(
                                ErrorCode.ACCOUNT_LOAD_TIMEOUT,
                                "The account's data did not come into memory in time; loading goes on")
                        .with("waited_ms", timeout.toMillis())
                        .retryAfter(RETRY_AFTER);
            }
            return Math.min(slice, left);
        }

        /** A failure of this caller's own: all who waited for a load share its cause, and exceptions can be added to. */
        private static RuntimeException failureFor(Throwable cause) {
            return switch (cause) {
                case ServiceException failure -> {
                    ServiceException own =
                            ServiceException.causedBy(failure, failure.code(), requireNonNull(failure.getMessage()));
                    failure.details().forEach(own::with);
                    failure.retryAfter().ifPresent(own::retryAfter);
                    yield own;
                }
                case StoreException failure -> StoreFailures.toServiceException(failure);
                default -> new IllegalStateException("An account failed to load", cause);
            };
        }
    }
}
