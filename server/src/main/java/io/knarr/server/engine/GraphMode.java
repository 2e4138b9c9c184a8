package io.knarr.server.engine;

/** What a graph keeps beside each vector. */
public enum GraphMode {
    /** A block per vector with its neighbours' codes in it: fastest, some 2 kB at 384 dimensions. */
    FAST,
    /** Neighbours' numbers alone, over the 7-bit codes that exact search has anyway. */
    COMPACT
}
