package io.knarr.server.index;

import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Collection;
import io.knarr.server.model.RecordId;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Takes what nobody sees any more out of an account's store: records that have expired, and answers of requests and
 * states of ingests that need not be kept. A
 * collection that is not in memory stays out of it. Thread-safe.
 */
final class Reclaimer {
    /** How long an answer is kept at least; ten minutes are promised. */
    static final Duration ANSWERS_KEPT = Duration.ofMinutes(15);

    /** What is reclaimed in one commit at most. */
    private static final int MAX_AT_ONCE = 1_000;

    /** Nothing is due, ever. */
    static final long NEVER = RecordCodec.NEVER;

    private final StoreView store;
    private final BlockingCalls blocking;
    private final Ingests ingests;

    Reclaimer(StoreView store, BlockingCalls blocking, Ingests ingests) {
        this.store = store;
        this.blocking = blocking;
        this.ingests = ingests;
    }

    /** Returns when an answer that is given now may go, in microseconds since 1970. */
    static long answerDue(long now) {
        return now + RecordCodec.toMicros(ANSWERS_KEPT);
    }

    /** Returns when a collection next has something to reclaim, in microseconds since 1970, or {@link #NEVER}. Blocks on the disk. */
    long nextDue(int collectionNumber) {
        long expiry = firstTime(IndexKeys.expiries(collectionNumber));
        long answer = firstTime(IndexKeys.answerTimes(collectionNumber));
        long ingest = firstTime(IndexKeys.ingestTimes(collectionNumber));
        return Math.min(
                expiry,
                Math.min(
                        answer == NEVER ? NEVER : answerDue(answer),
                        ingest == NEVER ? NEVER : StoredIngest.due(ingest)));
    }

    private long firstTime(KeyRange range) {
        try (StoreScan scan = store.scan(Table.OPERATIONS, range)) {
            return scan.next() ? IndexKeys.timeOf(scan.key()) : NEVER;
        }
    }

    /**
     * Reclaims what is due in a collection.
     *
     * @return when there is next something, in microseconds since 1970, or {@link #NEVER}
     * @throws io.knarr.server.error.ServiceException if the store or the collection cannot be used now
     */
    long reclaim(CollectionSlot slot, long now, CallDeadline deadline) {
        Collection collection = slot.collection();
        boolean moreRecords = true;
        while (moreRecords) {
            deadline.check();
            List<ExpiryNote> notes = blocking.onLoading(() -> dueNotes(collection.number(), now), deadline);
            if (!notes.isEmpty() && !slot.whileUnloaded(() -> removeFromStore(collection, notes))) {
                try {
                    BlockingCalls.awaitShared(slot.index(), deadline).expire(notes);
                } catch (IndexClosedException _) {
                    continue; // its schema has grown, or it was let go: look again
                }
            }
            moreRecords = notes.size() == MAX_AT_ONCE;
        }
        boolean moreAnswers = true;
        while (moreAnswers) {
            deadline.check();
            moreAnswers = forgetAnswers(collection.number(), now, deadline) == MAX_AT_ONCE;
        }
        ingests.forgetDue(slot, now, deadline);
        return blocking.onLoading(() -> nextDue(collection.number()), deadline);
    }

    private List<ExpiryNote> dueNotes(int collectionNumber, long now) {
        List<ExpiryNote> notes = new ArrayList<>();
        try (StoreScan scan = store.scan(Table.OPERATIONS, IndexKeys.expiries(collectionNumber))) {
            while (notes.size() < MAX_AT_ONCE && scan.next()) {
                byte[] key = scan.key();
                long micros = IndexKeys.timeOf(key);
                if (micros > now) {
                    break;
                }
                notes.add(new ExpiryNote(IndexKeys.expiringId(key), micros));
            }
        }
        return notes;
    }

    /**
     * Removes records of a collection that is not in memory and does not come into it meanwhile. To whoever loads it next this is a commit like
     * any other: it has its sequence, and its entry in the journal that leads on from the image.
     */
    private void removeFromStore(Collection collection, List<ExpiryNote> notes) {
        blocking.onWriting(() -> {
            int number = collection.number();
            WriteBatch batch = new WriteBatch();
            List<RecordId> removed = new ArrayList<>();
            for (ExpiryNote note : notes) {
                batch.delete(Table.OPERATIONS, IndexKeys.expiry(number, note.expireMicros(), note.id()));
                byte[] key = IndexKeys.record(number, note.id());
                byte[] record = store.get(Table.RECORDS, key);
                if (record != null && RecordCodec.expireMicros(record) == note.expireMicros()) {
                    batch.delete(Table.RECORDS, key);
                    removed.add(note.id());
                }
            }
            Long sequence = readLong(IndexKeys.sequence(number));
            if (!removed.isEmpty() && sequence != null) {
                long next = sequence + 1;
                batch.put(
                        Table.CATALOG,
                        IndexKeys.sequence(number),
                        ByteBuffer.allocate(Long.BYTES).putLong(next).array());
                Long lineage = readLong(IndexKeys.lineage(number));
                if (lineage != null) {
                    batch.put(
                            Table.SNAPSHOTS,
                            IndexKeys.journal(number, next),
                            Journal.encode(lineage, sequence, removed));
                }
            }
            store.commit(batch);
        });
    }

    private @Nullable Long readLong(byte[] key) {
        byte[] stored = store.get(Table.CATALOG, key);
        return stored == null || stored.length != Long.BYTES
                ? null
                : ByteBuffer.wrap(stored).getLong();
    }

    /** Returns how many answers were forgotten. A repeated request finds its answer or does not; it never finds half of it. */
    private int forgetAnswers(int collectionNumber, long now, CallDeadline deadline) {
        List<byte[]> due = blocking.onLoading(() -> dueAnswers(collectionNumber, now), deadline);
        if (!due.isEmpty()) {
            WriteBatch batch = new WriteBatch();
            for (byte[] key : due) {
                UUID request = IndexKeys.nameAfterTime(key);
                batch.delete(Table.OPERATIONS, key);
                batch.delete(Table.OPERATIONS, IndexKeys.answer(collectionNumber, request));
            }
            blocking.onWriting(() -> store.commit(batch));
        }
        return due.size();
    }

    private List<byte[]> dueAnswers(int collectionNumber, long now) {
        List<byte[]> due = new ArrayList<>();
        try (StoreScan scan = store.scan(Table.OPERATIONS, IndexKeys.answerTimes(collectionNumber))) {
            while (due.size() < MAX_AT_ONCE && scan.next()) {
                byte[] key = scan.key();
                if (answerDue(IndexKeys.timeOf(key)) > now) {
                    break;
                }
                due.add(key);
            }
        }
        return due;
    }
}
