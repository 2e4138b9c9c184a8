package io.knarr.client;

/** What the vectors of one name are made of. */
public enum VectorKind {
    /** A number for each dimension. */
    DENSE,
    /** Numbers for a few indices: {@link SparseVector}. */
    SPARSE,
    /** Several dense vectors of one dimension, compared by MaxSim: {@link MultiVector}. */
    MULTI
}
