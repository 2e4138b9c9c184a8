package io.knarr.server.engine.kernel;

/**
 * How a component of a stored row lies in memory. Queries are float32 whatever the rows are, and every stored component is a float32
 * number, so scores lose nothing but what the type itself could not hold.
 */
public enum ElementType {
    /** IEEE 754 binary32. */
    FLOAT32(Float.BYTES),
    /** IEEE 754 binary16: eleven bits of precision, magnitudes up to 65,504. */
    FLOAT16(Short.BYTES),
    /** Whole numbers from -128 to 127. */
    INT8(Byte.BYTES);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /** Returns the bytes that a component takes. */
    public int bytes() {
        return bytes;
    }

    /**
     * Replaces each value by the nearest that this type has, ties to even.
     *
     * @throws IllegalArgumentException if a value is beyond the type's range or not a number; values before it may have changed
     */
    public void round(float[] values) {
        for (int i = 0; i < values.length; i++) {
            float rounded = nearest(values[i]);
            if (!Float.isFinite(rounded)) {
                throw outside(values[i]);
            }
            values[i] = rounded;
        }
    }

    /** Returns the nearest value of this type; an infinity or NaN where there is none near. */
    float nearest(float value) {
        return switch (this) {
            case FLOAT32 -> value;
            case FLOAT16 -> Float.float16ToFloat(Float.floatToFloat16(value));
            case INT8 -> {
                float whole = (float) Math.rint(value);
                // Minus zero is zero in this type.
                yield whole >= Byte.MIN_VALUE && whole <= Byte.MAX_VALUE ? whole + 0f : Float.NaN;
            }
        };
    }

    IllegalArgumentException outside(float value) {
        return new IllegalArgumentException("the value is not of the rows' type; type=" + this + " value=" + value);
    }
}
