package io.knarr.client.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.KnarrServer;
import io.knarr.server.ServerSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example in the documentation works as printed. */
@Timeout(120)
class QuickstartTest {
    @TempDir
    private Path directory;

    @Test
    void theExampleFindsWhatItWroteAndMayRunAgain() {
        try (KnarrServer server = KnarrServer.start(ServerSettings.of(
                Map.of("store.directory", directory.resolve("data").toString(), "grpc.port", "0", "http.port", "0")))) {
            String address = "127.0.0.1:" + server.grpcPort();

            List<String> lines = Quickstart.run(address);

            assertThat(lines).hasSize(11);
            assertThat(lines.get(0)).isEqualTo("account: acme");
            assertThat(lines.get(1)).startsWith("moby-dick Moby-Dick 0.99");
            assertThat(lines.get(2)).startsWith("walden Walden 0.11");
            assertThat(lines.subList(3, 11))
                    .containsExactly(
                            "cheap: 1",
                            "nearest: walden",
                            "loaded: 2000",
                            "reason: DIMENSION_MISMATCH at vector",
                            "listed: 2002",
                            "price: 13.0",
                            "ingested: 5000",
                            "exported: 7002");
            assertThat(Quickstart.run(address)).isEqualTo(lines);
        }
    }
}
