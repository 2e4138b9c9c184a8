package io.knarr.server.engine;

/** Vectors brought to unit length, in double precision; a zero vector stays as it is. */
public final class UnitVectors {
    private UnitVectors() {}

    /** Returns the vector scaled to length one. The argument is not changed. */
    public static float[] of(float[] vector) {
        float[] scaled = vector.clone();
        scale(scaled);
        return scaled;
    }

    /** Scales a vector in place. */
    static void scale(float[] vector) {
        double length = lengthOf(vector);
        if (length != 0) {
            for (int i = 0; i < vector.length; i++) {
                vector[i] = (float) (vector[i] / length);
            }
        }
    }

    /** Returns a vector's Euclidean length. */
    static double lengthOf(float[] vector) {
        // Scaled by the largest component first, so that neither huge nor tiny components over- or underflow when
        // squared.
        float largest = 0;
        for (float component : vector) {
            largest = Math.max(largest, Math.abs(component));
        }
        if (largest == 0) {
            return 0;
        }
        double squares = 0;
        for (float component : vector) {
            double scaled = (double) component / largest;
            squares += scaled * scaled;
        }
        return Math.sqrt(squares) * largest;
    }
}
