package io.knarr.server.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Says whether hot code allocates: a vector that does not stay in a register would, and would be many times slower.
 *
 * <p>It is a question about the compiler, whose limits are on what it has compiled of the Vector API so far: tests that ask have the tag
 * {@value #TAG} and run in processes of their own, each with vectors of one width, as in the server; see {@link VectorLoops}.
 */
final class Allocations {
    /** The tag of tests that look at compiled code; the build gives them their own process. */
    static final String TAG = "compiled";

    private static final ThreadMXBean THREADS = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    private static final int CALLS = 200;
    private static final Duration WARM_UP = Duration.ofSeconds(20);

    /** Even of one width a rare compilation leaves a call in a loop; another one of a class that is defined anew does not. */
    private static final int DEFINITIONS = 4;

    private Allocations() {}

    /** Returns the width of the kernels that a server in this process would use; 0 where these are scalar, and there is nothing to ask. */
    static int bits() {
        return VectorLoops.usableBits();
    }

    /**
     * Calls until the compiler is done and {@value #CALLS} calls allocate nothing. Where that does not come within twenty seconds the kernel
     * is defined anew; fails where it came with none of {@value #DEFINITIONS}.
     */
    static <K> void assertNone(String what, Supplier<K> definition, Consumer<K> call) {
        long allocated = Long.MAX_VALUE;
        for (int i = 0; i < DEFINITIONS && allocated > 0; i++) {
            K kernel = definition.get();
            allocated = settled(() -> call.accept(kernel));
        }
        assertThat(allocated).as("%s: bytes of %s calls", what, CALLS).isZero();
    }

    private static long settled(Runnable call) {
        long deadline = System.nanoTime() + WARM_UP.toNanos();
        long allocated;
        do {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                call.run();
            }
            allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        } while (allocated > 0 && System.nanoTime() - deadline < 0);
        return allocated;
    }
}
