package io.knarr.server.index;

import io.knarr.server.model.Account;

/** Makes the backend of an account; what the cache of backends calls, once per life in memory. Blocks on the disk for a small read. */
@FunctionalInterface
public interface BackendLoader {
    /** Returns a new backend; it loads its collections when they are first used. */
    AccountBackend load(Account account);

    /** Told that an account has been deleted, durably: what lies beside the store may go. Must not fail. */
    default void deleted(Account account) {}
}
