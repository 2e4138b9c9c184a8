package io.knarr.server.index;

import io.knarr.server.engine.SegmentException;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.Collection;
import io.knarr.server.model.RecordId;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a collection's rows into memory: from its image and the journal since, or, where these do not lead to the present, from all its
 * records. For one load, on one thread.
 */
final class CollectionLoader {
    private static final Logger log = LoggerFactory.getLogger(CollectionLoader.class);

    /** Records read at once. */
    private static final int CHUNK_RECORDS = 256;

    private final Collection collection;
    private final StoreView store;
    private final AccountImages images;

    CollectionLoader(Collection collection, StoreView store, AccountImages images) {
        this.collection = collection;
        this.store = store;
        this.images = images;
    }

    /**
     * Loads the rows. Blocks on the disk for as long as that takes. The caller releases the table.
     *
     * @throws ServiceException COLLECTION_NOT_FOUND if the catalog on disk does not have this life of the collection
     * @throws CorruptBytesException if a record is not what was written
     * @throws io.knarr.server.store.StoreException if the disk fails
     */
    LoadedRows load() {
        requireStored();
        long sequence = readSequence();
        Optional<CollectionImage> image = images.open(collection);
        if (image.isPresent()) {
            LoadedRows rows = fromImage(image.get(), sequence);
            if (rows != null) {
                return rows;
            }
            images.delete(collection.number());
        }
        return fromRecords(sequence);
    }

    /** A deletion of unknown outcome may have ended this life; records written to it now would belong to nobody. */
    private void requireStored() {
        boolean stored = StoredCatalog.find(store, collection.name())
                .filter(collection::equals)
                .isPresent();
        if (!stored) {
            throw new ServiceException(ErrorCode.COLLECTION_NOT_FOUND, "The account has no such collection")
                    .with("collection", collection.name());
        }
    }

    private long readSequence() {
        byte[] stored = store.get(Table.CATALOG, IndexKeys.sequence(collection.number()));
        if (stored == null) {
            return 0;
        }
        if (stored.length != Long.BYTES) {
            throw new CorruptBytesException("Sequence of the collection has another length");
        }
        return ByteBuffer.wrap(stored).getLong();
    }

    private @Nullable LoadedRows fromImage(CollectionImage image, long sequence) {
        boolean complete = false;
        try {
            Optional<Set<RecordId>> touched =
                    Journal.idsSince(store, collection.number(), image.lineage(), image.sequence(), sequence);
            if (touched.isEmpty()) {
                log.warn(
                        "Journal does not lead from the image to the present, so all records are read, collection={},"
                                + " imageSequence={}, sequence={}",
                        collection.incarnation(),
                        image.sequence(),
                        sequence);
                return null;
            }
            RowsById rows = touched.get().isEmpty() ? null : replay(image.table(), touched.get(), sequence);
            complete = true;
            return new LoadedRows(
                    image.table(),
                    rows,
                    sequence,
                    image.lineage(),
                    touched.get().size());
        } catch (SegmentException e) {
            log.warn(
                    "Image of a collection is damaged, so all records are read, collection={}",
                    collection.incarnation(),
                    e);
            return null;
        } finally {
            if (!complete) {
                image.table().release();
            }
        }
    }

    /** Replaces the rows of the records touched by what the store has of them. */
    private RowsById replay(RowTable table, Set<RecordId> touched, long sequence) {
        RowsById rows = RowsById.of(table.ids(), table.rowCount(), table.liveCount(), table::isAlive);
        List<RecordId> chunk = new ArrayList<>(CHUNK_RECORDS);
        for (RecordId id : touched) {
            chunk.add(id);
            if (chunk.size() == CHUNK_RECORDS) {
                replayChunk(table, rows, chunk, sequence);
                chunk.clear();
            }
        }
        replayChunk(table, rows, chunk, sequence);
        return rows;
    }

    private void replayChunk(RowTable table, RowsById rows, List<RecordId> ids, long sequence) {
        List<byte[]> keys = new ArrayList<>(ids.size());
        ids.forEach(id -> keys.add(IndexKeys.record(collection.number(), id)));
        List<byte @Nullable []> values = store.getAll(Table.RECORDS, keys);
        for (int i = 0; i < keys.size(); i++) {
            int old = rows.remove(ids.get(i).toSortKey(), table.ids());
            if (old != RowsById.NONE) {
                table.kill(old, sequence);
            }
            byte[] value = values.get(i);
            if (value != null) {
                append(table, rows, keys.get(i), value, sequence);
            }
        }
    }

    private LoadedRows fromRecords(long sequence) {
        RowTable table = new RowTable(collection.schema());
        RowsById rows = new RowsById();
        boolean complete = false;
        try (StoreScan scan = store.scan(Table.RECORDS, IndexKeys.records(collection.number()))) {
            while (scan.next()) {
                append(table, rows, scan.key(), scan.value(), sequence);
            }
            complete = true;
            return new LoadedRows(table, rows, sequence, LoadedRows.NO_JOURNAL, 0);
        } finally {
            if (!complete) {
                table.release();
            }
        }
    }

    private void append(RowTable table, RowsById rows, byte[] key, byte[] value, long sequence) {
        RecordId id = IndexKeys.recordId(key);
        RecordCodec.Loaded record = RecordCodec.decodeForIndex(key, value, collection.schema());
        if (record.version() > sequence) {
            throw new CorruptBytesException("Record is newer than its collection's last write");
        }
        rows.add(
                id.toSortKey(),
                table.append(
                        id,
                        record.version(),
                        record.createMicros(),
                        record.expireMicros(),
                        record.fields(),
                        record.vectors()));
    }
}
