package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Collection;
import io.knarr.v1.GetCollectionRequest;
import io.knarr.v1.GetCollectionResponse;
import java.util.Optional;

/** Answers GetCollection. */
final class GetCollectionHandler implements RpcHandler<GetCollectionRequest, GetCollectionResponse> {
    private final AccountAccess accounts;

    @Inject
    GetCollectionHandler(AccountAccess accounts) {
        this.accounts = requireNonNull(accounts, "accounts is null");
    }

    @Override
    public GetCollectionResponse handle(Identity identity, GetCollectionRequest request, CallDeadline deadline) {
        String name = NameMapper.collection(request.getName(), FieldPath.of("name"));
        try (AccountLease lease = accounts.existing(identity, deadline)) {
            Collection collection = lease.backend().collection(name);
            long recordCount = lease.backend().count(name, Optional.empty(), deadline);
            return GetCollectionResponse.newBuilder()
                    .setCollection(
                            CollectionMapper.toProto(collection).toBuilder().setRecordCount(recordCount))
                    .build();
        }
    }
}
