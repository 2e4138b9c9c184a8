package io.knarr.server.engine.kernel;

/** Vouches for memory that came from a file. Thread-safe. */
@FunctionalInterface
public interface MemoryVerifier {
    /** Looks at bytes before they are used, unless it has before. Throws if they are not what was written. */
    void verify(long offset, long length);
}
