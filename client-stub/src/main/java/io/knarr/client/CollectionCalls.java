package io.knarr.client;

import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.DeleteCollectionRequest;
import io.knarr.v1.DeleteCollectionResponse;
import io.knarr.v1.GetCollectionRequest;
import io.knarr.v1.ListCollectionsRequest;
import io.knarr.v1.UpdateCollectionRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Calls about the collections of one account. Thread-safe. Each method throws {@link KnarrException}. */
public final class CollectionCalls {
    private static final int PAGE_SIZE = 500;

    private final UnaryCalls calls;

    CollectionCalls(UnaryCalls calls) {
        this.calls = calls;
    }

    /** Creates a collection; durable on return. {@code COLLECTION_EXISTS} when there is one of that name. Never tried again by itself. */
    public CollectionInfo create(String name, CollectionSchema schema) {
        return UnaryCalls.await(createAsync(name, schema));
    }

    /** Starts {@link #create}. */
    public CompletableFuture<CollectionInfo> createAsync(String name, CollectionSchema schema) {
        return calls.start(
                CollectionServiceGrpc.getCreateCollectionMethod(),
                CallKind.ADMIN,
                CreateCollectionRequest.newBuilder()
                        .setName(name)
                        .setSchema(WireResources.encode(schema))
                        .build(),
                response -> WireResources.decode(response.getCollection()));
    }

    /**
     * Declares fields and adds vectors while the collection serves; durable and in effect on return. {@code FIELD_IN_USE} when records
     * have other values in such a field. What is there in the same way already is no error, so it can be repeated.
     */
    public CollectionInfo grow(
            String name, List<CollectionSchema.Field> fields, List<CollectionSchema.Vector> vectors) {
        UpdateCollectionRequest.Builder request =
                UpdateCollectionRequest.newBuilder().setName(name);
        fields.forEach(field -> request.addAddFields(WireResources.encode(field)));
        vectors.forEach(vector -> request.addAddVectors(WireResources.encode(vector)));
        return calls.call(
                CollectionServiceGrpc.getUpdateCollectionMethod(),
                CallKind.ADMIN,
                request.build(),
                response -> WireResources.decode(response.getCollection()));
    }

    /**
     * Changes how long records live that are written from now on without a time to expire; empty: for ever. What was written before keeps the time
     * to expire that it has. Durable and in effect on return; it can be repeated.
     */
    public CollectionInfo changeDefaultTtl(String name, Optional<Duration> ttl) {
        UpdateCollectionRequest.Builder request =
                UpdateCollectionRequest.newBuilder().setName(name).setClearDefaultTtl(ttl.isEmpty());
        ttl.ifPresent(time -> request.setDefaultTtl(com.google.protobuf.Duration.newBuilder()
                .setSeconds(time.getSeconds())
                .setNanos(time.getNano())));
        return calls.call(
                CollectionServiceGrpc.getUpdateCollectionMethod(),
                CallKind.ADMIN,
                request.build(),
                response -> WireResources.decode(response.getCollection()));
    }

    /** Returns a collection with its record count. {@code COLLECTION_NOT_FOUND} when there is none. */
    public CollectionInfo get(String name) {
        return UnaryCalls.await(getAsync(name));
    }

    /** Starts {@link #get}. */
    public CompletableFuture<CollectionInfo> getAsync(String name) {
        return calls.start(
                CollectionServiceGrpc.getGetCollectionMethod(),
                CallKind.READ,
                GetCollectionRequest.newBuilder().setName(name).build(),
                response -> WireResources.decodeCounted(response.getCollection()));
    }

    /** Returns all collections in the order of their names, read as they are walked. */
    public Paged<CollectionInfo> listAll() {
        return new Paged<>(token -> list(PAGE_SIZE, token));
    }

    /** Returns one page of collections; the first for an empty token. */
    public Page<CollectionInfo> list(int pageSize, String pageToken) {
        return calls.call(
                CollectionServiceGrpc.getListCollectionsMethod(),
                CallKind.READ,
                ListCollectionsRequest.newBuilder()
                        .setPageSize(pageSize)
                        .setPageToken(pageToken)
                        .build(),
                WireResources::decode);
    }

    /** Deletes a collection and its records, whichever lives. Returns true if there was one. Never tried again by itself. */
    public boolean delete(String name) {
        return UnaryCalls.await(deleteAsync(name));
    }

    /** Starts {@link #delete(String)}. */
    public CompletableFuture<Boolean> deleteAsync(String name) {
        return delete(DeleteCollectionRequest.newBuilder().setName(name));
    }

    /** Deletes that life of a collection. {@code INCARNATION_MISMATCH} when another one lives. Returns true if there was one. */
    public boolean delete(String name, UUID incarnation) {
        return UnaryCalls.await(
                delete(DeleteCollectionRequest.newBuilder().setName(name).setIncarnation(incarnation.toString())));
    }

    private CompletableFuture<Boolean> delete(DeleteCollectionRequest.Builder request) {
        return calls.start(
                CollectionServiceGrpc.getDeleteCollectionMethod(),
                CallKind.ADMIN,
                request.setAllowMissing(true).build(),
                DeleteCollectionResponse::getDeleted);
    }
}
