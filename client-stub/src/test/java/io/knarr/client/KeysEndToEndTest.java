package io.knarr.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Status;
import io.knarr.server.KnarrServer;
import io.knarr.server.ServerSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client against a server that asks for keys. */
@Timeout(120)
class KeysEndToEndTest {
    @TempDir
    private Path directory;

    @Test
    void theKeyDecidesTheAccount() throws Exception {
        Path keys = Files.writeString(
                directory.resolve("keys"),
                digest("the-root-key") + " root\n" + digest("the-key-of-acme") + " account:acme\n",
                UTF_8);
        try (KnarrServer server = KnarrServer.start(ServerSettings.of(Map.of(
                        "store.directory",
                        directory.resolve("data").toString(),
                        "grpc.port",
                        "0",
                        "http.port",
                        "0",
                        "grpc.keys-file",
                        keys.toString())));
                KnarrClient root = withKey(server, "the-root-key");
                KnarrClient acme = withKey(server, "the-key-of-acme");
                KnarrClient stranger = withKey(server, "a-guess");
                KnarrClient nobody = KnarrClient.connect("127.0.0.1:" + server.grpcPort())) {
            root.accounts().create("acme");
            acme.collections().create("c", CollectionSchema.of(2, Metric.DOT));

            assertThat(acme.server().info().accountId()).isEqualTo("acme");
            assertThat(acme.server().info().root()).isFalse();
            assertThat(acme.server().info().identityMode()).isEqualTo("keys");
            assertThat(root.forAccount("acme").collections().listAll())
                    .extracting(CollectionInfo::name)
                    .containsExactly("c");
            assertFailure(
                    () -> acme.forAccount("other").collections().get("c"),
                    Status.Code.PERMISSION_DENIED,
                    "ACCOUNT_MISMATCH");
            assertFailure(() -> acme.accounts().create("other"), Status.Code.PERMISSION_DENIED, "ROOT_REQUIRED");
            assertFailure(() -> stranger.server().info(), Status.Code.UNAUTHENTICATED, "UNAUTHENTICATED");
            assertFailure(() -> nobody.server().info(), Status.Code.UNAUTHENTICATED, "UNAUTHENTICATED");
        }
    }

    private static void assertFailure(ThrowingCallable call, Status.Code code, String reason) {
        KnarrException failure = catchThrowableOfType(KnarrException.class, call);
        assertThat(failure).isNotNull();
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure.reason()).isEqualTo(reason);
    }

    private static KnarrClient withKey(KnarrServer server, String key) {
        return KnarrClient.builder("127.0.0.1:" + server.grpcPort()).apiKey(key).build();
    }

    private static String digest(String key) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8)));
    }
}
