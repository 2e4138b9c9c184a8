package io.knarr.server.engine.kernel;

/**
 * Distances between one query and many stored rows. Kernels hold no state and are safe for any number of threads.
 *
 * <p>All methods have one shape. They score the rows {@code rows[0]} to {@code rows[count - 1]} of the block, in any order and repeated
 * as the caller likes, and write the score of {@code rows[i]} to {@code scores[i]}; {@code query.length} is the block's dimension, and
 * the kernel is one for the block's type, or {@link IllegalArgumentException} is thrown.
 * {@link ScalarKernel} is the definition. Others may add in any order in float32: for finite input two kernels agree to within
 * {@code (dimension + 4) * 2^-24} of the sum of the absolute terms, and where that sum overflows float32 they may answer an infinity or
 * NaN in place of the finite number that the definition gives.
 *
 * @see DistanceKernels#selected()
 */
public sealed interface DistanceKernel permits ScalarKernel, SimdKernel {
    /** Returns the name by which logs and benchmarks call this kernel, such as {@code simd-512}. */
    String name();

    /** Scores the inner product: the sum over i of {@code query[i] * row[i]}. */
    void dot(float[] query, VectorBlock block, int[] rows, int count, float[] scores);

    /** Scores the squared Euclidean distance: the sum over i of {@code (query[i] - row[i])²}. */
    void squaredDistance(float[] query, VectorBlock block, int[] rows, int count, float[] scores);

    /** Scores the Manhattan distance: the sum over i of {@code |query[i] - row[i]|}. */
    void manhattanDistance(float[] query, VectorBlock block, int[] rows, int count, float[] scores);
}
