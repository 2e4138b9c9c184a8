package io.knarr.server.rpc;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.VectorSpec;
import io.knarr.v1.Vector;

/** Reads and writes dense vectors. */
final class VectorMapper {
    private VectorMapper() {}

    /** Returns the components, checked to be finite and not more than any collection allows. */
    static float[] toVector(Vector vector, FieldPath path) {
        int count = vector.getValuesCount();
        FieldPath valuesPath = path.field("values");
        if (count == 0) {
            throw Rejections.invalid(valuesPath, "A vector needs at least one component");
        }
        if (count > VectorSpec.MAX_DIMENSION) {
            throw Rejections.limit(valuesPath, "A vector has too many components", VectorSpec.MAX_DIMENSION, count);
        }
        float[] components = new float[count];
        for (int i = 0; i < count; i++) {
            components[i] = vector.getValues(i);
            if (!Float.isFinite(components[i])) {
                throw Rejections.of(
                        ErrorCode.NOT_FINITE,
                        valuesPath.index(i),
                        "A component of a vector must not be NaN or infinite");
            }
        }
        return components;
    }

    /** Returns a vector as protobuf. */
    static Vector toProto(float[] components) {
        Vector.Builder proto = Vector.newBuilder();
        for (float component : components) {
            proto.addValues(component);
        }
        return proto.build();
    }
}
