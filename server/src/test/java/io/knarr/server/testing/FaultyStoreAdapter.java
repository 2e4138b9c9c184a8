package io.knarr.server.testing;

import static java.util.Objects.requireNonNull;

import io.knarr.server.model.AccountNumber;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreException.Kind;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.StoreSnapshot;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A store that does to its writes what it is told, and passes everything else on. Writes, drops of accounts among them, are counted from
 * 1 over all views. Closing it closes the store behind it.
 */
public final class FaultyStoreAdapter implements StoreAdapter {
    private interface Fault {
        void write(Runnable delegate);
    }

    private final StoreAdapter delegate;
    private final AtomicLong writeCount = new AtomicLong();
    private final ConcurrentHashMap<Long, Fault> faults = new ConcurrentHashMap<>();

    public FaultyStoreAdapter(StoreAdapter delegate) {
        this.delegate = requireNonNull(delegate, "delegate is null");
    }

    /** Returns how many writes there were, failed ones included. */
    public long writeCount() {
        return writeCount.get();
    }

    /** Makes the n-th write from now fail, with nothing written. 1 is the next. */
    public void failBefore(long nth, Kind kind) {
        faults.put(writeCount.get() + nth, write -> {
            throw new StoreException(kind, "Told to fail before the write", null);
        });
    }

    /** Makes the n-th write from now fail after it was applied: what an unknown outcome may look like. 1 is the next. */
    public void failAfter(long nth, Kind kind) {
        faults.put(writeCount.get() + nth, write -> {
            write.run();
            throw new StoreException(kind, "Told to fail after the write", null);
        });
    }

    /** Makes the n-th write from now run {@code pause} first, which may block: a latch of the test's, for example. 1 is the next. */
    public void pauseBefore(long nth, Runnable pause) {
        faults.put(writeCount.get() + nth, write -> {
            pause.run();
            write.run();
        });
    }

    @Override
    public UUID storeId() {
        return delegate.storeId();
    }

    @Override
    public StoreView system() {
        return new FaultyView(delegate.system());
    }

    @Override
    public StoreView forAccount(AccountNumber account) {
        return new FaultyView(delegate.forAccount(account));
    }

    @Override
    public void dropAccount(AccountNumber account, WriteBatch systemBatch) {
        write(() -> delegate.dropAccount(account, systemBatch));
    }

    @Override
    public boolean isWritable() {
        return delegate.isWritable();
    }

    @Override
    public long sizeBytes() {
        return delegate.sizeBytes();
    }

    @Override
    public void close() {
        delegate.close();
    }

    private void write(Runnable write) {
        Fault fault = faults.remove(writeCount.incrementAndGet());
        if (fault == null) {
            write.run();
        } else {
            fault.write(write);
        }
    }

    private final class FaultyView implements StoreView {
        private final StoreView view;

        FaultyView(StoreView view) {
            this.view = view;
        }

        @Override
        public byte @Nullable [] get(Table table, byte[] key) {
            return view.get(table, key);
        }

        @Override
        public List<byte @Nullable []> getAll(Table table, List<byte[]> keys) {
            return view.getAll(table, keys);
        }

        @Override
        public void commit(WriteBatch batch) {
            write(() -> view.commit(batch));
        }

        @Override
        public StoreSnapshot snapshot() {
            return view.snapshot();
        }

        @Override
        public StoreScan scan(Table table, KeyRange range) {
            return view.scan(table, range);
        }
    }
}
