package io.knarr.it;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.knarr.v1.DeleteRecordsRequest;
import io.knarr.v1.DeleteRecordsResponse;
import io.knarr.v1.Filter;
import io.knarr.v1.ListValue;
import io.knarr.v1.PatchRecordsRequest;
import io.knarr.v1.PatchRecordsResponse;
import io.knarr.v1.Precondition;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.RecordPatch;
import io.knarr.v1.UpsertMode;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.UpsertRecordsResponse;
import io.knarr.v1.UpsertResult;
import io.knarr.v1.Value;
import io.knarr.v1.VectorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;

/** Random writes: what they answer, and what is there afterwards. */
final class OracleWrites {
    private static final int MAX_REMEMBERED = 8;

    private final OracleState state;
    private final SplittableRandom random;
    private final List<Runnable> repetitions = new ArrayList<>();

    OracleWrites(OracleState state) {
        this.state = state;
        this.random = state.random;
    }

    void upsert() {
        UpsertRecordsRequest.Builder request = UpsertRecordsRequest.newBuilder().setCollection(OracleState.COLLECTION);
        int size = state.batchSize();
        for (int i = 0; i < size; i++) {
            request.addRecords(expiring(state.values.record(state.schema)));
        }
        if (random.nextInt(4) == 0) {
            request.setMode(UpsertMode.forNumber(random.nextInt(4)));
        }
        request.addAllPreconditions(preconditions());
        String requestId = requestId();
        request.setRequestId(requestId);
        Set<String> reasons = refusals(request.getPreconditionsList());
        for (Record record : request.getRecordsList()) {
            reasons.addAll(ModelRecords.refusals(record, state.schema));
            boolean there = state.model.containsKey(record.getId());
            if (request.getMode() == UpsertMode.UPSERT_MODE_INSERT_ONLY && there) {
                reasons.add("RECORD_EXISTS");
            }
            if (request.getMode() == UpsertMode.UPSERT_MODE_UPDATE_ONLY && !there) {
                reasons.add("RECORD_NOT_FOUND");
            }
        }
        UpsertRecordsRequest sent = request.build();
        UpsertRecordsResponse reply =
                state.call(() -> state.caller().records(state.name).upsertRecords(sent), reasons, sent);
        if (reply == null) {
            return;
        }
        Map<RecordId, Record> last = new LinkedHashMap<>();
        sent.getRecordsList().forEach(record -> last.put(record.getId(), record));
        requireResults(
                reply.getResultsList(),
                sent.getRecordsList().stream().map(Record::getId).toList());
        Map<RecordId, Record> written = new LinkedHashMap<>();
        for (UpsertResult result : reply.getResultsList()) {
            Record record = requireNonNull(last.get(result.getId()), "answered for an id that was not written");
            written.put(
                    result.getId(),
                    ModelRecords.stored(record, state.schema)
                            .setVersion(result.getVersion())
                            .build());
        }
        written.values().forEach(state::put);
        remember(requestId, () -> assertThat(state.caller().records(state.name).upsertRecords(sent))
                .as("repeated by %s: %s", state, sent)
                .isEqualTo(reply));
    }

    private void requireResults(List<UpsertResult> results, List<RecordId> ids) {
        assertThat(results.stream().map(UpsertResult::getId).toList())
                .as("ids of %s", state)
                .isEqualTo(ids);
        for (UpsertResult result : results) {
            assertThat(result.getCreated())
                    .as("created, %s of %s", result.getId(), state)
                    .isEqualTo(!state.model.containsKey(result.getId()));
        }
    }

