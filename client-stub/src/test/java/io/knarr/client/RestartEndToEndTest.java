package io.knarr.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.grpc.Status;
import io.knarr.server.KnarrServer;
import io.knarr.server.ServerSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client while its server is away. */
@Timeout(180)
class RestartEndToEndTest {
    /** Attempts over a minute, so that a slow machine has the time to start a server in between. */
    private static final RetryPolicy PATIENT = new RetryPolicy(5, Duration.ofSeconds(1), Duration.ofSeconds(30), 3);

    @TempDir
    private Path directory;

    private KnarrServer startServer(int port) {
        return KnarrServer.start(ServerSettings.of(Map.of(
                "store.directory",
                directory.resolve("data").toString(),
                "grpc.port",
                Integer.toString(port),
                "http.port",
                "0")));
    }

    @Test
    void callsMadeDuringARestartSucceedAndNothingIsLost() {
        KnarrServer first = startServer(0);
        int port = first.grpcPort();
        try (KnarrClient client = KnarrClient.builder("127.0.0.1:" + port)
                        .retryPolicy(PATIENT)
                        .deadline(CallKind.WRITE, Duration.ofMinutes(2))
                        .deadline(CallKind.READ, Duration.ofMinutes(2))
                        .build();
                KnarrClient impatient = KnarrClient.builder("127.0.0.1:" + port)
                        .retryPolicy(RetryPolicy.NONE)
                        .build()) {
            CollectionInfo before = client.collections().create("c", CollectionSchema.of(2, Metric.DOT));
            CollectionHandle records = client.collection("c");
            records.upsert(
                    KnarrRecord.builder().id("old").vector(1, 2).field("n", 1).build());
            first.close();

            assertThatExceptionOfType(KnarrException.class)
                    .isThrownBy(() -> impatient.collection("c").count())
                    .satisfies(e -> assertThat(e.code()).isEqualTo(Status.Code.UNAVAILABLE));
            CompletableFuture<UpsertReply> write = records.upsertAsync(
                    List.of(KnarrRecord.builder().vector(3, 4).build()));
            KnarrServer second = startServer(port);
            try {
                assertThat(write.join().results())
                        .extracting(UpsertReply.Result::created)
                        .containsExactly(true);
                assertThat(records.count()).isEqualTo(2);
                assertThat(records.get("old").orElseThrow().fields().integer("n"))
                        .hasValue(1);
                assertThat(client.collections().get("c").incarnation()).isEqualTo(before.incarnation());
                assertThat(client.server().info().storeId())
                        .isEqualTo(first.storeId().toString());
            } finally {
                second.close();
            }
        } finally {
            first.close();
        }
    }
}
