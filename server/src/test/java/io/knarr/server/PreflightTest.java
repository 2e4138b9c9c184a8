package io.knarr.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.knarr.server.config.ConfigException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PreflightTest {
    @TempDir
    private Path directory;

    @Test
    void aDirectoryThatIsMissingIsMadeAndLeftEmpty() throws IOException {
        Path data = directory.resolve("a/b");

        Preflight.check(new StoreConfig(false, data), listen("127.0.0.1", false, false));

        assertThat(data).isEmptyDirectory();
    }

    @Test
    void aDirectoryThatCannotBeMadeIsNamed() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        assertThatThrownBy(() -> Preflight.check(
                        new StoreConfig(false, file.resolve("data")), listen("127.0.0.1", false, false)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(file.resolve("data").toString())
                .hasMessageContaining("--data");
    }

    @Test
    void aServerInMemoryTouchesNoDirectory() throws IOException {
        Path data = directory.resolve("data");

        Preflight.check(new StoreConfig(true, data), listen("127.0.0.1", false, false));

        assertThat(data).doesNotExist();
    }

    @Test
    void anAddressThatOthersReachNeedsBothKeysAndTheWordForPlaintext() throws IOException {
        assertThat(exposure("0.0.0.0", false, false)).hasSize(2);
        assertThat(exposure("0.0.0.0", true, false)).singleElement().asString().contains("--allow-plaintext");
        assertThat(exposure("0.0.0.0", false, true)).singleElement().asString().contains("--keys");
        assertThat(exposure("10.1.2.3", false, false)).hasSize(2);
        assertThat(exposure("::", false, false)).hasSize(2);
        assertThat(exposure("0.0.0.0", true, true)).isEmpty();
    }

    @Test
    void loopbackNeedsNeither() throws IOException {
        assertThat(exposure("127.0.0.1", false, false)).isEmpty();
        assertThat(exposure("127.1.2.3", false, false)).isEmpty();
        assertThat(exposure("::1", false, false)).isEmpty();
    }

    @Test
    void anOldJvmWithoutTheVectorApiIsToldBoth() {
        List<String> mistakes = new ArrayList<>();

        Preflight.checkJvm(21, ModuleLayer.empty(), mistakes);

        assertThat(mistakes).hasSize(2);
        assertThat(mistakes.getFirst()).contains("Java 21");
        assertThat(mistakes.getLast()).contains("--add-modules jdk.incubator.vector");
    }

    private static List<String> exposure(String address, boolean keys, boolean allowPlaintext) throws IOException {
        List<String> mistakes = new ArrayList<>();
        Preflight.checkExposure(listen(address, keys, allowPlaintext), mistakes);
        return mistakes;
    }

    private static ListenConfig listen(String address, boolean keys, boolean allowPlaintext)
            throws UnknownHostException {
        return new ListenConfig(
                InetAddress.getByName(address),
                0,
                0,
                keys ? Optional.of(Path.of("keys")) : Optional.empty(),
                allowPlaintext);
    }
}
