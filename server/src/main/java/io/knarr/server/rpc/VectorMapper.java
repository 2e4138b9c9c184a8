package io.knarr.server.rpc;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorSpec;
import io.knarr.v1.MultiVector;
import io.knarr.v1.SparseVector;
import io.knarr.v1.Vector;
import java.util.Arrays;
import java.util.List;

/** Reads and writes vectors. */
final class VectorMapper {
    private VectorMapper() {}

    /** Returns a vector, checked to be finite and not longer than any collection allows; a sparse one in the order of its indices. */
    static VectorData toVector(Vector vector, FieldPath path) {
        if (vector.hasSparse()) {
            requireOnly(vector.getValuesCount() == 0 && !vector.hasMulti(), path.field("sparse"));
            return toSparse(vector.getSparse(), path.field("sparse"));
        }
        if (vector.hasMulti()) {
            requireOnly(vector.getValuesCount() == 0, path.field("multi"));
            return toMulti(vector.getMulti().getRowsList(), path.field("multi").field("rows"));
        }
        return new VectorData.Dense(toDense(vector, path.field("values")));
    }

    private static void requireOnly(boolean only, FieldPath path) {
        if (!only) {
            throw Rejections.invalid(path, "A vector is either dense, sparse or a multi-vector");
        }
    }

    private static VectorData toMulti(List<Vector> rows, FieldPath path) {
        if (rows.isEmpty()) {
            throw Rejections.invalid(path, "A multi-vector needs at least one row");
        }
        if (rows.size() > VectorData.Multi.MAX_ROWS) {
            throw Rejections.limit(path, "A multi-vector has too many rows", VectorData.Multi.MAX_ROWS, rows.size());
        }
        int dimension = rows.getFirst().getValuesCount();
        long count = (long) rows.size() * dimension;
        if (count > VectorData.Multi.MAX_COMPONENTS) {
            throw Rejections.limit(
                    path, "A multi-vector has too many components", VectorData.Multi.MAX_COMPONENTS, count);
        }
        float[] components = new float[(int) count];
        for (int i = 0; i < rows.size(); i++) {
            Vector row = rows.get(i);
            FieldPath rowPath = path.index(i);
            requireOnly(!row.hasSparse() && !row.hasMulti(), rowPath);
            if (row.getValuesCount() != dimension) {
                throw Rejections.of(
                                ErrorCode.DIMENSION_MISMATCH,
                                rowPath,
                                "The rows of a multi-vector need the same number of components")
                        .with("expected", dimension)
                        .with("actual", row.getValuesCount());
            }
            System.arraycopy(toDense(row, rowPath.field("values")), 0, components, i * dimension, dimension);
        }
        return new VectorData.Multi(dimension, components);
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
            case VectorData.Multi multi -> {
                MultiVector.Builder rows = proto.getMultiBuilder();
                for (int row = 0; row < multi.rowCount(); row++) {
                    Vector.Builder components = rows.addRowsBuilder();
                    for (int i = 0; i < multi.dimension(); i++) {
                        components.addValues(multi.components()[row * multi.dimension() + i]);
                    }
                }
            }
        }
        return proto.build();
    }
}
