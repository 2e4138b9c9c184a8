package io.knarr.server.store.rocksdb;

import static java.util.Objects.requireNonNull;

import io.knarr.server.store.KeyRange;
import io.knarr.server.store.OperationGate;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.Table;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/** Reads of one owner's keys, as of now or as of a snapshot that the caller sees to. Each holds the gate while it runs. Thread-safe. */
final class RocksDbReader {
    private static final long SCAN_READAHEAD_BYTES = 2 << 20;

    private final OperationGate gate;
    private final Database database;
    private final RocksDB db;
    private final Path directory;
    private final OwnerKeys keys;

    RocksDbReader(OperationGate gate, Database database, Path directory, OwnerKeys keys) {
        this.gate = gate;
        this.database = database;
        this.db = database.db();
        this.directory = directory;
        this.keys = keys;
    }

    byte @Nullable [] get(Table table, byte[] key, @Nullable Snapshot moment) {
        ColumnFamilyHandle handle = database.table(table);
        gate.enter();
        try (NativeHandles handles = new NativeHandles()) {
            return moment == null
                    ? db.get(handle, keys.stored(key))
                    : db.get(handle, optionsOf(moment, handles), keys.stored(key));
        } catch (RocksDBException e) {
            throw NativeFailures.ofRead(e, directory);
        } finally {
            gate.leave();
        }
    }

    List<byte @Nullable []> getAll(Table table, List<byte[]> wanted, @Nullable Snapshot moment) {
        ColumnFamilyHandle handle = database.table(table);
        gate.enter();
        // A snapshot is the database's own and given back to it, after the options that name it are closed.
        Snapshot own = moment == null ? requireNonNull(db.getSnapshot(), "snapshot is null") : null;
        try (NativeHandles handles = new NativeHandles()) {
            Snapshot asOf = moment == null ? requireNonNull(own, "own is null") : moment;
            return getAll(handle, optionsOf(asOf, handles), wanted);
        } catch (RocksDBException e) {
            throw NativeFailures.ofRead(e, directory);
        } finally {
            if (own != null) {
                db.releaseSnapshot(own);
            }
            gate.leave();
        }
    }

    private List<byte @Nullable []> getAll(ColumnFamilyHandle handle, ReadOptions options, List<byte[]> wanted)
            throws RocksDBException {
        if (wanted.isEmpty()) {
            return List.of(); // RocksDB asserts that there are some
        }
        List<byte[]> stored = new ArrayList<>(wanted.size());
        List<ColumnFamilyHandle> sameHandle = new ArrayList<>(wanted.size());
        for (byte[] key : wanted) {
            stored.add(keys.stored(key));
            sameHandle.add(handle);
        }
        List<byte @Nullable []> values = new ArrayList<>(wanted.size());
        values.addAll(db.multiGetAsList(options, sameHandle, stored));
        for (int index = 0; index < values.size(); index++) {
            if (values.get(index) == null) {
                // The many-key call answers null for a damaged block, too; the one-key call tells the two apart.
                values.set(index, db.get(handle, options, stored.get(index)));
            }
        }
        return values;
    }

    /** @param whenClosed run when the scan is closed, or could not be opened */
    StoreScan scan(Table table, KeyRange range, @Nullable Snapshot moment, Runnable whenClosed) {
        ColumnFamilyHandle handle = database.table(table);
        NativeHandles handles = new NativeHandles();
        boolean entered = false;
        boolean opened = false;
        try {
            gate.enter();
            entered = true;
            // An empty range may end before it begins, which is not for RocksDB's ears.
            byte[] from = range.isEmpty() ? keys.end() : keys.storedFrom(range);
            byte[] to = range.isEmpty() ? keys.end() : keys.storedTo(range);
            Slice bound = handles.own(new Slice(to)); // first in, last out: the iterator reads it until it is closed
            ReadOptions options = handles.own(new ReadOptions())
                    .setIterateUpperBound(bound)
                    .setReadaheadSize(SCAN_READAHEAD_BYTES)
                    .setFillCache(false)
                    .setVerifyChecksums(true);
            if (moment != null) {
                options.setSnapshot(moment);
            }
            RocksIterator iterator = handles.own(db.newIterator(handle, options));
            StoreScan scan = new RocksDbScan(
                    () -> {
                        gate.leave();
                        whenClosed.run();
                    },
                    handles,
                    iterator,
                    from,
                    directory);
            opened = true;
            return scan;
        } finally {
            if (!opened) {
                handles.close();
                if (entered) {
                    gate.leave();
                }
                whenClosed.run();
            }
        }
    }

    private static ReadOptions optionsOf(Snapshot moment, NativeHandles handles) {
        return handles.own(new ReadOptions()).setSnapshot(moment);
    }
}
