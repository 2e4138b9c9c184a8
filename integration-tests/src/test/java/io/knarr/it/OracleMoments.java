package io.knarr.it;

import static org.assertj.core.api.Assertions.fail;

import io.knarr.v1.AggregateRecordsRequest;
import io.knarr.v1.AggregateRecordsResponse;
import io.knarr.v1.Aggregation;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.DeleteRecordsRequest;
import io.knarr.v1.ExportRecordsRequest;
import io.knarr.v1.FieldAggregation;
import io.knarr.v1.Filter;
import io.knarr.v1.GroupAggregation;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.ListRecordsResponse;
import io.knarr.v1.Metric;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.Schema;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.SearchResponse;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.VectorKind;
import io.knarr.v1.VectorSelection;
import io.knarr.v1.VectorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * An account that is read while it is written. What a call answers must be true of one moment: of what was there after one of the writes
 * that were under way during the call, or after the last one that had returned before it. Nothing older, nothing in between.
 */
final class OracleMoments {
    private static final String COLLECTION = "moments";
    private static final int READERS = 3;
    private static final int MAX_BATCH = 6;

    private final Caller caller;
    private final String name;
    private final long seed;
    private final SplittableRandom random;
    private final RandomSchema values;
    private final Schema schema;

    /** What is there after each write; the last one may be under way. */
    private final List<TreeMap<RecordId, Record>> moments = new CopyOnWriteArrayList<>();

    private final AtomicLong returned = new AtomicLong();
    private final AtomicLong reads = new AtomicLong();

    OracleMoments(Caller caller, long seed) {
        this.caller = caller;
        this.name = "moments-" + seed;
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.values = new RandomSchema(random);
        this.schema = values.schema();
        moments.add(new TreeMap<>(ModelValues.BY_ID));
        var _ = caller.collections(name)
                .createCollection(CreateCollectionRequest.newBuilder()
                        .setName(COLLECTION)
                        .setSchema(schema)
                        .build());
    }

