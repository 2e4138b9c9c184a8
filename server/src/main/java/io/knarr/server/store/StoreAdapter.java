package io.knarr.server.store;

import io.knarr.server.model.AccountNumber;
import java.util.UUID;

/**
 * The one door to durable state. There is one instance per process, injected wherever it is needed and closed by the process alone.
 *
 * <p>The adapter knows bytes and accounts, and nothing of vectors: what a key or a value means is decided in the package that owns the
 * record. All methods are thread-safe, and may block on the disk: call them from the pools made for that, never from an event loop or
 * a virtual thread's own carrier.
 */
// Keep this surface small. Each method here is a promise that RocksDB, the in-memory store and the fault-injecting
// store must all
// keep, and that StoreAdapterContract must check.
public interface StoreAdapter extends AutoCloseable {
    /** Returns the UUID that this store was given when it was made. */
    UUID storeId();

    /** Returns the view of the server's own keys: the directory of accounts and the like. No account can name them. */
    StoreView system();

    /** Returns a view confined to the keys of one account. Does no I/O; the account need not exist. */
    StoreView forAccount(AccountNumber account);

    /**
     * Applies {@code systemBatch} to the server's own keys and removes every key of {@code account} in every table, all of it or none,
     * durably, in a time that does not depend on how much the account holds. Scans of the account that are open go on over what they saw.
     * The number is spent: what is written under it afterwards may vanish at any time.
     *
     * @throws StoreException if the write failed or its outcome is unknown
     */
    void dropAccount(AccountNumber account, WriteBatch systemBatch);

    /** Returns whether writes are being accepted; false after a disk failure of unknown outcome, until the process is restarted. */
    boolean isWritable();

    /** Returns the bytes the store takes on disk; of the in-memory store, in memory. An estimate, cheap enough to ask every second. */
    long sizeBytes();

    /**
     * Stops new operations, waits for those under way, open scans included, then releases native memory. Later operations throw
     * {@link StoreException} with {@link StoreException.Kind#CLOSED}.
     *
     * <p>Waiting is not politeness: a native iterator read after its database has closed takes the whole JVM down
     * (facebook/rocksdb#5234).
     */
    @Override
    void close();
}
