package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.SearchQuery;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.SearchResponse;

/** Answers Search: the records of one account that are nearest to a query. */
final class SearchHandler implements RpcHandler<SearchRequest, SearchResponse> {
    private final AccountAccess accounts;
    private final Limits limits;

    @Inject
    SearchHandler(AccountAccess accounts, Limits limits) {
        this.accounts = requireNonNull(accounts, "accounts is null");
        this.limits = requireNonNull(limits, "limits is null");
    }

    @Override
    public SearchResponse handle(Identity identity, SearchRequest request, CallDeadline deadline) {
        SearchQuery query = SearchMapper.toQuery(request, limits); // throws ServiceException, naming field and limit
        try (AccountLease lease = accounts.existing(identity, deadline)) {
            return SearchMapper.toResponse(lease.backend().search(query, limits.maxCallBytes(), deadline));
        }
    }
}
