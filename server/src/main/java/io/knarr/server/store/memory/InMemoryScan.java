package io.knarr.server.store.memory;

import io.knarr.server.store.OperationGate;
import io.knarr.server.store.StoreScan;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A walk over entries that nobody changes any more. Holds its place in the gate until it is closed. */
final class InMemoryScan implements StoreScan {
    private final OperationGate gate;
    private final Thread owner = Thread.currentThread();
    private final Iterator<Map.Entry<byte[], byte[]>> entries;
    private Map.@Nullable Entry<byte[], byte[]> current;
    private boolean closed;

    InMemoryScan(OperationGate gate, Collection<Map.Entry<byte[], byte[]>> entries) {
        this.gate = gate;
        this.entries = entries.iterator();
    }

    @Override
    public boolean next() {
        checkUsable();
        current = entries.hasNext() ? entries.next() : null;
        return current != null;
    }

    @Override
    public byte[] key() {
        return entry().getKey().clone();
    }

    @Override
    public byte[] value() {
        return entry().getValue().clone();
    }

    @Override
    public void close() {
        checkThread();
        if (!closed) {
            closed = true;
            gate.leave();
        }
    }

    private Map.Entry<byte[], byte[]> entry() {
        checkUsable();
        if (current == null) {
            throw new IllegalStateException("Scan is not at a key");
        }
        return current;
    }

    private void checkUsable() {
        checkThread();
        if (closed) {
            throw new IllegalStateException("Scan is closed");
        }
    }

    private void checkThread() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("Scan is used by a thread that did not open it");
        }
    }
}
