package io.knarr.server;

import static java.util.Objects.requireNonNull;

import com.sun.management.OperatingSystemMXBean;
import io.knarr.server.account.AccountCacheConfig;
import io.knarr.server.account.ExpiryConfig;
import io.knarr.server.config.ConfigException;
import io.knarr.server.config.ConfigSource;
import io.knarr.server.config.DataSize;
import io.knarr.server.config.SettingsReport;
import io.knarr.server.index.CursorConfig;
import io.knarr.server.rpc.IngestConfig;
import io.knarr.server.rpc.Limits;
import io.knarr.server.rpc.RpcConfig;
import io.knarr.server.store.rocksdb.RocksDbConfig;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Everything a server is told, checked.
 *
 * @param report the same as a table, with where each value came from
 */
public record ServerSettings(
        StoreConfig store,
        RocksDbConfig durable,
        AccountCacheConfig accounts,
        ExpiryConfig expiry,
        ListenConfig listen,
        RpcConfig rpc,
        Limits limits,
        CursorConfig cursors,
        IngestConfig ingests,
        WorkerPoolsConfig pools,
        LogLevel logLevel,
        SettingsReport report) {
    public ServerSettings {
        requireNonNull(store, "store is null");
        requireNonNull(durable, "durable is null");
        requireNonNull(accounts, "accounts is null");
        requireNonNull(expiry, "expiry is null");
        requireNonNull(rpc, "rpc is null");
        requireNonNull(limits, "limits is null");
        requireNonNull(cursors, "cursors is null");
        requireNonNull(ingests, "ingests is null");
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
        Optional<RocksDbConfig> durable = source.section(() -> StoreConfig.durableFrom(
                source, store.map(StoreConfig::directory).orElse(Path.of("data"))));
        Optional<AccountCacheConfig> accounts = source.section(() -> AccountCacheConfig.from(source, halfOfMemory()));
        Optional<ExpiryConfig> expiry = source.section(() -> ExpiryConfig.from(source));
        Optional<RpcConfig> rpc = source.section(() -> rpcFrom(source, listen.orElse(ListenConfig.STAND_IN)));
        Optional<Limits> limits = source.section(() -> limitsFrom(source));
        Optional<CursorConfig> cursors = source.section(() -> cursorsFrom(source));
        Optional<IngestConfig> ingests = source.section(() -> ingestsFrom(source));
        Optional<WorkerPoolsConfig> pools = source.section(() -> WorkerPoolsConfig.from(source, cores));
        LogLevel logLevel = source.choice("log.level", LogLevel.INFO);
        source.requireNoMistakes();
        // A section is missing only if it noted a mistake, so all of them are there.
        return new ServerSettings(
                store.orElseThrow(),
                durable.orElseThrow(),
                accounts.orElseThrow(),
                expiry.orElseThrow(),
                listen.orElseThrow(),
                rpc.orElseThrow(),
                limits.orElseThrow(),
                cursors.orElseThrow(),
                ingests.orElseThrow(),
                pools.orElseThrow(),
                logLevel,
                source.report());
    }

    /** Reads what concerns calls; address, port and keys are those of {@link ListenConfig}. */
    private static RpcConfig rpcFrom(ConfigSource source, ListenConfig listen) {
        RpcConfig defaults = RpcConfig.DEFAULT;
        return new RpcConfig(
                listen.address().getHostAddress(),
                listen.grpcPort(),
                source.bool("grpc.implicit-accounts", listen.keysFile().isEmpty()),
                source.duration("grpc.default-deadline", defaults.defaultDeadline()),
                source.duration("grpc.drain-timeout", defaults.drainTimeout()),
                source.integer("grpc.max-concurrent-calls", defaults.maxConcurrentCalls()),
                source.integer("grpc.max-concurrent-calls-per-account", defaults.maxConcurrentCallsPerAccount()),
                listen.keysFile());
    }

    private static Limits limitsFrom(ConfigSource source) {
        Limits defaults = Limits.DEFAULT;
        return new Limits(
                source.integer("limits.max-call-bytes", defaults.maxCallBytes()),
                source.integer("limits.max-record-bytes", defaults.maxRecordBytes()),
                source.integer("limits.max-fields-bytes", defaults.maxFieldsBytes()),
                source.integer("limits.max-batch-records", defaults.maxBatchRecords()),
                source.integer("limits.max-limit-plus-offset", defaults.maxLimitPlusOffset()),
                source.integer("limits.max-filter-depth", defaults.maxFilterDepth()),
                source.integer("limits.max-filter-nodes", defaults.maxFilterNodes()),
                source.integer("limits.max-filter-values", defaults.maxFilterValues()),
                source.integer("limits.max-value-depth", defaults.maxValueDepth()),
                source.integer("limits.max-collections-per-account", defaults.maxCollectionsPerAccount()));
    }

    private static CursorConfig cursorsFrom(ConfigSource source) {
        CursorConfig defaults = CursorConfig.DEFAULT;
        return new CursorConfig(
                source.duration("cursors.lease", defaults.lease()),
                source.integer("cursors.max", defaults.maxCursors()),
                source.integer("cursors.max-per-account", defaults.maxCursorsPerAccount()),
                source.dataSize("cursors.max-bytes", new DataSize(defaults.maxBytes()))
                        .bytes(),
                source.dataSize("cursors.max-bytes-per-cursor", new DataSize(defaults.maxBytesPerCursor()))
                        .bytes());
    }

    private static IngestConfig ingestsFrom(ConfigSource source) {
        IngestConfig defaults = IngestConfig.DEFAULT;
        return new IngestConfig(
                source.integer("ingest.max-streams", defaults.maxStreams()),
                source.integer("ingest.max-streams-per-account", defaults.maxStreamsPerAccount()),
                source.integer("ingest.window-chunks", defaults.windowChunks()),
                source.dataSize("ingest.window-bytes", new DataSize(defaults.windowBytes()))
                        .bytes(),
                source.duration("ingest.idle-timeout", defaults.idleTimeout()));
    }

    /** Vectors are native memory, next to the heap: half of the machine for them leaves room for heap, store and page cache. */
    private static DataSize halfOfMemory() {
        long memory = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Runtime.getRuntime().maxMemory();
        return new DataSize(Math.max(AccountCacheConfig.MIN_BYTES, memory / 2));
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
