package io.knarr.server.store.rocksdb;

import java.util.Properties;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ChecksumType;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.SstPartitionerFixedPrefixFactory;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBufferManager;

/**
 * How RocksDB is set up. Each line here was chosen for a reason; docs/adr/0002-one-store-adapter-on-rocksdb.md has them.
 *
 * <p>No event listeners: RocksJava 11.8.1 throws inside RocksDB's own thread when told of a background error it has no name for, and
 * the database then does not come back after a full disk.
 */
final class NativeOptions {
    private static final long KIBIBYTE = 1L << 10;
    private static final long MEBIBYTE = 1L << 20;
    private static final int MAX_MEMTABLES = 3;

    private final RocksDbConfig config;
    private final Cache cache;
    private final WriteBufferManager writeBuffers;
    private final SstPartitionerFixedPrefixFactory partitioner;
    private final BloomFilter filter;

    /** Makes what all parts share. The handles own it. */
    NativeOptions(RocksDbConfig config, NativeHandles handles) {
        this.config = config;
        this.cache = handles.own(new LRUCache(config.blockCacheBytes()));
        this.writeBuffers = handles.own(new WriteBufferManager(config.memtableBytes(), cache));
        this.partitioner = handles.own(new SstPartitionerFixedPrefixFactory(OwnerKeys.SHARD_LENGTH));
        this.filter = handles.own(new BloomFilter(10));
    }

    DBOptions database(WALRecoveryMode recovery, NativeHandles handles) {
        Properties byName = new Properties(); // what has no setter in Java
        byName.setProperty("track_and_verify_wals", "true");
        byName.setProperty("verify_sst_unique_id_in_manifest", "true");
        DBOptions options = DBOptions.getDBOptionsFromProps(byName);
        if (options == null) {
            throw new IllegalStateException("RocksDB does not know an option: " + byName);
        }
        return handles.own(options)
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setParanoidChecks(true)
                .setWalRecoveryMode(recovery)
                .setRecycleLogFileNum(0)
                .setMaxTotalWalSize(256 * MEBIBYTE)
                .setBytesPerSync(MEBIBYTE)
                .setStrictBytesPerSync(true)
                .setMaxBackgroundJobs(config.backgroundJobs())
                .setMaxSubcompactions(2)
                .setMaxOpenFiles(config.maxOpenFiles())
                .setMaxWriteBatchGroupSizeBytes(8 * MEBIBYTE)
                .setEnablePipelinedWrite(false)
                .setWriteBufferManager(writeBuffers)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxLogFileSize(10 * MEBIBYTE)
                .setKeepLogFileNum(10)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0);
    }

    ColumnFamilyOptions columnFamily(NativeHandles handles) {
        Properties byName = new Properties(); // what has no setter in Java
        byName.setProperty("memtable_protection_bytes_per_key", "8");
        byName.setProperty("block_protection_bytes_per_key", "8");
        ColumnFamilyOptions options = ColumnFamilyOptions.getColumnFamilyOptionsFromProps(byName);
        if (options == null) {
            throw new IllegalStateException("RocksDB does not know an option: " + byName);
        }
        return handles.own(options)
                .setLevelCompactionDynamicLevelBytes(true)
                .setWriteBufferSize(config.memtableBytes() / 2)
                .setMaxWriteBufferNumber(MAX_MEMTABLES)
                .setTargetFileSizeBase(64 * MEBIBYTE)
                .useFixedLengthPrefixExtractor(OwnerKeys.PREFIX_LENGTH)
                .setMemtablePrefixBloomSizeRatio(0.05)
                .setMemtableMaxRangeDeletions(256)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setParanoidFileChecks(true)
                .setSstPartitionerFactory(partitioner)
                .setTableFormatConfig(new BlockBasedTableConfig()
                        .setBlockCache(cache)
                        .setBlockSize(16 * KIBIBYTE)
                        .setFilterPolicy(filter)
                        .setWholeKeyFiltering(true)
                        .setChecksumType(ChecksumType.kXXH3)
                        .setCacheIndexAndFilterBlocks(true)
                        .setCacheIndexAndFilterBlocksWithHighPriority(true)
                        .setPinL0FilterAndIndexBlocksInCache(true));
    }
}
