package io.knarr.bench.jmh;

import io.knarr.server.engine.kernel.DistanceKernel;
import io.knarr.server.engine.kernel.DistanceKernels;
import io.knarr.server.engine.kernel.VectorBlock;
import java.lang.foreign.Arena;
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
 * Nanoseconds to compare one query with one row, the scalar definition beside the vector kernels, on rows that stay in the second cache
 * (so the arithmetic is measured and not the memory). Values are uniform in -0.5 to 0.5. Forks rather than iterations, since a run's
 * compilation decides more than its length.
 *
 * <p>Run it with {@code java --add-modules jdk.incubator.vector -cp <classpath of knarr-benchmarks> org.openjdk.jmh.Main
 * KernelBenchmark}; with the launcher's {@code -jvmArgsAppend -Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0} for what the server has.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class KernelBenchmark {
    /** How many rows one call scores. */
    static final int ROWS = 64;

    /** Which kernel, by name; one that this machine does not have fails the run aloud. */
    @Param({"scalar", "simd-128", "simd-256", "simd-512"})
    public String kernelName = "scalar";

    /** How many floats a row has. */
    @Param({"128", "384", "768", "1536"})
    public int dimension = 128;

    private final Arena arena = Arena.ofShared();
    private final int[] rows = new int[ROWS];
    private final float[] scores = new float[ROWS];
    private DistanceKernel kernel = DistanceKernels.definition();
    private VectorBlock block = VectorBlock.allocate(arena, 1, 1);
    private float[] query = {};

    /** Fills the rows; the same in every fork. */
    @Setup(Level.Trial)
    public void fill() {
        kernel = DistanceKernels.supported().stream()
                .filter(candidate -> candidate.name().equals(kernelName))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("this machine lacks the kernel; kernel=" + kernelName));
        Random random = new Random(1);
        query = vector(random);
        block = VectorBlock.allocate(arena, dimension, ROWS);
        for (int row = 0; row < ROWS; row++) {
            block.write(row, vector(random));
            rows[row] = row;
        }
    }

    /** Frees the rows. */
    @TearDown(Level.Trial)
    public void free() {
        arena.close();
    }

    /** Scores the inner product. */
    @Benchmark
    @OperationsPerInvocation(ROWS)
    public float[] dot() {
        kernel.dot(query, block, rows, ROWS, scores);
        return scores;
    }

    /** Scores the squared Euclidean distance. */
    @Benchmark
    @OperationsPerInvocation(ROWS)
    public float[] squaredDistance() {
        kernel.squaredDistance(query, block, rows, ROWS, scores);
        return scores;
    }

    /** Scores the Manhattan distance. */
    @Benchmark
    @OperationsPerInvocation(ROWS)
    public float[] manhattanDistance() {
        kernel.manhattanDistance(query, block, rows, ROWS, scores);
        return scores;
    }

    private float[] vector(Random random) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = random.nextFloat() - 0.5f;
        }
        return vector;
    }
}
