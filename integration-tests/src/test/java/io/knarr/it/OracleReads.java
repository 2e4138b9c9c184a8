package io.knarr.it;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.grpc.StatusRuntimeException;
import io.knarr.v1.AggregateRecordsRequest;
import io.knarr.v1.Aggregation;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.ExportRecordsRequest;
import io.knarr.v1.ExportRecordsResponse;
import io.knarr.v1.FieldAggregation;
import io.knarr.v1.Filter;
import io.knarr.v1.GetRecordsRequest;
import io.knarr.v1.GetRecordsResponse;
import io.knarr.v1.GroupAggregation;
import io.knarr.v1.HistogramAggregation;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.ListRecordsResponse;
import io.knarr.v1.OrderBy;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.SampleRecordsRequest;
import io.knarr.v1.SampleRecordsResponse;
import io.knarr.v1.Slice;
import io.knarr.v1.TimeHistogramAggregation;
import io.knarr.v1.VectorSelection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** Random reads: gets, counts, lists, exports, samples, aggregates. */
final class OracleReads {
    private static final VectorSelection ALL =
            VectorSelection.newBuilder().setAll(true).build();

    private final OracleState state;
    private final OracleWrites writes;
    private final SplittableRandom random;

    /** @param writes what is done between the pages of a list */
    OracleReads(OracleState state, OracleWrites writes) {
        this.state = state;
        this.writes = writes;
        this.random = state.random;
    }

    void get() {
        List<RecordId> ids = state.ids();
        GetRecordsResponse reply = state.call(
                () -> state.caller()
                        .records(state.name)
                        .getRecords(GetRecordsRequest.newBuilder()
                                .setCollection(OracleState.COLLECTION)
                                .addAllIds(ids)
                                .setVectors(ALL)
                                .build()),
                Set.of(),
                ids);
        state.requireSame(
                requireNonNull(reply, "reply is null").getRecordsList(),
                ids.stream()
                        .filter(state.model::containsKey)
                        .map(state.model::get)
                        .toList(),
                "gets " + ids);
        assertThat(reply.getMissingIdsList())
                .as("missing ids of %s", state)
                .containsExactlyInAnyOrderElementsOf(
                        ids.stream().filter(id -> !state.model.containsKey(id)).collect(Collectors.toSet()));
    }

    void count() {
        Filter filter = state.filters.filter();
        var reply = state.call(
                () -> state.caller()
                        .records(state.name)
                        .countRecords(CountRecordsRequest.newBuilder()
                                .setCollection(OracleState.COLLECTION)
                                .setFilter(filter)
                                .build()),
                state.refusals(Optional.of(filter)),
                filter);
        if (reply != null) {
            assertThat(reply.getCount())
                    .as("count by %s, filter %s", state, filter)
                    .isEqualTo(state.matching(Optional.of(filter)).size());
        }
    }

    /** Lists, in an order or by id, whole or a slice, with writes between the pages. */
    void list() {
        ListRecordsRequest.Builder request = ListRecordsRequest.newBuilder()
                .setCollection(OracleState.COLLECTION)
                .setPageSize(1 + random.nextInt(12))
                .setVectors(ALL);
        state.maybeFilter().ifPresent(request::setFilter);
        if (random.nextBoolean()) {
            request.setOrderBy(
                    OrderBy.newBuilder().setField(pick(RandomSchema.PATHS)).setDescending(random.nextBoolean()));
        }
        int slices = 1 + random.nextInt(3);
        if (slices == 1) {
            list(request.build(), random.nextInt(3) == 0);
            return;
        }
        Set<RecordId> seen = new HashSet<>();
        boolean refused = false;
        for (int slice = 0; slice < slices; slice++) {
            request.setSlice(Slice.newBuilder().setIndex(slice).setCount(slices));
            Optional<List<Record>> listed = list(request.build(), false);
            refused |= listed.isEmpty();
            listed.orElse(List.of()).forEach(record -> assertThat(seen.add(record.getId()))
                    .as("%s twice in slices: %s", record.getId(), request)
                    .isTrue());
        }
        if (!refused) {
            assertThat(seen)
                    .as("slices of %s", request)
                    .hasSameSizeAs(
                            state.matching(request.hasFilter() ? Optional.of(request.getFilter()) : Optional.empty()));
        }
    }

