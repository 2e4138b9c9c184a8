package io.knarr.server.store.rocksdb;

import io.knarr.server.store.KeyRange;
import io.knarr.server.store.OperationGate;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.StoreSnapshot;
import io.knarr.server.store.Table;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Snapshot;

/**
 * A snapshot of RocksDB, seen by one owner. It does not hold the store's gate between reads: a store that closes does not wait for it but
 * {@linkplain OpenSnapshots takes it back}, when no read is under way.
 */
final class RocksDbSnapshot implements StoreSnapshot {
    private final RocksDbReader reader;
    private final OpenSnapshots open;
    private final Snapshot moment;

    /** Reads and scans of this snapshot; a native read after the snapshot was given back would read freed memory. */
    private final OperationGate users = new OperationGate();

    RocksDbSnapshot(RocksDbReader reader, OpenSnapshots open) {
        this.reader = reader;
        this.open = open;
        this.moment = open.take();
    }

    @Override
    public byte @Nullable [] get(Table table, byte[] key) {
        enter();
        try {
            return reader.get(table, key, moment);
        } finally {
            users.leave();
        }
    }

    @Override
    public List<byte @Nullable []> getAll(Table table, List<byte[]> keys) {
        enter();
        try {
            return reader.getAll(table, keys, moment);
        } finally {
            users.leave();
        }
    }

    @Override
    public StoreScan scan(Table table, KeyRange range) {
        enter();
        return reader.scan(table, range, moment, users::leave);
    }

    @Override
    public void close() {
        if (users.close()) {
            open.giveBack(moment);
        }
    }

    private void enter() {
        if (!users.tryEnter()) {
            throw new IllegalStateException("Snapshot is closed");
        }
    }
}
