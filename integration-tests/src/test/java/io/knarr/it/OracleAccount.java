package io.knarr.it;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.DeleteRecordsRequest;
import io.knarr.v1.DeleteRecordsResponse;
import io.knarr.v1.Filter;
import io.knarr.v1.GetRecordsRequest;
import io.knarr.v1.GetRecordsResponse;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.ListRecordsResponse;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.Schema;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.SearchResponse;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.UpsertRecordsResponse;
import io.knarr.v1.UpsertResult;
import io.knarr.v1.Value;
import io.knarr.v1.VectorSelection;
import io.knarr.v1.VectorSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One account, driven at random, beside a model of it that is a sorted list of records and loops over it. What a call answers, or how it
 * is refused, must be what the model says: ids, order, values, counts, reasons.
 */
final class OracleAccount {
    private static final String COLLECTION = "things";
    private static final int MAX_BATCH = 6;

    private final String name;
    private final SplittableRandom random;
    private final RandomSchema values;
    private final RandomFilters filters;
    private final Schema schema;
    private final TreeMap<RecordId, Record> model = new TreeMap<>(ModelValues.BY_ID);
    private Caller caller;

    /** Creates the account's collection. */
    OracleAccount(Caller caller, long seed) {
        this.name = "oracle-" + seed;
        this.caller = caller;
        this.random = new SplittableRandom(seed);
        this.values = new RandomSchema(random);
        this.filters = new RandomFilters(random, values);
        this.schema = values.schema();
        var _ = caller.collections(name)
                .createCollection(CreateCollectionRequest.newBuilder()
                        .setName(COLLECTION)
                        .setSchema(schema)
                        .build());
    }

    /** Goes on with another connection, to a server that was started again. */
    void reconnect(Caller other) {
        caller = other;
    }

    /** Does one random thing. */
    void step() {
        int roll = random.nextInt(100);
        if (roll < 35) {
            upsert();
        } else if (roll < 42) {
            delete();
        } else if (roll < 50) {
            get();
        } else if (roll < 65) {
            count();
        } else if (roll < 75) {
            list();
        } else {
            search();
        }
    }

    /** Compares all records, and some answers. */
    void checkEverything() {
        listWith(Optional.empty(), 1 + random.nextInt(50));
        for (int i = 0; i < 4; i++) {
            count();
            search();
        }
    }

    private void upsert() {
        List<Record> records = new ArrayList<>();
        int size = 1 + random.nextInt(MAX_BATCH);
        for (int i = 0; i < size; i++) {
            records.add(values.record(schema));
        }
        Set<String> reasons = new HashSet<>();
        records.forEach(record -> reasons.addAll(refusals(record)));
        UpsertRecordsResponse reply = call(
                () -> caller.records(name)
                        .upsertRecords(UpsertRecordsRequest.newBuilder()
                                .setCollection(COLLECTION)
                                .addAllRecords(records)
                                .build()),
                reasons,
                records);
        if (reply == null) {
            return;
        }
        Map<RecordId, Record> last = new LinkedHashMap<>();
        records.forEach(record -> last.put(record.getId(), record));
        assertThat(reply.getResultsCount()).as("results of %s", this).isEqualTo(size);
        for (int i = 0; i < size; i++) {
            UpsertResult result = reply.getResults(i);
            RecordId id = records.get(i).getId();
            Record before = model.get(id);
            assertThat(result.getId()).as("id of %s", this).isEqualTo(id);
            assertThat(result.getCreated()).as("created, %s of %s", id, this).isEqualTo(before == null);
            assertThat(result.getVersion())
                    .as("version, %s of %s", id, this)
                    .isGreaterThan(before == null ? 0 : before.getVersion());
        }
        for (UpsertResult result : reply.getResultsList()) {
            Record record = requireNonNull(last.get(result.getId()), "answered for an id that was not written");
            model.put(
                    result.getId(),
                    stored(record).setVersion(result.getVersion()).build());
        }
    }

    private Record.Builder stored(Record record) {
        Record.Builder stored = record.toBuilder();
        record.getFieldsMap()
                .forEach((field, value) -> stored.putFields(field, ModelFilter.asStored(field, value, schema)));
        return stored;
    }

    /** Returns the reasons for which a record may be refused. */
    private Set<String> refusals(Record record) {
        Set<String> reasons = new HashSet<>();
        record.getFieldsMap().forEach((field, value) -> {
            var spec = schema.getFieldsList().stream()
                    .filter(declared -> declared.getName().equals(field))
                    .findFirst();
            if (spec.isEmpty()) {
                if (schema.getClosed()) {
                    reasons.add("UNKNOWN_FIELD");
                }
            } else if (!value.hasNullValue()) {
                List<Value> all = spec.get().getList() ? value.getListValue().getValuesList() : List.of(value);
                boolean shaped = !spec.get().getList() || value.hasListValue();
                if (!shaped
                        || !all.stream()
                                .allMatch(
                                        one -> RandomSchema.fits(one, spec.get().getType()))) {
                    reasons.add("TYPE_MISMATCH");
                }
            }
        });
        return reasons;
    }

    private void delete() {
        Set<RecordId> ids = new HashSet<>();
        int size = 1 + random.nextInt(MAX_BATCH);
        for (int i = 0; i < size; i++) {
            ids.add(values.id());
        }
        DeleteRecordsResponse reply = call(
                () -> caller.records(name)
                        .deleteRecords(DeleteRecordsRequest.newBuilder()
                                .setCollection(COLLECTION)
                                .addAllIds(ids)
                                .build()),
                Set.of(),
                ids);
        long there = ids.stream().filter(model::containsKey).count();
        assertThat(requireNonNull(reply, "reply is null").getDeletedCount())
                .as("deleted by %s", this)
                .isEqualTo(there);
        ids.forEach(model::remove);
    }

