package io.knarr.server.engine;

/** Helpers of one search, with a note of whether any took part: what such a search takes is not what one thread takes. For its own thread. */
final class NotedHelpers implements SearchHelpers {
    private final SearchHelpers helpers;
    private boolean tookPart;

    NotedHelpers(SearchHelpers helpers) {
        this.helpers = helpers;
    }

    @Override
    public boolean tryRun(Runnable share) {
        boolean taken = helpers.tryRun(share);
        tookPart |= taken;
        return taken;
    }

    @Override
    public long leastComponents() {
        return helpers.leastComponents();
    }

    /** Returns whether a thread took a share. */
    boolean tookPart() {
        return tookPart;
    }
}
