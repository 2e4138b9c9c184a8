package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.grpc.stub.StreamObserver;
import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.CreateCollectionResponse;
import io.knarr.v1.DeleteCollectionRequest;
import io.knarr.v1.DeleteCollectionResponse;
import io.knarr.v1.GetCollectionRequest;
import io.knarr.v1.GetCollectionResponse;
import io.knarr.v1.ListCollectionsRequest;
import io.knarr.v1.ListCollectionsResponse;
import io.knarr.v1.UpdateCollectionRequest;
import io.knarr.v1.UpdateCollectionResponse;

/** Binds CollectionService to its handlers. */
final class CollectionGrpcService extends CollectionServiceGrpc.CollectionServiceImplBase {
    private final UnaryCall call;
    private final CreateCollectionHandler createCollection;
    private final GetCollectionHandler getCollection;
    private final ListCollectionsHandler listCollections;
    private final UpdateCollectionHandler updateCollection;
    private final DeleteCollectionHandler deleteCollection;

    @Inject
    CollectionGrpcService(
            UnaryCall call,
            CreateCollectionHandler createCollection,
            GetCollectionHandler getCollection,
            ListCollectionsHandler listCollections,
            UpdateCollectionHandler updateCollection,
            DeleteCollectionHandler deleteCollection) {
        this.call = requireNonNull(call, "call is null");
        this.createCollection = requireNonNull(createCollection, "createCollection is null");
        this.getCollection = requireNonNull(getCollection, "getCollection is null");
        this.listCollections = requireNonNull(listCollections, "listCollections is null");
        this.updateCollection = requireNonNull(updateCollection, "updateCollection is null");
        this.deleteCollection = requireNonNull(deleteCollection, "deleteCollection is null");
    }

    @Override
    public void createCollection(CreateCollectionRequest request, StreamObserver<CreateCollectionResponse> observer) {
        call.answer(request, observer, createCollection);
    }

    @Override
    public void getCollection(GetCollectionRequest request, StreamObserver<GetCollectionResponse> observer) {
        call.answer(request, observer, getCollection);
    }

    @Override
    public void listCollections(ListCollectionsRequest request, StreamObserver<ListCollectionsResponse> observer) {
        call.answer(request, observer, listCollections);
    }

    @Override
    public void updateCollection(UpdateCollectionRequest request, StreamObserver<UpdateCollectionResponse> observer) {
        call.answer(request, observer, updateCollection);
    }

    @Override
    public void deleteCollection(DeleteCollectionRequest request, StreamObserver<DeleteCollectionResponse> observer) {
        call.answer(request, observer, deleteCollection);
    }
}
