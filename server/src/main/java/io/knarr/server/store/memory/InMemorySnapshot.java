package io.knarr.server.store.memory;

import io.knarr.server.store.KeyRange;
import io.knarr.server.store.OperationGate;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.StoreSnapshot;
import io.knarr.server.store.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/** Entries that nobody changes any more, until it is closed. */
final class InMemorySnapshot implements StoreSnapshot {
    private final OperationGate gate;
    private volatile @Nullable Map<Table, NavigableMap<byte[], byte[]>> tables;

    InMemorySnapshot(OperationGate gate, Map<Table, NavigableMap<byte[], byte[]>> tables) {
        this.gate = gate;
        this.tables = tables;
    }

    @Override
    public byte @Nullable [] get(Table table, byte[] key) {
        return getAll(table, List.of(key)).getFirst();
    }

    @Override
    public List<byte @Nullable []> getAll(Table table, List<byte[]> keys) {
        gate.enter();
        try {
            NavigableMap<byte[], byte[]> entries = entries(table);
            List<byte @Nullable []> values = new ArrayList<>(keys.size());
            for (byte[] key : keys) {
                byte[] value = entries.get(key);
                values.add(value == null ? null : value.clone());
            }
            return values;
        } finally {
            gate.leave();
        }
    }

    @Override
    public StoreScan scan(Table table, KeyRange range) {
        gate.enter();
        boolean opened = false;
        try {
            StoreScan scan = new InMemoryScan(
                    gate, SortedBytes.part(entries(table), range).entrySet());
            opened = true;
            return scan;
        } finally {
            if (!opened) {
                gate.leave();
            }
        }
    }

    @Override
    public void close() {
        tables = null;
    }

    private NavigableMap<byte[], byte[]> entries(Table table) {
        Map<Table, NavigableMap<byte[], byte[]>> open = tables;
        if (open == null) {
            throw new IllegalStateException("Snapshot is closed");
        }
        NavigableMap<byte[], byte[]> entries = open.get(table);
        return entries == null ? SortedBytes.empty() : entries;
    }
}
