package io.knarr.server.engine;

import static java.util.Objects.requireNonNull;

import io.knarr.server.engine.kernel.ElementType;

/**
 * What the rows of an index look like.
 *
 * @param dimension how many components a row has, 1 to {@link VectorRows#MAX_DIMENSION}
 * @param type how a component lies in memory
 * @param unit whether rows are compared as if they were brought to unit length, though they are stored as they come: what small types hold
 *     is not of unit length
 */
public record RowForm(int dimension, ElementType type, boolean unit) {
    public RowForm {
        requireNonNull(type, "type is null");
        if (dimension < 1 || dimension > VectorRows.MAX_DIMENSION) {
            throw new IllegalArgumentException("the dimension is out of range; dimension=" + dimension);
        }
    }

    /** Returns the form of rows that are compared as they are. */
    static RowForm of(int dimension, ElementType type) {
        return new RowForm(dimension, type, false);
    }
}
