package io.knarr.server.store.rocksdb;

import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreException.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * What the store says of itself, in the column family {@code meta}: {@code format-version [uint32]} and {@code store-id [16 bytes]},
 * big-endian.
 *
 * <p>Version 1: column families {@code acct}, {@code rec}, {@code idx} and {@code ops}, keys as {@link OwnerKeys} lays them out.
 */
final class StoreFormat {
    static final int VERSION = 1;
    static final int OLDEST_READABLE_VERSION = 1;

    private static final byte[] VERSION_KEY = "format-version".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] STORE_ID_KEY = "store-id".getBytes(StandardCharsets.US_ASCII);

    private StoreFormat() {}

    /** Checks the version and returns the store's id; gives both to a store that has nothing in it. */
    static UUID checkOrCreate(RocksDB db, ColumnFamilyHandle meta, WriteOptions writeOptions, Path directory)
            throws RocksDBException {
        byte[] version = db.get(meta, VERSION_KEY);
        byte[] storeId = db.get(meta, STORE_ID_KEY);
        if (version == null && storeId == null && db.getLatestSequenceNumber() == 0) {
            UUID created = UUID.randomUUID();
            write(db, meta, writeOptions, VERSION, created);
            return created;
        }
        if (version == null || version.length != Integer.BYTES || storeId == null || storeId.length != 2 * Long.BYTES) {
            throw new StoreException(
                    Kind.CORRUPT, "The store does not say what format it has: directory=" + directory, null);
        }
        check(ByteBuffer.wrap(version).getInt(), directory);
        ByteBuffer id = ByteBuffer.wrap(storeId);
        return new UUID(id.getLong(), id.getLong());
    }

    static void write(RocksDB db, ColumnFamilyHandle meta, WriteOptions writeOptions, int version, UUID storeId)
            throws RocksDBException {
        try (WriteBatch batch = new WriteBatch()) {
            batch.put(
                    meta,
                    VERSION_KEY,
                    ByteBuffer.allocate(Integer.BYTES).putInt(version).array());
            batch.put(
                    meta,
                    STORE_ID_KEY,
                    ByteBuffer.allocate(2 * Long.BYTES)
                            .putLong(storeId.getMostSignificantBits())
                            .putLong(storeId.getLeastSignificantBits())
                            .array());
            db.write(writeOptions, batch);
        }
    }

    private static void check(int version, Path directory) {
        if (version > VERSION) {
            throw new StoreException(
                    Kind.TOO_NEW,
                    "The store was written by a newer server, upgrade this one: directory=" + directory
                            + ", storeFormat=" + version + ", newestReadableFormat=" + VERSION,
                    null);
        }
        if (version < OLDEST_READABLE_VERSION) {
            throw new StoreException(
                    Kind.TOO_OLD,
                    "The store was written by a server too old for this one: directory=" + directory + ", storeFormat="
                            + version + ", oldestReadableFormat=" + OLDEST_READABLE_VERSION,
                    null);
        }
    }
}
