package io.knarr.server.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HolderCountTest {
    private final AtomicInteger freed = new AtomicInteger();
    private final HolderCount holders = new HolderCount(freed::incrementAndGet);

    @Test
    void theLastOneOutFreesTheResource() {
        assertThat(holders.tryHold()).isTrue();
        holders.release(); // the owner
        assertThat(freed).hasValue(0);
        holders.release();
        assertThat(freed).hasValue(1);
    }

    @Test
    void nobodyHoldsWhatHasBeenFreed() {
        holders.release();
        assertThat(holders.tryHold()).isFalse();
        assertThat(freed).hasValue(1);
    }

    @Test
    void oneReleaseTooManyIsABug() {
        holders.release();
        assertThatThrownBy(holders::release).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void manyHoldersFreeItOnceAndAfterTheLast() throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger seenFreed = new AtomicInteger();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                all.add(threads.submit(() -> {
                    start.await();
                    for (int round = 0; round < 20_000 && holders.tryHold(); round++) {
                        inside.incrementAndGet();
                        seenFreed.addAndGet(freed.get());
                        inside.decrementAndGet();
                        holders.release();
                    }
                    return null;
                }));
            }
            start.countDown();
            while (inside.get() == 0 && all.stream().anyMatch(done -> !done.isDone())) {
                Thread.onSpinWait();
            }
            holders.release();
            for (Future<?> done : all) {
                var _ = done.get();
            }
        }
        assertThat(seenFreed).hasValue(0);
        assertThat(freed).hasValue(1);
    }
}
