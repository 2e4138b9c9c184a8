package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Schema;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.CreateCollectionResponse;
import java.time.Duration;
import java.util.Optional;

/** Answers CreateCollection. */
final class CreateCollectionHandler implements RpcHandler<CreateCollectionRequest, CreateCollectionResponse> {
    private final AccountAccess accounts;

    @Inject
    CreateCollectionHandler(AccountAccess accounts) {
        this.accounts = requireNonNull(accounts, "accounts is null");
    }

    @Override
    public CreateCollectionResponse handle(Identity identity, CreateCollectionRequest request, CallDeadline deadline) {
        String name = NameMapper.collection(request.getName(), FieldPath.of("name"));
        Schema schema = CollectionMapper.toSchema(request.getSchema(), FieldPath.of("schema"));
        Optional<Duration> defaultTtl = request.hasDefaultTtl()
                ? Optional.of(CollectionMapper.toTtl(request.getDefaultTtl(), FieldPath.of("default_ttl")))
                : Optional.empty();
        try (AccountLease lease = accounts.existingOrNew(identity, deadline)) {
            return CreateCollectionResponse.newBuilder()
                    .setCollection(CollectionMapper.toProto(
                            lease.backend().createCollection(name, schema, defaultTtl, deadline)))
                    .build();
        }
    }
}
