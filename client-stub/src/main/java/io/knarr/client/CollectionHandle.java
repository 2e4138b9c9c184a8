package io.knarr.client;

import static java.util.Objects.requireNonNull;

import io.knarr.v1.AggregateRecordsRequest;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.CountRecordsResponse;
import io.knarr.v1.DeleteRecordsRequest;
import io.knarr.v1.ExportRecordsRequest;
import io.knarr.v1.GetRecordsRequest;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.OrderBy;
import io.knarr.v1.PatchRecordsRequest;
import io.knarr.v1.Record;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.SampleRecordsRequest;
import io.knarr.v1.SearchServiceGrpc;
import io.knarr.v1.Slice;
import io.knarr.v1.UpsertRecordsRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * The records of one collection. Making a handle calls nobody. Immutable, thread-safe.
 *
 * <p>A write is all or nothing, and when it returns it is durable and every later read sees it. Methods throw
 * {@link KnarrException}; the futures of those named {@code Async} fail with it, and are completed on a thread of the client's, which
 * must not be blocked.
 */
public final class CollectionHandle {
    private final UnaryCalls calls;
    private final TimeOrderedIds ids;
    private final String name;
    private final String incarnation;

    CollectionHandle(UnaryCalls calls, TimeOrderedIds ids, String name) {
        this(calls, ids, name, "");
    }

    private CollectionHandle(UnaryCalls calls, TimeOrderedIds ids, String name, String incarnation) {
        this.calls = calls;
        this.ids = ids;
        this.name = requireNonNull(name, "name is null");
        this.incarnation = incarnation;
    }

    /** Returns the collection's name. */
    public String name() {
        return name;
    }

    /** Returns a handle whose writes are refused ({@code INCARNATION_MISMATCH}) once the collection has been deleted and created anew. */
    public CollectionHandle withIncarnation(UUID expected) {
        return new CollectionHandle(calls, ids, name, expected.toString());
    }

    /** Inserts records, or replaces those whose ids exist. A record without an id gets a UUID of version 7. The same id twice: the last wins. */
    public UpsertReply upsert(KnarrRecord... records) {
        return upsert(Arrays.asList(records));
    }

    /** Inserts 1 to 10,000 records, or replaces those whose ids exist, in one call; {@link #upsertAll} for more. */
    public UpsertReply upsert(List<KnarrRecord> records) {
        return UnaryCalls.await(upsertAsync(records));
    }

    /** Starts {@link #upsert(List)}. */
    public CompletableFuture<UpsertReply> upsertAsync(List<KnarrRecord> records) {
        return upsertAsync(records, WriteOptions.NONE);
    }

    /** As {@link #upsert(List)}, on terms: inserting only, or only where something holds. */
    public UpsertReply upsert(List<KnarrRecord> records, WriteOptions options) {
        return UnaryCalls.await(upsertAsync(records, options));
    }

    /** Starts {@link #upsert(List, WriteOptions)}. */
    public CompletableFuture<UpsertReply> upsertAsync(List<KnarrRecord> records, WriteOptions options) {
        return sendUpsert(records.stream().map(this::encodeForWriting).toList(), options);
    }

    /** Changes parts of records that exist, all or none; several patches of one record are applied in their order. */
    public UpsertReply patch(Patch... patches) {
        return patch(Arrays.asList(patches), WriteOptions.NONE);
    }

    /** As {@link #patch(Patch...)}, 1 to 10,000 patches on terms. */
    public UpsertReply patch(List<Patch> patches, WriteOptions options) {
        return UnaryCalls.await(patchAsync(patches, options));
    }

    /** Starts {@link #patch(List, WriteOptions)}. */
    public CompletableFuture<UpsertReply> patchAsync(List<Patch> patches, WriteOptions options) {
        return calls.start(
                RecordServiceGrpc.getPatchRecordsMethod(),
                CallKind.WRITE,
                PatchRecordsRequest.newBuilder()
                        .setCollection(name)
                        .setCollectionIncarnation(incarnation)
                        .addAllPatches(patches.stream().map(Patch::encode).toList())
                        .addAllPreconditions(options.withoutMode().encodedPreconditions())
                        .setRequestId(options.encodedRequestId(true))
                        .build(),
                WireRecords::decode);
    }

