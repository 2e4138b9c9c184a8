package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.BatchedSearch;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.SearchAnswer;
import io.knarr.server.model.SearchLimits;
import io.knarr.v1.BatchSearchRequest;
import io.knarr.v1.BatchSearchResponse;
import io.knarr.v1.SearchRequest;
import java.util.ArrayList;
import java.util.List;

/** Answers BatchSearch: several searches of one collection, each with its own result or error. */
final class BatchSearchHandler implements RpcHandler<BatchSearchRequest, BatchSearchResponse> {
    private final AccountAccess accounts;
    private final Limits limits;

    @Inject
    BatchSearchHandler(AccountAccess accounts, Limits limits) {
        this.accounts = requireNonNull(accounts, "accounts is null");
        this.limits = requireNonNull(limits, "limits is null");
    }

    @Override
    public BatchSearchResponse handle(Identity identity, BatchSearchRequest request, CallDeadline deadline) {
        String collection = NameMapper.collection(request.getCollection(), FieldPath.of("collection"));
        FieldPath path = FieldPath.of("searches");
        if (request.getSearchesCount() == 0) {
            throw Rejections.invalid(path, "At least one search is needed");
        }
        if (request.getSearchesCount() > SearchLimits.MAX_BATCH_SEARCHES) {
            throw Rejections.limit(
                    path, "Too many searches in one call", SearchLimits.MAX_BATCH_SEARCHES, request.getSearchesCount());
        }
        List<BatchedSearch> searches = new ArrayList<>(request.getSearchesCount());
        for (SearchRequest search : request.getSearchesList()) {
            searches.add(toSearch(search, collection));
        }
        BatchSearchResponse.Builder response = BatchSearchResponse.newBuilder();
        try (AccountLease lease = accounts.existing(identity, deadline)) {
            for (SearchAnswer answer :
                    lease.backend().searchBatch(collection, searches, limits.maxCallBytes(), deadline)) {
                switch (answer) {
                    case SearchAnswer.Found(var result) ->
                        response.addResultsBuilder().setResponse(SearchMapper.toResponse(result));
                    case SearchAnswer.Failed(ServiceException failure) ->
                        response.addResultsBuilder().setError(StatusMapper.toSearchError(failure));
                }
            }
        }
        return response.build();
    }

    /** What is wrong with one search is its own: the others are done. */
    private BatchedSearch toSearch(SearchRequest search, String collection) {
        try {
            if (!search.getCollection().isEmpty() && !search.getCollection().equals(collection)) {
                throw Rejections.invalid(
                        FieldPath.of("collection"), "The searches of one call are all of its collection");
            }
            SearchRequest whole = search.toBuilder().setCollection(collection).build();
            return new BatchedSearch.Wanted(SearchMapper.toQuery(whole, limits));
        } catch (ServiceException e) {
            return new BatchedSearch.Refused(e);
        }
    }
}
