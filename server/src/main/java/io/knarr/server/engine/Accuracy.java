package io.knarr.server.engine;

/** How sure a search must be that nothing nearer exists. */
public enum Accuracy {
    /** Near enough, as fast as can be: a graph where there is one. */
    APPROXIMATE,
    /** Exact but for a chance of less than one in a million per neighbour, which the analysis of the estimator gives. */
    EXACT,
    /** Exact by proof: only bounds that cannot fail are used. */
    STRICT
}
