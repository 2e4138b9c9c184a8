package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

/**
 * A named vector of a collection.
 *
 * @param name see {@link Names}
 * @param dimension components, 1 to {@value #MAX_DIMENSION}
 * @param metric how two are compared
 */
public record VectorSpec(String name, int dimension, Metric metric) {
    /** The most components a vector may have. */
    public static final int MAX_DIMENSION = 65_536;

    public VectorSpec {
        requireNonNull(metric, "metric is null");
        if (!Names.isValid(name)) {
            throw new IllegalArgumentException("Not a vector name");
        }
        if (dimension < 1 || dimension > MAX_DIMENSION) {
            throw new IllegalArgumentException("Dimension must be 1 to " + MAX_DIMENSION + ": " + dimension);
        }
    }
}
