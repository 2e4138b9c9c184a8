package io.knarr.server.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Loops over float32 arrays that make codes of vectors, and that pick rows by their estimates. Arrays are a multiple of 64 long where
 * nothing else is said. Kernels hold no state and are safe for any number of threads. Sums go over at least four partial sums: one of n
 * terms is off by at most {@code (n / 4 + 4) * 2^-24} of the sum of their magnitudes, to first order.
 */
public sealed interface TransformKernel permits ScalarTransformKernel, SimdTransformKernel {
    /** Returns the name by which logs and benchmarks call this kernel, such as {@code transform-512}. */
    String name();

    /** Multiplies {@code values[i]} by {@code signs[from + i]}, for every i. */
    void flip(float[] values, float[] signs, int from);

    /**
     * Applies the orthonormal Walsh-Hadamard transform to {@code size} values from {@code from} on; {@code size} is a power of two and at
     * least 64. The result is off by at most {@code (log2(size) + 2) * 2^-24} of the values' length, in the Euclidean norm: one for each
     * stage, two for the scale and multiplying by it. What is lost below the smallest normal float is not counted.
     */
    void hadamard(float[] values, int from, int size);

    /** The length of what {@link #measure} writes. */
    int MEASURES = 5;

    /** In what {@link #measure} writes: the sum of squares. */
    int SQUARES = 0;

    /** In what {@link #measure} writes: the sum of magnitudes. */
    int MAGNITUDES = 1;

    /** In what {@link #measure} writes: the greatest magnitude. */
    int GREATEST = 2;

    /** In what {@link #measure} writes: the inner product with {@code other}. */
    int PRODUCT = 3;

    /** In what {@link #measure} writes: the inner product of {@code other} with the signs, zero counting as positive. */
    int SIGNED = 4;

    /** Measures {@code values}; {@code measures} has {@link #MEASURES} places. */
    void measure(float[] values, float[] other, float[] measures);

    /** Writes a bit per value, 1 where it is not negative: value i is bit i % 32 of word i / 32. */
    void signs(float[] values, int[] words);

    /** Writes {@code round(values[i] * inverse)}, brought into -63 to 63, plus 64. Returns the sum of what was written. */
    int quantise(float[] values, float inverse, int[] codes);

    /** Returns the sum of the squares of {@code values[i] - scale * (codes[i] - 64)}. */
    float squaredError(float[] values, int[] codes, float scale);

    /** Writes {@code scale * (code - 64)} of each 7-bit code in memory; {@code values} has as many places as there are codes. */
    void restore(MemorySegment memory, long offset, float scale, float[] values);

    /** Writes {@code first[i] - second[i]}. */
    void subtract(float[] first, float[] second, float[] difference);

    /**
     * Brings values to one of sixteen levels: u is {@code floor(values[i] * inverse + 8)}, brought into 0 to 15, and the four bits of u go to
     * the four planes, each of {@code words} words and laid out as by {@link #signs}. Returns the sum of the squares of
     * {@code values[i] - (2 * u - 15) / (2 * inverse)}.
     */
    float planes(float[] values, float inverse, int[] planes, int words);

    /** Writes each i from {@code from} to below {@code to} with {@code estimates[i] >= threshold}, ascending; returns how many. */
    int select(float[] estimates, int from, int to, float threshold, int[] selected);

    /**
     * Returns a number whose bit i is set where {@code estimates[i] >= threshold}, for the first {@code count}.
     *
     * @param count a multiple of sixteen, at most 64
     */
    long reaching(float[] estimates, int count, float threshold);

    /**
     * Writes each i from {@code from} to below {@code to} with {@code estimates[i] + width * spreads[i - from] >= threshold}, ascending;
     * returns how many. The sum is rounded once. An infinite spread selects every finite estimate; a NaN selects nothing.
     *
     * @param offset of the first spread, in bytes; they are float32 one after the other
     * @param selected written from {@code at} on
     */
    int selectWithin(
            float[] estimates,
            int from,
            int to,
            MemorySegment spreads,
            long offset,
            float width,
            float threshold,
            int[] selected,
            int at);
}
