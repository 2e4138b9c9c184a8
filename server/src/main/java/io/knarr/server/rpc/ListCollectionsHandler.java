package io.knarr.server.rpc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Collection;
import io.knarr.server.model.Page;
import io.knarr.v1.ListCollectionsRequest;
import io.knarr.v1.ListCollectionsResponse;
import java.util.Optional;

/** Answers ListCollections. */
final class ListCollectionsHandler implements RpcHandler<ListCollectionsRequest, ListCollectionsResponse> {
    private final AccountAccess accounts;

    @Inject
    ListCollectionsHandler(AccountAccess accounts) {
        this.accounts = requireNonNull(accounts, "accounts is null");
    }

    @Override
    public ListCollectionsResponse handle(Identity identity, ListCollectionsRequest request, CallDeadline deadline) {
        int pageSize = PageSize.of(request.getPageSize(), PageSize.MAX_NAMES);
        try (AccountLease lease = accounts.existing(identity, deadline)) {
            PageToken tokens = PageToken.of("collections")
                    .boundTo(lease.backend().account().incarnation());
            Optional<String> after = tokens.decode(request.getPageToken()).map(key -> new String(key, UTF_8));

            Page<Collection, String> page = lease.backend().listCollections(pageSize, after);

            ListCollectionsResponse.Builder response = ListCollectionsResponse.newBuilder();
            page.items().forEach(collection -> response.addCollections(CollectionMapper.toProto(collection)));
            page.next().ifPresent(next -> response.setNextPageToken(tokens.encode(next.getBytes(UTF_8))));
            return response.build();
        }
    }
}
