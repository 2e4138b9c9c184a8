package io.knarr.server.engine;

/** Arithmetic on the safe side. */
final class Bounds {
    private Bounds() {}

    /** Returns a float that is not above the value, as a threshold for float estimates. */
    static float down(double value) {
        float rounded = (float) value;
        return rounded <= value ? rounded : Math.nextDown(rounded);
    }

    /** Returns the Euclidean norm of finite components; finite. */
    static double norm(float[] vector) {
        double squares = 0;
        for (float component : vector) {
            squares += (double) component * component;
        }
        return Math.sqrt(squares);
    }
}