    void patch() {
        PatchRecordsRequest.Builder request = PatchRecordsRequest.newBuilder().setCollection(OracleState.COLLECTION);
        int size = 1 + random.nextInt(3);
        for (int i = 0; i < size; i++) {
            request.addPatches(randomPatch(state.likelyId()));
        }
        request.addAllPreconditions(preconditions());
        String requestId = requestId();
        request.setRequestId(requestId);
        Set<String> reasons = refusals(request.getPreconditionsList());
        Map<RecordId, Record> changed = new LinkedHashMap<>();
        for (RecordPatch patch : request.getPatchesList()) {
            Record before = changed.getOrDefault(patch.getId(), state.model.get(patch.getId()));
            if (before == null) {
                reasons.add("RECORD_NOT_FOUND");
                continue;
            }
            Record after = ModelRecords.patched(before, patch, reasons);
            reasons.addAll(ModelRecords.refusals(after, state.schema));
            changed.put(patch.getId(), ModelRecords.stored(after, state.schema).build());
        }
        PatchRecordsRequest sent = request.build();
        PatchRecordsResponse reply =
                state.call(() -> state.caller().records(state.name).patchRecords(sent), reasons, sent);
        if (reply == null) {
            return;
        }
        requireResults(
                reply.getResultsList(),
                sent.getPatchesList().stream().map(RecordPatch::getId).toList());
        Map<RecordId, Long> versions = new HashMap<>();
        reply.getResultsList().forEach(result -> versions.put(result.getId(), result.getVersion()));
        changed.forEach((id, record) -> state.put(record.toBuilder()
                .setVersion(requireNonNull(versions.get(id), "no result of a patch"))
                .build()));
        remember(requestId, () -> assertThat(state.caller().records(state.name).patchRecords(sent))
                .as("repeated by %s: %s", state, sent)
                .isEqualTo(reply));
    }