    private void get() {
        List<RecordId> ids = new ArrayList<>();
        int size = 1 + random.nextInt(MAX_BATCH);
        for (int i = 0; i < size; i++) {
            ids.add(values.id());
        }
        GetRecordsResponse reply = call(
                () -> caller.records(name)
                        .getRecords(GetRecordsRequest.newBuilder()
                                .setCollection(COLLECTION)
                                .addAllIds(ids)
                                .setVectors(VectorSelection.newBuilder().setAll(true))
                                .build()),
                Set.of(),
                ids);
        requireSame(
                requireNonNull(reply, "reply is null").getRecordsList(),
                ids.stream().filter(model::containsKey).map(model::get).toList(),
                "gets " + ids);
        assertThat(reply.getMissingIdsList())
                .as("missing ids of %s", this)
                .containsExactlyInAnyOrderElementsOf(
                        ids.stream().filter(id -> !model.containsKey(id)).collect(Collectors.toSet()));
    }

    private void count() {
        Filter filter = filters.filter();
        var reply = call(
                () -> caller.records(name)
                        .countRecords(CountRecordsRequest.newBuilder()
                                .setCollection(COLLECTION)
                                .setFilter(filter)
                                .build()),
                refusals(filter),
                filter);
        if (reply != null) {
            assertThat(reply.getCount())
                    .as("count by %s, filter %s", this, filter)
                    .isEqualTo(matching(Optional.of(filter)).size());
        }
    }

    private void list() {
        listWith(random.nextInt(3) == 0 ? Optional.empty() : Optional.of(filters.filter()), 1 + random.nextInt(12));
    }

    private void listWith(Optional<Filter> filter, int pageSize) {
        List<Record> listed = new ArrayList<>();
        String token = "";
        do {
            ListRecordsRequest.Builder request = ListRecordsRequest.newBuilder()
                    .setCollection(COLLECTION)
                    .setPageSize(pageSize)
                    .setPageToken(token)
                    .setVectors(VectorSelection.newBuilder().setAll(true));
            filter.ifPresent(request::setFilter);
            ListRecordsResponse page = call(
                    () -> caller.records(name).listRecords(request.build()),
                    filter.map(this::refusals).orElse(Set.of()),
                    request);
            if (page == null) {
                return;
            }
            listed.addAll(page.getRecordsList());
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        requireSame(listed, matching(filter), "lists by " + filter);
    }

    private void requireSame(List<Record> answered, List<Record> expected, String what) {
        List<Record> bare = answered.stream()
                .map(record ->
                        record.toBuilder().clearCreateTime().clearUpdateTime().build())
                .toList();
        assertThat(bare).as("%s %s", this, what).isEqualTo(expected);
    }

    private void search() {
        VectorSpec spec = schema.getVectors(random.nextInt(schema.getVectorsCount()));
        Optional<Filter> filter = random.nextBoolean() ? Optional.empty() : Optional.of(filters.filter());
        int limit = 1 + random.nextInt(20);
        int offset = random.nextInt(3) == 0 ? random.nextInt(10) : 0;
        SearchRequest.Builder request = SearchRequest.newBuilder()
                .setCollection(COLLECTION)
                .setVectorName(spec.getName())
                .setVector(values.vector(spec.getDimension()))
                .setLimit(limit)
                .setOffset(offset)
                .setExact(random.nextBoolean());
        filter.ifPresent(request::setFilter);
        SearchResponse reply = call(
                () -> caller.search(name).search(request.build()),
                filter.map(this::refusals).orElse(Set.of()),
                request);
        if (reply == null) {
            return;
        }
        List<ModelSearch.Scored> ranked =
                ModelSearch.rank(matching(filter), spec.getName(), spec.getMetric(), request.getVector());
        List<ModelSearch.Scored> answer = reply.getHitsList().stream()
                .map(hit -> new ModelSearch.Scored(hit.getId(), hit.getScore()))
                .toList();
        assertThat(ModelSearch.difference(ranked, offset, limit, answer, spec.getMetric()))
                .as("%s searches %s", this, request)
                .isEmpty();
        reply.getHitsList().forEach(hit -> {
            Record record = requireNonNull(model.get(hit.getId()), "found a record that is not there");
            assertThat(hit.getVersion()).isEqualTo(record.getVersion());
            assertThat(hit.getFieldsMap()).as("fields of %s", hit.getId()).isEqualTo(record.getFieldsMap());
        });
    }

    private List<Record> matching(Optional<Filter> filter) {
        return model.values().stream()
                .filter(record -> filter.isEmpty() || ModelFilter.matches(filter.get(), schema, record))
                .toList();
    }

    private Set<String> refusals(Filter filter) {
        return ModelFilter.refusal(filter, schema).map(Set::of).orElse(Set.of());
    }

    /**
     * Makes a call that is refused for one of these reasons, if there are any. Returns {@code null} where it was, as it should be.
     */
    private <T extends Message> @Nullable T call(Supplier<T> call, Set<String> reasons, Object request) {
        try {
            T reply = call.get();
            assertThat(reasons)
                    .as("%s is answered and should be refused: %s", this, request)
                    .isEmpty();
            return reply;
        } catch (StatusRuntimeException e) {
            Refusal refusal = Refusal.of(e);
            assertThat(refusal.code()).as("%s: %s: %s", this, e, request).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(reasons).as("%s: %s: %s", this, e, request).containsAll(refusal.reasons());
            return null;
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
