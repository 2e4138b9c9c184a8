package io.knarr.server.index;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.knarr.server.engine.SegmentException;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.index.Mutation.Prepared;
import io.knarr.server.model.Collection;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreFailures;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one writer of a collection: puts mutations into the store and into memory, in one order.
 *
 * <p>Disk first, memory second, reply last. A caller queues its mutation and asks for the lock; whoever gets it takes all that wait, up to
 * a bound, through one durable commit, so writers of one collection share a flush. A mutation is whole within one atomic batch, hence
 * atomic itself. The sequence grows by one with each mutation, is part of its batch, and is the version of the records it writes: it never
 * goes back, not even when the newest record is deleted.
 *
 * <p>After a commit of unknown outcome memory may differ from the disk. The writer is then broken: it takes no more mutations, and its
 * owner loads the collection anew. Readers of the old view are not disturbed.
 *
 * <p>What takes long and can be derived is done beside: graphs and images on the background thread, compaction, and the merging of what finds
 * rows by their fields, on their own. Each begins under the lock, with a view; goes on without it, while mutations are applied; and ends
 * under it, catching up with what came in between. Compaction stops a build of a graph over the rows that it is about to replace: the graph would go with them.
 *
 * <p>Lock order: {@code lock}, then the image keeper's monitor or that of the rows' fields, which are leaves.
 */
final class CollectionWriter {
    private static final Logger log = LoggerFactory.getLogger(CollectionWriter.class);

    /** Bytes of one commit; a single mutation may exceed it. RocksDB groups commits up to as much. */
    private static final long MAX_GROUP_BYTES = 8L << 20;

    private static final int MAX_GROUP_MUTATIONS = 1_024;
    private static final int MIN_DEAD_ROWS_TO_COMPACT = 1_024;

    /** Rows are compacted when more than one in this many is dead: the dead then take at most a seventh of what the living take. */
    private static final int ROWS_PER_DEAD_ROW = 8;

    private static final Duration BUSY_RETRY = Duration.ofMillis(100);

    private final Collection collection;
    private final StoreView store;
    private final IndexThreads threads;
    private final Clock clock;
    private final ImageKeeper images;
    private final GraphPolicy graphs;

    private final ConcurrentLinkedQueue<Mutation<?>> waiting = new ConcurrentLinkedQueue<>();
    private final ReentrantLock lock = new ReentrantLock();

    // Null until somebody writes: a collection that is only searched needs no such thing.
    @GuardedBy("lock")
    private @Nullable RowsById liveRows;

    @GuardedBy("lock")
    private RowTable table;

    @GuardedBy("lock")
    private boolean imageQueued;

    @GuardedBy("lock")
    private boolean linkQueued;

    @GuardedBy("lock")
    private boolean mergeQueued;

    @GuardedBy("lock")
    private long sequence;

    private volatile boolean closed;

    /** A compaction waits or is under way. Written under the lock, read without it by builds of graphs, which it stops. */
    private volatile boolean compacting;

    // Written under the lock; read without it by those who only want to know whether to load anew.
    private volatile State state = State.OPEN;

    /** Grows when the schema does. Written under the lock. */
    private volatile long schemaEpoch;

    private volatile RowTable.View view;
    private volatile long footprintBytes;

    private enum State {
        OPEN,
        /** The schema has grown beyond these rows: they can be read, and are loaded anew. */
        SUPERSEDED,
        BROKEN,
        DELETED,
        CLOSED
    }

    /** Takes over rows that have just been loaded. */
    CollectionWriter(
            Collection collection,
            StoreView store,
            IndexThreads threads,
            Clock clock,
            LoadedRows rows,
            ImageKeeper images,
            GraphPolicy graphs) {
        this.collection = collection;
        this.store = store;
        this.threads = threads;
        this.clock = clock;
        this.images = images;
        this.graphs = graphs;
        this.table = rows.table();
        this.liveRows = rows.rowsById();
        this.sequence = rows.sequence();
        table.freezeFields();
        this.view = table.publish(sequence);
        measure();
        queueRebuilds();
    }

