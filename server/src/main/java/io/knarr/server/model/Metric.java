package io.knarr.server.model;

/** How two vectors are compared, and which way is nearer. */
public enum Metric {
    /** Cosine similarity, -1 to 1; larger is nearer. A zero vector scores 0 against everything. */
    COSINE(true),
    /** Inner product; larger is nearer. */
    DOT(true),
    /** Euclidean distance, the square root; smaller is nearer. */
    EUCLID(false),
    /** Manhattan distance; smaller is nearer. */
    MANHATTAN(false);

    private final boolean largerIsNearer;

    Metric(boolean largerIsNearer) {
        this.largerIsNearer = largerIsNearer;
    }

    /** Returns whether a larger score means nearer. */
    public boolean largerIsNearer() {
        return largerIsNearer;
    }
}