    /** Encodes a record, which has an id from here on: whatever happens to the call, it is written once. */
    Record encodeForWriting(KnarrRecord record) {
        return WireRecords.encode(record, record.id().orElseGet(() -> RecordKey.of(ids.next())));
    }

    CompletableFuture<UpsertReply> sendUpsert(List<Record> records, WriteOptions options) {
        return calls.start(
                RecordServiceGrpc.getUpsertRecordsMethod(),
                CallKind.WRITE,
                UpsertRecordsRequest.newBuilder()
                        .setCollection(name)
                        .setCollectionIncarnation(incarnation)
                        .addAllRecords(records)
                        .setMode(options.mode().encode())
                        .addAllPreconditions(options.encodedPreconditions())
                        .setRequestId(options.encodedRequestId(false))
                        .build(),
                WireRecords::decode);
    }

    /** Upserts any number of records by {@link BatchPolicy#STANDARD}; see {@link #upsertAll(Iterator, BatchPolicy)}. */
    public UpsertTotals upsertAll(Iterable<KnarrRecord> records) {
        return upsertAll(records.iterator(), BatchPolicy.STANDARD);
    }

    /** Upserts any number of records by {@link BatchPolicy#STANDARD}; see {@link #upsertAll(Iterator, BatchPolicy)}. */
    public UpsertTotals upsertAll(Iterator<KnarrRecord> records) {
        return upsertAll(records, BatchPolicy.STANDARD);
    }

    /**
     * Upserts any number of records, in as many calls as needed, a few of them at once. Each call is all or nothing; the whole is not.
     * Records are taken from the source as they are sent, by the calling thread. Of several records of one id the last one wins.
     *
     * {@snippet file="io/knarr/client/examples/Quickstart.java" region="upsertAll"}
     *
     * @throws IncompleteUpsertException if a call failed; it says how much was acknowledged
     */
    public UpsertTotals upsertAll(Iterator<KnarrRecord> records, BatchPolicy policy) {
        return new BatchedUpsert(this, policy).run(records);
    }

    /** Returns a record with all fields and vectors, if there is one of that id. */
    public Optional<KnarrRecord> get(RecordKey id) {
        return get(List.of(id), Projection.EVERYTHING).records().stream().findFirst();
    }

    /** Returns a record with all fields and vectors, if there is one of that string id. */
    public Optional<KnarrRecord> get(String id) {
        return get(RecordKey.of(id));
    }

    /** Returns 1 to 10,000 records by their ids, in the order asked for; the reply must fit into one message. */
    public GetReply get(Collection<RecordKey> ids, Projection projection) {
        return UnaryCalls.await(getAsync(ids, projection));
    }

    /** Starts {@link #get(Collection, Projection)}. */
    public CompletableFuture<GetReply> getAsync(Collection<RecordKey> ids, Projection projection) {
        return calls.start(
                RecordServiceGrpc.getGetRecordsMethod(),
                CallKind.READ,
                GetRecordsRequest.newBuilder()
                        .setCollection(name)
                        .addAllIds(ids.stream().map(WireRecords::encode).toList())
                        .setFields(WireRecords.fields(projection))
                        .setVectors(WireRecords.vectors(projection))
                        .build(),
                WireRecords::decode);
    }

    /** Deletes records by their string ids. Ids that do not exist are no error. */
    public DeleteReply delete(String... ids) {
        return delete(Stream.of(ids).map(RecordKey::of).toList());
    }

    /** Deletes 1 to 10,000 records by their ids. Ids that do not exist are no error. */
    public DeleteReply delete(Collection<RecordKey> ids) {
        return UnaryCalls.await(deleteAsync(ids));
    }

    /** Starts {@link #delete(Collection)}. */
    public CompletableFuture<DeleteReply> deleteAsync(Collection<RecordKey> ids) {
        return deleteAsync(ids, WriteOptions.NONE);
    }

    /** As {@link #delete(Collection)}, on terms. */
    public DeleteReply delete(Collection<RecordKey> ids, WriteOptions options) {
        return UnaryCalls.await(deleteAsync(ids, options));
    }

    /** Starts {@link #delete(Collection, WriteOptions)}. */
    public CompletableFuture<DeleteReply> deleteAsync(Collection<RecordKey> ids, WriteOptions options) {
        return delete(
                DeleteRecordsRequest.newBuilder()
                        .addAllIds(ids.stream().map(WireRecords::encode).toList())
                        .setRequestId(options.encodedRequestId(false)),
                options);
    }

