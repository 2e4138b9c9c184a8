package io.knarr.bench;

import io.knarr.server.model.Metric;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.Schema;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorSpec;

/**
 * What a bench stores: the same number of rows in one collection of each account. Row {@code r} of the file has the record id
 * {@code r}; account {@code a} holds the rows from {@code a * records}.
 *
 * @param rows the vectors; at least {@code accounts * records}
 * @param records per account
 * @param accountPrefix what the accounts' ids start with
 */
record Workload(VectorFile rows, int accounts, int records, Metric metric, String accountPrefix) {
    static final String COLLECTION = "bench";
    /** The name of the one vector. */
    static final String VECTOR = "default";

    private static final int MAX_BATCH_ROWS = 500;
    private static final int MAX_BATCH_BYTES = 16 << 20;

    String account(int index) {
        return accountPrefix + "%07d".formatted(index);
    }

    long firstRow(int account) {
        return (long) account * records;
    }

    /** Returns how many rows go into one call: 500, or fewer where an account or a message does not hold as many. */
    int batchRows() {
        int fitting = Math.max(1, MAX_BATCH_BYTES / (rows.dimension() * Float.BYTES));
        return Math.min(Math.min(MAX_BATCH_ROWS, fitting), records);
    }

    int batchesPerAccount() {
        return (records + batchRows() - 1) / batchRows();
    }

    CreateCollectionRequest createCollection() {
        return collection(rows.dimension(), metric);
    }

    /** Returns the call that creates a collection of such vectors. */
    static CreateCollectionRequest collection(int dimension, Metric metric) {
        return CreateCollectionRequest.newBuilder()
                .setName(COLLECTION)
                .setSchema(Schema.newBuilder()
                        .addVectors(VectorSpec.newBuilder()
                                .setName(VECTOR)
                                .setDimension(dimension)
                                .setMetric(wire(metric))))
                .build();
    }

    /** Returns the call that writes one batch of an account. */
    UpsertRecordsRequest upsert(int account, int batch) {
        UpsertRecordsRequest.Builder request = UpsertRecordsRequest.newBuilder().setCollection(COLLECTION);
        long from = firstRow(account) + (long) batch * batchRows();
        long to = Math.min(from + batchRows(), firstRow(account) + records);
        float[] row = new float[rows.dimension()];
        for (long index = from; index < to; index++) {
            rows.read(index, row);
            request.addRecords(Record.newBuilder()
                    .setId(RecordId.newBuilder().setUint64Id(index))
                    .putFields("row", Value.newBuilder().setInt64Value(index).build())
                    .putVectors(VECTOR, vector(row)));
        }
        return request.build();
    }

    static Vector vector(float[] values) {
        Vector.Builder vector = Vector.newBuilder();
        for (float value : values) {
            vector.addValues(value);
        }
        return vector.build();
    }

    private static io.knarr.v1.Metric wire(Metric metric) {
        return switch (metric) {
            case COSINE -> io.knarr.v1.Metric.METRIC_COSINE;
            case DOT -> io.knarr.v1.Metric.METRIC_DOT;
            case EUCLID -> io.knarr.v1.Metric.METRIC_EUCLID;
            case MANHATTAN -> io.knarr.v1.Metric.METRIC_MANHATTAN;
        };
    }
}
