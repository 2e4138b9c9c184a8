package io.knarr.server.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Says whether hot code allocates: a vector that does not stay in a register would, and would be many times slower.
 *
 * <p>It is a question about the compiler, whose answer hangs on all that a process compiled of the Vector API so far. So each question is put
 * to processes of its own, with the launcher's flags, vectors of one width and one form of a kernel, as in the server; see
 * {@link VectorLoops}. Even so one process in some hundreds leaves a call in a loop: a kernel fails where several processes, one after the
 * other, do.
 */
final class CompiledCode {
    private static final ThreadMXBean THREADS = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    private static final int CALLS = 200;
    private static final Duration WARM_UP = Duration.ofSeconds(20);
    private static final int PROCESSES = 3;
    private static final String CLEAN = "nothing allocated";

    private CompiledCode() {}

    /** Hot calls of a kernel, made in a process of their own; with a constructor without arguments. */
    interface HotCalls {
        /**
         * Makes the calls, by {@link #settle}.
         *
         * @param bits the width of the vectors of this process
         * @param variant what the question was put for
         */
        void make(int bits, String variant);
    }

    /** Fails where the calls allocate, with vectors of any width that this machine has. */
    static void assertAllocatesNothing(Class<? extends HotCalls> calls) {
        assertAllocatesNothing(calls, "");
    }

    /** Fails where the calls of a variant allocate, with vectors of any width that this machine has. */
    static void assertAllocatesNothing(Class<? extends HotCalls> calls, String variant) {
        for (int bits : IntStream.of(128, 256, 512)
                .filter(it -> it <= VectorLoops.usableBits())
                .toArray()) {
            List<String> outputs = new ArrayList<>();
            while (outputs.size() < PROCESSES && !endedClean(outputs)) {
                outputs.add(outputOf(calls, bits, variant));
            }
            assertThat(outputs.getLast())
                    .as("%s %s, %s bits, processes: %s", calls, variant, bits, outputs)
                    .endsWith(CLEAN);
        }
    }

    private static boolean endedClean(List<String> outputs) {
        return !outputs.isEmpty() && outputs.getLast().endsWith(CLEAN);
    }

    private static String outputOf(Class<? extends HotCalls> calls, int bits, String variant) {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "-Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                CompiledCode.class.getName(),
                calls.getName(),
                String.valueOf(bits),
                variant);
        try {
            Process process = builder.redirectErrorStream(true).start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException exception) {
            throw new AssertionError("a process for compiled code did not run", exception);
        }
    }

    /** Runs in the process: the name of the class of the calls, the width, the variant. */
    public static void main(String[] arguments) throws ReflectiveOperationException {
        Class.forName(arguments[0])
                .asSubclass(HotCalls.class)
                .getDeclaredConstructor()
                .newInstance()
                .make(Integer.parseInt(arguments[1]), arguments[2]);
        System.out.println(CLEAN);
    }

    /**
     * Defines a kernel and calls it until the compiler is done and {@value #CALLS} calls allocate nothing.
     *
     * @throws AssertionError if that did not come within twenty seconds
     */
    static <K> void settle(String what, Supplier<K> definition, Consumer<K> call) {
        K kernel = definition.get();
        long deadline = System.nanoTime() + WARM_UP.toNanos();
        long allocated;
        do {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                call.accept(kernel);
            }
            allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        } while (allocated > 0 && System.nanoTime() - deadline < 0);
        assertThat(allocated).as("%s: bytes of %s calls", what, CALLS).isZero();
    }
}
