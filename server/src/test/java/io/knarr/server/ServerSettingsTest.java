package io.knarr.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.knarr.server.config.ConfigException;
import java.net.InetAddress;
import java.nio.file.Path;
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
        assertThat(settings.logLevel()).isEqualTo(LogLevel.INFO);
    }

    @Test
    void everySettingCanBeGiven() throws Exception {
        Map<String, String> values = new TreeMap<>(Map.of(
                "store.in-memory", "true",
                "store.directory", "/var/lib/knarr",
                "bind.address", "0.0.0.0",
                "bind.allow-plaintext", "true",
                "identity.keys-file", "keys",
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

        ServerSettings settings = ServerSettings.of(values);

        assertThat(settings.store()).isEqualTo(new StoreConfig(true, Path.of("/var/lib/knarr")));
        assertThat(settings.listen())
                .isEqualTo(
                        new ListenConfig(InetAddress.getByName("0.0.0.0"), 1, 2, Optional.of(Path.of("keys")), true));
        assertThat(settings.pools()).isEqualTo(new WorkerPoolsConfig(3, 4, 5, 6, 7, 8));
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
    })
    void aValueOutOfRangeIsRefusedByName(String name, String value) {
        ConfigException failure =
                catchThrowableOfType(ConfigException.class, () -> ServerSettings.of(Map.of(name, value)));

        assertThat(failure.mistakes())
                .singleElement()
                .asString()
                .startsWith(name + " must be")
                .contains(value);
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
