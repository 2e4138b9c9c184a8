package io.knarr.server.index;

import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Collection;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Page;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Selection;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads records from the store, without bringing their collection into memory. Thread-safe. */
final class RecordReader {
    /** Records one page looks at, so that a filter that matches nothing does not keep a thread. */
    private static final int MAX_LOOKED_AT = 20_000;

    private final StoreView store;
    private final BlockingCalls blocking;

    RecordReader(StoreView store, BlockingCalls blocking) {
        this.store = store;
        this.blocking = blocking;
    }

    /** Returns the records of these ids in their order, {@code null} where there is none. */
    List<@Nullable StoredRecord> read(
            Collection collection, List<RecordId> ids, Selection fields, Selection vectors, CallDeadline deadline) {
        return blocking.onLoading(
                () -> {
                    List<byte[]> keys = new ArrayList<>(ids.size());
                    ids.forEach(id -> keys.add(IndexKeys.record(collection.number(), id)));
                    List<byte @Nullable []> values = store.getAll(Table.RECORDS, keys);
                    List<@Nullable StoredRecord> records = new ArrayList<>(ids.size());
                    for (int i = 0; i < ids.size(); i++) {
                        byte[] value = values.get(i);
                        records.add(
                                value == null
                                        ? null
                                        : decode(collection, ids.get(i), keys.get(i), value, fields, vectors));
                    }
                    return records;
                },
                deadline);
    }

    /** Returns a page of records by id. It ends early when its stored bytes grow past {@code maxPageBytes}, or after many that do not match. */
    Page<StoredRecord, RecordId> page(
            Collection collection,
            Optional<Filter> filter,
            int pageSize,
            long maxPageBytes,
            Optional<RecordId> after,
            Selection fields,
            Selection vectors,
            CallDeadline deadline) {
        return blocking.onLoading(
                () -> readPage(collection, filter, pageSize, maxPageBytes, after, fields, vectors, deadline), deadline);
    }

    private Page<StoredRecord, RecordId> readPage(
            Collection collection,
            Optional<Filter> filter,
            int pageSize,
            long maxPageBytes,
            Optional<RecordId> after,
            Selection fields,
            Selection vectors,
            CallDeadline deadline) {
        KeyRange all = IndexKeys.records(collection.number());
        KeyRange range = after.map(id -> all.after(IndexKeys.record(collection.number(), id)))
                .orElse(all);
        SingleRecord candidate = new SingleRecord();
        Optional<RowMatcher> matcher = filter.map(condition -> RowMatcher.of(condition, candidate));
        List<StoredRecord> page = new ArrayList<>();
        long pageBytes = 0;
        int lookedAt = 0;
        try (StoreScan scan = store.scan(Table.RECORDS, range)) {
            while (scan.next()) {
                deadline.check();
                byte[] key = scan.key();
                RecordId id = IndexKeys.recordId(key);
                byte[] value = scan.value();
                lookedAt++;
                if (matcher.isPresent()) {
                    candidate.record = decode(collection, id, key, value, new Selection.All(), new Selection.None());
                }
                if (matcher.isEmpty() || matcher.get().matches(0)) {
                    page.add(decode(collection, id, key, value, fields, vectors));
                    pageBytes += value.length;
                }
                if (page.size() >= pageSize || pageBytes >= maxPageBytes || lookedAt == MAX_LOOKED_AT) {
                    return new Page<>(page, Optional.of(id));
                }
            }
        }
        return new Page<>(page, Optional.empty());
    }

    private static StoredRecord decode(
            Collection collection, RecordId id, byte[] key, byte[] value, Selection fields, Selection vectors) {
        try {
            return RecordCodec.decode(id, key, value, collection.schema(), fields, vectors);
        } catch (CorruptBytesException e) {
            throw CollectionIndex.corrupt(e, collection);
        }
    }

    /** Lets a filter look at the one record just read. */
    private static final class SingleRecord implements RowMatcher.Source {
        private @Nullable StoredRecord record;

        @Override
        public RowMatcher.Column column(String path) {
            return _ -> record == null ? null : FieldValues.find(record.fields(), path);
        }

        @Override
        public RecordId id(int row) {
            if (record == null) {
                throw new IllegalStateException("No record has been read");
            }
            return record.id();
        }
    }
}