    /** Writes, with readers beside, and returns how many reads there were. */
    long run(int writes) throws Exception {
        try (ExecutorService readers = Executors.newFixedThreadPool(READERS)) {
            List<Future<Void>> running = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                SplittableRandom own = new SplittableRandom(seed * 1_000 + i);
                Callable<Void> reader = () -> {
                    while (returned.get() < writes) {
                        read(own);
                    }
                    return null;
                };
                running.add(readers.submit(reader));
            }
            try {
                for (int i = 0; i < writes; i++) {
                    write();
                }
            } finally {
                returned.set(writes);
            }
            for (Future<Void> reader : running) {
                reader.get();
            }
        }
        return reads.get();
    }

    private void write() {
        TreeMap<RecordId, Record> next = new TreeMap<>(moments.getLast());
        int size = 1 + random.nextInt(MAX_BATCH);
        if (random.nextInt(4) == 0) {
            DeleteRecordsRequest.Builder request =
                    DeleteRecordsRequest.newBuilder().setCollection(COLLECTION);
            for (int i = 0; i < size; i++) {
                request.addIds(values.id());
            }
            request.getIdsList().forEach(next::remove);
            moments.add(next);
            var _ = caller.records(name).deleteRecords(request.build());
        } else {
            UpsertRecordsRequest.Builder request =
                    UpsertRecordsRequest.newBuilder().setCollection(COLLECTION);
            while (request.getRecordsCount() < size) {
                Record record = values.record(schema);
                if (ModelRecords.refusals(record, schema).isEmpty()) {
                    request.addRecords(record);
                    next.put(record.getId(), ModelRecords.stored(record, schema).build());
                }
            }
            moments.add(next);
            var _ = caller.records(name).upsertRecords(request.build());
        }
        returned.incrementAndGet();
    }

    private void read(SplittableRandom own) {
        RandomSchema ownValues = new RandomSchema(own);
        // Half of them of all records, since few match most filters.
        Filter filter = own.nextBoolean() ? Requests.and() : new RandomFilters(own, ownValues).filter();
        if (ModelFilter.refusal(filter, schema).isPresent()) {
            return;
        }
        switch (own.nextInt(5)) {
            case 0 -> count(filter);
            case 1 -> list(filter, 1 + own.nextInt(12));
            case 2 -> export(filter);
            case 3 -> aggregate(filter);
            default -> search(filter, own, ownValues);
        }
        reads.incrementAndGet();
    }

    /** Fails unless an answer is true of a moment between two counts of writes. */
    private void requireOneMoment(
            long first, long last, Object request, Predicate<List<Record>> isTrue, Filter filter) {
        for (long moment = first; moment <= last; moment++) {
            List<Record> matching = moments.get((int) moment).values().stream()
                    .filter(record -> ModelFilter.matches(filter, schema, record))
                    .toList();
            if (isTrue.test(matching)) {
                return;
            }
        }
        fail("%s: the answer is true of no moment from %d to %d: %s".formatted(name, first, last, request));
    }

    private long now() {
        return moments.size() - 1L;
    }

    private void count(Filter filter) {
        CountRecordsRequest request = CountRecordsRequest.newBuilder()
                .setCollection(COLLECTION)
                .setFilter(filter)
                .build();
        long first = returned.get();
        long count = caller.records(name).countRecords(request).getCount();
        requireOneMoment(first, now(), request, matching -> matching.size() == count, filter);
    }

    private void list(Filter filter, int pageSize) {
        ListRecordsRequest.Builder request = ListRecordsRequest.newBuilder()
                .setCollection(COLLECTION)
                .setFilter(filter)
                .setPageSize(pageSize)
                .setVectors(VectorSelection.newBuilder().setAll(true));
        long first = returned.get();
        ListRecordsResponse page = caller.records(name).listRecords(request.build());
        long last = now();
        List<Record> listed = new ArrayList<>(page.getRecordsList());
        while (!page.getNextPageToken().isEmpty()) {
            page = caller.records(name)
                    .listRecords(request.setPageToken(page.getNextPageToken()).build());
            listed.addAll(page.getRecordsList());
        }
        requireOneMoment(first, last, request, matching -> matching.equals(withoutVersions(listed)), filter);
    }

    private static List<Record> withoutVersions(List<Record> records) {
        return records.stream()
                .map(record ->
                        OracleState.bare(record).toBuilder().clearVersion().build())
                .toList();
    }

    private void export(Filter filter) {
        ExportRecordsRequest request = ExportRecordsRequest.newBuilder()
                .setCollection(COLLECTION)
                .setFilter(filter)
                .setVectors(VectorSelection.newBuilder().setAll(true))
                .build();
        long first = returned.get();
        List<Record> exported = new ArrayList<>();
        caller.records(name)
                .exportRecords(request)
                .forEachRemaining(message -> exported.addAll(message.getRecordsList()));
        requireOneMoment(first, now(), request, matching -> matching.equals(withoutVersions(exported)), filter);
    }

    private void aggregate(Filter filter) {
        Map<String, Aggregation> aggregations = Map.of(
                "values",
                Aggregation.newBuilder()
                        .setCount(FieldAggregation.newBuilder().setField("a"))
                        .build(),
                "groups",
                Aggregation.newBuilder()
                        .setGroups(GroupAggregation.newBuilder().setField("b").setLimit(100))
                        .build());
        if (!new ModelAggregates(schema).refusals(aggregations, List.of()).isEmpty()) {
            return;
        }
        AggregateRecordsRequest request = AggregateRecordsRequest.newBuilder()
                .setCollection(COLLECTION)
                .setFilter(filter)
                .putAllAggregations(aggregations)
                .build();
        long first = returned.get();
        AggregateRecordsResponse reply = caller.records(name).aggregateRecords(request);
        requireOneMoment(
                first,
                now(),
                request,
                matching -> {
                    if (reply.getMatchedCount() != matching.size()) {
                        return false;
                    }
                    try {
                        new ModelAggregates(schema)
                                .requireSame(aggregations, reply.getResultsMap(), matching, "aggregates");
                        return true;
                    } catch (AssertionError _) {
                        return false; // of another moment, perhaps
                    }
                },
                filter);
    }

    private void search(Filter filter, SplittableRandom own, RandomSchema ownValues) {
        if (schema.getVectorsCount() == 0) {
            return;
        }
        VectorSpec spec = schema.getVectors(own.nextInt(schema.getVectorsCount()));
        if (spec.getKind() == VectorKind.VECTOR_KIND_SPARSE) {
            return; // its scores may be of all records, which a filter's are not
        }
        SearchRequest request = SearchRequest.newBuilder()
                .setCollection(COLLECTION)
                .setVectorName(spec.getName())
                .setVector(ownValues.vector(spec))
                .setFilter(filter)
                .setLimit(1 + own.nextInt(50))
                .setExact(true)
                .build();
        long first = returned.get();
        SearchResponse reply = caller.search(name).search(request);
        List<ModelSearch.Scored> answer = reply.getHitsList().stream()
                .map(hit -> new ModelSearch.Scored(hit.getId(), hit.getScore()))
                .toList();
        boolean rounded = spec.getMetric() == Metric.METRIC_COSINE;
        requireOneMoment(
                first,
                now(),
                request,
                matching -> ModelSearch.difference(
                                ModelSearch.rank(matching, spec.getName(), spec.getMetric(), request.getVector()),
                                0,
                                request.getLimit(),
                                answer,
                                rounded)
                        .isEmpty(),
                filter);
    }

    @Override
    public String toString() {
        return name;
    }
}
