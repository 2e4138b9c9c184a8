package io.knarr.client;

import com.google.protobuf.CodedOutputStream;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.UpsertRecordsRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One upsert of any number of records: cuts them into calls, keeps a few under way, adds up what was acknowledged.
 *
 * <p>Calls under way at once reach the server in any order. A call that shares an id with one under way waits for it, so the last record
 * of an id wins, as in a single call. Runs once, in one thread.
 */
final class BatchedUpsert {
    private final CollectionHandle collection;
    private final BatchPolicy policy;
    private final Deque<Call> inFlight = new ArrayDeque<>();
    private UpsertTotals acknowledged = new UpsertTotals(0, 0, 0);
    private @Nullable KnarrException failure;

    private List<Record> batch = new ArrayList<>();
    private int batchBytes;

    BatchedUpsert(CollectionHandle collection, BatchPolicy policy) {
        this.collection = collection;
        this.policy = policy;
    }

    private record Call(CompletableFuture<UpsertReply> reply, Set<RecordId> ids) {}

    UpsertTotals run(Iterator<KnarrRecord> records) {
        try {
            while (failure == null && records.hasNext()) {
                add(collection.encodeForWriting(records.next()));
            }
            send();
        } finally {
            // Also when the source of the records failed: what is under way must not outlive this upsert.
            awaitUntilInFlight(0);
        }
        if (failure != null) {
            throw new IncompleteUpsertException(failure, acknowledged);
        }
        return acknowledged;
    }

    private void add(Record record) {
        int bytes = CodedOutputStream.computeMessageSize(UpsertRecordsRequest.RECORDS_FIELD_NUMBER, record);
        if (batch.size() == policy.maxRecords() || (!batch.isEmpty() && batchBytes + bytes > policy.maxBytes())) {
            send();
        }
        batch.add(record);
        batchBytes += bytes;
    }

    private void send() {
        if (batch.isEmpty()) {
            return;
        }
        Set<RecordId> ids = new HashSet<>();
        batch.forEach(record -> ids.add(record.getId()));
        awaitUntilInFlight(policy.maxCallsInFlight() - 1);
        while (inFlight.stream().anyMatch(call -> !Collections.disjoint(call.ids(), ids))) {
            awaitUntilInFlight(inFlight.size() - 1);
        }
        if (failure != null) {
            return;
        }
        inFlight.addLast(new Call(collection.sendUpsert(batch, WriteOptions.NONE), ids));
        batch = new ArrayList<>();
        batchBytes = 0;
    }

    /** Waits for the oldest calls until at most so many are left. */
    private void awaitUntilInFlight(int count) {
        while (inFlight.size() > count) {
            try {
                UpsertReply reply = UnaryCalls.await(inFlight.removeFirst().reply());
                acknowledged = acknowledged.plus(new UpsertTotals(
                        reply.results().size(),
                        reply.results().stream()
                                .filter(UpsertReply.Result::created)
                                .count(),
                        1));
            } catch (KnarrException e) {
                if (failure == null) {
                    failure = e;
                }
            }
        }
    }
}
