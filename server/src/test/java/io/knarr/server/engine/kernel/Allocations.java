package io.knarr.server.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/** Says whether hot code allocates: a vector that does not stay in a register would, and would be many times slower. */
final class Allocations {
    private static final ThreadMXBean THREADS = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    private static final int CALLS = 200;
    private static final Duration WARM_UP = Duration.ofSeconds(60);

    private Allocations() {}

    /** Calls until the compiler is done and {@value #CALLS} calls allocate nothing; fails where that takes more than a minute. */
    static void assertNone(String what, Runnable call) {
        long deadline = System.nanoTime() + WARM_UP.toNanos();
        long allocated;
        do {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                call.run();
            }
            allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        } while (allocated > 0 && System.nanoTime() - deadline < 0);
        assertThat(allocated).as("%s: bytes of %s calls", what, CALLS).isZero();
    }
}
