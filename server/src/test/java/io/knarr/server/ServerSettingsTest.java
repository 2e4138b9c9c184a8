package io.knarr.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.knarr.server.account.AccountCacheConfig;
import io.knarr.server.account.ExpiryConfig;
import io.knarr.server.config.ConfigException;
import io.knarr.server.index.CursorConfig;
import io.knarr.server.rpc.IngestConfig;
import io.knarr.server.rpc.Limits;
import io.knarr.server.rpc.RpcConfig;
import io.knarr.server.store.rocksdb.RocksDbConfig;
import io.knarr.server.store.rocksdb.SyncPolicy;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ServerSettingsTest {
    @Test
    void theDefaultsAreThoseOfTheDocumentation() {
        ServerSettings settings = ServerSettings.of(Map.of());
        int cores = Runtime.getRuntime().availableProcessors();

        assertThat(settings.store()).isEqualTo(new StoreConfig(false, Path.of("data")));
        assertThat(settings.listen())
                .isEqualTo(new ListenConfig(InetAddress.getLoopbackAddress(), 6334, 6333, Optional.empty(), false));
        assertThat(settings.pools())
                .isEqualTo(new WorkerPoolsConfig(cores, 1_024, Math.max(4, 2 * cores), 4_096, 64, 4_096));
        assertThat(settings.rpc()).isEqualTo(RpcConfig.DEFAULT);
        assertThat(settings.limits()).isEqualTo(Limits.DEFAULT);
        assertThat(settings.cursors()).isEqualTo(CursorConfig.DEFAULT);
        assertThat(settings.ingests()).isEqualTo(IngestConfig.DEFAULT);
        assertThat(settings.expiry()).isEqualTo(ExpiryConfig.DEFAULT);
        assertThat(settings.accounts())
                .isEqualTo(AccountCacheConfig.ofBytes(settings.accounts().maxBytes()));
        assertThat(settings.durable()).isEqualTo(RocksDbConfig.defaults(Path.of("data")));
        assertThat(settings.logLevel()).isEqualTo(LogLevel.INFO);
    }

    @Test
    void everySettingCanBeGiven() throws Exception {
        Map<String, String> values = new TreeMap<>(Map.of(
                "store.in-memory", "true",
                "store.directory", "/var/lib/knarr",
                "bind.address", "0.0.0.0",
                "bind.allow-plaintext", "true",
                "grpc.keys-file", "keys",
                "grpc.port", "1",
                "http.port", "2",
                "log.level", "debug"));
        values.putAll(Map.of(
                "pools.search-threads", "3",
                "pools.search-queue", "4",
                "pools.loading-threads", "5",
                "pools.loading-queue", "6",
                "pools.writing-threads", "7",
                "pools.writing-queue", "8"));
        values.putAll(Map.of(
                "grpc.implicit-accounts", "true",
                "grpc.default-deadline", "1s",
                "grpc.drain-timeout", "2s",
                "grpc.max-concurrent-calls", "9",
                "grpc.max-concurrent-calls-per-account", "8"));
        values.putAll(Map.of(
                "limits.max-call-bytes", "100000",
                "limits.max-record-bytes", "90000",
                "limits.max-fields-bytes", "80000",
                "limits.max-batch-records", "11",
                "limits.max-limit-plus-offset", "12",
                "limits.max-filter-depth", "13",
                "limits.max-filter-nodes", "14",
                "limits.max-filter-values", "15",
                "limits.max-value-depth", "16",
                "limits.max-collections-per-account", "17"));
        values.putAll(Map.of(
                "expiry.sweep-interval", "21s",
                "cursors.lease", "8s",
                "cursors.max", "18",
                "cursors.max-per-account", "17",
                "cursors.max-bytes", "2 MiB",
                "cursors.max-bytes-per-cursor", "1 MiB"));
        values.putAll(Map.of(
                "ingest.max-streams", "22",
                "ingest.max-streams-per-account", "21",
                "ingest.window-chunks", "20",
                "ingest.window-bytes", "3 MiB",
                "ingest.idle-timeout", "9s"));
        values.putAll(Map.of(
                "account-cache.max-bytes", "64 MiB",
                "account-cache.idle-timeout", "3s",
                "account-cache.load-timeout", "4s",
                "account-cache.max-concurrent-loads", "5",
                "account-cache.max-queued-loads", "6",
                "account-cache.drain-timeout", "7s"));
        values.putAll(Map.of(
                "store.block-cache-size", "32 MiB",
                "store.memtable-size", "8 MiB",
                "store.max-open-files", "100",
                "store.background-jobs", "3",
                "store.accept-loss", "true",
                "store.sync", "unsafe-never"));

        ServerSettings settings = ServerSettings.of(values);

        assertThat(settings.store()).isEqualTo(new StoreConfig(true, Path.of("/var/lib/knarr")));
        assertThat(settings.listen())
                .isEqualTo(
                        new ListenConfig(InetAddress.getByName("0.0.0.0"), 1, 2, Optional.of(Path.of("keys")), true));
        assertThat(settings.pools()).isEqualTo(new WorkerPoolsConfig(3, 4, 5, 6, 7, 8));
        assertThat(settings.rpc())
                .isEqualTo(new RpcConfig(
                        "0.0.0.0",
                        1,
                        true,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        9,
                        8,
                        Optional.of(Path.of("keys"))));
        assertThat(settings.limits()).isEqualTo(new Limits(100_000, 90_000, 80_000, 11, 12, 13, 14, 15, 16, 17));
        assertThat(settings.cursors()).isEqualTo(new CursorConfig(Duration.ofSeconds(8), 18, 17, 2L << 20, 1L << 20));
        assertThat(settings.ingests()).isEqualTo(new IngestConfig(22, 21, 20, 3L << 20, Duration.ofSeconds(9)));
        assertThat(settings.expiry()).isEqualTo(new ExpiryConfig(Duration.ofSeconds(21)));
        assertThat(settings.accounts())
                .isEqualTo(new AccountCacheConfig(
                        64L << 20, Duration.ofSeconds(3), Duration.ofSeconds(4), 5, 6, Duration.ofSeconds(7)));
        assertThat(settings.durable())
                .isEqualTo(new RocksDbConfig(
                        Path.of("/var/lib/knarr"), 32L << 20, 8L << 20, 100, 3, true, SyncPolicy.UNSAFE_NEVER));
        assertThat(settings.logLevel()).isEqualTo(LogLevel.DEBUG);
        assertThat(settings.report().settings()).as("nothing else can be set").hasSize(values.size());
    }

    @ParameterizedTest
    @CsvSource({
        "grpc.port, -1",
        "grpc.port, 65536",
        "http.port, -1",
        "http.port, 65536",
        "bind.address, no such host.invalid",
        "pools.search-threads, 0",
        "pools.search-threads, 1025",
        "pools.search-queue, 0",
        "pools.search-queue, 1000001",
        "pools.loading-threads, 0",
        "pools.loading-queue, 0",
        "pools.writing-threads, 0",
        "pools.writing-queue, 0",
        "log.level, loud",
        "grpc.default-deadline, 0ms",
        "grpc.drain-timeout, 2h",
        "grpc.max-concurrent-calls, 0",
        "grpc.max-concurrent-calls-per-account, 0",
        "limits.max-call-bytes, 1",
        "limits.max-filter-depth, 49",
        "account-cache.max-concurrent-loads, 0",
        "account-cache.max-queued-loads, 0",
        "expiry.sweep-interval, 9ms",
        "expiry.sweep-interval, 25h",
        "cursors.lease, 999ms",
        "cursors.lease, 61m",
        "cursors.max, 1000001",
        "cursors.max-per-account, 4097",
        "cursors.max-bytes, 1 KiB",
        "cursors.max-bytes-per-cursor, 1 KiB",
        "cursors.max-bytes-per-cursor, 257 MiB",
        "ingest.max-streams, 0",
        "ingest.max-streams, 10001",
        "ingest.max-streams-per-account, 65",
        "ingest.window-chunks, 0",
        "ingest.window-chunks, 65",
        "ingest.window-bytes, 1 KiB",
        "ingest.window-bytes, 2 GiB",
        "ingest.idle-timeout, 999ms",
        "ingest.idle-timeout, 61m",
        "store.max-open-files, 1",
        "store.background-jobs, 1",
    })
    void aValueOutOfRangeIsRefusedByName(String name, String value) {
        ConfigException failure =
                catchThrowableOfType(ConfigException.class, () -> ServerSettings.of(Map.of(name, value)));

        assertThat(failure.mistakes()).singleElement().asString().startsWith(name + " must be");
    }

    @Test
    void withKeysAccountsAreNotMadeByTheirFirstWrite() {
        assertThat(ServerSettings.of(Map.of("grpc.keys-file", "keys")).rpc().implicitAccounts())
                .isFalse();
    }

    @Test
    void onePortForBothIsRefused() {
        ConfigException failure = catchThrowableOfType(
                ConfigException.class, () -> ServerSettings.of(Map.of("grpc.port", "7", "http.port", "7")));

        assertThat(failure.mistakes()).containsExactly("grpc.port and http.port must differ: 7");
    }

    @Test
    void mistakesOfSeveralSectionsAreReportedTogether() {
        ConfigException failure = catchThrowableOfType(
                ConfigException.class,
                () -> ServerSettings.of(
                        Map.of("grpc.port", "-1", "pools.search-queue", "0", "pools.serch-queue", "1")));

        assertThat(failure.mistakes())
                .containsExactly(
                        "grpc.port must be 0 to 65535: -1",
                        "pools.search-queue must be 1 to 1000000: 0",
                        "Unknown setting: pools.serch-queue (--set); did you mean pools.search-queue?");
    }
}
