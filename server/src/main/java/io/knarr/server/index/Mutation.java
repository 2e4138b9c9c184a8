package io.knarr.server.index;

import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.model.VectorData;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** A write that waits for its turn, and its result once it had it. Results are set and read under the writer's lock. */
abstract sealed class Mutation<R> {
    private final CallDeadline deadline;
    private long schemaEpoch;
    private @Nullable R result;
    private @Nullable RuntimeException failure;

    private Mutation(CallDeadline deadline) {
        this.deadline = deadline;
    }

    /**
     * A record ready to be written but for its version and times.
     *
     * @param id the id
     * @param key its key in the store
     * @param encoded its bytes, with room for the head; sealed by the writer
     * @param fields as stored
     * @param vectors by place in the schema, as given, {@code null} where there is none
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Prepared(
            RecordId id,
            byte[] key,
            byte[] encoded,
            SequencedMap<String, FieldValue> fields,
            @Nullable VectorData[] vectors) {}

    /** Records to write; of those with the same id the last one wins, and all of them have its outcome. */
    static final class Upsert extends Mutation<List<UpsertOutcome>> {
        private final List<Prepared> records;

        Upsert(CallDeadline deadline, List<Prepared> records) {
            super(deadline);
            this.records = records;
        }

        List<Prepared> records() {
            return records;
        }

        @Override
        long byteCount() {
            long bytes = 0;
            for (Prepared prepared : records) {
                bytes += prepared.encoded().length;
            }
            return bytes;
        }
    }

    /** Ids to delete; the result counts those that had a record. */
    static final class Delete extends Mutation<Long> {
        private final List<RecordId> ids;

        Delete(CallDeadline deadline, List<RecordId> ids) {
            super(deadline);
            this.ids = ids;
        }

        List<RecordId> ids() {
            return ids;
        }

        @Override
        long byteCount() {
            return 64L * ids.size();
        }
    }

    /** Returns about how many bytes this writes. */
    abstract long byteCount();

    CallDeadline deadline() {
        return deadline;
    }

    /** Says which schema of the writer's this was checked against. Before it waits. */
    void checkedAgainst(long epoch) {
        schemaEpoch = epoch;
    }

    long schemaEpoch() {
        return schemaEpoch;
    }

    boolean isDone() {
        return result != null || failure != null;
    }

    void succeed(R value) {
        result = value;
    }

    void fail(RuntimeException reason) {
        failure = reason;
    }

    /** Returns the result, or throws the failure. */
    R result() {
        if (failure != null) {
            throw failure;
        }
        if (result == null) {
            throw new IllegalStateException("Mutation has not had its turn");
        }
        return result;
    }
}
