package io.knarr.server.store.rocksdb;

import io.knarr.server.store.StoreScan;
import java.nio.file.Path;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** A walk with a native iterator. Holds its place in the gate until it is closed, so the database cannot close under it. */
final class RocksDbScan implements StoreScan {
    private final Runnable whenClosed;
    private final NativeHandles handles;
    private final RocksIterator iterator;
    private final byte[] from;
    private final Path directory;
    private final Thread owner = Thread.currentThread();
    private boolean started;
    private boolean closed;

    /** @param whenClosed lets the scan out of the gate; run after the handles, of which the iterator is one, are closed */
    RocksDbScan(Runnable whenClosed, NativeHandles handles, RocksIterator iterator, byte[] from, Path directory) {
        this.whenClosed = whenClosed;
        this.handles = handles;
        this.iterator = iterator;
        this.from = from;
        this.directory = directory;
    }

    @Override
    public boolean next() {
        checkUsable();
        if (!started) {
            started = true;
            iterator.seek(from);
        } else if (iterator.isValid()) {
            iterator.next();
        }
        if (iterator.isValid()) {
            return true;
        }
        try {
            iterator.status(); // an iterator also becomes invalid by failing
        } catch (RocksDBException e) {
            throw NativeFailures.ofRead(e, directory);
        }
        return false;
    }

    @Override
    public byte[] key() {
        checkAtKey();
        return OwnerKeys.unstored(iterator.key());
    }

    @Override
    public byte[] value() {
        checkAtKey();
        return iterator.value();
    }

    @Override
    public void close() {
        checkThread();
        if (!closed) {
            closed = true;
            handles.close();
            whenClosed.run();
        }
    }

    private void checkAtKey() {
        checkUsable();
        if (!started || !iterator.isValid()) {
            throw new IllegalStateException("Scan is not at a key");
        }
    }

    private void checkUsable() {
        checkThread();
        if (closed) {
            throw new IllegalStateException("Scan is closed");
        }
    }

    // A native iterator that two threads use at once can take the process down.
    private void checkThread() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("Scan is used by a thread that did not open it");
        }
    }
}