    private RecordPatch randomPatch(RecordId id) {
        RecordPatch.Builder patch = RecordPatch.newBuilder().setId(id);
        Set<String> paths = new HashSet<>();
        int changes = random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            String path = pick(RandomSchema.PATHS);
            boolean meets = paths.stream()
                    .anyMatch(other -> (path + ".").startsWith(other + ".") || (other + ".").startsWith(path + "."));
            if (!meets) {
                paths.add(path);
                change(patch, path);
            }
        }
        for (VectorSpec spec : state.schema.getVectorsList()) {
            int roll = random.nextInt(8);
            if (roll == 0) {
                patch.addRemoveVectors(spec.getName());
            } else if (roll == 1) {
                patch.putVectors(spec.getName(), state.values.vector(spec));
            }
        }
        boolean nothing = paths.isEmpty() && patch.getVectorsCount() == 0 && patch.getRemoveVectorsCount() == 0;
        if (random.nextInt(6) == 0) {
            patch.setExpireTime(expiry());
        } else if (nothing || random.nextInt(6) == 0) {
            patch.setClearExpireTime(true);
        }
        return patch.build();
    }

    private void change(RecordPatch.Builder patch, String path) {
        switch (random.nextInt(6)) {
            case 0 -> patch.putSet(path, state.values.value(path, state.schema));
            case 1 -> patch.addUnset(path);
            case 2 -> patch.putMerge(path, random.nextBoolean() ? state.values.object() : state.values.scalar());
            case 3 -> patch.putIncrement(path, state.values.anyNumber());
            case 4 -> patch.putAppend(path, someValues());
            default -> patch.putRemove(path, someValues());
        }
    }

    private ListValue someValues() {
        Value first = state.values.scalar();
        ListValue.Builder list = ListValue.newBuilder().addValues(first);
        if (random.nextBoolean()) {
            list.addValues(state.filters.like(first));
        }
        return list.build();
    }

    void delete() {
        if (random.nextInt(3) == 0) {
            deleteMatching();
            return;
        }
        DeleteRecordsRequest.Builder request = DeleteRecordsRequest.newBuilder()
                .setCollection(OracleState.COLLECTION)
                .addAllIds(new HashSet<>(state.ids()))
                .addAllPreconditions(preconditions());
        String requestId = requestId();
        request.setRequestId(requestId);
        send(request.build(), refusals(request.getPreconditionsList()), new HashSet<>(request.getIdsList()));
    }

    private void deleteMatching() {
        // Together with a condition that few records fulfil, or there would soon be none.
        Filter filter =
                Requests.and(state.filters.filter(), state.filters.filter(), Requests.not(state.filters.filter()));
        DeleteRecordsRequest.Builder request = DeleteRecordsRequest.newBuilder()
                .setCollection(OracleState.COLLECTION)
                .setFilter(filter)
                .setValidateOnly(random.nextInt(3) == 0)
                .addAllPreconditions(preconditions());
        Set<String> reasons = refusals(request.getPreconditionsList());
        filter.getAnd().getFiltersList().forEach(part -> reasons.addAll(state.refusals(Optional.of(part))));
        Set<RecordId> ids = new HashSet<>();
        if (reasons.isEmpty()) {
            state.matching(Optional.of(filter)).forEach(record -> ids.add(record.getId()));
        }
        if (!request.getValidateOnly()) {
            request.setRequestId(requestId());
        }
        send(request.build(), reasons, ids);
    }

    private void send(DeleteRecordsRequest request, Set<String> reasons, Set<RecordId> ids) {
        DeleteRecordsResponse reply =
                state.call(() -> state.caller().records(state.name).deleteRecords(request), reasons, request);
        if (reply == null) {
            return;
        }
        long there = ids.stream().filter(state.model::containsKey).count();
        assertThat(reply.getDeletedCount())
                .as("deleted by %s: %s", state, request)
                .isEqualTo(there);
        if (!request.getValidateOnly()) {
            ids.forEach(state.model::remove);
            remember(request.getRequestId(), () -> assertThat(
                            state.caller().records(state.name).deleteRecords(request))
                    .as("repeated by %s: %s", state, request)
                    .isEqualTo(reply));
        }
    }

    /** Makes a write of before once more, under its request's id: answered as the first time, and nothing happens. */
    void repeat() {
        if (!repetitions.isEmpty()) {
            pick(repetitions).run();
        }
    }

    private void remember(String requestId, Runnable repetition) {
        if (!requestId.isEmpty()) {
            repetitions.add(repetition);
            if (repetitions.size() > MAX_REMEMBERED) {
                repetitions.removeFirst();
            }
        }
    }

    private String requestId() {
        return random.nextInt(3) == 0 ? new UUID(random.nextLong(), random.nextLong()).toString() : "";
    }

    private Record expiring(Record record) {
        return random.nextInt(8) == 0
                ? record.toBuilder().setExpireTime(expiry()).build()
                : record;
    }

    /** Returns a time that is well over, or well ahead. */
    private Timestamp expiry() {
        long now = System.currentTimeMillis() / 1_000;
        return Timestamp.newBuilder()
                .setSeconds(
                        random.nextInt(3) == 0 ? now - 10 - random.nextInt(1_000) : now + 3_600 + random.nextInt(1_000))
                .setNanos(random.nextInt(1_000_000) * 1_000)
                .build();
    }

    private List<Precondition> preconditions() {
        List<Precondition> preconditions = new ArrayList<>();
        for (int roll = random.nextInt(10); roll < 2; roll++) {
            RecordId id = state.likelyId();
            Precondition.Builder wanted = Precondition.newBuilder().setId(id);
            Record record = state.model.get(id);
            switch (random.nextInt(3)) {
                case 0 ->
                    wanted.setVersion(
                            record == null || random.nextInt(4) == 0 ? 1 + random.nextInt(20) : record.getVersion());
                case 1 -> wanted.setExists(record != null ^ random.nextInt(4) == 0);
                default -> wanted.setFilter(state.filters.filter());
            }
            preconditions.add(wanted.build());
        }
        return preconditions;
    }

    private Set<String> refusals(List<Precondition> preconditions) {
        Set<String> reasons = new HashSet<>();
        for (Precondition wanted : preconditions) {
            Record record = state.model.get(wanted.getId());
            if (wanted.hasVersion() && (record == null || record.getVersion() != wanted.getVersion())) {
                reasons.add("VERSION_MISMATCH");
            }
            if (wanted.hasExists() && wanted.getExists() != (record != null)) {
                reasons.add("PRECONDITION_FAILED");
            }
            if (wanted.hasFilter()) {
                Set<String> wrong = state.refusals(Optional.of(wanted.getFilter()));
                reasons.addAll(wrong);
                boolean holds = wrong.isEmpty()
                        && record != null
                        && ModelFilter.matches(wanted.getFilter(), state.schema, record);
                if (!holds) {
                    reasons.add("PRECONDITION_FAILED");
                }
            }
        }
        return reasons;
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
