package io.knarr.server;

import static java.util.Objects.requireNonNull;

import io.knarr.server.config.ConfigSource;
import io.knarr.server.config.DataSize;
import io.knarr.server.store.rocksdb.RocksDbConfig;
import java.nio.file.Path;

/**
 * Where the records are.
 *
 * @param inMemory whether nothing is kept on disk
 * @param directory the data directory; not touched if {@code inMemory}
 */
public record StoreConfig(boolean inMemory, Path directory) {
    public StoreConfig {
        requireNonNull(directory, "directory is null");
    }

    static StoreConfig from(ConfigSource source) {
        return new StoreConfig(source.bool("store.in-memory", false), source.path("store.directory", Path.of("data")));
    }

    /** Reads the settings of the durable store; they are read, and so are known names, where nothing is kept on disk too. */
    static RocksDbConfig durableFrom(ConfigSource source, Path directory) {
        RocksDbConfig defaults = RocksDbConfig.defaults(directory);
        return new RocksDbConfig(
                defaults.directory(),
                source.dataSize("store.block-cache-size", new DataSize(defaults.blockCacheBytes()))
                        .bytes(),
                source.dataSize("store.memtable-size", new DataSize(defaults.memtableBytes()))
                        .bytes(),
                source.integer("store.max-open-files", defaults.maxOpenFiles()),
                source.integer("store.background-jobs", defaults.backgroundJobs()),
                source.bool("store.accept-loss", defaults.acceptLoss()),
                source.choice("store.sync", defaults.sync()));
    }
}
