package io.knarr.server.index;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.knarr.server.engine.SegmentException;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.index.Mutation.Prepared;
import io.knarr.server.model.Collection;
import io.knarr.server.model.RecordId;
import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreFailures;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
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

    // Another one when its schema grows, or its time to live changes; number and incarnation stay.
    private volatile Collection collection;
    private final StoreView store;
    private final IndexThreads threads;
    private final Clock clock;
    private final ImageKeeper images;
    private final GraphPolicy graphs;
    private final LongConsumer due;

    private final ConcurrentLinkedQueue<Mutation<?>> waiting = new ConcurrentLinkedQueue<>();
    private final ReentrantLock lock = new ReentrantLock();

    // Null until somebody writes: a collection that is only searched needs no such thing.
    @GuardedBy("lock")
    private @Nullable RowsById liveRows;

    // Whether there are such; never taken back. Read without the lock, so that callers queue their mutations while
    // another commits.
    private volatile boolean knowsRowsById;

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

    /**
     * Takes over rows that have just been loaded.
     *
     * @param due told when something that was written is to be reclaimed, in microseconds since 1970
     */
    CollectionWriter(
            Collection collection,
            StoreView store,
            IndexThreads threads,
            Clock clock,
            LoadedRows rows,
            ImageKeeper images,
            GraphPolicy graphs,
            LongConsumer due) {
        this.collection = collection;
        this.store = store;
        this.threads = threads;
        this.clock = clock;
        this.images = images;
        this.graphs = graphs;
        this.due = due;
        this.table = rows.table();
        this.liveRows = rows.rowsById();
        this.sequence = rows.sequence();
        table.freezeFields();
        this.view = table.publish(sequence);
        measure();
        queueRebuilds();
    }

    /**
     * Returns what a reader sees now, which is without what has expired. The reader releases the view's table when it is done.
     *
     * @throws IndexClosedException if the collection has been closed: look for its index again
     */
    RowTable.View holdView() {
        while (true) {
            RowTable.View current = view;
            if (current.table().tryHold()) {
                return current.at(RecordCodec.toMicros(clock.instant()));
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
        if (knowsRowsById) {
            return;
        }
        lock.lock();
        try {
            if (state == State.OPEN && liveRows == null) {
                liveRows = RowsById.of(view.ids(), view.rowCount(), view.liveCount(), view::isStored);
                measure();
            }
            knowsRowsById = liveRows != null;
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
     * @param after what it is from then on
     * @param ends whether these rows do not do for what the collection becomes, so that it is loaded anew
     * @throws IndexClosedException if memory no longer follows the disk: look for the collection's index again
     */
    void changeWith(Consumer<RowTable.View> check, Runnable commit, Collection after, boolean ends) {
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
            collection = after;
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
            group.add(next);
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

    /** Gives every mutation of the group its result, whatever happens. */
    @GuardedBy("lock")
    private void applyGroup(List<Mutation<?>> group) {
        try {
            for (int done = 0; done < group.size(); ) {
                done += commitFirst(group.subList(done, group.size()));
            }
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

    /**
     * Commits the first mutations of a group, as many as one commit may carry, and at least one of them.
     *
     * @return how many have their result now
     */
    @GuardedBy("lock")
    private int commitFirst(List<Mutation<?>> group) {
        WriteGroup staged = new WriteGroup(collection, rowsById(), table, view, RecordCodec.toMicros(clock.instant()));
        StoredContents contents = StoredContents.NONE;
        int taken = 0;
        while (taken < group.size() && staged.byteCount() < MAX_GROUP_BYTES) {
            Mutation<?> next = group.get(taken);
            if (taken > 0 && (next.isAlone() || group.get(taken - 1).isAlone())) {
                break;
            }
            if (!contents.covers(next)) {
                contents = contentsFor(group.subList(taken, group.size()));
            }
            taken++;
            if (!next.isDone() && mayStart(next)) {
                staged.stage(next, contents);
            }
        }
        if (!staged.isEmpty()) {
            boolean writes = staged.sequence() != sequence; // else there are only answers to keep
            if (writes) {
                staged.batch()
                        .put(
                                Table.CATALOG,
                                IndexKeys.sequence(collection.number()),
                                ByteBuffer.allocate(Long.BYTES)
                                        .putLong(staged.sequence())
                                        .array());
                images.journal(
                        staged.batch(),
                        sequence,
                        staged.sequence(),
                        staged.pending().keySet());
            }
            if (!commit(staged.batch(), group.subList(0, taken))) {
                return taken;
            }
            if (writes) {
                images.committed(staged.pending().size());
                applyToMemory(staged.pending(), staged.sequence());
            }
            if (staged.nextDue() != Reclaimer.NEVER) {
                due.accept(staged.nextDue());
            }
        }
        staged.succeed();
        return taken;
    }

    /** Reads what the first of these mutations, and some of the others, look into. Where that fails, so does the first. */
    @GuardedBy("lock")
    private StoredContents contentsFor(List<Mutation<?>> mutations) {
        try {
            // On a thread for writing: those for loading may all wait for a lock like the one that is held here.
            return awaitUninterruptibly(
                    threads.writing().submit(() -> StoredContents.read(store, collection.number(), mutations)));
        } catch (RejectedExecutionException e) {
            mutations.getFirst().fail(tooManyWrites(e));
        } catch (StoreException e) {
            mutations.getFirst().fail(StoreFailures.toServiceException(e));
        }
        return StoredContents.NONE;
    }

    /** Returns whether the batch is durable; otherwise every mutation of the group has failed. */
    @GuardedBy("lock")
    private boolean commit(WriteBatch batch, List<Mutation<?>> group) {
        Future<?> commit;
        try {
            commit = threads.writing().submit(() -> store.commit(batch));
        } catch (RejectedExecutionException e) {
            failAll(group, tooManyWrites(e));
            return false;
        }
        try {
            var _ = awaitUninterruptibly(commit);
            return true;
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.DISK_FULL) {
                state = State.BROKEN;
            }
            failAll(group, StoreFailures.toServiceException(e));
            return false;
        }
    }

    private static void failAll(List<Mutation<?>> group, ServiceException reason) {
        for (Mutation<?> mutation : group) {
            if (!mutation.isDone()) {
                mutation.fail(reason);
            }
        }
    }

    private static ServiceException tooManyWrites(RejectedExecutionException cause) {
        return ServiceException.causedBy(cause, ErrorCode.TOO_MANY_CALLS, "Too many writes wait for the disk")
                .retryAfter(BUSY_RETRY);
    }

    private static <T> T awaitUninterruptibly(Future<T> work) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return work.get();
                } catch (InterruptedException e) {
                    interrupted = true; // a commit cannot be called back, so neither can the wait
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
    private void applyToMemory(Map<RecordId, WriteGroup.Pending> pending, long newSequence) {
        RowsById rows = rowsById();
        for (Map.Entry<RecordId, WriteGroup.Pending> entry : pending.entrySet()) {
            byte[] sortKey = entry.getKey().toSortKey();
            int old = rows.remove(sortKey, table.ids());
            if (old != RowsById.NONE) {
                table.kill(old, newSequence);
            }
            WriteGroup.Pending change = entry.getValue();
            Prepared record = change.record();
            if (record != null) {
                rows.add(
                        sortKey,
                        table.append(
                                entry.getKey(),
                                change.version(),
                                change.createMicros(),
                                change.expireMicros(),
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
                if (before.isStored(row)) {
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
