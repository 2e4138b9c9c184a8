package io.knarr.server.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What can be read of one owner's keys: as they are now through a {@link StoreView}, as they were through a {@link StoreSnapshot}. */
public interface StoreReader {
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
     * Walks {@code range} in ascending unsigned byte order of keys, over what there is at one moment: later commits are not seen. The
     * caller closes the scan, on the thread that opened it.
     *
     * @throws StoreException if the disk fails
     */
    StoreScan scan(Table table, KeyRange range);
}
