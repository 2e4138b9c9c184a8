package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.grpc.stub.StreamObserver;
import io.knarr.v1.BatchSearchRequest;
import io.knarr.v1.BatchSearchResponse;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.SearchResponse;
import io.knarr.v1.SearchServiceGrpc;

/** Binds SearchService to its handlers. */
final class SearchGrpcService extends SearchServiceGrpc.SearchServiceImplBase {
    private final UnaryCall call;
    private final SearchHandler search;
    private final BatchSearchHandler batchSearch;

    @Inject
    SearchGrpcService(UnaryCall call, SearchHandler search, BatchSearchHandler batchSearch) {
        this.call = requireNonNull(call, "call is null");
        this.search = requireNonNull(search, "search is null");
        this.batchSearch = requireNonNull(batchSearch, "batchSearch is null");
    }

    @Override
    public void search(SearchRequest request, StreamObserver<SearchResponse> observer) {
        call.answer(request, observer, search);
    }

    @Override
    public void batchSearch(BatchSearchRequest request, StreamObserver<BatchSearchResponse> observer) {
        call.answer(request, observer, batchSearch);
    }
}