    void listAll() {
        var _ = list(
                ListRecordsRequest.newBuilder()
                        .setCollection(OracleState.COLLECTION)
                        .setPageSize(1 + random.nextInt(50))
                        .setVectors(ALL)
                        .build(),
                false);
    }

    /** Returns what was listed, empty where that was refused as it should be. */
    private Optional<List<Record>> list(ListRecordsRequest first, boolean writing) {
        Optional<Filter> filter = first.hasFilter() ? Optional.of(first.getFilter()) : Optional.empty();
        Set<String> reasons = new HashSet<>(state.refusals(filter));
        List<Record> expected = reasons.isEmpty() ? state.matching(filter) : List.of();
        if (first.hasOrderBy()) {
            Set<String> wrong = ModelOrder.refusals(first.getOrderBy(), state.schema, expected);
            if (first.hasSlice() && wrong.equals(Set.of("TYPE_MISMATCH")) && reasons.isEmpty()) {
                // Which records are in the slice is the server's to say, and so whether a value without an order is.
                return tolerantly(first);
            }
            reasons.addAll(wrong);
            if (reasons.isEmpty()) {
                expected = ModelOrder.sorted(expected, first.getOrderBy());
            }
        }
        List<Record> listed = new ArrayList<>();
        String token = "";
        do {
            ListRecordsRequest request = first.toBuilder().setPageToken(token).build();
            ListRecordsResponse page =
                    state.call(() -> state.caller().records(state.name).listRecords(request), reasons, request);
            if (page == null) {
                return Optional.empty();
            }
            listed.addAll(page.getRecordsList());
            token = page.getNextPageToken();
            if (writing) {
                writes.upsert();
                writes.delete();
            }
        } while (!token.isEmpty());
        if (first.hasSlice()) {
            Set<RecordId> ids = listed.stream().map(Record::getId).collect(Collectors.toSet());
            expected = expected.stream()
                    .filter(record -> ids.contains(record.getId()))
                    .toList();
        }
        state.requireSame(listed, expected, "lists " + first);
        return Optional.of(listed);
    }

    private Optional<List<Record>> tolerantly(ListRecordsRequest request) {
        try {
            var _ = state.caller().records(state.name).listRecords(request);
        } catch (StatusRuntimeException e) {
            assertThat(Refusal.of(e).reasons()).as("%s: %s", state, request).containsExactly("TYPE_MISMATCH");
        }
        return Optional.empty();
    }

    void export() {
        ExportRecordsRequest.Builder request = ExportRecordsRequest.newBuilder()
                .setCollection(OracleState.COLLECTION)
                .setVectors(ALL);
        Optional<Filter> filter = state.maybeFilter();
        filter.ifPresent(request::setFilter);
        Set<String> reasons = state.refusals(filter);
        List<Record> expected = reasons.isEmpty() ? state.matching(filter) : List.of();
        List<Record> exported = new ArrayList<>();
        ExportRecordsResponse last = state.call(
                () -> {
                    ExportRecordsResponse message = ExportRecordsResponse.getDefaultInstance();
                    var messages = state.caller().records(state.name).exportRecords(request.build());
                    while (messages.hasNext()) {
                        message = messages.next();
                        exported.addAll(message.getRecordsList());
                    }
                    return message;
                },
                reasons,
                request);
        if (last != null) {
            state.requireSame(exported, expected, "exports " + request);
        }
    }

