package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.grpc.stub.StreamObserver;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.SearchResponse;
import io.knarr.v1.SearchServiceGrpc;

/** Binds SearchService to its handlers. */
final class SearchGrpcService extends SearchServiceGrpc.SearchServiceImplBase {
    private final UnaryCall call;
    private final SearchHandler search;

    @Inject
    SearchGrpcService(UnaryCall call, SearchHandler search) {
        this.call = requireNonNull(call, "call is null");
        this.search = requireNonNull(search, "search is null");
    }

    @Override
    public void search(SearchRequest request, StreamObserver<SearchResponse> observer) {
        call.answer(request, observer, search);
    }
}
