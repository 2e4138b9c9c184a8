package io.knarr.server.store.rocksdb;

import static java.util.Objects.requireNonNull;

import io.knarr.server.store.OperationGate;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.rocksdb.RocksDB;
import org.rocksdb.Snapshot;

/** The native snapshots that are out. Each is given back once, by its holder or by the store that closes. Thread-safe. */
final class OpenSnapshots {
    private final RocksDB db;
    private final OperationGate gate;
    private final Set<Snapshot> out = ConcurrentHashMap.newKeySet();

    OpenSnapshots(RocksDB db, OperationGate gate) {
        this.db = db;
        this.gate = gate;
    }

    /** Takes a snapshot of now. @throws io.knarr.server.store.StoreException of kind CLOSED */
    Snapshot take() {
        gate.enter();
        try {
            Snapshot taken = requireNonNull(db.getSnapshot(), "snapshot is null");
            out.add(taken);
            return taken;
        } finally {
            gate.leave();
        }
    }

    /** Gives a snapshot back, which nobody reads any more. Once the gate is closed that is the store's to do. */
    void giveBack(Snapshot snapshot) {
        if (gate.tryEnter()) {
            try {
                release(snapshot);
            } finally {
                gate.leave();
            }
        }
    }

    /** Gives all back. For the store, with the gate closed and before the database closes. */
    void giveBackAll() {
        out.forEach(this::release);
    }

    /** Returns how many are out. */
    int count() {
        return out.size();
    }

    private void release(Snapshot snapshot) {
        if (out.remove(snapshot)) {
            db.releaseSnapshot(snapshot);
        }
    }
}
