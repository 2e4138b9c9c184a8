package io.knarr.client;

/** How two vectors are compared. */
public enum Metric {
    /** Cosine similarity, -1 to 1, larger is nearer. A zero vector scores 0. */
    COSINE,
    /** Inner product, larger is nearer. */
    DOT,
    /** Euclidean distance, smaller is nearer. */
    EUCLID,
    /** Manhattan distance, smaller is nearer. */
    MANHATTAN
}
