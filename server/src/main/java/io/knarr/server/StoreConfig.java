package io.knarr.server;

import static java.util.Objects.requireNonNull;

import io.knarr.server.config.ConfigSource;
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
}