    /** Deletes the records that match, all or none; {@code LIMIT_EXCEEDED}, and none is deleted, where more than 100,000 do. */
    public DeleteReply delete(Filter filter) {
        return delete(filter, WriteOptions.NONE);
    }

    /** As {@link #delete(Filter)}, on terms. */
    public DeleteReply delete(Filter filter, WriteOptions options) {
        return UnaryCalls.await(deleteAsync(filter, options));
    }

    /** Starts {@link #delete(Filter, WriteOptions)}. */
    public CompletableFuture<DeleteReply> deleteAsync(Filter filter, WriteOptions options) {
        return delete(
                DeleteRecordsRequest.newBuilder()
                        .setFilter(WireFilters.encode(filter))
                        .setRequestId(options.encodedRequestId(true)),
                options);
    }

    /** Returns how many records {@link #delete(Filter)} would delete now, with all that it checks, and deletes none. */
    public long wouldDelete(Filter filter) {
        return UnaryCalls.await(delete(
                        DeleteRecordsRequest.newBuilder()
                                .setFilter(WireFilters.encode(filter))
                                .setValidateOnly(true),
                        WriteOptions.NONE))
                .deletedCount();
    }

    private CompletableFuture<DeleteReply> delete(DeleteRecordsRequest.Builder request, WriteOptions options) {
        return calls.start(
                RecordServiceGrpc.getDeleteRecordsMethod(),
                CallKind.WRITE,
                request.setCollection(name)
                        .setCollectionIncarnation(incarnation)
                        .addAllPreconditions(options.withoutMode().encodedPreconditions())
                        .build(),
                WireRecords::decode);
    }

    /**
     * Starts to write records over a stream, as many as there are; see {@link IngestWriter}.
     *
     * @throws KnarrException if the server cannot be reached, or refuses it
     */
    public IngestWriter ingest(IngestOptions options) {
        return IngestWriter.open(calls, name, incarnation, this::encodeForWriting, options);
    }

    /** Starts to read records over a stream, all of one moment; see {@link Export}. Nothing is sent before the first is asked for. */
    public Export export(ExportQuery query) {
        ExportRecordsRequest.Builder request = ExportRecordsRequest.newBuilder()
                .setCollection(name)
                .setFields(WireRecords.fields(query.projection()))
                .setVectors(WireRecords.vectors(query.projection()))
                .setPosition(query.position())
                .setView(query.view());
        query.filter().map(WireFilters::encode).ifPresent(request::setFilter);
        query.slice().map(CollectionHandle::encode).ifPresent(request::setSlice);
        return new Export(calls.channel(), request.build());
    }

    /**
     * Starts as many exports as there are to be parts of the collection, to be walked by threads of their own; all of one moment. The first
     * message of the first is read before this returns.
     */
    public List<Export> exportSlices(ExportQuery query, int count) {
        List<Export> exports = new ArrayList<>();
        for (int slice = 0; slice < count; slice++) {
            exports.add(export(
                    slice == 0
                            ? query.slice(0, count)
                            : query.at(exports.getFirst().view()).slice(slice, count)));
        }
        return exports;
    }

    private static Slice encode(ListQuery.Part part) {
        return Slice.newBuilder().setIndex(part.index()).setCount(part.count()).build();
    }

    /** Returns all records in the order of their ids, read as they are walked. */
    public Paged<KnarrRecord> listAll() {
        return listAll(ListQuery.ALL);
    }

    /** Returns the records of a query, read as they are walked, all of one moment. */
    public Paged<KnarrRecord> listAll(ListQuery query) {
        return new Paged<>(token -> list(query, token));
    }

    /** Returns one page of records; the first for an empty token. A token fits only the query it came from. */
    public Page<KnarrRecord> list(ListQuery query, String pageToken) {
        return UnaryCalls.await(listAsync(query, pageToken));
    }

