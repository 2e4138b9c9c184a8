package io.knarr.server.index;

import io.knarr.server.engine.RowForm;
import io.knarr.server.engine.kernel.ElementType;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.Metric;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorElement;
import io.knarr.server.model.VectorSpec;
import java.util.function.IntFunction;

/**
 * What the elements of vectors hold. A component that float16 has not is stored as the nearest that it has, ties to even; one that int8
 * has not is refused, for the nearest is not near.
 */
final class VectorElements {
    /** From here on the nearest float16 is an infinity. */
    private static final float FLOAT16_BOUND = 65_520;

    private VectorElements() {}

    /** Returns what the engine's rows of a dense vector, or of the rows of a multi-vector, look like. */
    static RowForm formOf(VectorSpec spec) {
        // Rows of float32 are scaled once, when they are written; small types could not hold what comes of that.
        boolean unit = spec.metric() == Metric.COSINE && spec.element() != VectorElement.FLOAT32;
        return new RowForm(
                spec.dimension(),
                switch (spec.element()) {
                    case FLOAT32 -> ElementType.FLOAT32;
                    case FLOAT16 -> ElementType.FLOAT16;
                    case INT8 -> ElementType.INT8;
                },
                unit);
    }

    /**
     * Returns a vector of the spec's kind as it is stored. The argument is not changed.
     *
     * @throws ServiceException INVALID_FIELD at the component that the element cannot hold
     */
    static VectorData stored(VectorSpec spec, VectorData vector, String path) {
        if (spec.element() == VectorElement.FLOAT32) {
            return vector;
        }
        return switch (vector) {
            case VectorData.Dense(float[] components) ->
                new VectorData.Dense(stored(spec.element(), components, index -> path + ".values[" + index + "]"));
            case VectorData.Multi(int dimension, float[] components) ->
                new VectorData.Multi(
                        dimension,
                        stored(
                                spec.element(),
                                components,
                                index -> path + ".multi.rows[" + index / dimension + "].values[" + index % dimension
                                        + "]"));
            case VectorData.Sparse _ -> vector;
        };
    }

    private static float[] stored(VectorElement element, float[] given, IntFunction<String> path) {
        float[] held = new float[given.length];
        for (int i = 0; i < given.length; i++) {
            held[i] = switch (element) {
                case FLOAT32 -> given[i];
                case FLOAT16 -> float16(given[i], path, i);
                case INT8 -> int8(given[i], path, i);
            };
        }
        return held;
    }

    private static float float16(float value, IntFunction<String> path, int index) {
        if (Math.abs(value) >= FLOAT16_BOUND) {
            throw refused(path, index, "A component is larger than float16 can hold");
        }
        return Float.float16ToFloat(Float.floatToFloat16(value));
    }

    private static float int8(float value, IntFunction<String> path, int index) {
        if (value != Math.rint(value) || value < Byte.MIN_VALUE || value > Byte.MAX_VALUE) {
            throw refused(path, index, "A component of int8 must be a whole number from -128 to 127");
        }
        // Minus zero is zero in this type.
        return value + 0f;
    }

    private static ServiceException refused(IntFunction<String> path, int index, String sentence) {
        return ServiceException.atField(ErrorCode.INVALID_FIELD, path.apply(index), sentence);
    }
}
