package io.knarr.server.store.rocksdb;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstPartitionerFixedPrefixFactory;

/** A store's database opened behind the store's back. */
final class PlainRocksDb {
    /** What to do with it. */
    interface Deed {
        void on(RocksDB db, List<ColumnFamilyHandle> families) throws RocksDBException;
    }

    private PlainRocksDb() {}

    static void open(Path directory, Deed deed) throws RocksDBException {
        try (SstPartitionerFixedPrefixFactory partitioner =
                        new SstPartitionerFixedPrefixFactory(OwnerKeys.SHARD_LENGTH);
                ColumnFamilyOptions familyOptions = new ColumnFamilyOptions().setSstPartitionerFactory(partitioner);
                DBOptions options = new DBOptions()) {
            List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
            for (String name : List.of("default", "meta", "acct", "rec", "idx", "ops")) {
                descriptors.add(new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.US_ASCII), familyOptions));
            }
            List<ColumnFamilyHandle> families = new ArrayList<>();
            // The database closes the handles of its column families.
            try (RocksDB db = RocksDB.open(options, directory.toString(), descriptors, families)) {
                deed.on(db, families);
            }
        }
    }
}
