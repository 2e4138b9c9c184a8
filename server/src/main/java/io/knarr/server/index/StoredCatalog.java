package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.Collection;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An account's catalog of collections as it is on disk.
 *
 * @param collections by name
 * @param nextNumber the number of the next collection, greater than that of any there is
 */
record StoredCatalog(SortedMap<String, Collection> collections, int nextNumber) {
    /**
     * Reads the catalog. Blocks on the disk for a small read.
     *
     * @throws ServiceException RECORD_CORRUPT
     * @throws io.knarr.server.store.StoreException if the disk fails
     */
    static StoredCatalog read(StoreView store) {
        SortedMap<String, Collection> collections = new TreeMap<>();
        int greatest = 0;
        try (StoreScan scan = store.scan(Table.CATALOG, IndexKeys.collections())) {
            while (scan.next()) {
                String name = IndexKeys.collectionName(scan.key());
                Collection collection = decode(name, scan.value());
                collections.put(name, collection);
                greatest = Math.max(greatest, collection.number());
            }
        }
        byte[] next = store.get(Table.CATALOG, IndexKeys.nextNumber());
        if (next == null && collections.isEmpty()) {
            return new StoredCatalog(collections, 1);
        }
        // Two collections of one number would share their records.
        if (next == null
                || next.length != Integer.BYTES
                || ByteBuffer.wrap(next).getInt() <= greatest) {
            throw damaged(new CorruptBytesException("Next number of the catalog is missing or taken"));
        }
        return new StoredCatalog(collections, ByteBuffer.wrap(next).getInt());
    }

    /** Returns the entry of one collection, if there is one. Blocks and throws as {@link #read}. */
    static Optional<Collection> find(StoreView store, String name) {
        return Optional.ofNullable(store.get(Table.CATALOG, IndexKeys.collection(name)))
                .map(entry -> decode(name, entry));
    }

    private static Collection decode(String name, byte[] value) {
        try {
            return CollectionCodec.decode(name, value);
        } catch (CorruptBytesException | IllegalArgumentException | ArithmeticException e) {
            throw damaged(e).with("collection", name);
        }
    }

    private static ServiceException damaged(RuntimeException cause) {
        return ServiceException.causedBy(
                cause, ErrorCode.RECORD_CORRUPT, "The account's catalog of collections is damaged");
    }
}
