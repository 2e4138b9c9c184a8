package io.knarr.server.store.rocksdb;

import io.knarr.server.model.AccountNumber;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.OperationGate;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreException.Kind;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.StoreSnapshot;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The durable store: one RocksDB, shared by all accounts.
 *
 * <p>A write returns once it is on disk; writes of many threads share a flush. After a failed write whose outcome is unknown no further
 * write is accepted until the process is restarted; reads go on. A full disk is different: RocksDB knows what it has, and takes writes
 * again some seconds after there is space.
 */
// Life of the native objects. Every operation holds the gate; a scan holds it until it is closed. Closing goes: gate
// (nobody
// in, everybody out), background work, last watermark, snapshots that are still out, then the native objects in the
// reverse order of their making.
public final class RocksDbStoreAdapter implements StoreAdapter {
    private static final Logger log = LoggerFactory.getLogger(RocksDbStoreAdapter.class);

    private final Path directory;
    private final StoreDirectory storeDirectory;
    private final Database database;
    private final RocksDB db;
    private final WatermarkKeeper watermarkKeeper;
    private final SpaceReclaimer spaceReclaimer;
    private final OperationGate gate = new OperationGate();
    private final OpenSnapshots snapshots;
    private final Object closing = new Object();
    private volatile boolean fenced;

    private RocksDbStoreAdapter(StoreDirectory storeDirectory, Database database) {
        this.storeDirectory = storeDirectory;
        this.directory = storeDirectory.path();
        this.database = database;
        this.db = database.db();
        this.watermarkKeeper = WatermarkKeeper.start(storeDirectory, this::durableSequence);
        this.snapshots = new OpenSnapshots(db, gate);
        this.spaceReclaimer = new SpaceReclaimer(database, gate, this::write);
    }

    /**
     * Opens the store of a directory, making it if the directory is empty or not there.
     *
     * @throws StoreException IN_USE, NOT_A_STORE, TOO_NEW, TOO_OLD, CORRUPT, DISK_FULL or IO, naming the directory and what to do
     */
    public static RocksDbStoreAdapter open(RocksDbConfig config) {
        StoreDirectory storeDirectory = new StoreDirectory(config.directory());
        Database database = Database.open(config, storeDirectory);
        try {
            RocksDbStoreAdapter adapter = new RocksDbStoreAdapter(storeDirectory, database);
            log.info("Store opened, directory={}, storeId={}", storeDirectory.path(), database.storeId());
            return adapter;
        } catch (RuntimeException | Error e) {
            database.close();
            throw e;
        }
    }

    @Override
    public UUID storeId() {
        return database.storeId();
    }

    @Override
    public StoreView system() {
        return new View(new OwnerKeys(OwnerKeys.SYSTEM));
    }

    @Override
    public StoreView forAccount(AccountNumber account) {
        return new View(new OwnerKeys(account.value()));
    }

    @Override
    public void dropAccount(AccountNumber account, WriteBatch systemBatch) {
        OwnerKeys keys = new OwnerKeys(account.value());
        gate.enter();
        try (NativeHandles handles = new NativeHandles()) {
            org.rocksdb.WriteBatch batch = handles.own(new org.rocksdb.WriteBatch());
            addAll(systemBatch, new OwnerKeys(OwnerKeys.SYSTEM), batch);
            for (Table table : Table.values()) {
                batch.deleteRange(database.table(table), keys.first(), keys.end());
            }
            write(batch);
        } catch (RocksDBException e) {
            throw new IllegalStateException("Batch cannot be built", e);
        } finally {
            gate.leave();
        }
        spaceReclaimer.reclaim(account);
    }

    @Override
    public boolean isWritable() {
        return !fenced && gate.isOpen();
    }

    @Override
    public long sizeBytes() {
        if (!gate.tryEnter()) {
            return 0;
        }
        try {
            return db.getAggregatedLongProperty("rocksdb.total-sst-files-size") + storeDirectory.logBytes();
        } catch (RocksDBException e) {
            throw NativeFailures.ofRead(e, directory);
        } finally {
            gate.leave();
        }
    }

    /** Returns how many snapshots are out. */
    int openSnapshotCount() {
        return snapshots.count();
    }

    @Override
    public void close() {
        boolean first = gate.close();
        synchronized (closing) { // a second closer returns when all is closed, too
            if (!first) {
                return;
            }
            spaceReclaimer.close();
            watermarkKeeper.close();
            snapshots.giveBackAll(); // a database closes only without them
            database.close();
        }
        log.info("Store closed, directory={}", directory);
    }

    // RocksDB publishes a sequence after the flush of its write, and never that of a failed one. No gate: the keeper
    // ends
    // before the database does.
    private OptionalLong durableSequence() {
        return fenced ? OptionalLong.empty() : OptionalLong.of(db.getLatestSequenceNumber());
    }

    private void write(org.rocksdb.WriteBatch batch) {
        if (fenced) {
            throw new StoreException(
                    Kind.IO,
                    "An earlier write failed and its outcome is unknown, restart the server: directory=" + directory,
                    null);
        }
        boolean certain = false;
        try {
            db.write(database.writeOptions(), batch);
            certain = true;
        } catch (RocksDBException e) {
            if (NativeFailures.isOurFault(e)) {
                certain = true;
                throw new IllegalStateException("RocksDB refused a batch", e);
            }
            certain = NativeFailures.isDiskFull(e);
            throw NativeFailures.ofWrite(e, directory);
        } finally {
            // In a finally block, because RocksJava throws other exceptions for a status it has no name for.
            if (!certain) {
                fenced = true;
                log.error("No more writes are accepted, a write has failed, directory={}", directory);
            }
        }
    }

    private void addAll(WriteBatch from, OwnerKeys keys, org.rocksdb.WriteBatch to) throws RocksDBException {
        for (WriteBatch.Change change : from.changes()) {
            ColumnFamilyHandle table = database.table(change.table());
            switch (change) {
                case WriteBatch.Put put -> to.put(table, keys.stored(put.key()), put.value());
                case WriteBatch.Delete delete -> to.delete(table, keys.stored(delete.key()));
                case WriteBatch.DeleteRange deleteRange -> {
                    KeyRange range = deleteRange.range();
                    if (!range.isEmpty()) {
                        to.deleteRange(table, keys.storedFrom(range), keys.storedTo(range));
                    }
                }
            }
        }
    }

    private final class View implements StoreView {
        private final OwnerKeys keys;
        private final RocksDbReader reader;

        View(OwnerKeys keys) {
            this.keys = keys;
            this.reader = new RocksDbReader(gate, database, directory, keys);
        }

        @Override
        public byte @Nullable [] get(Table table, byte[] key) {
            return reader.get(table, key, null);
        }

        @Override
        public List<byte @Nullable []> getAll(Table table, List<byte[]> wanted) {
            return reader.getAll(table, wanted, null);
        }

        @Override
        public StoreScan scan(Table table, KeyRange range) {
            return reader.scan(table, range, null, () -> {});
        }

        @Override
        public StoreSnapshot snapshot() {
            return new RocksDbSnapshot(reader, snapshots);
        }

        @Override
        public void commit(WriteBatch changes) {
            gate.enter();
            try (NativeHandles handles = new NativeHandles()) {
                org.rocksdb.WriteBatch batch = handles.own(new org.rocksdb.WriteBatch());
                addAll(changes, keys, batch);
                if (batch.count() > 0) {
                    write(batch);
                }
            } catch (RocksDBException e) {
                throw new IllegalStateException("Batch cannot be built", e);
            } finally {
                gate.leave();
            }
        }
    }
}
