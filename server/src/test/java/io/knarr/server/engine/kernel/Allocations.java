package io.knarr.server.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

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
    private static final Duration WARM_UP = Duration.ofSeconds(60);

    private Allocations() {}

    /** Returns those kernels of a list that a server in this process would use: the ones of the greatest width. */
    static <K> List<K> ofThisProcess(List<K> kernels, Function<K, String> name) {
        String width = "-" + VectorLoops.usableBits();
        List<K> ofWidth = kernels.stream()
                .filter(kernel -> name.apply(kernel).contains(width))
                .toList();
        assertThat(ofWidth.isEmpty()).isEqualTo(VectorLoops.usableBits() == 0);
        return ofWidth;
    }

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
