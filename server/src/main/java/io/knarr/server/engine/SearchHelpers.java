package io.knarr.server.engine;

/**
 * Threads that have nothing to do at the moment and may take a share of one large search. A search never waits for a helper to come: what
 * nobody takes, it does itself.
 */
@FunctionalInterface
public interface SearchHelpers {
    /** Nobody helps. */
    SearchHelpers NONE = _ -> false;

    /**
     * Hands a share of a search to a thread that is idle now. Does not block, and does not queue behind other work. The share ends by
     * itself, takes no longer than the search, and does nothing where it begins too late.
     *
     * @return whether a thread took it; otherwise it never runs
     */
    boolean tryRun(Runnable share);

    /**
     * Returns from how much work on a helper is asked for: that many components of sign codes, or what takes as long. By default some three hundred
     * microseconds; waking a thread, and waiting for its last slice, took as long as it saved at half of that.
     */
    default long leastComponents() {
        return 64L << 20;
    }
}
