package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SharedWorkTest {
    private static final int SLICES = 100;

    private final List<Thread> threads = new ArrayList<>();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger everOpened = new AtomicInteger();

    /** A thread of its own for everybody who asks, at most so many. */
    private SearchHelpers helpers(int most) {
        return share -> {
            if (threads.size() == most) {
                return false;
            }
            Thread thread = new Thread(share);
            threads.add(thread);
            thread.start();
            return true;
        };
    }

    @AfterEach
    void everyThreadEnds() throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(open).hasValue(0);
    }

    private Supplier<SharedWork.Worker> workers(IntConsumer slice) {
        return () -> {
            open.incrementAndGet();
            everOpened.incrementAndGet();
            return new SharedWork.Worker() {
                @Override
                public void run(int number) {
                    slice.accept(number);
                }

                @Override
                public void close() {
                    open.decrementAndGet();
                }
            };
        };
    }

    @Test
    void everySliceIsDoneOnceWithAnyNumberOfHelpers() {
        for (int most : new int[] {0, 1, 3}) {
            threads.clear();
            AtomicIntegerArray done = new AtomicIntegerArray(SLICES);
            assertThat(SharedWork.run(helpers(most), SLICES, StopSignal.NEVER, workers(done::incrementAndGet)))
                    .isFalse();
            for (int slice = 0; slice < SLICES; slice++) {
                assertThat(done.get(slice)).isEqualTo(1);
            }
            assertThat(open).hasValue(0);
        }
    }

    @Test
    void nobodyIsAskedForOneSlice() {
        boolean stopped = SharedWork.run(
                _ -> {
                    throw new AssertionError("asked");
                },
                1,
                StopSignal.NEVER,
                workers(_ -> {}));
        assertThat(stopped).isFalse();
    }

    @Test
    void aHelperThatComesLateTouchesNothing() {
        List<Runnable> late = new ArrayList<>();
        AtomicInteger done = new AtomicInteger();
        boolean stopped = SharedWork.run(
                share -> late.isEmpty() && late.add(share),
                SLICES,
                StopSignal.NEVER,
                workers(_ -> done.incrementAndGet()));
        assertThat(stopped).isFalse();
        assertThat(late).hasSize(1);
        late.getFirst().run();
        assertThat(done).hasValue(SLICES);
        assertThat(everOpened).hasValue(1);
    }

    @Test
    void theWorkReturnsAfterItsHelpers() {
        CountDownLatch helperIsIn = new CountDownLatch(1);
        AtomicInteger finished = new AtomicInteger();
        Thread caller = Thread.currentThread();
        IntConsumer slice = _ -> {
            if (Thread.currentThread() == caller) {
                await(helperIsIn);
            } else {
                helperIsIn.countDown();
                pause();
                finished.incrementAndGet();
            }
        };
        assertThat(SharedWork.run(helpers(1), 2, StopSignal.NEVER, workers(slice)))
                .isFalse();
        assertThat(finished).hasValue(1);
    }

    @Test
    void theWorkFailsAfterItsHelpers() {
        CountDownLatch helperIsIn = new CountDownLatch(1);
        AtomicInteger finished = new AtomicInteger();
        Thread caller = Thread.currentThread();
        IntConsumer slice = _ -> {
            if (Thread.currentThread() == caller) {
                await(helperIsIn);
                throw new IllegalStateException("mine");
            }
            helperIsIn.countDown();
            pause();
            finished.incrementAndGet();
        };
        assertThatThrownBy(() -> SharedWork.run(helpers(1), SLICES, StopSignal.NEVER, workers(slice)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("mine");
        assertThat(finished).hasPositiveValue();
        assertThat(open).hasValue(0);
    }

    @Test
    void whatAHelperThrowsTheWorkThrows() {
        CountDownLatch helperHasFailed = new CountDownLatch(1);
        Thread caller = Thread.currentThread();
        AtomicInteger own = new AtomicInteger();
        IntConsumer slice = _ -> {
            if (Thread.currentThread() == caller) {
                await(helperHasFailed);
                pause();
                own.incrementAndGet();
            } else {
                helperHasFailed.countDown();
                throw SegmentException.damaged("a helper's");
            }
        };
        assertThatThrownBy(() -> SharedWork.run(helpers(1), SLICES, StopSignal.NEVER, workers(slice)))
                .isInstanceOf(SegmentException.class)
                .hasMessageContaining("a helper's");
        assertThat(own).as("no slice is begun after that").hasValueLessThan(SLICES / 2);
    }

    @Test
    void aStopIsAskedOnTheCallersThreadAndEndsTheHelpers() {
        Thread caller = Thread.currentThread();
        AtomicInteger asked = new AtomicInteger();
        StopSignal stop = () -> {
            assertThat(Thread.currentThread()).isSameAs(caller);
            return asked.incrementAndGet() == 3;
        };
        AtomicInteger done = new AtomicInteger();
        boolean stopped = SharedWork.run(helpers(2), 1_000_000, stop, workers(_ -> {
            pause();
            done.incrementAndGet();
        }));
        assertThat(stopped).isTrue();
        assertThat(done).hasValueLessThan(1_000);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
