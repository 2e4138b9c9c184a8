package io.knarr.server.account;

import io.knarr.server.model.Account;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.Page;
import java.util.Optional;
import java.util.UUID;

/** The durable list of accounts. Looked up in the store each time, so accounts that nobody uses take no memory. Thread-safe. */
public final class AccountDirectory {
    /** Returns the account of that id that lives now. */
    public Optional<Account> find(AccountId id) {
        return io.knarr.server.error.Later.body();
    }

    /** Creates an account, durably. @throws ServiceException ACCOUNT_EXISTS */
    public Account create(AccountId id) {
        return io.knarr.server.error.Later.body();
    }

    /** Lists accounts by id. */
    public Page<Account, AccountId> list(String prefix, int pageSize, Optional<AccountId> after) {
        return io.knarr.server.error.Later.body();
    }

    /** Removes an account with everything in it, durably, in one step. Returns whether there was one. @throws ServiceException INCARNATION_MISMATCH */
    public boolean delete(AccountId id, Optional<UUID> incarnation) {
        return io.knarr.server.error.Later.body();
    }
}
