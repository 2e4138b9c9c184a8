package io.knarr.server;

import static java.util.Objects.requireNonNull;

import io.knarr.server.config.ConfigException;
import io.knarr.server.config.ConfigSource;
import io.knarr.server.config.SettingsReport;
import java.util.Map;
import java.util.Optional;

/**
 * Everything a server is told, checked.
 *
 * @param report the same as a table, with where each value came from
 */
public record ServerSettings(
        StoreConfig store, ListenConfig listen, WorkerPoolsConfig pools, LogLevel logLevel, SettingsReport report) {
    public ServerSettings {
        requireNonNull(store, "store is null");
        requireNonNull(listen, "listen is null");
        requireNonNull(pools, "pools is null");
        requireNonNull(logLevel, "logLevel is null");
        requireNonNull(report, "report is null");
    }

    /**
     * Reads all settings.
     *
     * @throws ConfigException with everything that is wrong with them
     */
    public static ServerSettings from(ConfigSource source) {
        int cores = Runtime.getRuntime().availableProcessors();
        Optional<StoreConfig> store = source.section(() -> StoreConfig.from(source));
        Optional<ListenConfig> listen = source.section(() -> ListenConfig.from(source));
        Optional<WorkerPoolsConfig> pools = source.section(() -> WorkerPoolsConfig.from(source, cores));
        LogLevel logLevel = source.choice("log.level", LogLevel.INFO);
        source.requireNoMistakes();
        // A section is missing only if it noted a mistake, so all of them are there.
        return new ServerSettings(
                store.orElseThrow(), listen.orElseThrow(), pools.orElseThrow(), logLevel, source.report());
    }

    /**
     * Reads settings from values by name, as {@code --set} would give them; for servers that live inside another program.
     *
     * @throws ConfigException with everything that is wrong with them
     */
    public static ServerSettings of(Map<String, String> values) {
        return from(ConfigSource.of(values));
    }
}