    /** Starts {@link #list}. */
    public CompletableFuture<Page<KnarrRecord>> listAsync(ListQuery query, String pageToken) {
        ListRecordsRequest.Builder request = ListRecordsRequest.newBuilder()
                .setCollection(name)
                .setPageSize(query.pageSize())
                .setPageToken(pageToken)
                .setFields(WireRecords.fields(query.projection()))
                .setVectors(WireRecords.vectors(query.projection()));
        query.filter().map(WireFilters::encode).ifPresent(request::setFilter);
        query.order()
                .ifPresent(order -> request.setOrderBy(
                        OrderBy.newBuilder().setField(order.field()).setDescending(order.descending())));
        query.slice().map(CollectionHandle::encode).ifPresent(request::setSlice);
        return calls.start(
                RecordServiceGrpc.getListRecordsMethod(), CallKind.READ, request.build(), WireRecords::decode);
    }

    /** Returns how many records there are. */
    public long count() {
        return UnaryCalls.await(count(CountRecordsRequest.newBuilder()));
    }

    /** Returns how many records match. */
    public long count(Filter filter) {
        return UnaryCalls.await(countAsync(filter));
    }

    /** Starts {@link #count(Filter)}. */
    public CompletableFuture<Long> countAsync(Filter filter) {
        return count(CountRecordsRequest.newBuilder().setFilter(WireFilters.encode(filter)));
    }

    private CompletableFuture<Long> count(CountRecordsRequest.Builder request) {
        return calls.start(
                RecordServiceGrpc.getCountRecordsMethod(),
                CallKind.READ,
                request.setCollection(name).build(),
                CountRecordsResponse::getCount);
    }

    /** Returns the records whose vectors are nearest to a query. */
    public SearchReply search(Search search) {
        return UnaryCalls.await(searchAsync(search));
    }

    /** Starts {@link #search}. */
    public CompletableFuture<SearchReply> searchAsync(Search search) {
        return calls.start(
                SearchServiceGrpc.getSearchMethod(), CallKind.SEARCH, search.encode(name), WireRecords::decode);
    }

    /**
     * Returns the answers to several searches, 1 to 100, of one moment of the collection, in their order. Each has its own result or its own
     * failure; what concerns all of them fails the call.
     */
    public List<BatchAnswer> searchAll(List<Search> searches) {
        return UnaryCalls.await(searchAllAsync(searches));
    }

    /** Starts {@link #searchAll}. */
    public CompletableFuture<List<BatchAnswer>> searchAllAsync(List<Search> searches) {
        return calls.start(
                SearchServiceGrpc.getBatchSearchMethod(),
                CallKind.SEARCH,
                WireRecords.encode(name, searches),
                WireRecords::decode);
    }

    /** Returns what aggregations, 1 to 64 by names of the caller's choice, come to over all records. */
    public AggregateReply aggregate(Map<String, Aggregate> aggregations) {
        return UnaryCalls.await(aggregate(AggregateRecordsRequest.newBuilder(), aggregations));
    }

    /** Returns what aggregations, 1 to 64 by names of the caller's choice, come to over the records that match. */
    public AggregateReply aggregate(Filter filter, Map<String, Aggregate> aggregations) {
        return UnaryCalls.await(
                aggregate(AggregateRecordsRequest.newBuilder().setFilter(WireFilters.encode(filter)), aggregations));
    }

    private CompletableFuture<AggregateReply> aggregate(
            AggregateRecordsRequest.Builder request, Map<String, Aggregate> aggregations) {
        request.setCollection(name);
        aggregations.forEach((chosen, aggregate) -> request.putAggregations(chosen, aggregate.encode()));
        return calls.start(
                RecordServiceGrpc.getAggregateRecordsMethod(), CallKind.READ, request.build(), WireAggregates::decode);
    }

    /** Returns records picked at random, 1 to 10,000; fewer where there are fewer. */
    public SampleReply sample(int size) {
        return UnaryCalls.await(sample(SampleRecordsRequest.newBuilder(), size));
    }

    /** Returns records that match, picked at random by a seed: the same ones in the same order, as long as the same ones match. */
    public SampleReply sample(Filter filter, int size, long seed) {
        return UnaryCalls.await(sample(
                SampleRecordsRequest.newBuilder()
                        .setFilter(WireFilters.encode(filter))
                        .setSeed(seed),
                size));
    }

    private CompletableFuture<SampleReply> sample(SampleRecordsRequest.Builder request, int size) {
        return calls.start(
                RecordServiceGrpc.getSampleRecordsMethod(),
                CallKind.READ,
                request.setCollection(name).setSize(size).build(),
                response -> new SampleReply(
                        response.getRecordsList().stream()
                                .map(WireRecords::decode)
                                .toList(),
                        response.getSeed()));
    }
}
