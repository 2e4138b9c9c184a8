package io.knarr.server.account;

/** What the cache needs to know of the things it holds. */
interface CachedBackend extends AutoCloseable {
    /** Returns the bytes it takes in memory now. Cheap, callable by any thread that holds a lease; may grow and shrink between calls. */
    long footprintBytes();

    /** Frees it. Called once, when nobody holds a lease any more. */
    @Override
    void close();
}
