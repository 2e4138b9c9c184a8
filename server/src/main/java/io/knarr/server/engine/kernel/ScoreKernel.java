package io.knarr.server.engine.kernel;

/**
 * Float64 sums over the components of two float32 vectors, eight interleaved ones: sum s is over the components whose number is s modulo
 * {@link #SUMS}, in their order, each term rounded before it is added. The components after the last whole eight are left out. All kernels agree
 * to the last bit. They hold no state and are safe for any number of threads.
 */
public sealed interface ScoreKernel permits ScalarScoreKernel, SimdScoreKernel {
    /** How many sums there are. */
    int SUMS = 8;

    /** Returns the name by which tests and benchmarks call this kernel, such as {@code double-512}. */
    String name();

    /** Writes the sums of products; {@code sums} has {@link #SUMS} places. */
    void products(float[] query, float[] row, double[] sums);

    /** Writes the sums of squared differences. */
    void squares(float[] query, float[] row, double[] sums);

    /** Writes the sums of magnitudes of differences. */
    void magnitudes(float[] query, float[] row, double[] sums);
}
