package io.knarr.bench;

import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.UpsertRecordsResponse;
import io.knarr.v1.Value;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The versions that each record of a churned collection has had: which vector belongs to which, and since when it was acknowledged. The
 * first versions are the first rows of the file, the last versions its last rows, the ones between these in another order. Thread-safe.
 */
final class ChurnVersions {
    /** How many versions a record has in the end. */
    static final int STAGES = 3;

    /** The last of them. */
    static final int LAST = STAGES - 1;

    /** No version of a record is known to be that. */
    static final int UNKNOWN = -1;

    /** Records whose ids leave the same rest belong to one group, by which filters tell them. */
    static final int GROUPS = 10;

    static final String GROUP_FIELD = "group";

    private final VectorFile rows;
    private final int records;
    private final AtomicLongArray[] versions = new AtomicLongArray[STAGES];
    private final AtomicLongArray[] acknowledgedAt = new AtomicLongArray[STAGES];

    ChurnVersions(VectorFile rows, int records) {
        this.rows = rows;
        this.records = records;
        for (int stage = 0; stage < STAGES; stage++) {
            versions[stage] = new AtomicLongArray(records);
            acknowledgedAt[stage] = new AtomicLongArray(records);
        }
    }

    int records() {
        return records;
    }

    /** Returns the row of the file from which on the last versions lie, record by record. */
    long firstLastRow() {
        return rows.rows() - records;
    }

    /** Copies the vector that a record has at a stage. */
    void read(int record, int stage, float[] target) {
        long row =
                switch (stage) {
                    case 0 -> record;
                    case LAST -> firstLastRow() + record;
                    default -> firstLastRow() + (record + records / 2) % records;
                };
        rows.read(row, target);
    }

    /** Returns the call that writes a stage of some records. */
    UpsertRecordsRequest upsert(int[] ids, int from, int to, int stage) {
        UpsertRecordsRequest.Builder request = UpsertRecordsRequest.newBuilder().setCollection(Workload.COLLECTION);
        float[] vector = new float[rows.dimension()];
        for (int i = from; i < to; i++) {
            read(ids[i], stage, vector);
            request.addRecords(Record.newBuilder()
                    .setId(RecordId.newBuilder().setUint64Id(ids[i]))
                    .putFields(
                            GROUP_FIELD,
                            Value.newBuilder().setInt64Value(ids[i] % GROUPS).build())
                    .putVectors(Workload.VECTOR, Workload.vector(vector)));
        }
        return request.build();
    }

    /** Notes what the server acknowledged. */
    void acknowledged(UpsertRecordsResponse response, int stage) {
        long now = System.nanoTime();
        response.getResultsList().forEach(result -> {
            int record = (int) result.getId().getUint64Id();
            acknowledgedAt[stage].set(record, now);
            versions[stage].set(record, result.getVersion());
        });
    }

    /** Returns the stage at which a record had that version, or {@link #UNKNOWN}. */
    int stageOf(int record, long version) {
        for (int stage = 0; stage < STAGES; stage++) {
            if (versions[stage].get(record) == version) {
                return stage;
            }
        }
        return UNKNOWN;
    }

    /** Returns whether a later version than that of the stage had been acknowledged at that time: a search from then on must not see it. */
    boolean wasReplacedBefore(int record, int stage, long nanos) {
        return stage < LAST
                && versions[stage + 1].get(record) != 0
                && acknowledgedAt[stage + 1].get(record) - nanos < 0;
    }
}
