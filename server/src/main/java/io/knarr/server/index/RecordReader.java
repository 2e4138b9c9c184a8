package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Collection;
import io.knarr.server.model.Filter;
import io.knarr.server.model.ListQuery;
import io.knarr.server.model.Page;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Selection;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.StoreReader;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads records from the store, without bringing their collection into memory. Thread-safe. */
final class RecordReader {
    /** Records one page looks at, so that a filter that matches nothing does not keep a thread. */
    private static final int MAX_LOOKED_AT = 20_000;

    /** Records read at once: few at first, while their size is not known, then what is expected to be about this many bytes. */
    private static final int FIRST_CHUNK = 8;

    private static final int MAX_CHUNK = 512;
    private static final long CHUNK_BYTES = 4 << 20;

    private final StoreView store;
    private final BlockingCalls blocking;
    private final Clock clock;

    RecordReader(StoreView store, BlockingCalls blocking, Clock clock) {
        this.store = store;
        this.blocking = blocking;
        this.clock = clock;
    }

    private long now() {
        return RecordCodec.toMicros(clock.instant());
    }

    /**
     * Returns the records of these ids in their order, {@code null} where there is none now.
     *
     * @param maxReplyBytes where reading ends, so that one call does not take the heap
     * @throws ServiceException LIMIT_EXCEEDED, saying how many records would have fitted; RECORD_CORRUPT
     */
    List<@Nullable StoredRecord> read(
            Collection collection,
            List<RecordId> ids,
            Selection fields,
            Selection vectors,
            long maxReplyBytes,
            CallDeadline deadline) {
        return readAt(now(), collection, ids, fields, vectors, maxReplyBytes, deadline);
    }

    /** Does the same, {@code null} where a record had expired at another moment than now, in microseconds since 1970. */
    List<@Nullable StoredRecord> readAt(
            long moment,
            Collection collection,
            List<RecordId> ids,
            Selection fields,
            Selection vectors,
            long maxReplyBytes,
            CallDeadline deadline) {
        return blocking.onLoading(
                () -> readInChunks(store, collection, ids, fields, vectors, maxReplyBytes, moment, deadline), deadline);
    }

    /** Does the same of a pinned moment, of records that were chosen as of it: none has expired then. */
    List<@Nullable StoredRecord> read(
            StoreReader moment,
            Collection collection,
            List<RecordId> ids,
            Selection fields,
            Selection vectors,
            long maxReplyBytes,
            CallDeadline deadline) {
        return blocking.onLoading(
                () -> readInChunks(moment, collection, ids, fields, vectors, maxReplyBytes, Long.MIN_VALUE, deadline),
                deadline);
    }

    private static List<@Nullable StoredRecord> readInChunks(
            StoreReader moment,
            Collection collection,
            List<RecordId> ids,
            Selection fields,
            Selection vectors,
            long maxReplyBytes,
            long now,
            CallDeadline deadline) {
        List<@Nullable StoredRecord> records = new ArrayList<>(ids.size());
        long replyBytes = 0;
        int chunkSize = FIRST_CHUNK;
        while (records.size() < ids.size()) {
            deadline.check();
            List<RecordId> chunk = ids.subList(records.size(), Math.min(ids.size(), records.size() + chunkSize));
            List<byte[]> keys = new ArrayList<>(chunk.size());
            chunk.forEach(id -> keys.add(IndexKeys.record(collection.number(), id)));
            List<byte @Nullable []> values = moment.getAll(Table.RECORDS, keys);
            long largest = 1;
            for (int i = 0; i < chunk.size(); i++) {
                byte[] value = values.get(i);
                if (value == null) {
                    records.add(null);
                    continue;
                }
                largest = Math.max(largest, value.length);
                StoredRecord record = decode(collection, chunk.get(i), keys.get(i), value, fields, vectors);
                if (hasExpired(record, now)) {
                    records.add(null);
                    continue;
                }
                replyBytes += ReplySizes.atLeast(record);
                if (replyBytes > maxReplyBytes) {
                    throw new ServiceException(
                                    ErrorCode.LIMIT_EXCEEDED,
                                    "The records are too large for one reply; ask for fewer, or for less of each")
                            .with("limit", maxReplyBytes)
                            .with("records_that_fit", records.size());
                }
                records.add(record);
            }
            chunkSize = (int) Math.clamp(CHUNK_BYTES / largest, 1L, MAX_CHUNK);
        }
        return records;
    }

    /**
     * Returns a page of records by id, after that of a record. It ends early when its stored bytes grow past the query's bound, or after
     * many that do not match. The query's filter has been checked; its order is not looked at.
     */
    Page<StoredRecord, RecordId> page(
            StoreReader view, Collection collection, ListQuery query, Optional<RecordId> after, CallDeadline deadline) {
        return blocking.onLoading(() -> readPage(view, collection, query, after, now(), deadline), deadline);
    }

