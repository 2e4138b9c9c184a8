package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.SchemaGrowth;
import io.knarr.v1.UpdateCollectionRequest;
import io.knarr.v1.UpdateCollectionResponse;
import java.util.Optional;
import java.util.UUID;

/** Answers UpdateCollection. */
final class UpdateCollectionHandler implements RpcHandler<UpdateCollectionRequest, UpdateCollectionResponse> {
    private final AccountAccess accounts;

    @Inject
    UpdateCollectionHandler(AccountAccess accounts) {
        this.accounts = requireNonNull(accounts, "accounts is null");
    }

    @Override
    public UpdateCollectionResponse handle(Identity identity, UpdateCollectionRequest request, CallDeadline deadline) {
        String name = NameMapper.collection(request.getName(), FieldPath.of("name"));
        Optional<UUID> incarnation = NameMapper.incarnation(request.getIncarnation(), FieldPath.of("incarnation"));
        SchemaGrowth growth = CollectionMapper.toGrowth(request);
        try (AccountLease lease = accounts.existing(identity, deadline)) {
            return UpdateCollectionResponse.newBuilder()
                    .setCollection(CollectionMapper.toProto(
                            lease.backend().growCollection(name, incarnation, growth, deadline)))
                    .build();
        }
    }
}
