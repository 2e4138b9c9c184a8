package io.knarr.server.store.rocksdb;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/**
 * Where the durable store is, and what it may take.
 *
 * @param directory the store's own directory, made if it does not exist; {@code store.directory}
 * @param blockCacheBytes native memory for blocks, indexes and filters of tables, with what is written and not yet in a table counted
 *     in it (8 MiB to 1 TiB); {@code store.block-cache-size}
 * @param memtableBytes native memory for what is written and not yet in a table (1 MiB up to half the block cache), over all accounts
 *     together; {@code store.memtable-size}
 * @param maxOpenFiles table files held open at once (64 to 1,000,000); keep it below half of what the process may open, since a
 *     refused open counts as a failure of the disk; {@code store.max-open-files}
 * @param backgroundJobs flushes and compactions at once (2 to 64); {@code store.background-jobs}
 * @param acceptLoss go on where acknowledged writes are missing or the log is damaged, instead of refusing to open; what is lost is
 *     logged. For one start by an operator who has no backup; {@code store.accept-loss}
 * @param sync when a write waits for the disk; {@code store.sync}
 */
public record RocksDbConfig(
        Path directory,
        long blockCacheBytes,
        long memtableBytes,
        int maxOpenFiles,
        int backgroundJobs,
        boolean acceptLoss,
        SyncPolicy sync) {
    private static final long MEBIBYTE = 1L << 20;

    public RocksDbConfig {
        requireNonNull(directory, "directory is null");
        requireNonNull(sync, "sync is null");
        if (blockCacheBytes < 8 * MEBIBYTE || blockCacheBytes > 1L << 40) {
            throw new IllegalArgumentException(
                    "store.block-cache-size must be 8 MiB to 1 TiB, in bytes: " + blockCacheBytes);
        }
        if (memtableBytes < MEBIBYTE || memtableBytes > blockCacheBytes / 2) {
            throw new IllegalArgumentException(
                    "store.memtable-size must be 1 MiB to half of store.block-cache-size, in bytes: " + memtableBytes);
        }
        if (maxOpenFiles < 64 || maxOpenFiles > 1_000_000) {
            throw new IllegalArgumentException("store.max-open-files must be 64 to 1000000: " + maxOpenFiles);
        }
        if (backgroundJobs < 2 || backgroundJobs > 64) {
            throw new IllegalArgumentException("store.background-jobs must be 2 to 64: " + backgroundJobs);
        }
    }

    /** Returns what a fresh server uses: 256 MiB of native memory, 64 MiB of it for writes. */
    public static RocksDbConfig defaults(Path directory) {
        int backgroundJobs = Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 2, 64);
        return new RocksDbConfig(
                directory, 256 * MEBIBYTE, 64 * MEBIBYTE, 512, backgroundJobs, false, SyncPolicy.ALWAYS);
    }
}
