package io.knarr.cli.call;

import io.knarr.v1.Record;
import io.knarr.v1.UpsertMode;
import io.knarr.v1.UpsertRecordsRequest;
import java.util.ArrayList;
import java.util.List;

/** Sends records to a collection, many to a call and in their order. Each call is durable when it returns. Not thread-safe. */
public final class RecordWriter {
    /** Well below the server's limit for one call. */
    private static final int MAX_BATCH_BYTES = 16 << 20;

    private final Connection connection;
    private final String collection;
    private final int batchSize;
    private final UpsertMode mode;
    private final List<Record> batch = new ArrayList<>();
    private long batchBytes;
    private long written;

    /** Makes a writer that sends {@code batchSize} records to a call, fewer where they are large. */
    public RecordWriter(Connection connection, String collection, int batchSize) {
        this(connection, collection, batchSize, UpsertMode.UPSERT_MODE_UPSERT);
    }

    /** Makes a writer that does the same and expects something of the ids. */
    public RecordWriter(Connection connection, String collection, int batchSize, UpsertMode mode) {
        this.connection = connection;
        this.collection = collection;
        this.batchSize = batchSize;
        this.mode = mode;
    }

    /** Takes a record, and sends what has gathered when that is enough for a call. */
    public void write(Record record) {
        int bytes = record.getSerializedSize();
        if (!batch.isEmpty() && batchBytes + bytes > MAX_BATCH_BYTES) {
            flush();
        }
        batch.add(record);
        batchBytes += bytes;
        if (batch.size() >= batchSize) {
            flush();
        }
    }

    /** Sends what has gathered. */
    public void flush() {
        if (batch.isEmpty()) {
            return;
        }
        connection
                .records()
                .upsertRecords(UpsertRecordsRequest.newBuilder()
                        .setCollection(collection)
                        .addAllRecords(batch)
                        .setMode(mode)
                        .build());
        written += batch.size();
        batch.clear();
        batchBytes = 0;
    }

    /** Returns how many records are durable. */
    public long written() {
        return written;
    }
}
