package io.knarr.server.engine;

import java.util.Random;

/** Vectors of many kinds, the same for the same seed: what exactness is tested with. */
enum VectorSet {
    NORMAL,
    UNIT_LENGTH,
    CLUSTERED,
    NARROW_CONE,
    DECAYING,
    LOW_RANK,
    SPARSE,
    DUPLICATES,
    ALL_EQUAL,
    LAST_BIT,
    WHOLE_NUMBERS,
    ONE_HOT,
    ZEROS_AMONG_OTHERS,
    ANTIPODES,
    MULTIPLES,
    FAR_FROM_THE_ORIGIN,
    TINY_BESIDE_LARGE,
    NORMS_FROM_TINY_TO_HUGE,
    ONE_HUGE,
    TINY,
    HUGE;

    /** Returns {@code count} vectors; those of one dimension and one of {@code family} have their clusters in common. */
    float[][] vectors(int dimension, int count, long family, long seed) {
        Random shared = new Random(family);
        float[][] bases = new float[8][dimension];
        for (float[] base : bases) {
            fill(base, shared);
        }
        Random random = new Random(seed);
        float[][] vectors = new float[count][dimension];
        for (int row = 0; row < count; row++) {
            write(vectors[row], bases, row, random);
        }
        return vectors;
    }

    private void write(float[] vector, float[][] bases, int row, Random random) {
        float[] base = bases[random.nextInt(5)];
        float factor = (float) Math.pow(10, random.nextInt(60) - 30);
        float multiple = (float) random.nextGaussian();
        for (int i = 0; i < vector.length; i++) {
            float normal = (float) random.nextGaussian();
            vector[i] = switch (this) {
                case NORMAL, UNIT_LENGTH -> normal;
                case CLUSTERED -> base[i] + 0.01f * normal;
                case NARROW_CONE -> bases[0][i] + 0.2f * normal;
                case DECAYING -> (float) (normal / Math.sqrt(i + 1));
                case LOW_RANK -> 0;
                case SPARSE -> random.nextInt(20) == 0 ? normal : 0;
                case DUPLICATES -> base[i];
                case ALL_EQUAL -> bases[0][i];
                case LAST_BIT -> random.nextInt(vector.length) == 0 ? Math.nextUp(bases[0][i]) : bases[0][i];
                case WHOLE_NUMBERS -> random.nextInt(3) - 1;
                case ONE_HOT -> 0;
                case ZEROS_AMONG_OTHERS -> row % 3 == 0 ? 0 : normal;
                case ANTIPODES -> row % 2 == 0 ? base[i] : -base[i];
                case MULTIPLES -> multiple * bases[0][i];
                case FAR_FROM_THE_ORIGIN -> 1_000 + normal;
                case TINY_BESIDE_LARGE -> i % 2 == 0 ? 1e6f : 1e-9f * normal;
                case NORMS_FROM_TINY_TO_HUGE -> factor * normal;
                case ONE_HUGE -> row == 1_500 ? 1e12f * normal : normal;
                case TINY -> 1e-30f * normal;
                case HUGE -> 1e30f * normal;
            };
        }
        if (this == ONE_HOT) {
            vector[random.nextInt(vector.length)] = 1;
        } else if (this == LOW_RANK) {
            combine(vector, bases, random);
        } else if (this == UNIT_LENGTH) {
            normalise(vector);
        }
    }

    private static void combine(float[] vector, float[][] bases, Random random) {
        for (float[] base : bases) {
            float share = (float) random.nextGaussian();
            for (int i = 0; i < vector.length; i++) {
                vector[i] += share * base[i];
            }
        }
    }

    private static void normalise(float[] vector) {
        double norm = Bounds.norm(vector);
        for (int i = 0; i < vector.length; i++) {
            vector[i] /= (float) norm;
        }
    }

    private static void fill(float[] vector, Random random) {
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) random.nextGaussian();
        }
    }
}
