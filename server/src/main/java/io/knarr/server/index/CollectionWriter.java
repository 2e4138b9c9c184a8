package io.knarr.server.index;

import com.google.errorprone.annotations.concurrent.GuardedBy;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
 * <p>Lock order: this lock is taken last and no other is taken under it.
 */
final class CollectionWriter {
    /** Bytes of one commit; a single mutation may exceed it. RocksDB groups commits up to as much. */
    private static final long MAX_GROUP_BYTES = 8L << 20;

    private static final int MAX_GROUP_MUTATIONS = 1_024;
    private static final int MIN_DEAD_ROWS_TO_COMPACT = 1_024;
    private static final Duration BUSY_RETRY = Duration.ofMillis(100);

    private final Collection collection;
    private final StoreView store;
    private final ExecutorService writing;
    private final Clock clock;

    private final ConcurrentLinkedQueue<Mutation<?>> waiting = new ConcurrentLinkedQueue<>();
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<RecordId, Integer> liveRows;

    @GuardedBy("lock")
    private RowTable table;

    @GuardedBy("lock")
    private long sequence;

    private volatile boolean closed;

    // Written under the lock; read without it by those who only want to know whether to load anew.
    private volatile State state = State.OPEN;

    private volatile RowTable.View view;
    private volatile long footprintBytes;

    private enum State {
        OPEN,
        BROKEN,
        DELETED,
        CLOSED
    }

    /** Takes over a table that has just been loaded, with the rows of its records by id. */
    CollectionWriter(
            Collection collection,
            StoreView store,
            ExecutorService writing,
            Clock clock,
            RowTable table,
            Map<RecordId, Integer> liveRows,
            long sequence) {
        this.collection = collection;
        this.store = store;
        this.writing = writing;
        this.clock = clock;
        this.table = table;
        this.liveRows = liveRows;
        this.sequence = sequence;
        this.view = table.publish(sequence);
        this.footprintBytes = table.footprintBytes();
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
        return footprintBytes;
    }

    /**
     * Applies a mutation durably and makes it visible. Waits its turn on the calling thread.
     *
     * @throws ServiceException DEADLINE_EXCEEDED or CALL_CANCELLED where the call was over before its turn came, and TOO_MANY_CALLS or
     *     DISK_FULL: nothing was written; STORE_UNAVAILABLE: whether it was is unknown; COLLECTION_NOT_FOUND
     */
    <R> R apply(Mutation<R> mutation) {
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

    /** Returns whether memory may differ from the disk, so that the collection must be loaded anew. */
    boolean isBroken() {
        return state == State.BROKEN;
    }

    /** Lets go of the rows; native memory is freed when the last reader is done. */
    void close() {
        lock.lock();
        try {
            if (state != State.DELETED) {
                state = State.CLOSED;
            }
            if (!closed) {
                closed = true;
                table.release();
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
            if (!commit(batch, group)) {
                return;
            }
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
        Integer row = liveRows.get(id);
        return row == null ? NONE : table.createMicros(row);
    }

    /** Returns whether the batch is durable; otherwise every mutation of the group has failed. */
    @GuardedBy("lock")
    private boolean commit(WriteBatch batch, List<Mutation<?>> group) {
        Future<?> commit;
        try {
            commit = writing.submit(() -> store.commit(batch));
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
    private void applyToMemory(Map<RecordId, Pending> pending, long newSequence) {
        for (Map.Entry<RecordId, Pending> entry : pending.entrySet()) {
            Integer old = liveRows.remove(entry.getKey());
            if (old != null) {
                table.kill(old, newSequence);
            }
            Pending change = entry.getValue();
            Prepared record = change.record();
            if (record != null) {
                int row = table.append(
                        entry.getKey(), change.version(), change.createMicros(), record.fields(), record.vectors());
                liveRows.put(entry.getKey(), row);
            }
        }
        sequence = newSequence;
        int dead = table.rowCount() - table.liveCount();
        if (dead >= MIN_DEAD_ROWS_TO_COMPACT && dead > table.liveCount() / 2) {
            compact();
        } else {
            view = table.publish(sequence);
        }
        footprintBytes = table.footprintBytes();
    }

    /** Moves the living rows to a new table. Readers of the old one keep it until they are done. */
    @GuardedBy("lock")
    private void compact() {
        RowTable old = table;
        RowTable compacted = new RowTable(collection.schema());
        Map<RecordId, Integer> moved = liveRows;
        moved.clear();
        compacted.appendLive(old, moved::put);
        table = compacted;
        view = compacted.publish(sequence);
        old.release();
    }
}
