package io.knarr.server.account;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Loads backends that remember what was done to them. Fails the moment a key has two live ones, or a closed one is used. */
final class FakeBackends<K> implements Function<K, FakeBackends<K>.Backend> {
    /** What went wrong on any thread. */
    final CopyOnWriteArrayList<String> violations = new CopyOnWriteArrayList<>();

    final AtomicInteger closeCount = new AtomicInteger();
    volatile long footprintBytes = 1_000;
    volatile @Nullable RuntimeException nextFailure;
    private final ConcurrentHashMap<K, Backend> live = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<K, AtomicInteger> loads = new ConcurrentHashMap<>();
    private volatile @Nullable CountDownLatch loadGate;
    private volatile @Nullable CountDownLatch closeGate;

    int loads(K key) {
        AtomicInteger count = loads.get(key);
        return count == null ? 0 : count.get();
    }

    boolean isLive(K key) {
        return live.containsKey(key);
    }

    int liveCount() {
        return live.size();
    }

    /** Makes loads wait until the latch is at zero. */
    CountDownLatch holdLoads() {
        CountDownLatch gate = new CountDownLatch(1);
        loadGate = gate;
        return gate;
    }

    /** Makes closes wait until the latch is at zero. */
    CountDownLatch holdCloses() {
        CountDownLatch gate = new CountDownLatch(1);
        closeGate = gate;
        return gate;
    }

    @Override
    public Backend apply(K key) {
        loads.computeIfAbsent(key, absent -> new AtomicInteger()).incrementAndGet();
        await(loadGate);
        RuntimeException failure = nextFailure;
        if (failure != null) {
            nextFailure = null;
            throw failure;
        }
        Backend backend = new Backend(key);
        if (live.putIfAbsent(key, backend) != null) {
            violations.add("Two live backends of " + key);
        }
        return backend;
    }

    private void await(@Nullable CountDownLatch gate) {
        try {
            if (gate != null && !gate.await(30, TimeUnit.SECONDS)) {
                violations.add("A gate was never opened");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One backend. */
    final class Backend implements CachedBackend {
        final K key;
        final AtomicLong bytes = new AtomicLong(footprintBytes);
        private final AtomicInteger users = new AtomicInteger();
        private final AtomicBoolean closed = new AtomicBoolean();

        private Backend(K key) {
            this.key = key;
        }

        /** Uses it for a moment, in which it must not be closed. */
        void use() {
            users.incrementAndGet();
            if (closed.get()) {
                violations.add("A closed backend was used: " + key);
            }
            Thread.onSpinWait();
            if (closed.get()) {
                violations.add("A backend was closed under its user: " + key);
            }
            users.decrementAndGet();
        }

        @Override
        public long footprintBytes() {
            return bytes.get();
        }

        @Override
        public void close() {
            await(closeGate);
            if (users.get() != 0) {
                violations.add("A backend was closed under its user: " + key);
            }
            if (!closed.compareAndSet(false, true)) {
                violations.add("A backend was closed twice: " + key);
            }
            closeCount.incrementAndGet();
            if (!live.remove(key, this)) {
                violations.add("A backend was closed that was not the live one: " + key);
            }
        }
    }
}
