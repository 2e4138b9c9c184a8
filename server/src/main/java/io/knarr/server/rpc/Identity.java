package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import io.grpc.Context;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.AccountId;
import java.util.Optional;
import java.util.UUID;

/**
 * Who a call is from, and which account it acts on. Made once per call, from its metadata; from there on an argument.
 *
 * @param account the account; empty only for root that names none
 * @param root whether the call has root's rights
 * @param incarnation the life of the account that the caller means; empty for whichever lives
 */
record Identity(Optional<AccountId> account, boolean root, Optional<UUID> incarnation) {
    /** Where the interceptor leaves the identity for the services. */
    static final Context.Key<Identity> KEY = Context.key("knarr-identity");

    Identity {
        requireNonNull(account, "account is null");
        requireNonNull(incarnation, "incarnation is null");
        if (account.isEmpty() && !root) {
            throw new IllegalArgumentException("Only root can act on no account");
        }
    }

    /**
     * Returns the account the call acts on.
     *
     * @throws ServiceException INVALID_FIELD if root names none
     */
    AccountId requireAccount() {
        return account.orElseThrow(() -> ServiceException.atField(
                ErrorCode.INVALID_FIELD,
                CallClaims.ACCOUNT_FIELD,
                "Root must name the account the call acts on, in the metadata x-account-id"));
    }
}
