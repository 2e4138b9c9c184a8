package io.knarr.server.index;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.knarr.server.engine.SegmentException;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.Account;
import io.knarr.server.model.AggregateReply;
import io.knarr.server.model.Aggregation;
import io.knarr.server.model.BatchedSearch;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.ChunkOutcome;
import io.knarr.server.model.Collection;
import io.knarr.server.model.CursorPosition;
import io.knarr.server.model.Filter;
import io.knarr.server.model.IngestPlace;
import io.knarr.server.model.IngestState;
import io.knarr.server.model.ListQuery;
import io.knarr.server.model.Page;
import io.knarr.server.model.RecordBounds;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.RecordPatch;
import io.knarr.server.model.SampleQuery;
import io.knarr.server.model.Schema;
import io.knarr.server.model.SchemaGrowth;
import io.knarr.server.model.SearchAnswer;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.Selection;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.model.WriteReceipt;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreFailures;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * One account in memory. Borrowed from the cache of backends for the time of a call; at most one of an account is alive at any time.
 *
 * <p>Opening one reads the account's catalog of collections; a collection's rows come into memory when they are first searched, counted
 * or written to. Reads by id and pages go to the store and bring nothing into memory.
 *
 * <p>Thread-safe: any number of readers and writers. All methods may block the calling (virtual) thread; heavy work runs on the pools
 * that {@link IndexThreads} names.
 */
// Lock order: catalogLock, then a slot's monitor, then a collection writer's lock.
public final class AccountBackend implements AutoCloseable {
    /** The most records that one call deletes by a filter. */
    public static final int MAX_DELETED_BY_FILTER = MatchingRecords.MAX_DELETED;

    /** The most ingests that a collection remembers. */
    public static final int MAX_INGESTS = Ingests.MAX_KEPT;

    /** How long an ingest is remembered after its last chunk. */
    public static final Duration INGESTS_KEPT = StoredIngest.KEPT;

    private static final int BASE_BYTES = 2_048;
    private static final int BYTES_PER_COLLECTION = 1_024;
    /** Times that a call looks for its collection again: a schema may grow that often while it waits for its turn. */
    private static final int MAX_CLOSED_RETRIES = 20;

    private final Account account;
    private final StoreView store;
    private final AccountImages images;
    private final IndexThreads threads;
    private final Clock clock;
    private final GraphPolicy graphs;
    private final int maxCollections;
    private final ReclaimSchedule schedule;
    private final BlockingCalls blocking;
    private final RecordReader reader;
    private final RecordListing listing;
    private final CollectionReads reads;
    private final Ingests ingests;
    private final Reclaimer reclaimer;
    private final ConcurrentNavigableMap<String, CollectionSlot> slots = new ConcurrentSkipListMap<>();
    private final ReentrantLock catalogLock = new ReentrantLock();

    @GuardedBy("catalogLock")
    private int nextNumber;

    // Set after a catalog write of unknown outcome; the next use reads the catalog again.
    private volatile boolean catalogStale;

