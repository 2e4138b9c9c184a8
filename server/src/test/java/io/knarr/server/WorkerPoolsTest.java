package io.knarr.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class WorkerPoolsTest {
    @Test
    void onlyIdleSearchThreadsHelp() throws InterruptedException {
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch busy = new CountDownLatch(2);
        CountDownLatch helped = new CountDownLatch(1);
        WorkerPools pools = new WorkerPools(new WorkerPoolsConfig(2, 10, 1, 1, 1, 1));
        try {
            Runnable work = () -> {
                busy.countDown();
                await(end);
            };
            pools.search().execute(work);
            assertThat(pools.searchHelpers().tryRun(helped::countDown)).isTrue();
            assertThat(helped.await(30, TimeUnit.SECONDS)).isTrue();
            pools.search().execute(work);
            assertThat(busy.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(pools.searchHelpers().tryRun(() -> {
                        throw new AssertionError("no thread is idle");
                    }))
                    .isFalse();
        } finally {
            end.countDown();
            pools.close();
        }
        assertThat(pools.searchHelpers().tryRun(() -> {})).as("closed").isFalse();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
