package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.ChunkOutcome;
import io.knarr.server.model.ChunkRefusal;
import io.knarr.server.model.Collection;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.IngestPlace;
import io.knarr.server.model.Precondition;
import io.knarr.server.model.RecordBounds;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.RecordPatch;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.StoreView;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
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
    private final GraphPolicy graphs;
    private final long schemaEpoch;

    private CollectionIndex(Collection collection, CollectionWriter writer, GraphPolicy graphs) {
        this.collection = collection;
        this.recordChecker = new RecordChecker(collection.schema());
        this.filterChecker = new FilterChecker(collection.schema());
        this.writer = writer;
        this.graphs = graphs;
        this.schemaEpoch = writer.schemaEpoch();
    }

    /** Returns the index of the same rows under what the collection is now, after {@link CollectionWriter#changeWith}. */
    CollectionIndex of(Collection changed) {
        return new CollectionIndex(changed, writer, graphs);
    }

    /**
     * Brings a collection into memory. Blocks on the disk for as long as that takes.
     *
     * @param due told when something that was written is to be reclaimed, in microseconds since 1970
     * @throws ServiceException RECORD_CORRUPT if a record is not what was written; the account's other collections are not affected.
     *     COLLECTION_NOT_FOUND if the catalog on disk does not have this life of the collection
     * @throws io.knarr.server.store.StoreException if the disk fails
     */
    static CollectionIndex load(
            Collection collection,
            StoreView store,
            AccountImages images,
            IndexThreads threads,
            Clock clock,
            GraphPolicy graphs,
            LongConsumer due) {
        try {
            LoadedRows rows = new CollectionLoader(collection, store, images).load();
            CollectionWriter writer = new CollectionWriter(
                    collection,
                    store,
                    threads,
                    clock,
                    rows,
                    new ImageKeeper(collection, store, images, rows),
                    graphs,
                    due);
            return new CollectionIndex(collection, writer, graphs);
        } catch (CorruptBytesException e) {
            log.error("Collection has a corrupt record, collection={}", collection.incarnation(), e);
            throw corrupt(e, collection);
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

    GraphPolicy graphs() {
        return graphs;
    }

    long footprintBytes() {
        return writer.footprintBytes();
    }

    /** Checks and writes records. */
    List<UpsertOutcome> upsert(WriteTerms terms, UpsertMode mode, List<RecordDraft> drafts, CallDeadline deadline) {
        WriteTerms checked = check(terms);
        return writer.apply(schemaEpoch, new Mutation.Upsert(deadline, checked, mode, prepare(drafts)));
    }

    /** Checks and writes a chunk of an ingest, or keeps why it is refused. */
    ChunkOutcome ingest(IngestPlace place, UpsertMode mode, Supplier<List<RecordDraft>> drafts, CallDeadline deadline) {
        List<Mutation.Prepared> prepared = List.of();
        Optional<ChunkRefusal> refusal = Optional.empty();
        try {
            prepared = prepare(drafts.get());
        } catch (ServiceException e) {
            if (!ChunkRefusal.isOf(e)) {
                throw e;
            }
            refusal = Optional.of(ChunkRefusal.of(e));
        }
        return writer.apply(schemaEpoch, new Mutation.Chunk(deadline, place, mode, prepared, refusal));
    }

    private List<Mutation.Prepared> prepare(List<RecordDraft> drafts) {
        List<Mutation.Prepared> prepared = new ArrayList<>(drafts.size());
        for (int i = 0; i < drafts.size(); i++) {
            prepared.add(prepare(drafts.get(i), "records[" + i + "]"));
        }
        return prepared;
    }

    private Mutation.Prepared prepare(RecordDraft draft, String path) {
        SequencedMap<String, FieldValue> fields = recordChecker.fields(draft, path);
        @Nullable VectorData[] vectors = recordChecker.vectors(draft, path);
        RecordId id = draft.id().orElseGet(TimeOrderedIds::next);
        byte[] key = IndexKeys.record(collection.number(), id);
        long expireMicros = draft.expireTime().map(RecordCodec::toMicros).orElse(RecordCodec.NEVER);
        byte[] encoded = RecordCodec.encodeBody(collection.schema(), fields, vectors);
        return new Mutation.Prepared(id, key, encoded, fields, vectors, expireMicros);
    }

    /** Deletes records; returns how many there were. */
    long delete(WriteTerms terms, List<RecordId> ids, boolean validateOnly, CallDeadline deadline) {
        return writer.apply(schemaEpoch, new Mutation.Delete(deadline, check(terms), ids, validateOnly));
    }

    /** Deletes the records that match; returns how many there were. */
    long deleteMatching(
            WriteTerms terms, Filter filter, boolean validateOnly, BlockingCalls blocking, CallDeadline deadline) {
        MatchingRecords matching = new MatchingRecords(filterChecker.check(filter), blocking, deadline);
        return writer.apply(schemaEpoch, new Mutation.DeleteMatching(deadline, check(terms), matching, validateOnly));
    }

    /** Changes parts of records. */
    List<UpsertOutcome> patch(WriteTerms terms, List<RecordPatch> patches, RecordBounds bounds, CallDeadline deadline) {
        RecordPatcher patcher = new RecordPatcher(collection.number(), collection.schema(), recordChecker, bounds);
        return writer.apply(schemaEpoch, new Mutation.Patch(deadline, check(terms), patches, patcher));
    }

    /** Removes records that have expired. */
    void expire(List<ExpiryNote> notes) {
        var _ = writer.apply(schemaEpoch, new Mutation.Expire(notes));
    }

    private WriteTerms check(WriteTerms terms) {
        List<Precondition> checked = new ArrayList<>(terms.preconditions().size());
        for (Precondition wanted : terms.preconditions()) {
            String path = "preconditions[" + checked.size() + "].filter";
            checked.add(new Precondition(
                    wanted.id(),
                    wanted.version(),
                    wanted.filter().map(filter -> filterChecker.check(filter, path)),
                    wanted.exists()));
        }
        return new WriteTerms(terms.incarnation(), checked, terms.request());
    }

    /** Counts the records that match. */
    long count(Optional<Filter> filter, CallDeadline deadline) {
        RowTable.View view = writer.holdView();
        try {
            if (filter.isEmpty()) {
                return view.visibleCount();
            }
            return new FilterEvaluation(filterChecker.check(filter.get()), view, deadline)
                    .mask()
                    .count();
        } finally {
            view.table().release();
        }
    }

    /** Returns an estimate of the heap that each field takes with its indexes. */
    Map<String, Long> fieldBytes() {
        RowTable.View view = writer.holdView();
        try {
            return view.columns().bytesByField();
        } finally {
            view.table().release();
        }
    }

    void close() {
        writer.close();
    }
}