    private AccountBackend(
            Account account,
            StoreView store,
            AccountImages images,
            IndexThreads threads,
            Clock clock,
            GraphPolicy graphs,
            Cursors cursors,
            int maxCollections,
            ReclaimSchedule schedule) {
        this.account = requireNonNull(account, "account is null");
        this.store = requireNonNull(store, "store is null");
        this.images = requireNonNull(images, "images is null");
        this.threads = requireNonNull(threads, "threads is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.graphs = requireNonNull(graphs, "graphs is null");
        this.maxCollections = maxCollections;
        this.blocking = new BlockingCalls(threads);
        this.reader = new RecordReader(store, blocking, clock);
        this.listing = new RecordListing(account.number(), store, cursors, reader, blocking);
        this.reads = new CollectionReads(store, reader, blocking);
        this.schedule = requireNonNull(schedule, "schedule is null");
        this.ingests = new Ingests(store, blocking, clock);
        this.reclaimer = new Reclaimer(store, blocking, ingests);
    }

    /**
     * Reads the account's catalog. Blocks on the disk for a small read: call it from a loading thread.
     *
     * @param store the account's own view
     * @param images the account's own images
     * @param graphs how graphs of its collections are built
     * @param cursors where views stay between calls, of all accounts
     * @param maxCollections how many collections the account may have
     * @param schedule told when the account has something to reclaim
     * @throws ServiceException RECORD_CORRUPT, STORE_UNAVAILABLE
     */
    public static AccountBackend open(
            Account account,
            StoreView store,
            AccountImages images,
            IndexThreads threads,
            Clock clock,
            GraphPolicy graphs,
            Cursors cursors,
            int maxCollections,
            ReclaimSchedule schedule) {
        AccountBackend backend =
                new AccountBackend(account, store, images, threads, clock, graphs, cursors, maxCollections, schedule);
        try {
            StoredCatalog catalog = StoredCatalog.read(store);
            images.keepOnly(catalog.collections().values().stream()
                    .map(Collection::number)
                    .collect(Collectors.toSet()));
            backend.adopt(catalog);
            return backend;
        } catch (StoreException e) {
            throw StoreFailures.toServiceException(e);
        }
    }

    /** Returns the life of the account that this backend serves. */
    public Account account() {
        return account;
    }

    /** Returns the bytes this backend takes in memory now, heap and native; cheap. Grows and shrinks as collections are used. */
    public long footprintBytes() {
        long bytes = BASE_BYTES;
        for (CollectionSlot slot : slots.values()) {
            bytes += BYTES_PER_COLLECTION
                    + slot.ifLoaded().map(CollectionIndex::footprintBytes).orElse(0L);
        }
        return bytes;
    }

    /**
     * Creates a collection, durably.
     *
     * @throws ServiceException COLLECTION_EXISTS, QUOTA_EXCEEDED, DISK_FULL, STORE_UNAVAILABLE
     */
    public Collection createCollection(String name, Schema schema, CallDeadline deadline) {
        return createCollection(name, schema, Optional.empty(), deadline);
    }

    /** As {@link #createCollection(String, Schema, CallDeadline)}, with a time to live for records that are written without one. */
    public Collection createCollection(
            String name, Schema schema, Optional<Duration> defaultTtl, CallDeadline deadline) {
        catalogLock.lock();
        try {
            refreshCatalogIfStale(
                    deadline); // under the lock: the writer before may have left it stale, and its number taken
            deadline.check();
            if (slots.containsKey(name)) {
                throw new ServiceException(ErrorCode.COLLECTION_EXISTS, "The account has a collection of that name")
                        .with("collection", name);
            }
            if (slots.size() >= maxCollections) {
                throw new ServiceException(
                                ErrorCode.QUOTA_EXCEEDED, "The account has as many collections as it may have")
                        .with("limit", maxCollections);
            }
            Collection collection = new Collection(
                    name,
                    nextNumber,
                    UUID.randomUUID(),
                    clock.instant().truncatedTo(ChronoUnit.MICROS),
                    schema,
                    defaultTtl);
            WriteBatch batch = new WriteBatch()
                    .put(Table.CATALOG, IndexKeys.collection(name), CollectionCodec.encode(collection))
                    .put(Table.CATALOG, IndexKeys.nextNumber(), intBytes(nextNumber + 1));
            commitCatalog(batch);
            nextNumber++;
            slots.put(name, slotOf(collection));
            return collection;
        } finally {
            catalogLock.unlock();
        }
    }

    /**
     * Lets the schema of a collection grow, durably and for every call from then on.
     *
     * @param incarnation the life meant, or empty for whichever lives
     * @return the collection as it is then
     * @throws ServiceException COLLECTION_NOT_FOUND, INCARNATION_MISMATCH, FIELD_IN_USE, or what is wrong and where
     */
    public Collection growCollection(
            String name, Optional<UUID> incarnation, SchemaGrowth growth, CallDeadline deadline) {
        catalogLock.lock();
        try {
            CollectionSlot slot = slot(name, deadline);
            requireIncarnation(slot.collection(), incarnation, "incarnation");
            CollectionGrowth whole =
                    new CollectionGrowth(slot, growth, blocking, images.areKept(), this::commitCatalog);
            return withIndex(name, deadline, index -> whole.apply(index, deadline));
        } finally {
            catalogLock.unlock();
        }
    }

    /** Returns a collection. @throws ServiceException COLLECTION_NOT_FOUND */
    public Collection collection(String name) {
        return slot(name, CallDeadline.NONE).collection();
    }

    /** Returns a page of collections by name. */
    public Page<Collection, String> listCollections(int pageSize, Optional<String> after) {
        refreshCatalogIfStale(CallDeadline.NONE);
        NavigableMap<String, CollectionSlot> rest = after.<NavigableMap<String, CollectionSlot>>map(
                        name -> slots.tailMap(name, false))
                .orElse(slots);
        List<Collection> page = new ArrayList<>();
        for (CollectionSlot slot : rest.values()) {
            if (page.size() == pageSize) {
                return new Page<>(page, Optional.of(page.getLast().name()));
            }
            page.add(slot.collection());
        }
        return new Page<>(page, Optional.empty());
    }

    /**
     * Deletes a collection and its records, durably, in one step.
     *
     * @param incarnation the life meant, or empty for whichever lives
     * @return whether there was one
     * @throws ServiceException INCARNATION_MISMATCH, DISK_FULL, STORE_UNAVAILABLE
     */
    public boolean deleteCollection(String name, Optional<UUID> incarnation, CallDeadline deadline) {
        catalogLock.lock();
        try {
            refreshCatalogIfStale(deadline);
            deadline.check();
            CollectionSlot slot = slots.get(name);
            if (slot == null) {
                return false;
            }
            requireIncarnation(slot.collection(), incarnation, "incarnation");
            int number = slot.collection().number();
            WriteBatch batch = new WriteBatch()
                    .delete(Table.CATALOG, IndexKeys.collection(name))
                    .delete(Table.CATALOG, IndexKeys.sequence(number))
                    .delete(Table.CATALOG, IndexKeys.lineage(number))
                    .deleteRange(Table.RECORDS, IndexKeys.records(number))
                    .deleteRange(Table.OPERATIONS, IndexKeys.operations(number))
                    .deleteRange(Table.SNAPSHOTS, IndexKeys.journal(number));
            end(slot, () -> commitCatalog(batch), deadline);
            slots.remove(name, slot);
            images.delete(number);
            return true;
        } finally {
            catalogLock.unlock();
        }
    }

    /** Runs the commit that deletes a collection while nobody can write to it. */
    private void end(CollectionSlot slot, Runnable commit, CallDeadline deadline) {
        Optional<CompletableFuture<CollectionIndex>> load = slot.end();
        boolean committed = false;
        try {
            Optional<CollectionIndex> index = load.flatMap(running -> finished(running, deadline));
            if (index.isPresent()) {
                index.get().writer().deleteWith(commit);
            } else {
                commit.run();
            }
            committed = true;
            index.ifPresent(CollectionIndex::close);
        } finally {
            if (!committed) {
                slot.reopen();
            }
        }
    }

    /** Waits for a load and returns what came of it, if anything did. */
    private static Optional<CollectionIndex> finished(CompletableFuture<CollectionIndex> load, CallDeadline deadline) {
        return BlockingCalls.awaitShared(load.handle((index, _) -> Optional.ofNullable(index)), deadline);
    }

    /**
     * Writes records, all or none; durable and visible when it returns.
     *
     * @return one outcome per draft, in their order; of drafts with the same id the last is written
     * @throws ServiceException COLLECTION_NOT_FOUND, INCARNATION_MISMATCH, or what is wrong with a draft and where; RECORD_EXISTS,
     *     RECORD_NOT_FOUND by the mode, VERSION_MISMATCH, PRECONDITION_FAILED, REQUEST_ID_REUSED by the terms
     */
    public WriteReceipt<List<UpsertOutcome>> upsert(
            String collection, WriteTerms terms, UpsertMode mode, List<RecordDraft> drafts, CallDeadline deadline) {
        return write(collection, terms, deadline, index -> index.upsert(terms, mode, drafts, deadline));
    }

    /**
     * Deletes records, all or none; durable when it returns. The result counts those that existed.
     *
     * @throws ServiceException COLLECTION_NOT_FOUND, INCARNATION_MISMATCH, VERSION_MISMATCH, PRECONDITION_FAILED
     */
    public WriteReceipt<Long> delete(String collection, WriteTerms terms, List<RecordId> ids, CallDeadline deadline) {
        return delete(collection, terms, ids, false, deadline);
    }

    /** As {@link #delete(String, WriteTerms, List, CallDeadline)}; only says what it would do where {@code validateOnly}. */
    public WriteReceipt<Long> delete(
            String collection, WriteTerms terms, List<RecordId> ids, boolean validateOnly, CallDeadline deadline) {
        return write(collection, terms, deadline, index -> index.delete(terms, ids, validateOnly, deadline));
    }

    /**
     * Deletes the records that match at the moment of the write, all or none; only says how many where {@code validateOnly}.
     *
     * @throws ServiceException as {@link #delete}, or what is wrong with the filter and where; LIMIT_EXCEEDED where more match than one
     *     call may delete
     */
    public WriteReceipt<Long> deleteMatching(
            String collection, WriteTerms terms, Filter filter, boolean validateOnly, CallDeadline deadline) {
        return write(
                collection,
                terms,
                deadline,
                index -> index.deleteMatching(terms, filter, validateOnly, blocking, deadline));
    }

    /**
     * Changes parts of records that exist, all of them or none; durable and visible when it returns.
     *
     * @return one outcome per patch, in their order
     * @throws ServiceException RECORD_NOT_FOUND, NUMBER_OVERFLOW, or what is wrong with a patch, or the record it would make, and where
     */
    public WriteReceipt<List<UpsertOutcome>> patch(
            String collection,
            WriteTerms terms,
            List<RecordPatch> patches,
            RecordBounds bounds,
            CallDeadline deadline) {
        return write(collection, terms, deadline, index -> index.patch(terms, patches, bounds, deadline));
    }

    /**
     * Says how far an ingest has come, which is nowhere where nobody knows it.
     *
     * @throws ServiceException COLLECTION_NOT_FOUND, INCARNATION_MISMATCH; QUOTA_EXCEEDED where the collection remembers as many as it may
     */
    public WriteReceipt<IngestState> openIngest(
            String collection, Optional<UUID> incarnation, UUID ingest, CallDeadline deadline) {
        CollectionSlot slot = slot(collection, deadline);
        Collection found = slot.collection();
        requireIncarnation(found, incarnation, "open.collection_incarnation");
        return new WriteReceipt<>(ingests.open(slot, ingest, deadline), found.incarnation());
    }

    /**
     * Writes the next chunk of an ingest, all of its records or none, or says what became of one that was dealt with before. A chunk whose
     * records are refused is dealt with as well; its outcome says why.
     *
     * @param drafts gives the records; what it throws is a reason to refuse them
     * @throws ServiceException INGEST_OUT_OF_ORDER, COLLECTION_NOT_FOUND, INCARNATION_MISMATCH
     */
    public ChunkOutcome ingest(
            String collection,
            UUID incarnation,
            IngestPlace place,
            UpsertMode mode,
            Supplier<List<RecordDraft>> drafts,
            CallDeadline deadline) {
        return withIndex(collection, deadline, index -> {
            requireIncarnation(index.collection(), Optional.of(incarnation), "open.collection_incarnation");
            return index.ingest(place, mode, drafts, deadline);
        });
    }

    private <R> WriteReceipt<R> write(
            String collection, WriteTerms terms, CallDeadline deadline, Function<CollectionIndex, R> action) {
        return withIndex(collection, deadline, index -> {
            requireIncarnation(index.collection(), terms.incarnation(), "collection_incarnation");
            return new WriteReceipt<>(action.apply(index), index.collection().incarnation());
        });
    }

    /**
     * Returns the records of these ids, in their order, leaving out those that do not exist. Repeated ids come back repeated.
     *
     * @param maxReplyBytes where reading ends: no reply may be larger
     * @throws ServiceException COLLECTION_NOT_FOUND, UNKNOWN_FIELD, LIMIT_EXCEEDED, RECORD_CORRUPT
     */
    public List<StoredRecord> get(
            String collection,
            List<RecordId> ids,
            Selection fields,
            Selection vectors,
            long maxReplyBytes,
            CallDeadline deadline) {
        Collection found = slot(collection, deadline).collection();
        new RecordChecker(found.schema()).selections(fields, vectors);
        return reader.read(found, ids, fields, vectors, maxReplyBytes, deadline).stream()
                .filter(Objects::nonNull)
                .toList();
    }

    /**
     * Returns a page of records. The page ends early when its records grow past the query's bound; a page of few matches, or none, is not
     * the last unless it says so. All pages of a listing are of the moment of its first.
     *
     * @param from where to go on, of the page before; empty for the first page
     * @throws ServiceException COLLECTION_NOT_FOUND, UNKNOWN_FIELD, TYPE_MISMATCH, RECORD_CORRUPT; CURSOR_EXPIRED, QUOTA_EXCEEDED;
     *     LIMIT_EXCEEDED if there are too many records to be sorted
     */
    public Page<StoredRecord, CursorPosition> list(
            ListQuery query, Optional<CursorPosition> from, CallDeadline deadline) {
        Collection found = slot(query.collection(), deadline).collection();
        ListQuery checked = RecordListing.checked(query, found);
        if (from.isPresent()) {
            return listing.next(found, checked, from.get(), deadline);
        }
        if (query.order().isEmpty()) {
            return listing.first(found, checked, deadline);
        }
        return withIndex(query.collection(), deadline, index -> {
            return listing.firstInOrder(index, checked, deadline);
        });
    }

    /**
     * Pins a collection as it is now. Returns where a listing of the query begins, which must be by id.
     *
     * @throws ServiceException COLLECTION_NOT_FOUND, UNKNOWN_FIELD, TYPE_MISMATCH, QUOTA_EXCEEDED
     */
    public CursorPosition pin(ListQuery query, CallDeadline deadline) {
        Collection found = slot(query.collection(), deadline).collection();
        var _ = RecordListing.checked(query, found);
        return listing.pin(found);
    }

    /**
     * Computes aggregations over the records that match, at one moment.
     *
     * @param aggregations by the names of their results
     * @throws ServiceException COLLECTION_NOT_FOUND, UNKNOWN_FIELD, TYPE_MISMATCH, LIMIT_EXCEEDED, NOT_FINITE
     */
    public AggregateReply aggregate(
            String collection,
            Optional<Filter> filter,
            SequencedMap<String, Aggregation> aggregations,
            CallDeadline deadline) {
        return withIndex(collection, deadline, index -> reads.aggregate(index, filter, aggregations, deadline));
    }

    /**
     * Returns records picked at random, in random order.
     *
     * @param maxReplyBytes where reading ends: no reply may be larger
     * @throws ServiceException COLLECTION_NOT_FOUND, UNKNOWN_FIELD, TYPE_MISMATCH, LIMIT_EXCEEDED
     */
    public List<StoredRecord> sample(SampleQuery query, long maxReplyBytes, CallDeadline deadline) {
        return withIndex(query.collection(), deadline, index -> reads.sample(index, query, maxReplyBytes, deadline));
    }

    /** Counts the records that match. @throws ServiceException COLLECTION_NOT_FOUND, UNKNOWN_FIELD, TYPE_MISMATCH */
    public long count(String collection, Optional<Filter> filter, CallDeadline deadline) {
        return withIndex(collection, deadline, index -> {
            if (filter.isEmpty()) {
                return index.count(filter, deadline);
            }
            return blocking.onSearch(() -> index.count(filter, deadline), deadline);
        });
    }

    /**
     * Finds the nearest records.
     *
     * @param maxReplyBytes where reading the hits' fields and vectors ends: no reply may be larger
     * @throws ServiceException COLLECTION_NOT_FOUND, LIMIT_EXCEEDED, or what is wrong with the query and where
     */
    public SearchResult search(SearchQuery query, long maxReplyBytes, CallDeadline deadline) {
        long startedAt = System.nanoTime();
        boolean cold = slot(query.collection(), deadline).ifLoaded().isEmpty();
        return withIndex(query.collection(), deadline, index -> {
            Optional<Duration> loadTime =
                    cold ? Optional.of(Duration.ofNanos(System.nanoTime() - startedAt)) : Optional.empty();
            return new CollectionSearcher(index, reader, blocking, query, maxReplyBytes, deadline, loadTime).search();
        });
    }

    /**
     * Does several searches of one collection, all at one moment of it.
     *
     * @param queries each of this collection, or what was wrong with it; at least one
     * @param maxReplyBytes where reading the hits' fields and vectors ends: no reply may be larger
     * @return for each the result, or what is wrong with it
     * @throws ServiceException COLLECTION_NOT_FOUND, or what ends the whole call
     */
    public List<SearchAnswer> searchBatch(
            String collection, List<BatchedSearch> queries, long maxReplyBytes, CallDeadline deadline) {
        return withIndex(collection, deadline, index -> {
            return new BatchSearcher(index, reader, blocking, maxReplyBytes, deadline).search(queries);
        });
    }

    /**
     * Reclaims what has expired by now, without bringing anything into memory.
     *
     * @return when there is next something to reclaim, in microseconds since 1970, or {@link Long#MAX_VALUE}
     * @throws ServiceException if the store cannot be used now, or what it says is damaged
     */
    public long reclaim(CallDeadline deadline) {
        refreshCatalogIfStale(deadline);
        long next = Reclaimer.NEVER;
        for (CollectionSlot slot : slots.values()) {
            try {
                next = Math.min(next, reclaimer.reclaim(slot, now(), deadline));
            } catch (CorruptBytesException e) {
                throw CollectionIndex.corrupt(e, slot.collection());
            }
        }
        return next;
    }

    private long now() {
        return RecordCodec.toMicros(clock.instant());
    }

    /** Returns an estimate of the heap that each field of a collection takes with its indexes. */
    public Map<String, Long> fieldBytes(String collection) {
        return withIndex(collection, CallDeadline.NONE, CollectionIndex::fieldBytes);
    }

    /** Frees the memory. Only called when nobody holds a lease. */
    @Override
    public void close() {
        slots.values().forEach(CollectionSlot::close);
    }

    private <R> R withIndex(String collection, CallDeadline deadline, Function<CollectionIndex, R> action) {
        for (int attempt = 0; ; attempt++) {
            CollectionIndex index =
                    BlockingCalls.awaitShared(slot(collection, deadline).index(), deadline);
            try {
                return action.apply(index);
            } catch (IndexClosedException e) {
                requireRetriesLeft(attempt, e);
            } catch (SegmentException e) {
                index.writer().abandonImage(e);
                requireRetriesLeft(attempt, e);
            }
        }
    }

    private static void requireRetriesLeft(int attempt, RuntimeException cause) {
        if (attempt == MAX_CLOSED_RETRIES) {
            throw new IllegalStateException("Index was closed again and again", cause);
        }
    }

    /** Writes the image of a collection, loading it if need be; on this thread. Returns whether there is one now. */
    boolean writeImage(String collection) {
        return withIndex(collection, CallDeadline.NONE, index -> index.writer().writeImage());
    }

    private CollectionSlot slot(String name, CallDeadline deadline) {
        refreshCatalogIfStale(deadline);
        CollectionSlot slot = slots.get(name);
        if (slot == null) {
            throw new ServiceException(ErrorCode.COLLECTION_NOT_FOUND, "The account has no such collection")
                    .with("collection", name);
        }
        return slot;
    }

    private CollectionSlot slotOf(Collection collection) {
        return new CollectionSlot(collection, this::startLoading);
    }

    private CompletableFuture<CollectionIndex> startLoading(Collection collection) {
        try {
            return CompletableFuture.supplyAsync(
                    () -> CollectionIndex.load(
                            collection, store, images, threads, clock, graphs, due -> schedule.due(account.id(), due)),
                    threads.loading());
        } catch (RejectedExecutionException e) {
            throw ServiceException.causedBy(e, ErrorCode.TOO_MANY_CALLS, "Too many collections wait to be loaded")
                    .retryAfter(Duration.ofMillis(100));
        }
    }

    /** Refuses a caller who means another life of a collection, naming the request's field that says so. */
    private static void requireIncarnation(Collection collection, Optional<UUID> expected, String field) {
        if (expected.isPresent() && !expected.get().equals(collection.incarnation())) {
            throw ServiceException.atField(
                            ErrorCode.INCARNATION_MISMATCH, field, "The collection has been deleted and created again")
                    .with("collection", collection.name())
                    .with("expected", expected.get())
                    .with("actual", collection.incarnation());
        }
    }

    private void commitCatalog(WriteBatch batch) {
        boolean outcomeKnown = false;
        try {
            blocking.onWriting(() -> store.commit(batch));
            outcomeKnown = true;
        } catch (ServiceException e) {
            outcomeKnown = true; // refused before it was begun
            throw e;
        } catch (StoreException e) {
            outcomeKnown = e.kind() == StoreException.Kind.DISK_FULL;
            throw StoreFailures.toServiceException(e);
        } finally {
            if (!outcomeKnown) {
                catalogStale = true;
            }
        }
    }

    private void refreshCatalogIfStale(CallDeadline deadline) {
        if (!catalogStale) {
            return;
        }
        // The lock is taken here and not on the loading thread: its holder may wait for a load, which needs such a
        // thread.
        catalogLock.lock();
        try {
            if (catalogStale) {
                adopt(blocking.onLoading(() -> StoredCatalog.read(store), deadline));
                catalogStale = false;
            }
        } finally {
            catalogLock.unlock();
        }
    }

    /** Makes the slots what the catalog on disk says, keeping those that are still right. */
    private void adopt(StoredCatalog catalog) {
        catalogLock.lock();
        try {
            nextNumber = catalog.nextNumber();
            slots.values().removeIf(slot -> {
                boolean gone = !slot.collection()
                        .equals(catalog.collections().get(slot.collection().name()));
                if (gone) {
                    slot.close();
                }
                return gone;
            });
            catalog.collections().forEach((name, collection) -> slots.computeIfAbsent(name, _ -> slotOf(collection)));
        } finally {
            catalogLock.unlock();
        }
    }

    private static byte[] intBytes(int value) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
    }
}