    /**
     * Returns what a reader sees now. The reader releases the view's table when it is done.
     *
     * @throws IndexClosedException if the collection has been closed: look for its index again
     */
    RowTable.View holdView() {
        while (true) {
            RowTable.View current = view;
            if (current.table().tryHold()) {
                return current;
            }
            if (closed) {
                throw new IndexClosedException();
            }
            // Compacted in between: the next view's table is alive, and is published before the old one is let go.
            Thread.onSpinWait();
        }
    }

    long footprintBytes() {
        return footprintBytes + view.table().indexBytes();
    }

    /**
     * Applies a mutation durably and makes it visible. Waits its turn on the calling thread.
     *
     * @throws ServiceException DEADLINE_EXCEEDED or CALL_CANCELLED where the call was over before its turn came, and TOO_MANY_CALLS or
     *     DISK_FULL: nothing was written; STORE_UNAVAILABLE: whether it was is unknown; COLLECTION_NOT_FOUND
     * @throws SegmentException if the image that the rows came from is damaged; nothing was written
     * @throws IndexClosedException if the schema is another by now: nothing was written; look for the collection's index again
     */
    <R> R apply(long epoch, Mutation<R> mutation) {
        mutation.checkedAgainst(epoch);
        requireRowsById();
        waiting.add(mutation);
        lock.lock();
        try {
            while (!mutation.isDone()) {
                applyGroup(nextGroup());
            }
        } finally {
            lock.unlock();
        }
        return mutation.result();
    }

