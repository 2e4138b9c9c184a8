package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Collection;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One collection in memory: its rows, its writer and its searches. Thread-safe. */
final class CollectionIndex {
    private static final Logger log = LoggerFactory.getLogger(CollectionIndex.class);

    private final Collection collection;
    private final RecordChecker recordChecker;
    private final FilterChecker filterChecker;
    private final CollectionWriter writer;

    private CollectionIndex(Collection collection, CollectionWriter writer) {
        this.collection = collection;
        this.recordChecker = new RecordChecker(collection.schema());
        this.filterChecker = new FilterChecker(collection.schema());
        this.writer = writer;
    }

    /**
     * Reads a collection's records and builds its rows. Blocks on the disk for as long as that takes.
     *
     * @throws ServiceException RECORD_CORRUPT if a record is not what was written; the account's other collections are not affected.
     *     COLLECTION_NOT_FOUND if the catalog on disk does not have this life of the collection
     * @throws io.knarr.server.store.StoreException if the disk fails
     */
    static CollectionIndex load(Collection collection, StoreView store, IndexThreads threads, Clock clock) {
        requireStored(collection, store);
        RowTable table = new RowTable(collection.schema());
        Map<RecordId, Integer> rows = new HashMap<>();
        boolean complete = false;
        try {
            long sequence = readSequence(collection, store);
            readRecords(collection, store, sequence, table, rows);
            CollectionIndex index = new CollectionIndex(
                    collection,
                    new CollectionWriter(collection, store, threads.writing(), clock, table, rows, sequence));
            complete = true;
            return index;
        } catch (CorruptBytesException e) {
            log.error("Collection has a corrupt record, collection={}", collection.incarnation(), e);
            throw corrupt(e, collection);
        } finally {
            if (!complete) {
                table.release();
            }
        }
    }

    /** A deletion of unknown outcome may have ended this life; records written to it now would belong to nobody. */
    private static void requireStored(Collection collection, StoreView store) {
        boolean stored = StoredCatalog.find(store, collection.name())
                .filter(collection::equals)
                .isPresent();
        if (!stored) {
            throw new ServiceException(ErrorCode.COLLECTION_NOT_FOUND, "The account has no such collection")
                    .with("collection", collection.name());
        }
    }

    private static long readSequence(Collection collection, StoreView store) {
        byte[] stored = store.get(Table.CATALOG, IndexKeys.sequence(collection.number()));
        if (stored == null) {
            return 0;
        }
        if (stored.length != Long.BYTES) {
            throw new CorruptBytesException("Sequence of the collection has another length");
        }
        return ByteBuffer.wrap(stored).getLong();
    }

    private static void readRecords(
            Collection collection, StoreView store, long sequence, RowTable table, Map<RecordId, Integer> rows) {
        try (StoreScan scan = store.scan(Table.RECORDS, IndexKeys.records(collection.number()))) {
            while (scan.next()) {
                byte[] key = scan.key();
                RecordId id = IndexKeys.recordId(key);
                RecordCodec.Loaded record = RecordCodec.decodeForIndex(key, scan.value(), collection.schema());
                if (record.version() > sequence) {
                    throw new CorruptBytesException("Record is newer than its collection's last write");
                }
                rows.put(
                        id,
                        table.append(id, record.version(), record.createMicros(), record.fields(), record.vectors()));
            }
        }
    }

    static ServiceException corrupt(CorruptBytesException cause, Collection collection) {
        return ServiceException.causedBy(
                        cause, ErrorCode.RECORD_CORRUPT, "A stored record of the collection is damaged")
                .with("collection", collection.name())
                .with("damage", String.valueOf(cause.getMessage()));
    }

    Collection collection() {
        return collection;
    }

    RecordChecker recordChecker() {
        return recordChecker;
    }

    FilterChecker filterChecker() {
        return filterChecker;
    }

    CollectionWriter writer() {
        return writer;
    }

    long footprintBytes() {
        return writer.footprintBytes();
    }

    /** Checks and writes records. Each draft has its id. */
    List<UpsertOutcome> upsert(List<RecordDraft> drafts, CallDeadline deadline) {
        List<Mutation.Prepared> prepared = new ArrayList<>(drafts.size());
        for (int i = 0; i < drafts.size(); i++) {
            prepared.add(prepare(drafts.get(i), "records[" + i + "]"));
        }
        return writer.apply(new Mutation.Upsert(deadline, prepared));
    }

    private Mutation.Prepared prepare(RecordDraft draft, String path) {
        SequencedMap<String, FieldValue> fields = recordChecker.fields(draft, path);
        float[] @Nullable [] vectors = recordChecker.vectors(draft, path);
        RecordId id = draft.id().orElseGet(TimeOrderedIds::next);
        byte[] key = IndexKeys.record(collection.number(), id);
        return new Mutation.Prepared(id, key, RecordCodec.encodeBody(fields, vectors), fields, vectors);
    }

    /** Deletes records; returns how many there were. */
    long delete(List<RecordId> ids, CallDeadline deadline) {
        return writer.apply(new Mutation.Delete(deadline, ids));
    }

    /** Counts the records that match. */
    long count(Optional<Filter> filter, CallDeadline deadline) {
        RowTable.View view = writer.holdView();
        try {
            if (filter.isEmpty()) {
                return view.liveCount();
            }
            RowMask mask = RowMask.of(view, RowMatcher.of(filterChecker.check(filter.get()), view), deadline);
            return mask.count();
        } finally {
            view.table().release();
        }
    }

    void close() {
        writer.close();
    }
}
