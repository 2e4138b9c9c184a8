package io.knarr.server.account;

import static java.util.Objects.requireNonNull;

import io.knarr.server.error.ServiceException;
import io.knarr.server.index.AccountBackend;
import io.knarr.server.index.BackendLoader;
import io.knarr.server.model.Account;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.CallDeadline;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.function.LongSupplier;

/**
 * The accounts that are in memory. At most one backend of an account is alive at any time, and it is that of the account's life of now.
 *
 * <p>Thread-safe; methods that wait are for virtual threads. A thread must not acquire an account of which it already holds a lease: if
 * that account is being evicted, it would wait for itself.
 */
public final class AccountBackends implements AutoCloseable {
    private final AccountLives<LoadedAccount> lives;

    /**
     * Makes an empty cache. Nothing runs by itself: {@link #runMaintenance} is to be called every {@link
     * AccountCacheConfig#maintenanceInterval}.
     *
     * @param loading where backends are loaded and closed
     * @param nanos the time by which idleness is measured, as {@link System#nanoTime}
     */
    public AccountBackends(
            AccountDirectory directory,
            BackendLoader loader,
            AccountCacheConfig config,
            ExecutorService loading,
            LongSupplier nanos,
            AccountCacheListener listener) {
        requireNonNull(loader, "loader is null");
        this.lives = new AccountLives<>(
                directory, account -> new LoadedAccount(loader.load(account)), config, loading, nanos, listener);
    }

    /**
     * Borrows the backend of an account that exists, loading it if need be.
     *
     * @param incarnation the life the caller means; empty for whichever lives
     * @throws ServiceException ACCOUNT_NOT_FOUND, INCARNATION_MISMATCH, ACCOUNT_LOAD_TIMEOUT, MEMORY_EXHAUSTED, TOO_MANY_CALLS,
     *     SERVER_STOPPING, RECORD_CORRUPT, STORE_UNAVAILABLE, and those of the deadline
     */
    public AccountLease acquire(AccountId id, Optional<UUID> incarnation, CallDeadline deadline) {
        return leaseOf(lives.acquire(id, incarnation, deadline));
    }

    /** As {@link #acquire}, but creates the account if it does not exist and no incarnation is expected. */
    public AccountLease acquireOrCreate(AccountId id, Optional<UUID> incarnation, CallDeadline deadline) {
        return leaseOf(lives.acquireOrCreate(id, incarnation, deadline));
    }

    /**
     * Deletes an account: from here on no call gets it; those under way end first. A call that comes meanwhile waits, and then finds no
     * account, or the next one of that name. Returns whether there was one.
     *
     * @throws ServiceException INCARNATION_MISMATCH; DEADLINE_EXCEEDED if the calls under way did not end in time, and the account is as
     *     it was; STORE_UNAVAILABLE, and then it is unknown whether it is deleted
     */
    public boolean delete(AccountId id, Optional<UUID> incarnation, CallDeadline deadline) {
        return lives.delete(id, incarnation, deadline);
    }

    /** Lets an account go, if it is in memory; it is loaded again when next used. Does not wait for calls under way. */
    public void evict(AccountId id) {
        lives.evict(id);
    }

    /** Evicts accounts that were idle too long, and those that no longer fit. For one background thread. */
    public void runMaintenance() {
        lives.runMaintenance();
    }

    /** Returns how many accounts are in memory. */
    public int loadedCount() {
        return lives.loadedCount();
    }

    /** Returns the bytes that the accounts in memory take, each as last measured. */
    public long loadedBytes() {
        return lives.loadedBytes();
    }

    /**
     * Refuses new leases, waits for those out, closes every backend. An account still in use when the drain timeout is over is left
     * as it is, and logged.
     */
    @Override
    public void close() {
        lives.close();
    }

    private static AccountLease leaseOf(LeaseCache.Lease<LoadedAccount> lease) {
        return new AccountLease() {
            @Override
            public AccountBackend backend() {
                return lease.backend().backend();
            }

            @Override
            public void close() {
                lease.close();
            }
        };
    }

    /** A backend as the cache sees it; {@code index} does not know of the cache. */
    private record LoadedAccount(AccountBackend backend) implements AccountLives.Life {
        @Override
        public Account account() {
            return backend.account();
        }

        @Override
        public long footprintBytes() {
            return backend.footprintBytes();
        }

        @Override
        public void close() {
            backend.close();
        }
    }
}
