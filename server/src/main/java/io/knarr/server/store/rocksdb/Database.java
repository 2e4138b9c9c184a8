package io.knarr.server.store.rocksdb;

import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreException.Kind;
import io.knarr.server.store.Table;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open RocksDB with the column families of a store, checked against what the store says of itself. Owns all native objects that live
 * as long as it; its user sees to it that nothing else is open when it closes.
 */
final class Database implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Database.class);
    private static final List<String> COLUMN_FAMILIES = List.of("default", "meta", "acct", "rec", "idx", "ops");

    private final StoreDirectory directory;
    private final NativeHandles handles;
    private final RocksDB db;
    private final Map<String, ColumnFamilyHandle> families;
    private final Map<Table, ColumnFamilyHandle> tables = new EnumMap<>(Table.class);
    private final WriteOptions writeOptions;
    private final UUID storeId;

    private Database(
            StoreDirectory directory,
            NativeHandles handles,
            RocksDB db,
            Map<String, ColumnFamilyHandle> families,
            SyncPolicy sync)
            throws RocksDBException {
        this.directory = directory;
        this.handles = handles;
        this.db = db;
        this.families = families;
        for (Table table : Table.values()) {
            tables.put(table, family(name(table)));
        }
        // The one instance: a write without it would not wait for the disk.
        this.writeOptions = handles.own(new WriteOptions().setSync(sync == SyncPolicy.ALWAYS));
        this.storeId = StoreFormat.checkOrCreate(db, family("meta"), writeOptions, directory.path());
    }

    /**
     * Opens the database of a directory.
     *
     * @throws StoreException naming the directory and what to do
     */
    static Database open(RocksDbConfig config, StoreDirectory directory) {
        if (config.sync() == SyncPolicy.UNSAFE_NEVER) {
            log.warn(
                    "NOT DURABLE: store.sync is unsafe-never, acknowledged writes will be lost with the power, directory={}",
                    directory.path());
        }
        directory.claim();
        try {
            return open(config, directory, WALRecoveryMode.TolerateCorruptedTailRecords);
        } catch (RocksDBException e) {
            if (!NativeFailures.isCorruption(e)) {
                throw failureToOpen(e, directory);
            }
            if (!config.acceptLoss()) {
                throw damaged(e, directory);
            }
            try {
                Path aside = directory.saveLogs();
                log.error(
                        "The store is damaged; going on with what comes before the damage, since store.accept-loss is set,"
                                + " directory={}, copyOfTheLog={}",
                        directory.path(),
                        aside,
                        e);
                return open(config, directory, WALRecoveryMode.PointInTimeRecovery);
            } catch (RocksDBException again) {
                again.addSuppressed(e);
                throw failureToOpen(again, directory);
            } catch (IOException copying) {
                throw new StoreException(
                        Kind.IO, "The log cannot be copied aside: directory=" + directory.path(), copying);
            }
        }
    }

    RocksDB db() {
        return db;
    }

    WriteOptions writeOptions() {
        return writeOptions;
    }

    UUID storeId() {
        return storeId;
    }

    ColumnFamilyHandle table(Table table) {
        ColumnFamilyHandle handle = tables.get(table);
        if (handle == null) {
            throw new IllegalStateException("Table has no column family: " + table);
        }
        return handle;
    }

    @Override
    public void close() {
        directory.unsign(); // while nobody else can have signed
        handles.close();
    }

    @SuppressWarnings("MustBeClosedChecker") // closed with the handles
    private static Database open(RocksDbConfig config, StoreDirectory directory, WALRecoveryMode recovery)
            throws RocksDBException {
        RocksDB.loadLibrary();
        NativeHandles handles = new NativeHandles();
        boolean opened = false;
        try {
            NativeOptions options = new NativeOptions(config, handles);
            DBOptions databaseOptions = options.database(recovery, handles);
            ColumnFamilyOptions familyOptions = options.columnFamily(handles);
            List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
            for (String name : COLUMN_FAMILIES) {
                descriptors.add(new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.US_ASCII), familyOptions));
            }
            List<ColumnFamilyHandle> familyHandles = new ArrayList<>();
            RocksDB db =
                    handles.own(RocksDB.open(databaseOptions, directory.path().toString(), descriptors, familyHandles));
            Map<String, ColumnFamilyHandle> families = new HashMap<>();
            for (int index = 0; index < familyHandles.size(); index++) {
                families.put(COLUMN_FAMILIES.get(index), handles.own(familyHandles.get(index)));
            }
            checkNothingIsMissing(db, config, directory);
            Database database = new Database(directory, handles, db, families, config.sync());
            directory.sign();
            opened = true;
            return database;
        } finally {
            if (!opened) {
                handles.close();
            }
        }
    }

    private static void checkNothingIsMissing(RocksDB db, RocksDbConfig config, StoreDirectory directory) {
        long present = db.getLatestSequenceNumber();
        OptionalLong remembered;
        try {
            remembered = Watermark.read(directory.watermark());
        } catch (IOException e) {
            throw new StoreException(
                    Kind.IO, "The watermark of the store cannot be read: file=" + directory.watermark(), e);
        }
        if (remembered.isEmpty()) {
            if (present > 0) {
                log.warn("The store has no watermark to be checked against, directory={}", directory.path());
            }
            return;
        }
        long acknowledged = remembered.getAsLong();
        if (present >= acknowledged) {
            return;
        }
        String numbers = "directory=" + directory.path() + ", acknowledgedSequence=" + acknowledged
                + ", presentSequence=" + present + ", missing=" + (acknowledged - present);
        if (!config.acceptLoss()) {
            throw new StoreException(
                    Kind.CORRUPT,
                    "Acknowledged writes are missing, restore a backup or set store.accept-loss=true to go on without"
                            + " them: " + numbers,
                    null);
        }
        log.error(
                "Acknowledged writes are missing; going on without them, since store.accept-loss is set, {}", numbers);
    }

    private static StoreException failureToOpen(RocksDBException failure, StoreDirectory directory) {
        if (NativeFailures.isLocked(failure)) {
            return directory.inUse(failure);
        }
        if (NativeFailures.isCorruption(failure)) {
            return damaged(failure, directory);
        }
        String text = NativeFailures.text("The store cannot be opened", directory.path(), failure);
        return new StoreException(NativeFailures.isDiskFull(failure) ? Kind.DISK_FULL : Kind.IO, text, failure);
    }

    private static StoreException damaged(RocksDBException failure, StoreDirectory directory) {
        return new StoreException(
                Kind.CORRUPT,
                NativeFailures.text(
                        "The store is damaged, restore a backup or set store.accept-loss=true to go on with what comes"
                                + " before the damage",
                        directory.path(),
                        failure),
                failure);
    }

    private ColumnFamilyHandle family(String name) {
        ColumnFamilyHandle handle = families.get(name);
        if (handle == null) {
            throw new IllegalStateException("There is no such column family: " + name);
        }
        return handle;
    }

    // On disk, so never changed.
    private static String name(Table table) {
        return switch (table) {
            case CATALOG -> "acct";
            case RECORDS -> "rec";
            case SNAPSHOTS -> "idx";
            case OPERATIONS -> "ops";
        };
    }
}