    void sample() {
        SampleRecordsRequest.Builder request = SampleRecordsRequest.newBuilder()
                .setCollection(OracleState.COLLECTION)
                .setSize(1 + random.nextInt(12))
                .setVectors(ALL);
        Optional<Filter> filter = state.maybeFilter();
        filter.ifPresent(request::setFilter);
        SampleRecordsResponse reply = state.call(
                () -> state.caller().records(state.name).sampleRecords(request.build()),
                state.refusals(filter),
                request);
        if (reply == null) {
            return;
        }
        List<Record> matching = state.matching(filter);
        List<Record> sample =
                reply.getRecordsList().stream().map(OracleState::bare).toList();
        assertThat(sample)
                .as("%s samples %s", state, request)
                .doesNotHaveDuplicates()
                .isSubsetOf(matching);
        assertThat(sample).as("%s samples %s", state, request).hasSize(Math.min(request.getSize(), matching.size()));
        SampleRecordsResponse again = state.caller()
                .records(state.name)
                .sampleRecords(request.setSeed(reply.getSeed()).build());
        assertThat(again).as("%s samples again %s", state, request).isEqualTo(reply);
    }

    void aggregate() {
        AggregateRecordsRequest.Builder request =
                AggregateRecordsRequest.newBuilder().setCollection(OracleState.COLLECTION);
        Optional<Filter> filter = state.maybeFilter();
        filter.ifPresent(request::setFilter);
        request.putAllAggregations(aggregations(1));
        Set<String> reasons = new HashSet<>(state.refusals(filter));
        List<Record> matching = reasons.isEmpty() ? state.matching(filter) : List.of();
        ModelAggregates aggregates = new ModelAggregates(state.schema);
        reasons.addAll(aggregates.refusals(request.getAggregationsMap(), matching));
        var reply = state.call(
                () -> state.caller().records(state.name).aggregateRecords(request.build()), reasons, request);
        if (reply != null) {
            assertThat(reply.getMatchedCount())
                    .as("%s aggregates %s", state, request)
                    .isEqualTo(matching.size());
            aggregates.requireSame(
                    request.getAggregationsMap(),
                    reply.getResultsMap(),
                    matching,
                    "%s aggregates %s".formatted(state, request));
        }
    }

    private Map<String, Aggregation> aggregations(int depth) {
        Map<String, Aggregation> aggregations = new HashMap<>();
        int count = depth == 1 ? 1 + random.nextInt(2) : random.nextInt(2);
        for (int i = 0; i < count; i++) {
            aggregations.put("x" + i, aggregation(depth));
        }
        return aggregations;
    }

    private Aggregation aggregation(int depth) {
        String path = pick(RandomSchema.PATHS);
        FieldAggregation field = FieldAggregation.newBuilder().setField(path).build();
        Aggregation.Builder aggregation = Aggregation.newBuilder();
        switch (random.nextInt(depth < 3 ? 10 : 6)) {
            case 0 -> aggregation.setCount(random.nextBoolean() ? field : FieldAggregation.getDefaultInstance());
            case 1 -> aggregation.setDistinct(field);
            case 2 -> aggregation.setMin(field);
            case 3 -> aggregation.setMax(field);
            case 4 -> aggregation.setSum(field);
            case 5 -> aggregation.setAverage(field);
            case 6, 7 ->
                aggregation.setGroups(GroupAggregation.newBuilder()
                        .setField(path)
                        .setLimit(random.nextInt(4))
                        .putAllAggregations(aggregations(depth + 1)));
            case 8 ->
                aggregation.setHistogram(HistogramAggregation.newBuilder()
                        .setField(path)
                        .setInterval(random.nextBoolean() ? 1 : 1_000)
                        .setOffset(random.nextInt(3))
                        .putAllAggregations(aggregations(depth + 1)));
            default ->
                aggregation.setTimeHistogram(TimeHistogramAggregation.newBuilder()
                        .setField(path)
                        .setInterval(Duration.newBuilder().setSeconds(random.nextBoolean() ? 1 : 86_400))
                        .setOffset(Duration.newBuilder().setSeconds(random.nextInt(3)))
                        .putAllAggregations(aggregations(depth + 1)));
        }
        return aggregation.build();
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
