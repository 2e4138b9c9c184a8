package io.knarr.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.knarr.server.store.StoreException;
import io.knarr.v1.GetServerInfoRequest;
import io.knarr.v1.GetServerInfoResponse;
import io.knarr.v1.ServerServiceGrpc;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole server, on a real directory and real ports. */
final class KnarrServerTest {
    @TempDir
    private Path directory;

    @Test
    void aStartedServerSaysSoOnBothPorts() throws Exception {
        try (KnarrServer server = KnarrServer.start(settings())) {
            assertThat(health(server)).isEqualTo(ServingStatus.SERVING);
            assertThat(http(server, "/livez").statusCode()).isEqualTo(200);
            assertThat(http(server, "/readyz").statusCode()).isEqualTo(200);
            assertThat(http(server, "/metrics").body())
                    .contains("knarr_store_writable 1.0")
                    .contains("knarr_accounts_loaded 0.0")
                    .contains(
                            "knarr_call_duration_seconds_count{code=\"OK\",method=\"grpc.health.v1.Health/Check\"} 1");
        }
    }

    @Test
    void aStoppedServerGivesBackItsPortsAndItsDirectory() throws Exception {
        KnarrServer server = KnarrServer.start(settings());
        int grpcPort = server.grpcPort();
        int httpPort = server.httpPort();
        server.close();
        server.awaitTermination();

        Map<String, String> samePorts = Map.of(
                "store.directory", directory.resolve("data").toString(),
                "grpc.port", Integer.toString(grpcPort),
                "http.port", Integer.toString(httpPort));
        try (KnarrServer again = KnarrServer.start(ServerSettings.of(samePorts))) {
            assertThat(again.grpcPort()).isEqualTo(grpcPort);
            assertThat(again.httpPort()).isEqualTo(httpPort);
            assertThat(health(again)).isEqualTo(ServingStatus.SERVING);
        }
    }

    @Test
    void theStoreKeepsItsIdOverARestart() throws Exception {
        UUID storeId;
        try (KnarrServer server = KnarrServer.start(settings())) {
            storeId = server.storeId();
            assertThat(serverInfo(server).getStoreId()).isEqualTo(storeId.toString());
        }

        try (KnarrServer server = KnarrServer.start(settings())) {
            assertThat(server.storeId()).isEqualTo(storeId);
        }
    }

    @Test
    void aSecondServerOnTheDirectoryIsRefusedAndTheFirstGoesOn() throws Exception {
        try (KnarrServer server = KnarrServer.start(settings())) {
            Run second = run("--data", directory.resolve("data").toString(), "--grpc-port", "0", "--http-port", "0");

            assertThat(second.exitCode()).isEqualTo(ExitCode.DATA_IN_USE);
            assertThat(second.errors())
                    .contains("error: ")
                    .contains(directory.resolve("data").toString());
            assertThat(second.errors()).doesNotContain("\tat ");
            assertThat(second.output()).isEmpty();
            assertThat(health(server)).isEqualTo(ServingStatus.SERVING);
        }
    }

    @Test
    void aDirectoryOfSomethingElseIsRefusedAndLeftAlone() throws Exception {
        Path data = Files.createDirectories(directory.resolve("data"));
        Path letter = Files.writeString(data.resolve("letter.txt"), "dear");

        Run run = run("--data", data.toString(), "--grpc-port", "0", "--http-port", "0");

        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(data).isDirectoryContaining(path -> path.equals(letter));
        assertThat(letter).hasContent("dear");
    }

