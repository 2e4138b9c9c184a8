package io.knarr.server.index;

/** Arithmetic on whole vectors. */
final class Vectors {
    private Vectors() {}

    /** Returns the vector scaled to length one, in double precision; a zero vector stays as it is. The argument is not changed. */
    static float[] normalised(float[] vector) {
        // Scaled by the largest component first, so that neither huge nor tiny components over- or underflow when
        // squared.
        float largest = 0;
        for (float component : vector) {
            largest = Math.max(largest, Math.abs(component));
        }
        if (largest == 0) {
            return vector.clone();
        }
        double squares = 0;
        for (float component : vector) {
            double scaled = (double) component / largest;
            squares += scaled * scaled;
        }
        double length = Math.sqrt(squares) * largest;
        float[] normalised = new float[vector.length];
        for (int i = 0; i < vector.length; i++) {
            normalised[i] = (float) (vector[i] / length);
        }
        return normalised;
    }
}
