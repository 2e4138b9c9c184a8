package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountBackends;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.CallDeadline;
import io.knarr.v1.DeleteAccountRequest;
import io.knarr.v1.DeleteAccountResponse;
import java.util.Optional;
import java.util.UUID;

/** Answers DeleteAccount. */
final class DeleteAccountHandler implements RpcHandler<DeleteAccountRequest, DeleteAccountResponse> {
    private final AccountBackends backends;

    @Inject
    DeleteAccountHandler(AccountBackends backends) {
        this.backends = requireNonNull(backends, "backends is null");
    }

    @Override
    public DeleteAccountResponse handle(Identity identity, DeleteAccountRequest request, CallDeadline deadline) {
        AccountId id = NameMapper.account(request.getAccountId(), FieldPath.of("account_id"));
        Optional<UUID> incarnation = NameMapper.incarnation(request.getIncarnation(), FieldPath.of("incarnation"));

        boolean deleted = backends.delete(id, incarnation, deadline);

        if (!deleted && !request.getAllowMissing()) {
            throw new ServiceException(ErrorCode.ACCOUNT_NOT_FOUND, "There is no such account").with("account", id);
        }
        return DeleteAccountResponse.newBuilder().setDeleted(deleted).build();
    }
}
