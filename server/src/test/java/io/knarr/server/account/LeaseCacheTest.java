package io.knarr.server.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Forced interleavings of {@link LeaseCache}; after each test everything is closed and nothing was violated. */
final class LeaseCacheTest {
    private static final long MIB = 1L << 20;

    private final ExecutorService pool = Executors.newFixedThreadPool(4);
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private final FakeBackends<String> backends = new FakeBackends<>();
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5_000); // about to wrap
    private final Causes causes = new Causes();
    private LeaseCache<String, FakeBackends<String>.Backend> cache = cacheOf(config(MIB, Duration.ofSeconds(20)));

    private static AccountCacheConfig config(long maxBytes, Duration loadTimeout) {
        return new AccountCacheConfig(maxBytes, Duration.ofMinutes(10), loadTimeout, 4, 100, Duration.ofSeconds(20));
    }

    private LeaseCache<String, FakeBackends<String>.Backend> cacheOf(AccountCacheConfig config) {
        return new LeaseCache<>(backends, config, pool, nanos::incrementAndGet, causes);
    }

    @AfterEach
    void closesEverythingExactlyOnce() throws InterruptedException {
        cache.close();
        callers.shutdown();
        assertThat(callers.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        pool.shutdown();
        assertThat(pool.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(backends.liveCount()).isZero();
        assertThat(backends.violations).isEmpty();
        assertThat(cache.loadedBytes()).isZero();
        assertThat(cache.loadedCount()).isZero();
    }

    private LeaseCache.Lease<FakeBackends<String>.Backend> acquire(String key) {
        return cache.acquire(key, CallDeadline.NONE);
    }

    private void use(String key) {
        try (var lease = acquire(key)) {
            lease.backend().use();
        }
    }

    @Test
    void sixtyFourCallersShareOneLoad() throws Exception {
        CountDownLatch gate = backends.holdLoads();
        List<Future<?>> calls = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            calls.add(callers.submit(() -> use("a")));
        }
        eventually(() -> backends.loads("a") == 1);
        gate.countDown();

        for (Future<?> call : calls) {
            call.get();
        }
        assertThat(backends.loads("a")).isEqualTo(1);
        assertThat(cache.loadedCount()).isEqualTo(1);
    }

    @Test
    void aFailedLoadIsNotRemembered() {
        backends.nextFailure = new ServiceException(ErrorCode.RECORD_CORRUPT, "Damaged").with("account", "a");

        assertCode(() -> use("a"), ErrorCode.RECORD_CORRUPT);
        use("a");

        assertThat(backends.loads("a")).isEqualTo(2);
        eventually(() -> causes.failures.get() == 1); // told after those who wait
    }

    @Test
    void eachCallerGetsItsOwnCopyOfAFailure() throws Exception {
        CountDownLatch gate = backends.holdLoads();
        ServiceException failure = new ServiceException(ErrorCode.RECORD_CORRUPT, "Damaged").with("account", "a");
        backends.nextFailure = failure;
        Future<?> call = callers.submit(() -> use("a"));
        eventually(() -> backends.loads("a") == 1);
        gate.countDown();

        assertThatThrownBy(call::get).cause().isNotSameAs(failure).hasCause(failure);
    }

    @Test
    void aLoadGoesOnWhenItsCallerHasGivenUp() {
        cache.close();
        cache = cacheOf(config(MIB, Duration.ofMillis(50)));
        CountDownLatch gate = backends.holdLoads();

        assertThatThrownBy(() -> use("a")).isInstanceOfSatisfying(ServiceException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.ACCOUNT_LOAD_TIMEOUT);
            assertThat(e.retryAfter()).isPresent();
        });
        gate.countDown();
        eventually(() -> cache.loadedCount() == 1);
        use("a");

        assertThat(backends.loads("a")).isEqualTo(1);
    }

    @Test
    void aWaitEndsWithTheCallsDeadline() {
        CountDownLatch gate = backends.holdLoads();

        assertCode(() -> cache.acquire("a", new Deadline(Duration.ofMillis(60))), ErrorCode.DEADLINE_EXCEEDED);
        Deadline cancelled = new Deadline(Duration.ofHours(1));
        cancelled.cancelled = true;
        assertCode(() -> cache.acquire("a", cancelled), ErrorCode.CALL_CANCELLED);

        gate.countDown();
        use("a");
        assertThat(backends.loads("a")).isEqualTo(1);
    }

    @Test
    void reloadWaitsForThePredecessorToClose() throws Exception {
        var old = acquire("a");
        var second = acquire("a");
        var before = old.backend();
        cache.evict("a", EvictionCause.REQUESTED);

        Future<Integer> reload = callers.submit(() -> {
            try (var lease = acquire("a")) {
                return System.identityHashCode(lease.backend());
            }
        });
        use("b"); // other keys are not held up
        second.close();
        second.close(); // a second close gives nothing back
        assertThat(backends.loads("a")).isEqualTo(1);
        assertThat(reload).isNotDone();
        assertThat(backends.isLive("a")).isTrue();

        old.close();
        assertThat(reload.get()).isNotEqualTo(System.identityHashCode(before));
        assertThat(backends.loads("a")).isEqualTo(2);
    }

    @Test
    void noLoadBeginsWhileABackendIsClosing() throws Exception {
        use("a");
        CountDownLatch gate = backends.holdCloses();
        cache.evict("a", EvictionCause.REQUESTED);

        Future<?> reload = callers.submit(() -> use("a"));
        assertCode(() -> cache.acquire("a", new Deadline(Duration.ofMillis(60))), ErrorCode.DEADLINE_EXCEEDED);
        assertThat(backends.loads("a")).isEqualTo(1);

        gate.countDown();
        reload.get();
        assertThat(backends.loads("a")).isEqualTo(2);
    }

    @Test
    void aBackendEvictedWhileItLoadsServesThoseWhoWaitedForIt() throws Exception {
        CountDownLatch gate = backends.holdLoads();
        Future<?> call = callers.submit(() -> use("a"));
        eventually(() -> backends.loads("a") == 1);
        cache.evict("a", EvictionCause.REQUESTED);
        gate.countDown();

        call.get();
        eventually(() -> !backends.isLive("a"));
        assertThat(backends.loads("a")).isEqualTo(1);
    }

    @Test
    void aLeaseThatWasGivenBackCannotBeUsed() {
        var lease = acquire("a");
        lease.close();

        assertThatThrownBy(lease::backend).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void idleBackendsAreEvictedAndUsedOnesAreNot() {
        use("idle");
        var held = acquire("held");
        nanos.addAndGet(Duration.ofMinutes(9).toNanos());
        use("fresh");
        cache.runMaintenance();
        assertThat(cache.loadedCount()).isEqualTo(3);

        nanos.addAndGet(Duration.ofMinutes(2).toNanos());
        cache.runMaintenance();

        eventually(() -> cache.loadedCount() == 2);
        eventually(() -> !backends.isLive("idle")); // closed on another thread, and told after that
        eventually(() -> causes.count(EvictionCause.IDLE) == 1);
        held.close();
    }

    @Test
    void theLeastRecentlyUsedGoesWhenOneGrowsOverTheBudget() {
        use("oldest");
        use("older");
        use("oldest"); // now it is not
        try (var lease = acquire("growing")) {
            lease.backend().bytes.set(MIB - 1_500);
            assertThat(cache.loadedBytes()).isEqualTo(3_000);
        }

        // Closes run on several threads and end in any order, so each is waited for.
        eventually(() -> !backends.isLive("older"));
        // Down to nine tenths: the next in line is "oldest", and then the one that is too big by itself.
        eventually(() -> cache.loadedCount() == 0);
        eventually(() -> causes.count(EvictionCause.BUDGET) == 3);
    }

    @Test
    void whatIsInUseIsNotEvictedAndLoadsAreRefusedUntilItComesBack() {
        var lease = acquire("big");
        lease.backend().bytes.set(2 * MIB);
        cache.runMaintenance(); // measures what is in use, too

        assertThatThrownBy(() -> use("other")).isInstanceOfSatisfying(ServiceException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.MEMORY_EXHAUSTED);
            assertThat(e.retryAfter()).isPresent();
        });
        assertThat(backends.isLive("big")).isTrue();
        lease.close();
        use("other");

        eventually(() -> !backends.isLive("big"));
    }

    @Test
    void evictsNoMoreThanItMust() {
        backends.footprintBytes = MIB / 10;
        for (int i = 0; i < 11; i++) {
            use("key-" + i);
        }

        eventually(() -> cache.loadedCount() == 9);
        eventually(() -> !backends.isLive("key-0") && !backends.isLive("key-1"));
    }

    @Test
    void exclusiveWorkWaitsForLeasesAndKeepsOthersOut() throws Exception {
        var lease = acquire("a");
        CountDownLatch working = new CountDownLatch(1);
        CountDownLatch workMayEnd = new CountDownLatch(1);
        Future<Boolean> work =
                callers.submit(() -> cache.callAlone("a", EvictionCause.DELETED, CallDeadline.NONE, () -> {
                    boolean alone = !backends.isLive("a");
                    working.countDown();
                    await(workMayEnd);
                    return alone;
                }));
        // It has begun to wait when nobody gets in any more.
        eventually(() -> {
            try {
                cache.acquire("a", new Deadline(Duration.ofMillis(20))).close();
                return false;
            } catch (ServiceException e) {
                return e.code() == ErrorCode.DEADLINE_EXCEEDED;
            }
        });
        assertThat(working.getCount()).as("the lease is still out").isEqualTo(1);
        lease.close();
        await(working);
        Future<?> call = callers.submit(() -> use("a"));
        assertCode(() -> cache.acquire("a", new Deadline(Duration.ofMillis(60))), ErrorCode.DEADLINE_EXCEEDED);
        assertThat(backends.loads("a")).isEqualTo(1);

        workMayEnd.countDown();
        assertThat(work.get()).isTrue();
        call.get();
        assertThat(backends.loads("a")).isEqualTo(2);
    }

    @Test
    void exclusiveWorkThatRunsOutOfTimeLeavesTheKeyUsable() {
        var lease = acquire("a");

        assertCode(
                () -> cache.callAlone("a", EvictionCause.DELETED, new Deadline(Duration.ofMillis(60)), () -> {
                    throw new AssertionError("not alone");
                }),
                ErrorCode.DEADLINE_EXCEEDED);
        lease.close();
        use("a");

        assertThat(backends.loads("a")).isEqualTo(2);
    }

    @Test
    void aFullQueueOfLoadsRefusesTheNextOne() throws Exception {
        cache.close();
        cache = cacheOf(new AccountCacheConfig(
                MIB, Duration.ofMinutes(10), Duration.ofSeconds(20), 1, 2, Duration.ofSeconds(20)));
        CountDownLatch gate = backends.holdLoads();
        List<Future<?>> calls = new ArrayList<>();
        calls.add(callers.submit(() -> use("a")));
        eventually(() -> backends.loads("a") == 1); // taken from the queue
        assertCode(() -> cache.acquire("b", new Deadline(Duration.ofMillis(10))), ErrorCode.DEADLINE_EXCEEDED);
        assertCode(() -> cache.acquire("c", new Deadline(Duration.ofMillis(10))), ErrorCode.DEADLINE_EXCEEDED);

        assertCode(() -> use("d"), ErrorCode.TOO_MANY_CALLS);
        gate.countDown();
        for (Future<?> call : calls) {
            call.get();
        }
        eventually(() -> backends.loads("c") == 1);
        use("d");
    }

    @Test
    void closingRefusesNewLeasesAndWaitsForThoseOut() throws Exception {
        var lease = acquire("a");
        Future<?> closing = callers.submit(() -> cache.close());
        eventually(() -> {
            try {
                cache.acquire("b", CallDeadline.NONE).close();
                return false;
            } catch (ServiceException e) {
                return e.code() == ErrorCode.SERVER_STOPPING;
            }
        });
        assertThat(closing).isNotDone();
        lease.close();

        closing.get();
        assertThat(backends.liveCount()).isZero();
    }

    @Test
    void aCloseThatThePoolRefusesIsNotLost() throws Exception {
        use("a");
        pool.shutdown();
        // The thread that loaded may be about to look for its next load, and would rightly take the one below.
        assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        cache.evict("a", EvictionCause.REQUESTED);

        assertThat(backends.isLive("a")).isFalse();
        assertCode(() -> use("a"), ErrorCode.TOO_MANY_CALLS);
    }

    /** Sixteen threads fight over four keys where two fit, and one keeps evicting. */
    @Test
    void neverTwoLiveBackendsOfOneKey() throws Exception {
        backends.footprintBytes = MIB / 2;
        CyclicBarrier start = new CyclicBarrier(16);
        List<Future<?>> fighters = new ArrayList<>();
        for (int thread = 0; thread < 16; thread++) {
            int seed = thread;
            fighters.add(callers.submit(() -> {
                start.await();
                for (int turn = 0; turn < 1_500; turn++) {
                    String key = "key-" + (seed * 31 + turn * 7 + turn / 5) % 4;
                    switch ((seed + turn) % 25) {
                        case 0 -> cache.evict(key, EvictionCause.REQUESTED);
                        case 1 ->
                            cache.callAlone(key, EvictionCause.DELETED, CallDeadline.NONE, () -> {
                                if (backends.isLive(key)) {
                                    backends.violations.add("Not alone with " + key);
                                }
                                return "";
                            });
                        default -> {
                            try {
                                use(key);
                            } catch (ServiceException e) {
                                if (e.code() != ErrorCode.MEMORY_EXHAUSTED) { // four do not fit
                                    throw e;
                                }
                            }
                        }
                    }
                }
                return null;
            }));
        }
        for (Future<?> fighter : fighters) {
            fighter.get(120, TimeUnit.SECONDS);
        }
        assertThat(backends.violations).isEmpty();
        assertThat(causes.count(EvictionCause.BUDGET)).isPositive();
    }

    @Test
    void tenThousandEvictionsDisturbNobody() throws Exception {
        AtomicInteger running = new AtomicInteger(8);
        List<Future<Integer>> users = new ArrayList<>();
        AtomicInteger evictions = new AtomicInteger();
        for (int thread = 0; thread < 8; thread++) {
            int seed = thread;
            users.add(callers.submit(() -> {
                int calls = 0;
                for (; evictions.get() < 10_000; calls++) {
                    use("key-" + (seed + calls) % 8);
                }
                running.decrementAndGet();
                return calls;
            }));
        }
        Future<?> evictor = callers.submit(() -> {
            for (int i = 0; i < 10_000; i = evictions.incrementAndGet()) {
                String key = "key-" + i % 8;
                cache.evict(key, EvictionCause.REQUESTED);
                if (i % 16 == 0) {
                    use(key);
                }
            }
        });
        evictor.get(120, TimeUnit.SECONDS);
        for (Future<Integer> user : users) {
            assertThat(user.get(60, TimeUnit.SECONDS)).isPositive();
        }
        assertThat(running.get()).as("users that ended without a failure").isZero();
        assertThat(backends.violations).isEmpty();
    }

    private static void assertCode(ThrowingCallable call, ErrorCode code) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ServiceException.class, e -> assertThat(e.code())
                .isEqualTo(code));
    }

    /** Waits for what another thread is about to do; the limit is for a test that fails. */
    static void eventually(BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > 20_000_000_000L) {
                throw new AssertionError("Did not happen within 20 seconds");
            }
            LockSupport.parkNanos(200_000);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A deadline some time after it was made. */
    static final class Deadline implements CallDeadline {
        volatile boolean cancelled;
        private final long endNanos;

        Deadline(Duration time) {
            this.endNanos = System.nanoTime() + time.toNanos();
        }

        @Override
        public boolean isCancelled() {
            return cancelled;
        }

        @Override
        public Duration remaining() {
            return Duration.ofNanos(endNanos - System.nanoTime());
        }
    }

    private static final class Causes implements AccountCacheListener {
        final AtomicInteger failures = new AtomicInteger();
        private final ConcurrentHashMap<EvictionCause, AtomicInteger> counts = new ConcurrentHashMap<>();

        int count(EvictionCause cause) {
            AtomicInteger count = counts.get(cause);
            return count == null ? 0 : count.get();
        }

        @Override
        public void loadFailed(long nanos) {
            failures.incrementAndGet();
        }

        @Override
        public void evicted(EvictionCause cause) {
            counts.computeIfAbsent(cause, key -> new AtomicInteger()).incrementAndGet();
        }
    }
}
