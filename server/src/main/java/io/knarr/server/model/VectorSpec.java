package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

/**
 * A named vector of a collection.
 *
 * @param name see {@link Names}
 * @param kind what it is made of
 * @param dimension components of a dense vector, or of each row of a multi-vector, 1 to {@value #MAX_DIMENSION}; 0 of a sparse one
 * @param metric how two are compared; sparse ones by their inner product; rows of multi-vectors by that or by their cosine
 * @param element what each component of a stored dense vector or multi-vector is; float32 of a sparse one
 * @param idf whether the components of a sparse query are multiplied by how rare their indices are
 */
public record VectorSpec(
        String name, VectorKind kind, int dimension, Metric metric, VectorElement element, boolean idf) {
    /** The most components a vector may have. */
    public static final int MAX_DIMENSION = 65_536;

    public VectorSpec {
        requireNonNull(kind, "kind is null");
        requireNonNull(metric, "metric is null");
        requireNonNull(element, "element is null");
        if (!Names.isValid(name)) {
            throw new IllegalArgumentException("Not a vector name");
        }
        switch (kind) {
            case DENSE, MULTI -> {
                if (dimension < 1 || dimension > MAX_DIMENSION || idf) {
                    throw new IllegalArgumentException("Dimension must be 1 to " + MAX_DIMENSION + ": " + dimension);
                }
                if (kind == VectorKind.MULTI && (metric == Metric.EUCLID || metric == Metric.MANHATTAN)) {
                    throw new IllegalArgumentException("Rows of multi-vectors are compared by COSINE or DOT");
                }
            }
            case SPARSE -> {
                if (dimension != 0 || metric != Metric.DOT || element != VectorElement.FLOAT32) {
                    throw new IllegalArgumentException("A sparse vector has no dimension and is compared by DOT");
                }
            }
        }
    }

    /** Makes a dense vector of float32. */
    public VectorSpec(String name, int dimension, Metric metric) {
        this(name, dimension, metric, VectorElement.FLOAT32);
    }

    /** Makes a dense vector. */
    public VectorSpec(String name, int dimension, Metric metric, VectorElement element) {
        this(name, VectorKind.DENSE, dimension, metric, element, false);
    }

    /** Returns a multi-vector. */
    public static VectorSpec multi(String name, int dimension, Metric metric, VectorElement element) {
        return new VectorSpec(name, VectorKind.MULTI, dimension, metric, element, false);
    }

    /** Returns a sparse vector. */
    public static VectorSpec sparse(String name, boolean idf) {
        return new VectorSpec(name, VectorKind.SPARSE, 0, Metric.DOT, VectorElement.FLOAT32, idf);
    }
}
