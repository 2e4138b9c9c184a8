package io.knarr.server.engine;

/** How the engine compares two vectors. Cosine similarity is {@link #DOT} of rows and query brought to unit length. */
public enum Similarity {
    /** Inner product; larger is nearer. */
    DOT(true),
    /** Square of the Euclidean distance; smaller is nearer. */
    SQUARED_EUCLID(false),
    /** Manhattan distance; smaller is nearer. */
    MANHATTAN(false);

    private final boolean largerIsNearer;

    Similarity(boolean largerIsNearer) {
        this.largerIsNearer = largerIsNearer;
    }

    /** Returns whether a larger score means nearer. */
    public boolean largerIsNearer() {
        return largerIsNearer;
    }
}
