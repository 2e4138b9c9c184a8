package io.knarr.server.rpc;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorSpec;
import io.knarr.v1.SparseVector;
import io.knarr.v1.Vector;
import java.util.Arrays;
import java.util.List;

/** Reads and writes vectors. */
final class VectorMapper {
    private VectorMapper() {}

    /** Returns a vector, checked to be finite and not longer than any collection allows; a sparse one in the order of its indices. */
    static VectorData toVector(Vector vector, FieldPath path) {
        if (!vector.hasSparse()) {
            return new VectorData.Dense(toDense(vector, path.field("values")));
        }
        if (vector.getValuesCount() > 0) {
            throw Rejections.invalid(path.field("sparse"), "A vector is either dense or sparse");
        }
        return toSparse(vector.getSparse(), path.field("sparse"));
    }

    private static float[] toDense(Vector vector, FieldPath path) {
        int count = vector.getValuesCount();
        if (count == 0) {
            throw Rejections.invalid(path, "A vector needs at least one component");
        }
        if (count > VectorSpec.MAX_DIMENSION) {
            throw Rejections.limit(path, "A vector has too many components", VectorSpec.MAX_DIMENSION, count);
        }
        return finite(vector.getValuesList(), path);
    }

    private static VectorData toSparse(SparseVector sparse, FieldPath path) {
        int count = sparse.getIndicesCount();
        if (count > VectorData.Sparse.MAX_ENTRIES) {
            throw Rejections.limit(
                    path.field("indices"),
                    "A sparse vector has too many entries",
                    VectorData.Sparse.MAX_ENTRIES,
                    count);
        }
        if (sparse.getValuesCount() != count) {
            throw Rejections.invalid(path.field("values"), "A sparse vector needs a value for each index")
                    .with("indices", count)
                    .with("values", sparse.getValuesCount());
        }
        float[] given = finite(sparse.getValuesList(), path.field("values"));
        // The index, unsigned, in the high half; its place in the low one.
        long[] order = new long[count];
        for (int i = 0; i < count; i++) {
            order[i] = ((Integer.toUnsignedLong(sparse.getIndices(i)) << Integer.SIZE) | i) ^ Long.MIN_VALUE;
        }
        Arrays.sort(order);
        int[] indices = new int[count];
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            long entry = order[i] ^ Long.MIN_VALUE;
            indices[i] = (int) (entry >>> Integer.SIZE);
            values[i] = given[(int) entry];
            if (i > 0 && indices[i] == indices[i - 1]) {
                throw Rejections.invalid(
                        path.field("indices").index((int) entry), "An index of a sparse vector is there twice");
            }
        }
        return new VectorData.Sparse(indices, values);
    }

    private static float[] finite(List<Float> given, FieldPath path) {
        float[] values = new float[given.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = given.get(i);
            if (!Float.isFinite(values[i])) {
                throw Rejections.of(
                        ErrorCode.NOT_FINITE, path.index(i), "A component of a vector must not be NaN or infinite");
            }
        }
        return values;
    }

    /** Returns a vector as protobuf. */
    static Vector toProto(VectorData vector) {
        Vector.Builder proto = Vector.newBuilder();
        switch (vector) {
            case VectorData.Dense(float[] components) -> {
                for (float component : components) {
                    proto.addValues(component);
                }
            }
            case VectorData.Sparse(int[] indices, float[] values) -> {
                SparseVector.Builder sparse = proto.getSparseBuilder();
                for (int i = 0; i < indices.length; i++) {
                    sparse.addIndices(indices[i]).addValues(values[i]);
                }
            }
        }
        return proto.build();
    }
}
