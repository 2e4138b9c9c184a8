package io.knarr.server.model;

/** What the vectors of one name are made of. */
public enum VectorKind {
    /** A number for each dimension. */
    DENSE,
    /** Numbers for a few indices out of 2^32. */
    SPARSE,
    /** Several dense vectors of one dimension. */
    MULTI
}
