package io.knarr.server.store;

/**
 * A walk over a range of keys. Starts before the first; confined to the thread that opened it.
 *
 * {@snippet :
 * try (StoreScan scan = view.scan(Table.RECORDS, KeyRange.all())) {
 *     while (scan.next()) {
 *         use(scan.key(), scan.value());
 *     }
 * }
 * }
 */
public interface StoreScan extends AutoCloseable {
    /**
     * Moves to the next key.
     *
     * @return whether there is one
     * @throws StoreException if the disk fails or a block's checksum is wrong; never a silent end
     */
    boolean next();

    /** Returns the key at the current place, as its owner knows it; the array is the caller's. */
    byte[] key();

    /** Returns the value at the current place; the array is the caller's. */
    byte[] value();

    @Override
    void close();
}
