package io.knarr.server.account;

import io.knarr.server.index.AccountBackend;

/** A borrowed backend. Close it when the call is done: the backend is not closed before the last lease is. Not thread-safe. */
public interface AccountLease extends AutoCloseable {
    /** Returns the backend. */
    AccountBackend backend();

    /** Gives the backend back. A second call does nothing. */
    @Override
    void close();
}
