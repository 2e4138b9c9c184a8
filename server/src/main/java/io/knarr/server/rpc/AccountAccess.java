package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountBackends;
import io.knarr.server.account.AccountLease;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;

/** Borrows the backends of the accounts that calls act on. Thread-safe. */
final class AccountAccess {
    private final AccountBackends backends;
    private final RpcConfig config;

    @Inject
    AccountAccess(AccountBackends backends, RpcConfig config) {
        this.backends = requireNonNull(backends, "backends is null");
        this.config = requireNonNull(config, "config is null");
    }

    /**
     * Borrows the backend of an account that exists.
     *
     * @throws ServiceException ACCOUNT_NOT_FOUND, INCARNATION_MISMATCH, ACCOUNT_LOAD_TIMEOUT, MEMORY_EXHAUSTED, SERVER_STOPPING
     */
    AccountLease existing(Identity identity, CallDeadline deadline) {
        return backends.acquire(identity.requireAccount(), identity.incarnation(), deadline);
    }

    /** As {@link #existing}, but makes the account if it does not exist and the server is set to do so. */
    AccountLease existingOrNew(Identity identity, CallDeadline deadline) {
        return config.implicitAccounts()
                ? backends.acquireOrCreate(identity.requireAccount(), identity.incarnation(), deadline)
                : existing(identity, deadline);
    }
}
