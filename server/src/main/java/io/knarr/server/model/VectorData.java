package io.knarr.server.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A vector as callers give it and get it back; equal to another of the same bits. Its arrays are not copied and must not change. */
public sealed interface VectorData {
    /**
     * As many components as its dimension.
     *
     * @param components finite
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by what is in it
    record Dense(float[] components) implements VectorData {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Dense dense && Arrays.equals(components, dense.components);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(components);
        }
    }

    /**
     * Components that are not named are zero.
     *
     * @param indices distinct, ascending, unsigned; at most {@value #MAX_ENTRIES}
     * @param values beside the indices; finite
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by what is in it
    record Sparse(int[] indices, float[] values) implements VectorData {
        /** The most entries a sparse vector may have. */
        public static final int MAX_ENTRIES = 65_536;

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Sparse sparse
                    && Arrays.equals(indices, sparse.indices)
                    && Arrays.equals(values, sparse.values);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(indices) + Arrays.hashCode(values);
        }
    }

    /**
     * Several dense vectors of one dimension.
     *
     * @param dimension components of each row, 1 or more
     * @param components finite; one row after another, 1 to {@value #MAX_ROWS} rows and at most {@value #MAX_COMPONENTS} components
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by what is in it
    record Multi(int dimension, float[] components) implements VectorData {
        /** The most rows a multi-vector may have. */
        public static final int MAX_ROWS = 2_048;
        /** The most components that the rows of a multi-vector may have together. */
        public static final int MAX_COMPONENTS = 262_144;

        /** Returns how many rows there are. */
        public int rowCount() {
            return components.length / dimension;
        }

        /** Returns a copy of a row. */
        public float[] row(int index) {
            return Arrays.copyOfRange(components, index * dimension, (index + 1) * dimension);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Multi multi
                    && dimension == multi.dimension
                    && Arrays.equals(components, multi.components);
        }

        @Override
        public int hashCode() {
            return 31 * dimension + Arrays.hashCode(components);
        }
    }

    /** Returns a dense vector. */
    static VectorData of(float... components) {
        return new Dense(components);
    }

    /** Returns about how many bytes its components take. */
    default long byteCount() {
        return switch (this) {
            case Dense(float[] components) -> (long) components.length * Float.BYTES;
            case Sparse(int[] indices, float[] values) ->
                (long) indices.length * Integer.BYTES + (long) values.length * Float.BYTES;
            case Multi(int _, float[] components) -> (long) components.length * Float.BYTES + 2L * Integer.BYTES;
        };
    }
}
