package io.knarr.server.model;

/** How much one search may ask for, whatever a server's settings. {@code GetLimits} publishes them. */
public final class SearchLimits {
    /** Searches of one batch. */
    public static final int MAX_BATCH_SEARCHES = 100;
    /** Positive and negative examples of a recommendation, together. */
    public static final int MAX_EXAMPLES = 64;
    /** Questions of one hybrid search. */
    public static final int MAX_HYBRID_PARTS = 8;
    /** Records that diverse hits are chosen from. */
    public static final int MAX_DIVERSITY_CANDIDATES = 1_000;

    private SearchLimits() {}
}
