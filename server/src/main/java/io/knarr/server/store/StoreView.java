package io.knarr.server.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys and values of one owner, an account or the server itself. A holder of this view cannot name another owner's key. */
public interface StoreView {
    /**
     * Returns the value at {@code key}, or {@code null} if there is none.
     *
     * @throws StoreException if the disk fails or the value's checksum is wrong
     */
    byte @Nullable [] get(Table table, byte[] key);

    /**
     * Returns the values at {@code keys}, in their order, {@code null} where there is none, all as of one moment.
     *
     * @throws StoreException if the disk fails or a value's checksum is wrong
     */
    List<byte @Nullable []> getAll(Table table, List<byte[]> keys);

    /**
     * Applies all of {@code batch} or none of it. When this returns, the batch survives a crash of the process and of the machine, and
     * every later read sees it; when it throws, the caller knows nothing of the outcome and must read before it relies on either.
     *
     * @throws StoreException if the write failed or its outcome is unknown; {@link StoreException.Kind#DISK_FULL} says that nothing
     *     was written
     */
    void commit(WriteBatch batch);

    /**
     * Walks {@code range} in ascending unsigned byte order of keys, over a snapshot taken now: later commits are not seen. The caller
     * closes the scan, on the thread that opened it.
     *
     * @throws StoreException if the disk fails
     */
    StoreScan scan(Table table, KeyRange range);
}
