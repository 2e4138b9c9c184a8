package io.knarr.server.engine;

import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.engine.kernel.TransformKernel;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A pseudo-random rotation of vectors of one dimension, the same on every machine and in every version: images on disk rely on it.
 *
 * <p>Vectors are padded with zeros to a multiple of 64. Four rounds follow, each of random signs and a Walsh-Hadamard transform of the
 * largest power of two that fits, in turn at the front and at the back, so that every component reaches every other (after Ailon and
 * Chazelle, "The fast Johnson-Lindenstrauss transform", 2009; the two windows as in the RaBitQ library's). Inner products and distances
 * stay what they were, to rounding. Immutable; safe for any number of threads.
 */
final class Rotation {
    private static final int ROUNDS = 4;
    private static final int STEP = 64;
    private static final long SEED = 0x6b6e617272L;
    private static final ConcurrentHashMap<Integer, Rotation> KNOWN = new ConcurrentHashMap<>();

    private final int size;
    private final int window;
    private final float[] signs;

    private Rotation(int size) {
        this.size = size;
        this.window = Integer.highestOneBit(size);
        this.signs = new float[ROUNDS * size];
        long state = SEED + size;
        for (int i = 0; i < signs.length; i++) {
            state += 0x9e3779b97f4a7c15L;
            signs[i] = mix(state) < 0 ? -1f : 1f;
        }
    }

    /** Returns the rotation for vectors of a dimension. */
    static Rotation of(int dimension) {
        return KNOWN.computeIfAbsent(Math.ceilDiv(dimension, STEP) * STEP, Rotation::new);
    }

    /** Returns the components of a rotated vector: the dimension, padded to a multiple of 64. */
    int size() {
        return size;
    }

    /** Rotates in place; {@code values} has {@link #size} components, zeros in the padding. */
    void apply(float[] values) {
        TransformKernel kernel = Kernels.transform();
        for (int round = 0; round < ROUNDS; round++) {
            kernel.flip(values, signs, round * size);
            kernel.hadamard(values, (round & 1) == 0 ? 0 : size - window, window);
        }
    }

    /**
     * Returns a bound on the error of {@link #apply} by rounding, as a share of the vector's length: each round adds at most
     * {@code (log2(window) + 2) * 2^-24}, by the bound of the transform, and the errors of a round are carried on without growing because
     * rotations keep lengths. A tenth more covers the products of these.
     */
    double relativeError() {
        int levels = Integer.numberOfTrailingZeros(window) + 2;
        return 1.1 * ROUNDS * levels * 0x1p-24;
    }

    /** The finaliser of SplitMix64 (Steele, Lea and Flood, 2014). */
    private static long mix(long state) {
        long mixed = (state ^ (state >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
