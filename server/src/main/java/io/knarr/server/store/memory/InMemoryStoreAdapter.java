package io.knarr.server.store.memory;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.knarr.server.model.AccountNumber;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.OperationGate;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.StoreSnapshot;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A store that forgets everything when it is closed. Keeps every other promise of {@link StoreAdapter}.
 *
 * <p>A scan takes no copy; the first write to a table after a scan of it copies that table's map once.
 */
public final class InMemoryStoreAdapter implements StoreAdapter {
    /** No account has this number. */
    private static final long SYSTEM = 0;

    private record Place(long owner, Table table) {}

    private final UUID storeId = UUID.randomUUID();
    private final OperationGate gate = new OperationGate();
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    @GuardedBy("lock")
    private final Map<Place, SortedBytes> places = new HashMap<>();

    @Override
    public UUID storeId() {
        return storeId;
    }

    @Override
    public StoreView system() {
        return new View(SYSTEM);
    }

    @Override
    public StoreView forAccount(AccountNumber account) {
        return new View(account.value());
    }

    @Override
    public void dropAccount(AccountNumber account, WriteBatch systemBatch) {
        gate.enter();
        try {
            lock.writeLock().lock();
            try {
                apply(SYSTEM, systemBatch);
                for (Table table : Table.values()) {
                    places.remove(new Place(account.value(), table));
                }
            } finally {
                lock.writeLock().unlock();
            }
        } finally {
            gate.leave();
        }
    }

    @Override
    public boolean isWritable() {
        return gate.isOpen();
    }

    @Override
    public long sizeBytes() {
        lock.readLock().lock();
        try {
            return places.values().stream().mapToLong(SortedBytes::byteCount).sum();
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public void close() {
        gate.close();
        lock.writeLock().lock();
        try {
            places.clear();
        } finally {
            lock.writeLock().unlock();
        }
    }

    @GuardedBy("lock")
    private void apply(long owner, WriteBatch batch) {
        for (WriteBatch.Change change : batch.changes()) {
            SortedBytes bytes = places.computeIfAbsent(new Place(owner, change.table()), absent -> new SortedBytes());
            switch (change) {
                case WriteBatch.Put put -> bytes.put(put.key(), put.value());
                case WriteBatch.Delete delete -> bytes.delete(delete.key());
                case WriteBatch.DeleteRange deleteRange -> bytes.deleteRange(deleteRange.range());
            }
        }
    }

    private NavigableMap<byte[], byte[]> pinned(long owner, Table table) {
        lock.readLock().lock();
        try {
            SortedBytes bytes = places.get(new Place(owner, table));
            return bytes == null ? SortedBytes.empty() : bytes.pinned();
        } finally {
            lock.readLock().unlock();
        }
    }

    private final class View implements StoreView {
        private final long owner;

        View(long owner) {
            this.owner = owner;
        }

        @Override
        public byte @Nullable [] get(Table table, byte[] key) {
            return getAll(table, List.of(key)).getFirst();
        }

        @Override
        public List<byte @Nullable []> getAll(Table table, List<byte[]> keys) {
            requireNonNull(table, "table is null");
            gate.enter();
            try {
                List<byte @Nullable []> values = new ArrayList<>(keys.size());
                lock.readLock().lock();
                try {
                    SortedBytes bytes = places.get(new Place(owner, table));
                    for (byte[] key : keys) {
                        values.add(bytes == null ? null : bytes.get(key));
                    }
                } finally {
                    lock.readLock().unlock();
                }
                return values;
            } finally {
                gate.leave();
            }
        }

        @Override
        public void commit(WriteBatch batch) {
            gate.enter();
            try {
                lock.writeLock().lock();
                try {
                    apply(owner, batch);
                } finally {
                    lock.writeLock().unlock();
                }
            } finally {
                gate.leave();
            }
        }

        @Override
        public StoreScan scan(Table table, KeyRange range) {
            requireNonNull(table, "table is null");
            gate.enter();
            lock.readLock().lock();
            try {
                SortedBytes bytes = places.get(new Place(owner, table));
                return new InMemoryScan(gate, bytes == null ? List.of() : bytes.snapshot(range));
            } finally {
                lock.readLock().unlock();
            }
        }

        @Override
        public StoreSnapshot snapshot() {
            gate.enter();
            lock.readLock().lock(); // over all tables, so that they are of one moment
            try {
                Map<Table, NavigableMap<byte[], byte[]>> tables = new EnumMap<>(Table.class);
                for (Table table : Table.values()) {
                    tables.put(table, pinned(owner, table));
                }
                return new InMemorySnapshot(gate, tables);
            } finally {
                lock.readLock().unlock();
                gate.leave();
            }
        }
    }
}
