package io.knarr.server.account;

import io.knarr.server.model.AccountId;
import io.knarr.server.model.CallDeadline;
import java.util.Optional;
import java.util.UUID;

/** The accounts that are in memory. At most one backend of an account is alive at any time. */
public final class AccountBackends implements AutoCloseable {
    /**
     * Borrows the backend of an account that exists, loading it if need be.
     *
     * @param incarnation the life the caller means; empty for whichever lives
     * @throws ServiceException ACCOUNT_NOT_FOUND, INCARNATION_MISMATCH, ACCOUNT_LOAD_TIMEOUT, MEMORY_EXHAUSTED, SERVER_STOPPING
     */
    public AccountLease acquire(AccountId id, Optional<UUID> incarnation, CallDeadline deadline) {
        return io.knarr.server.error.Later.body();
    }

    /** As {@link #acquire}, but creates the account if it does not exist and no incarnation is expected. */
    public AccountLease acquireOrCreate(AccountId id, Optional<UUID> incarnation, CallDeadline deadline) {
        return io.knarr.server.error.Later.body();
    }

    /** Deletes an account: from here on no call finds it; calls under way end first or fail. Returns whether there was one. */
    public boolean delete(AccountId id, Optional<UUID> incarnation, CallDeadline deadline) {
        return io.knarr.server.error.Later.body();
    }

    /** Lets an account go, if it is in memory; it is loaded again when next used. Does not wait for calls under way. */
    public void evict(AccountId id) {
        io.knarr.server.error.Later.<Object>body();
    }

    /** Refuses new leases, waits for those out, closes every backend. */
    @Override
    public void close() {
        io.knarr.server.error.Later.<Object>body();
    }
}