    @Test
    void aTakenPortIsNamedWithItsFlagAndTheStoreIsClosedAgain() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            for (String flag : List.of("--grpc-port", "--http-port")) {
                String other = flag.equals("--grpc-port") ? "--http-port" : "--grpc-port";

                Run run = run("--data", directory.resolve("data").toString(), flag, port, other, "0");

                assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
                assertThat(run.errors()).contains("127.0.0.1:" + port).contains(flag);
                assertThat(run.output()).isEmpty();
            }
        }
        KnarrServer.start(settings()).close();
    }

    @Test
    void allMistakesOfTheSettingsAreSaidAtOnce() {
        Run run = run("--grpc-port", "99999", "--dta", "--set", "pools.serch-threads=1");

        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run.errors())
                .contains("grpc.port must be 0 to 65535: 99999")
                .contains("Unknown flag: --dta; did you mean --data?")
                .contains("Unknown setting: pools.serch-threads (--set); did you mean pools.search-threads?");
        assertThat(run.output()).isEmpty();
    }

    @Test
    void anOpenServerIsNotShownToTheNetwork() {
        Run run = run("--bind", "0.0.0.0", "--in-memory", "--grpc-port", "0", "--http-port", "0");

        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run.errors()).contains("--keys FILE").contains("--allow-plaintext");
    }

    @Test
    void aFileOfKeysThatCannotBeReadEndsTheStart() {
        Run run = run(
                "--keys", directory.resolve("none").toString(), "--in-memory", "--grpc-port", "0", "--http-port", "0");

        assertThat(run.exitCode()).as(run.errors()).isEqualTo(ExitCode.USAGE);
        assertThat(run.errors()).contains(directory.resolve("none").toString()).doesNotContain("\tat ");
    }

    @Test
    void helpShowsEverySettingWithItsDefault() {
        Run run = run("--help");

        assertThat(run.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(run.output())
                .contains("--data DIR")
                .contains("account-cache.idle-timeout")
                .contains("grpc.port");
    }

    @Test
    void aServerInMemoryLeavesNothingBehind() {
        Path data = directory.resolve("data");

        KnarrServer.start(ServerSettings.of(Map.of(
                        "store.in-memory", "true",
                        "store.directory", data.toString(),
                        "grpc.port", "0",
                        "http.port", "0")))
                .close();

        assertThat(data).doesNotExist();
    }

    @Test
    void theStoreIsRefusedToASecondServerOfTheSameProcessToo() {
        try (KnarrServer server = KnarrServer.start(settings())) {
            assertThat(server.grpcPort()).isPositive();
            assertThatThrownBy(() -> KnarrServer.start(settings()))
                    .isInstanceOfSatisfying(StoreException.class, failure -> assertThat(failure.kind())
                            .isEqualTo(StoreException.Kind.IN_USE));
        }
    }

    private ServerSettings settings() {
        return ServerSettings.of(Map.of(
                "store.directory", directory.resolve("data").toString(),
                "grpc.port", "0",
                "http.port", "0"));
    }

    private static ServingStatus health(KnarrServer server) {
        ManagedChannel channel = channel(server);
        try {
            return HealthGrpc.newBlockingStub(channel)
                    .check(HealthCheckRequest.getDefaultInstance())
                    .getStatus();
        } finally {
            channel.shutdownNow();
        }
    }

    private static GetServerInfoResponse serverInfo(KnarrServer server) {
        ManagedChannel channel = channel(server);
        try {
            return ServerServiceGrpc.newBlockingStub(channel).getServerInfo(GetServerInfoRequest.getDefaultInstance());
        } finally {
            channel.shutdownNow();
        }
    }

    private static ManagedChannel channel(KnarrServer server) {
        return NettyChannelBuilder.forAddress("127.0.0.1", server.grpcPort())
                .usePlaintext()
                .build();
    }

    private static HttpResponse<String> http(KnarrServer server, String path) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.httpPort() + path))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private record Run(ExitCode exitCode, String output, String errors) {}

    /** Runs the process's main part to a start that fails. */
    private static Run run(String... arguments) {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        ServerMain main = new ServerMain(
                Map.of(),
                new PrintStream(output, true, StandardCharsets.UTF_8),
                new PrintStream(errors, true, StandardCharsets.UTF_8));
        ExitCode exitCode = main.serve(List.of(arguments));
        return new Run(exitCode, output.toString(StandardCharsets.UTF_8), errors.toString(StandardCharsets.UTF_8));
    }
}
