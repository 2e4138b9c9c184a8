package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;
import io.knarr.v1.DeleteCollectionRequest;
import io.knarr.v1.DeleteCollectionResponse;
import java.util.Optional;
import java.util.UUID;

/** Answers DeleteCollection. */
final class DeleteCollectionHandler implements RpcHandler<DeleteCollectionRequest, DeleteCollectionResponse> {
    private final AccountAccess accounts;

    @Inject
    DeleteCollectionHandler(AccountAccess accounts) {
        this.accounts = requireNonNull(accounts, "accounts is null");
    }

    @Override
    public DeleteCollectionResponse handle(Identity identity, DeleteCollectionRequest request, CallDeadline deadline) {
        String name = NameMapper.collection(request.getName(), FieldPath.of("name"));
        Optional<UUID> incarnation = NameMapper.incarnation(request.getIncarnation(), FieldPath.of("incarnation"));
        try (AccountLease lease = accounts.existing(identity, deadline)) {
            boolean deleted = lease.backend().deleteCollection(name, incarnation, deadline);
            if (!deleted && !request.getAllowMissing()) {
                throw new ServiceException(ErrorCode.COLLECTION_NOT_FOUND, "The account has no such collection")
                        .with("collection", name);
            }
            return DeleteCollectionResponse.newBuilder().setDeleted(deleted).build();
        } catch (ServiceException e) {
            // An account that is made by its first write has no collections before that, and a caller who may find
            // nothing to
            // delete must not have to tell that from an account without this one.
            if (e.code() == ErrorCode.ACCOUNT_NOT_FOUND && request.getAllowMissing()) {
                return DeleteCollectionResponse.newBuilder().setDeleted(false).build();
            }
            throw e;
        }
    }
}