    /** Finds out which row each record is in, before the first write. */
    private void requireRowsById() {
        lock.lock();
        try {
            if (state == State.OPEN && liveRows == null) {
                liveRows = RowsById.of(view.ids(), view.rowCount(), view.liveCount(), view::isVisible);
                measure();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Runs something that must not overlap a write of this collection, such as a search that writers kept overtaking.
     *
     * @throws IndexClosedException if memory no longer follows the disk: look for the collection's index again
     */
    <R> R undisturbed(Supplier<R> action) {
        lock.lock();
        try {
            if (state != State.OPEN) {
                throw new IndexClosedException();
            }
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Runs the commit that deletes this collection; when it succeeds, later mutations find no collection. When it fails, the collection
     * is as broken as after a failed write.
     */
    void deleteWith(Runnable commit) {
        lock.lock();
        try {
            commit.run();
            state = State.DELETED;
        } catch (RuntimeException e) {
            state = State.BROKEN;
            throw e;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Runs the commit that changes what this collection is, while nobody writes to it. Mutations that were checked against what it was
     * are refused from then on. When it fails, the collection is as broken as after a failed write.
     *
     * @param check looks at the rows first; what it throws prevents the change
     * @param ends whether these rows do not do for what the collection becomes, so that it is loaded anew
     * @throws IndexClosedException if memory no longer follows the disk: look for the collection's index again
     */
    void changeWith(Consumer<RowTable.View> check, Runnable commit, boolean ends) {
        lock.lock();
        try {
            if (state != State.OPEN) {
                throw new IndexClosedException();
            }
            check.accept(view);
            long next = schemaEpoch + 1;
            boolean committed = false;
            try {
                commit.run();
                committed = true;
            } finally {
                state = !committed ? State.BROKEN : ends ? State.SUPERSEDED : State.OPEN;
            }
            schemaEpoch = next;
        } finally {
            lock.unlock();
        }
    }

    /** Returns which schema mutations are checked against: it grows with each. */
    long schemaEpoch() {
        return schemaEpoch;
    }

    /** Returns whether memory may differ from the disk, so that the collection must be loaded anew. */
    boolean isBroken() {
        return state == State.BROKEN;
    }

    /** Marks memory as wrong, because the image that its rows came from is damaged: the collection is loaded anew, without it. */
    void abandonImage(SegmentException cause) {
        images.drop(cause);
        lock.lock();
        try {
            if (state == State.OPEN) {
                state = State.BROKEN;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Lets go of the rows; native memory is freed when the last reader is done. An image may be written of them before. */
    void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                if (state == State.OPEN && images.isDueAtClose(view)) {
                    writeLastImage();
                }
                table.release();
            }
            if (state != State.DELETED) {
                state = State.CLOSED;
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private List<Mutation<?>> nextGroup() {
        List<Mutation<?>> group = new ArrayList<>();
        long bytes = 0;
        for (Mutation<?> next = waiting.peek(); next != null; next = waiting.peek()) {
            bytes += next.byteCount();
            if (!group.isEmpty() && (bytes > MAX_GROUP_BYTES || group.size() == MAX_GROUP_MUTATIONS)) {
                break;
            }
            waiting.remove();
            if (mayStart(next)) {
                group.add(next);
            }
        }
        return group;
    }

    @GuardedBy("lock")
    private boolean mayStart(Mutation<?> mutation) {
        try {
            mutation.deadline().check();
            if (state == State.SUPERSEDED || mutation.schemaEpoch() != schemaEpoch) {
                mutation.fail(new IndexClosedException());
                return false;
            }
            if (state == State.OPEN) {
                return true;
            }
            if (state == State.DELETED) {
                throw new ServiceException(ErrorCode.COLLECTION_NOT_FOUND, "The account has no such collection");
            }
            throw new ServiceException(
                            ErrorCode.STORE_UNAVAILABLE, "An earlier write failed and the collection is loaded anew")
                    .retryAfter(BUSY_RETRY);
        } catch (ServiceException e) {
            mutation.fail(e);
        }
        return false;
    }

    /** A record's state as this group will leave it. */
    private record Pending(
            long version, long createMicros, @Nullable Prepared record) {}

    /** Gives every mutation of the group its result, whatever happens. */
    @GuardedBy("lock")
    private void applyGroup(List<Mutation<?>> group) {
        try {
            prepareAndCommit(group);
        } catch (RuntimeException | Error e) {
            // A bug or no memory. Where it was durable already, memory does not show it: the next load will.
            state = State.BROKEN;
            for (Mutation<?> mutation : group) {
                if (!mutation.isDone()) {
                    mutation.fail(new IllegalStateException("Mutation failed in an unexpected way", e));
                }
            }
            if (e instanceof Error) {
                throw e;
            }
        }
    }

    @GuardedBy("lock")
    private void prepareAndCommit(List<Mutation<?>> group) {
        WriteBatch batch = new WriteBatch();
        Map<RecordId, Pending> pending = new LinkedHashMap<>();
        List<Runnable> replies = new ArrayList<>(group.size());
        long nextSequence = sequence;
        long now = RecordCodec.toMicros(clock.instant());
        for (Mutation<?> mutation : group) {
            nextSequence++;
            switch (mutation) {
                case Mutation.Upsert upsert -> {
                    List<UpsertOutcome> outcomes = prepare(upsert, nextSequence, now, pending, batch);
                    replies.add(() -> upsert.succeed(outcomes));
                }
                case Mutation.Delete delete -> {
                    long count = prepare(delete, pending, batch);
                    replies.add(() -> delete.succeed(count));
                }
            }
        }
        if (!batch.isEmpty()) {
            batch.put(
                    Table.CATALOG,
                    IndexKeys.sequence(collection.number()),
                    ByteBuffer.allocate(Long.BYTES).putLong(nextSequence).array());
            images.journal(batch, sequence, nextSequence, pending.keySet());
            if (!commit(batch, group)) {
                return;
            }
            images.committed(pending.size());
            applyToMemory(pending, nextSequence);
        }
        replies.forEach(Runnable::run);
    }

    @GuardedBy("lock")
    private List<UpsertOutcome> prepare(
            Mutation.Upsert upsert, long version, long now, Map<RecordId, Pending> pending, WriteBatch batch) {
        Map<RecordId, Prepared> lastOfEach =
                LinkedHashMap.newLinkedHashMap(upsert.records().size());
        for (Prepared record : upsert.records()) {
            lastOfEach.put(record.id(), record);
        }
        Map<RecordId, UpsertOutcome> outcomes = HashMap.newHashMap(lastOfEach.size());
        lastOfEach.forEach((id, record) -> {
            long createMicros = createMicrosOf(id, pending);
            boolean created = createMicros == NONE;
            long createdAt = created ? now : createMicros;
            RecordCodec.seal(record.key(), record.encoded(), version, createdAt, now);
            batch.put(Table.RECORDS, record.key(), record.encoded());
            pending.put(id, new Pending(version, createdAt, record));
            outcomes.put(id, new UpsertOutcome(id, version, created));
        });
        List<UpsertOutcome> inOrder = new ArrayList<>(upsert.records().size());
        for (Prepared record : upsert.records()) {
            UpsertOutcome outcome = outcomes.get(record.id());
            if (outcome != null) {
                inOrder.add(outcome);
            }
        }
        return inOrder;
    }

    @GuardedBy("lock")
    private long prepare(Mutation.Delete delete, Map<RecordId, Pending> pending, WriteBatch batch) {
        long count = 0;
        for (RecordId id : delete.ids()) {
            if (createMicrosOf(id, pending) != NONE) {
                batch.delete(Table.RECORDS, IndexKeys.record(collection.number(), id));
                pending.put(id, new Pending(0, NONE, null));
                count++;
            }
        }
        return count;
    }

    private static final long NONE = Long.MIN_VALUE;

    /** Returns when the record was first written, or {@link #NONE} if there is no such record. */
    @GuardedBy("lock")
    private long createMicrosOf(RecordId id, Map<RecordId, Pending> pending) {
        Pending changed = pending.get(id);
        if (changed != null) {
            return changed.record() == null ? NONE : changed.createMicros();
        }
        int row = rowsById().find(id.toSortKey(), table.ids());
        return row == RowsById.NONE ? NONE : table.createMicros(row);
    }

    /** Returns whether the batch is durable; otherwise every mutation of the group has failed. */
    @GuardedBy("lock")
    private boolean commit(WriteBatch batch, List<Mutation<?>> group) {
        Future<?> commit;
        try {
            commit = threads.writing().submit(() -> store.commit(batch));
        } catch (RejectedExecutionException e) {
            group.forEach(mutation -> mutation.fail(
                    ServiceException.causedBy(e, ErrorCode.TOO_MANY_CALLS, "Too many writes wait for the disk")
                            .retryAfter(BUSY_RETRY)));
            return false;
        }
        try {
            awaitUninterruptibly(commit);
            return true;
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.DISK_FULL) {
                state = State.BROKEN;
            }
            group.forEach(mutation -> mutation.fail(StoreFailures.toServiceException(e)));
            return false;
        }
    }

    private static void awaitUninterruptibly(Future<?> commit) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    var _ = commit.get();
                    return;
                } catch (InterruptedException e) {
                    interrupted = true; // the commit cannot be called back, so neither can the wait
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof StoreException failure) {
                        throw failure;
                    }
                    throw new StoreException(
                            StoreException.Kind.IO, "Commit failed in an unexpected way", e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @GuardedBy("lock")
    private RowsById rowsById() {
        if (liveRows == null) {
            throw new IllegalStateException("Rows are written before they are found");
        }
        return liveRows;
    }

    @GuardedBy("lock")
    private void applyToMemory(Map<RecordId, Pending> pending, long newSequence) {
        RowsById rows = rowsById();
        for (Map.Entry<RecordId, Pending> entry : pending.entrySet()) {
            byte[] sortKey = entry.getKey().toSortKey();
            int old = rows.remove(sortKey, table.ids());
            if (old != RowsById.NONE) {
                table.kill(old, newSequence);
            }
            Pending change = entry.getValue();
            Prepared record = change.record();
            if (record != null) {
                rows.add(
                        sortKey,
                        table.append(
                                entry.getKey(),
                                change.version(),
                                change.createMicros(),
                                record.fields(),
                                record.vectors()));
            }
        }
        sequence = newSequence;
        view = table.publish(sequence);
        measure();
        queueRebuilds();
    }

    @GuardedBy("lock")
    private void measure() {
        footprintBytes = table.footprintBytes() + (liveRows == null ? 0 : liveRows.footprintBytes());
    }

    @GuardedBy("lock")
    private void queueRebuilds() {
        if (isTooDead() && !compacting) {
            compacting = tryRun(threads.compaction(), this::compact);
        }
        if (!mergeQueued && !compacting && table.wantsFieldMerge()) {
            mergeQueued = tryRun(threads.compaction(), this::mergeFields);
        }
        if (!imageQueued && images.isDue(view)) {
            imageQueued = tryRun(threads.background(), this::writeDueImage);
        }
        if (!linkQueued && !compacting && table.wantsGraph(graphs)) {
            linkQueued = tryRun(threads.background(), this::buildGraphs);
        }
    }

    /** Merges what finds rows by their fields, while writers and searches go on. */
    private void mergeFields() {
        RowTable held = null;
        lock.lock();
        try {
            if (state == State.OPEN && table.tryHold()) {
                held = table;
            }
        } finally {
            lock.unlock();
        }
        boolean failed = true;
        try {
            if (held != null) {
                held.mergeFields();
            }
            failed = false;
        } catch (SegmentException e) {
            abandonImage(e);
        } catch (RuntimeException | OutOfMemoryError e) {
            // The edge of a background task. There is more to look through for a filter, and no other try until the
            // next load.
            log.error("Fields not merged, collection={}", collection.incarnation(), e);
        } finally {
            if (held != null) {
                held.release();
            }
            merged(failed);
        }
    }

    private void merged(boolean failed) {
        lock.lock();
        try {
            mergeQueued = failed;
            if (!closed) {
                measure();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Builds the graphs that searches of many rows take, while writers and searches go on. */
    private void buildGraphs() {
        RowTable held;
        lock.lock();
        try {
            held = table;
            if (state != State.OPEN || !held.tryHold()) {
                linkQueued = false;
                return;
            }
        } finally {
            lock.unlock();
        }
        boolean failed = true;
        try {
            long startedAt = System.nanoTime();
            // Rows that are about to be let go, or that were compacted or will be, need no graph.
            if (held.buildGraphs(graphs, () -> closed || compacting || view.table() != held)) {
                images.graphBuilt();
                log.debug(
                        "Graph built, collection={}, rowCount={}, millis={}",
                        collection.incarnation(),
                        view.rowCount(),
                        (System.nanoTime() - startedAt) / 1_000_000);
            }
            failed = false;
        } catch (SegmentException e) {
            abandonImage(e);
        } catch (RuntimeException | OutOfMemoryError e) {
            // The edge of a background task. Without a graph searches scan, exactly.
            log.error("Graph not built, collection={}", collection.incarnation(), e);
        } finally {
            held.release();
            linked(failed);
        }
    }

    /** Ends a build. After one that failed there is no other until the collection is loaded again: it would most likely fail, too. */
    private void linked(boolean failed) {
        lock.lock();
        try {
            linkQueued = failed;
            if (!closed) {
                measure();
                queueRebuilds();
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private boolean isTooDead() {
        int dead = table.rowCount() - table.liveCount();
        return dead >= MIN_DEAD_ROWS_TO_COMPACT && dead > table.rowCount() / ROWS_PER_DEAD_ROW;
    }

    /** Hands a task to another thread. Returns whether there was room for it; if not, a later commit asks again. */
    private boolean tryRun(Executor thread, Runnable task) {
        try {
            thread.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            log.debug("Background work refused, collection={}", collection.incarnation(), e);
            return false;
        }
    }

    private void writeDueImage() {
        ImageKeeper.Draft draft = beginImage(true);
        if (draft != null) {
            writeImage(draft);
        }
        lock.lock();
        try {
            imageQueued = false;
        } finally {
            lock.unlock();
        }
    }

    /** Has an image written of rows that are about to be let go, which stay in memory for as long; unless too many of those do. */
    @GuardedBy("lock")
    private void writeLastImage() {
        if (!images.tryBeginClosing()) {
            return;
        }
        if (!table.tryHold()) {
            images.endClosing();
            return;
        }
        ImageKeeper.Draft draft = images.begin(view);
        boolean queued = tryRun(threads.background(), () -> {
            try {
                writeImage(draft);
            } finally {
                images.endClosing();
            }
        });
        if (!queued) {
            draft.view().table().release();
            images.endClosing();
        }
    }

    private void writeImage(ImageKeeper.Draft draft) {
        try {
            var _ = images.write(draft);
            if (state == State.DELETED) {
                images.deleted();
            }
        } catch (SegmentException e) {
            abandonImage(e);
        } catch (RuntimeException e) {
            // The edge of a background task. Images are derived: without one the next load takes longer.
            log.error("Image not written, collection={}", collection.incarnation(), e);
        }
    }

    /** Writes an image now, on this thread, due or not. Returns whether there is one now. */
    boolean writeImage() {
        ImageKeeper.Draft draft = beginImage(false);
        return draft != null && images.write(draft);
    }

    private ImageKeeper.@Nullable Draft beginImage(boolean onlyIfDue) {
        lock.lock();
        try {
            if (state != State.OPEN || (onlyIfDue && !images.isDue(view)) || !table.tryHold()) {
                return null;
            }
            return images.begin(view);
        } finally {
            lock.unlock();
        }
    }

    /** Moves the living rows to a new table, while writers go on. Readers of the old one keep it until they are done. */
    private void compact() {
        boolean failed = true;
        try {
            RowTable.View before = holdToCompact();
            if (before != null) {
                try {
                    compactFrom(before);
                } finally {
                    before.table().release();
                }
            }
            failed = false;
        } catch (SegmentException e) {
            abandonImage(e);
        } catch (RuntimeException | OutOfMemoryError e) {
            // The edge of a background task. The dead rows stay; a later commit asks again.
            log.error("Collection not compacted, collection={}", collection.incarnation(), e);
        } finally {
            compacted(failed);
        }
    }

    private RowTable.@Nullable View holdToCompact() {
        lock.lock();
        try {
            return state == State.OPEN && isTooDead() && table.tryHold() ? view : null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends a compaction. There may be no other write that asks for what the rows want now: their graph went with the old table, and many may
     * have died meanwhile.
     */
    private void compacted(boolean failed) {
        lock.lock();
        try {
            compacting = false;
            if (!failed && state == State.OPEN) {
                queueRebuilds();
            }
        } finally {
            lock.unlock();
        }
    }

    private void compactFrom(RowTable.View before) {
        long startedAt = System.nanoTime();
        RowTable compacted = before.table().emptyLike(before.liveCount());
        boolean adopted = false;
        try {
            int[] moved = new int[before.rowCount()];
            for (int row = 0; row < moved.length; row++) {
                moved[row] = RowsById.NONE;
                if (before.isVisible(row)) {
                    moved[row] = compacted.rowCount();
                    compacted.appendCopy(before, row);
                }
            }
            compacted.appendMovedPostings(before, 0, moved);
            RowsById rows = RowsById.of(compacted.ids(), compacted.rowCount(), compacted.rowCount(), _ -> true);
            adopted = adopt(compacted, rows, moved);
            log.debug(
                    "Collection compacted, collection={}, rowCount={}, liveCount={}, millis={}",
                    collection.incarnation(),
                    before.rowCount(),
                    before.liveCount(),
                    (System.nanoTime() - startedAt) / 1_000_000);
        } finally {
            if (!adopted) {
                compacted.release();
            }
        }
    }

    /** Catches up with the rows that were appended and killed since they were moved, and puts the new table in the place of the old. */
    private boolean adopt(RowTable compacted, RowsById rows, int[] moved) {
        lock.lock();
        try {
            if (state != State.OPEN) {
                return false;
            }
            for (int row = 0; row < moved.length; row++) {
                if (moved[row] != RowsById.NONE && !table.isAlive(row)) {
                    var _ = rows.remove(compacted.ids().sortKey(moved[row]), compacted.ids());
                    compacted.kill(moved[row], table.diedAt(row));
                }
            }
            int[] late = new int[table.rowCount() - moved.length];
            for (int i = 0; i < late.length; i++) {
                int row = moved.length + i;
                late[i] = table.isAlive(row) ? compacted.rowCount() : RowsById.NONE;
                if (late[i] != RowsById.NONE) {
                    rows.add(view.ids().sortKey(row), compacted.rowCount());
                    compacted.appendCopy(view, row);
                }
            }
            compacted.appendMovedPostings(view, moved.length, late);
            compacted.freezeFields();
            RowTable old = table;
            table = compacted;
            liveRows = rows;
            view = compacted.publish(sequence);
            measure();
            old.release();
            return true;
        } finally {
            lock.unlock();
        }
    }
}
