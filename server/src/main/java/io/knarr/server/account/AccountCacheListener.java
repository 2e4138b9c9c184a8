package io.knarr.server.account;

/** Hears what the cache of accounts does, to count it. Called on the thread that did it, with no lock held; must be quick and not throw. */
public interface AccountCacheListener {
    /** A listener that ignores everything. */
    AccountCacheListener NONE = new AccountCacheListener() {};

    /** An account came into memory, {@code nanos} after its load began. */
    default void loaded(long nanos) {}

    /** A load failed, {@code nanos} after it began; an account that does not exist counts here too. */
    default void loadFailed(long nanos) {}

    /** An account left memory: its backend is closed. */
    default void evicted(EvictionCause cause) {}
}
