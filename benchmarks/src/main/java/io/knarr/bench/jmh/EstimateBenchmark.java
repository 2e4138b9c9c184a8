package io.knarr.bench.jmh;

import io.knarr.server.engine.kernel.CodeKernel;
import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.engine.kernel.SignKernel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Nanoseconds to estimate one row from its sign codes, for every form and width, and from its 7-bit codes by the kernel that the server
 * uses. Rows stay in the second cache. The form that is fastest here is the one to name in {@value Kernels#SIGN_PROPERTY}.
 *
 * <p>Run as {@link KernelBenchmark}; with {@code -jvmArgsAppend -XX:UseAVX=2} for an idea of a processor without vector popcount.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class EstimateBenchmark {
    /** How many rows one call scores. */
    static final int ROWS = 512;

    /** Which kernel for sign codes, by name; one that this machine does not have fails the run aloud. */
    @Param({
        "scalar",
        "popcount-512",
        "popcount-256",
        "popcount-128",
        "byte-popcount-512",
        "byte-popcount-256",
        "byte-popcount-128",
        "carry-save-512",
        "carry-save-256",
        "carry-save-128"
    })
    public String kernelName = "scalar";

    /** How many components a row has. */
    @Param({"384", "768", "1536"})
    public int dimension = 384;

    private final Arena arena = Arena.ofShared();
    private final float[] estimates = new float[ROWS];
    private final int[] dots = new int[ROWS];
    private SignKernel signs = Kernels.sign();
    private MemorySegment signCodes = MemorySegment.NULL;
    private MemorySegment codes = MemorySegment.NULL;
    private int[] planes = {};
    private int[] even = {};
    private int[] odd = {};

    /** Fills the rows; the same in every fork. */
    @Setup(Level.Trial)
    public void fill() {
        signs = Kernels.signs().stream()
                .filter(candidate -> candidate.name().equals(kernelName))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("this machine lacks the kernel; kernel=" + kernelName));
        Random random = new Random(1);
        int words = dimension / Integer.SIZE;
        planes = random.ints(SignKernel.PLANES * (long) words).toArray();
        long blocks = ROWS / SignKernel.ROWS_PER_BLOCK;
        signCodes = arena.allocate(blocks * (words + 2) * SignKernel.WORD_BYTES, 64);
        for (long at = 0; at < signCodes.byteSize(); at += Integer.BYTES) {
            // Factors are finite numbers that way.
            signCodes.set(ValueLayout.JAVA_INT, at, random.nextInt() & 0x3fffffff);
        }
        codes = arena.allocate((long) ROWS * dimension, 64);
        for (long at = 0; at < codes.byteSize(); at++) {
            codes.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(128));
        }
        int[] query = new int[dimension];
        for (int i = 0; i < dimension; i++) {
            query[i] = random.nextInt(128);
        }
        even = new int[dimension / 4];
        odd = new int[dimension / 4];
        CodeKernel.pairs(query, even, odd);
    }

    /** Frees the rows. */
    @TearDown(Level.Trial)
    public void free() {
        arena.close();
    }

    /** Estimates from sign codes. */
    @Benchmark
    @OperationsPerInvocation(ROWS)
    public float[] signs() {
        int words = dimension / Integer.SIZE;
        signs.estimate(planes, words, 1f, 1f, signCodes, 0, ROWS / SignKernel.ROWS_PER_BLOCK, estimates, 0);
        return estimates;
    }

    /** Multiplies 7-bit codes. */
    @Benchmark
    @OperationsPerInvocation(ROWS)
    public int[] codes() {
        Kernels.code().dotsOfRun(even, odd, codes, 0, dimension, 0, ROWS, dots);
        return dots;
    }
}
