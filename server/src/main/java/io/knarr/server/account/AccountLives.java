package io.knarr.server.account;

import static java.util.Objects.requireNonNull;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.Account;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.CallDeadline;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Keeps the directory of accounts and the cache of their backends in step. Whatever {@link AccountBackends} promises is kept here, over
 * any kind of backend. Thread-safe.
 */
final class AccountLives<B extends AccountLives.Life> implements AutoCloseable {
    /** A backend that says whose it is. */
    interface Life extends CachedBackend {
        /** Returns the life of the account that this backend serves. */
        Account account();
    }

    /*
     * The invariant: a backend in the cache belongs to the life of the account that the directory holds.
     *
     * - A load asks the directory while its slot is in the cache, so what it finds is the life that is, and it stays so as
     *   long as the slot is there, because
     * - a life ends (directory.delete) only inside callAlone: no slot, no backend, no load of that id, and
     * - a life begins (directory.create) only where there is none, and then no backend is there either: the last one
     *   belonged to a life that has ended.
     *
     * So create needs no exclusion against the cache, and the incarnation that a caller expects is compared with the
     * backend it was lent: no second look at the disk, and no moment between the look and the use.
     *
     * What a call meets that comes while its account is being deleted: it waits for the outcome. If the account is
     * deleted, its load finds nothing (ACCOUNT_NOT_FOUND). If the deletion gave up (its deadline, the disk), the account
     * is loaded as if nothing had been. To fail at once would be a lie in that second case.
     */
    private final AccountDirectory directory;
    private final LeaseCache<AccountId, B> cache;

    AccountLives(
            AccountDirectory directory,
            Function<Account, B> loader,
            AccountCacheConfig config,
            Executor loading,
            LongSupplier nanos,
            AccountCacheListener listener) {
        this.directory = requireNonNull(directory, "directory is null");
        requireNonNull(loader, "loader is null");
        // On the loading pool already, so the directory is asked on this thread.
        this.cache = new LeaseCache<>(
                id -> loader.apply(directory.findHere(id).orElseThrow(() -> notFound(id))),
                config,
                loading,
                nanos,
                listener);
    }

    LeaseCache.Lease<B> acquire(AccountId id, Optional<UUID> incarnation, CallDeadline deadline) {
        LeaseCache.Lease<B> lease = cache.acquire(id, deadline);
        try {
            AccountDirectory.requireIncarnation(lease.backend().account(), incarnation);
            return lease;
        } catch (RuntimeException e) {
            lease.close();
            throw e;
        }
    }

    LeaseCache.Lease<B> acquireOrCreate(AccountId id, Optional<UUID> incarnation, CallDeadline deadline) {
        while (true) {
            try {
                return acquire(id, incarnation, deadline);
            } catch (ServiceException e) {
                if (e.code() != ErrorCode.ACCOUNT_NOT_FOUND || incarnation.isPresent()) {
                    throw e;
                }
            }
            // Round again if somebody deletes it in between, as long as the caller has patience.
            deadline.check();
            createUnlessThere(id);
        }
    }

    private void createUnlessThere(AccountId id) {
        try {
            directory.create(id);
        } catch (ServiceException e) {
            if (e.code() != ErrorCode.ACCOUNT_EXISTS) { // somebody else was faster, and that is as good
                throw e;
            }
        }
    }

    boolean delete(AccountId id, Optional<UUID> incarnation, CallDeadline deadline) {
        deadline.check();
        // First, so that a caller who means another life, or none, disturbs nobody. It is checked again where it
        // counts.
        Optional<Account> account = directory.find(id);
        if (account.isEmpty()) {
            return false;
        }
        AccountDirectory.requireIncarnation(account.get(), incarnation);
        return cache.callAlone(id, EvictionCause.DELETED, deadline, () -> directory.delete(id, incarnation));
    }

    void evict(AccountId id) {
        cache.evict(id, EvictionCause.REQUESTED);
    }

    void runMaintenance() {
        cache.runMaintenance();
    }

    int loadedCount() {
        return cache.loadedCount();
    }

    long loadedBytes() {
        return cache.loadedBytes();
    }

    @Override
    public void close() {
        cache.close();
    }

    private static ServiceException notFound(AccountId id) {
        return new ServiceException(ErrorCode.ACCOUNT_NOT_FOUND, "There is no such account").with("account", id);
    }
}