    private static Page<StoredRecord, RecordId> readPage(
            StoreReader view,
            Collection collection,
            ListQuery query,
            Optional<RecordId> after,
            long now,
            CallDeadline deadline) {
        KeyRange all = IndexKeys.records(collection.number());
        KeyRange range = after.map(id -> all.after(IndexKeys.record(collection.number(), id)))
                .orElse(all);
        SingleRecord candidate = new SingleRecord();
        Selection looksAt = new Selection.Only(
                query.filter().map(RecordReader::vectorNames).map(Set::copyOf).orElse(Set.of()));
        Optional<RowMatcher> matcher = query.filter().map(condition -> RowMatcher.of(condition, candidate));
        List<StoredRecord> page = new ArrayList<>();
        long pageBytes = 0;
        int lookedAt = 0;
        try (StoreScan scan = view.scan(Table.RECORDS, range)) {
            while (scan.next()) {
                deadline.check();
                byte[] key = scan.key();
                RecordId id = idOf(collection, key);
                lookedAt++;
                if (query.slice().includes(id.toSortKey())) {
                    byte[] value = scan.value();
                    if (matcher.isPresent()) {
                        candidate.set(decode(collection, id, key, value, new Selection.All(), looksAt));
                    }
                    if (matcher.isEmpty() || matcher.get().matches(0)) {
                        StoredRecord record = decode(collection, id, key, value, query.fields(), query.vectors());
                        if (!hasExpired(record, now)) {
                            page.add(record);
                            pageBytes += value.length;
                        }
                    }
                }
                if (page.size() >= query.pageSize() || pageBytes >= query.maxPageBytes() || lookedAt == MAX_LOOKED_AT) {
                    boolean more = scan.next(); // so that a listing that fits into one page leaves nothing behind
                    return new Page<>(page, more ? Optional.of(id) : Optional.empty());
                }
            }
        }
        return new Page<>(page, Optional.empty());
    }

    /** Returns the vectors that a filter asks for, which are read with the fields. */
    private static List<String> vectorNames(Filter filter) {
        return switch (filter) {
            case Filter.And(List<Filter> filters) -> vectorNames(filters);
            case Filter.Or(List<Filter> filters) -> vectorNames(filters);
            case Filter.MinShould(List<Filter> filters, int _) -> vectorNames(filters);
            case Filter.Not(Filter inner) -> vectorNames(inner);
            case Filter.HasVector(Optional<String> name) -> name.stream().toList();
            case Filter.HasId _, Filter.OnField _ -> List.of();
        };
    }

    private static List<String> vectorNames(List<Filter> filters) {
        return filters.stream().flatMap(filter -> vectorNames(filter).stream()).toList();
    }

    /**
     * Returns a page of records whose order is known, from a rank on, and the rank where the next one begins. It ends early when its
     * stored bytes grow past the query's bound.
     *
     * @param view where all of the ids are, as of the moment when they were sorted
     */
    Page<StoredRecord, Integer> ranks(
            StoreReader view, Collection collection, ListQuery query, SortedIds ids, int rank, CallDeadline deadline) {
        return blocking.onLoading(() -> readRanks(view, collection, query, ids, rank, now(), deadline), deadline);
    }

    private static Page<StoredRecord, Integer> readRanks(
            StoreReader view,
            Collection collection,
            ListQuery query,
            SortedIds ids,
            int from,
            long now,
            CallDeadline deadline) {
        int end = (int) Math.min(ids.size(), (long) from + query.pageSize());
        List<StoredRecord> page = new ArrayList<>();
        long pageBytes = 0;
        int rank = from;
        int chunkSize = FIRST_CHUNK;
        while (rank < end) {
            deadline.check();
            List<byte[]> keys = new ArrayList<>(chunkSize);
            for (int i = rank; i < Math.min(end, rank + chunkSize); i++) {
                keys.add(IndexKeys.record(collection.number(), ids.id(i)));
            }
            List<byte @Nullable []> values = view.getAll(Table.RECORDS, keys);
            long largest = 1;
            for (int i = 0; i < keys.size(); i++) {
                byte[] value = values.get(i);
                if (value == null) {
                    throw new IllegalStateException("Store and memory differ at the moment that was pinned");
                }
                largest = Math.max(largest, value.length);
                StoredRecord record =
                        decode(collection, ids.id(rank), keys.get(i), value, query.fields(), query.vectors());
                if (!hasExpired(record, now)) {
                    page.add(record);
                    pageBytes += value.length;
                }
                rank++;
                if (pageBytes >= query.maxPageBytes()) {
                    end = rank;
                    break;
                }
            }
            chunkSize = (int) Math.clamp(CHUNK_BYTES / largest, 1L, MAX_CHUNK);
        }
        return new Page<>(page, rank < ids.size() ? Optional.of(rank) : Optional.empty());
    }

    private static boolean hasExpired(StoredRecord record, long now) {
        return record.expireTime().isPresent()
                && RecordCodec.toMicros(record.expireTime().get()) <= now;
    }

    private static StoredRecord decode(
            Collection collection, RecordId id, byte[] key, byte[] value, Selection fields, Selection vectors) {
        try {
            return RecordCodec.decode(id, key, value, collection.schema(), fields, vectors);
        } catch (CorruptBytesException e) {
            throw CollectionIndex.corrupt(e, collection);
        }
    }

    private static RecordId idOf(Collection collection, byte[] key) {
        try {
            return IndexKeys.recordId(key);
        } catch (CorruptBytesException e) {
            throw CollectionIndex.corrupt(e, collection);
        }
    }
}
