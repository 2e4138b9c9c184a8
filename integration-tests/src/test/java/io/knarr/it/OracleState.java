package io.knarr.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.knarr.v1.FieldSpec;
import io.knarr.v1.Filter;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.Schema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An account with one collection, and what should be in it: a sorted list of records. */
final class OracleState {
    static final String COLLECTION = "things";
    private static final int MAX_BATCH = 6;

    /** The codes of refusals that are not for a request that is wrong by itself. */
    private static final Map<String, Status.Code> CODES = Map.of(
            "RECORD_EXISTS", Status.Code.ALREADY_EXISTS,
            "RECORD_NOT_FOUND", Status.Code.NOT_FOUND,
            "VERSION_MISMATCH", Status.Code.ABORTED,
            "PRECONDITION_FAILED", Status.Code.FAILED_PRECONDITION,
            "NUMBER_OVERFLOW", Status.Code.FAILED_PRECONDITION);

    final String name;
    final SplittableRandom random;
    final RandomSchema values;
    final RandomFilters filters;
    final Schema schema;

    /** The records that are there, as they are stored. */
    final TreeMap<RecordId, Record> model = new TreeMap<>(ModelValues.BY_ID);

    /** The last version that was written of each id, that of a record that is gone among them. */
    private final Map<RecordId, Long> versions = new HashMap<>();

    private Caller caller;

    OracleState(Caller caller, long seed) {
        this.name = "oracle-" + seed;
        this.caller = caller;
        this.random = new SplittableRandom(seed);
        this.values = new RandomSchema(random);
        this.filters = new RandomFilters(random, values);
        this.schema = values.schema();
    }

    Caller caller() {
        return caller;
    }

    void reconnect(Caller other) {
        caller = other;
    }

    /** Takes a record that was written into the model, and out of it where it has expired. */
    void put(Record record) {
        Long before = versions.put(record.getId(), record.getVersion());
        assertThat(record.getVersion())
                .as("version of %s of %s", record.getId(), this)
                .isGreaterThan(before == null ? 0 : before);
        if (hasExpired(record)) {
            model.remove(record.getId());
        } else {
            model.put(record.getId(), record);
        }
    }

    private static boolean hasExpired(Record record) {
        return record.hasExpireTime() && record.getExpireTime().getSeconds() * 1_000 < System.currentTimeMillis();
    }

    /** Returns some ids, each once. */
    List<RecordId> ids() {
        List<RecordId> ids = new ArrayList<>();
        int size = 1 + random.nextInt(MAX_BATCH);
        for (int i = 0; i < size; i++) {
            ids.add(values.id());
        }
        return ids;
    }

    int batchSize() {
        return 1 + random.nextInt(MAX_BATCH);
    }

    /** Returns an id that is there, where there is one; mostly. */
    RecordId likelyId() {
        if (model.isEmpty() || random.nextInt(6) == 0) {
            return values.id();
        }
        return model.keySet().stream()
                .skip(random.nextInt(model.size()))
                .findFirst()
                .orElseThrow();
    }

    Optional<Filter> maybeFilter() {
        return random.nextInt(3) == 0 ? Optional.empty() : Optional.of(filters.filter());
    }

    /** Returns the records that match, in the order of their ids. */
    List<Record> matching(Optional<Filter> filter) {
        return model.values().stream()
                .filter(record -> filter.isEmpty() || ModelFilter.matches(filter.get(), schema, record))
                .toList();
    }

    Set<String> refusals(Optional<Filter> filter) {
        return filter.flatMap(given -> ModelFilter.refusal(given, schema))
                .map(Set::of)
                .orElse(Set.of());
    }

    Optional<FieldSpec> declared(String field) {
        return schema.getFieldsList().stream()
                .filter(spec -> spec.getName().equals(field))
                .findFirst();
    }

    /** Compares records but for the times that the server gave them. */
    void requireSame(List<Record> answered, List<Record> expected, String what) {
        assertThat(answered.stream().map(OracleState::bare).toList())
                .as("%s %s", this, what)
                .isEqualTo(expected);
    }

    static Record bare(Record record) {
        return record.toBuilder().clearCreateTime().clearUpdateTime().build();
    }

    /**
     * Makes a call that is refused for one of these reasons, if there are any. Returns {@code null} where it was, as it should be.
     */
    <T extends Message> @Nullable T call(Supplier<T> call, Set<String> reasons, Object request) {
        try {
            T reply = call.get();
            assertThat(reasons)
                    .as("%s is answered and should be refused: %s", this, request)
                    .isEmpty();
            return reply;
        } catch (StatusRuntimeException e) {
            Refusal refusal = Refusal.of(e);
            assertThat(refusal.reasons()).as("%s: %s: %s", this, e, request).isNotEmpty();
            assertThat(reasons).as("%s: %s: %s", this, e, request).containsAll(refusal.reasons());
            assertThat(refusal.code())
                    .as("%s: %s: %s", this, e, request)
                    .isEqualTo(CODES.getOrDefault(refusal.reasons().getFirst(), Status.Code.INVALID_ARGUMENT));
            return null;
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
