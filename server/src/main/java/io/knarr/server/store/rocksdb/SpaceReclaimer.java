package io.knarr.server.store.rocksdb;

import io.knarr.server.model.AccountNumber;
import io.knarr.server.store.OperationGate;
import io.knarr.server.store.StoreException;
import io.knarr.server.store.Table;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.Range;
import org.rocksdb.RocksDBException;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The background task that gives back the disk of large dropped accounts at once, rather than at the next compaction. Best effort: the
 * account is gone already, and what is not done here compaction does later.
 */
// Whole files go first. A file may hold a piece of the tombstone that hides the account's keys in a deeper file shared
// with
// another account, so the tombstone is written once more afterwards. A crash in between leaves keys that nobody can
// name: the
// account number is never used again.
final class SpaceReclaimer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SpaceReclaimer.class);
    private static final long LARGE_BYTES = 64L << 20;
    private static final int MAX_WAITING = 1_000;

    private final Database database;
    private final OperationGate gate;
    private final Consumer<WriteBatch> write;
    private final ThreadPoolExecutor executor = new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            Thread.ofPlatform().daemon().name("knarr-store-reclaimer").factory(),
            new ThreadPoolExecutor.DiscardPolicy());

    SpaceReclaimer(Database database, OperationGate gate, Consumer<WriteBatch> write) {
        this.database = database;
        this.gate = gate;
        this.write = write;
        executor.allowCoreThreadTimeOut(true);
    }

    /** Reclaims the space of an account some time; never, if too many are waiting. */
    void reclaim(AccountNumber account) {
        executor.execute(() -> {
            if (!gate.tryEnter()) {
                return;
            }
            try {
                reclaimNow(account);
            } catch (RocksDBException | StoreException e) {
                log.warn("Space of a dropped account not reclaimed, accountNumber={}", account.value(), e);
            } finally {
                gate.leave();
            }
        });
    }

    /** Drops what is waiting. Call with the gate closed, so that nothing is under way. */
    @Override
    public void close() {
        int dropped = executor.shutdownNow().size();
        if (dropped > 0) {
            log.info("Space of dropped accounts left to compaction, accountCount={}", dropped);
        }
    }

    private void reclaimNow(AccountNumber account) throws RocksDBException {
        OwnerKeys keys = new OwnerKeys(account.value());
        try (NativeHandles handles = new NativeHandles()) {
            WriteBatch again = handles.own(new WriteBatch());
            for (Table table : Table.values()) {
                ColumnFamilyHandle handle = database.table(table);
                if (bytesInFiles(handle, keys) >= LARGE_BYTES) {
                    database.db().deleteFilesInRanges(handle, List.of(keys.first(), keys.end()), false);
                    again.deleteRange(handle, keys.first(), keys.end());
                }
            }
            if (again.count() > 0) {
                write.accept(again);
                log.info("Space of a dropped account reclaimed, accountNumber={}", account.value());
            }
        }
    }

    private long bytesInFiles(ColumnFamilyHandle handle, OwnerKeys keys) {
        try (NativeHandles handles = new NativeHandles()) {
            Slice first = handles.own(new Slice(keys.first()));
            Slice end = handles.own(new Slice(keys.end()));
            // With no flag at all RocksDB refuses, RocksJava drops the refusal, and the size is whatever was in memory.
            return database.db()
                    .getApproximateSizes(handle, List.of(new Range(first, end)), SizeApproximationFlag.INCLUDE_FILES)[
                    0];
        }
    }
}
