package io.knarr.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.bench.ServerLaunch;
import io.knarr.bench.ServerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples in other languages work as printed. Their tools come from scripts/install-test-tools.sh. */
class ExamplesTest {
    private static final long MINUTES = 3;
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @TempDir
    private Path directory;

    @Test
    void theGrpcurlSessionWorks() throws Exception {
        Path tools = ROOT.resolve(".tools/bin");
        if (!Files.isExecutable(tools.resolve("grpcurl")) && !onPath("grpcurl")) {
            Aloud.skipOrFailInCi("examples/grpcurl", "grpcurl is not installed; run scripts/install-test-tools.sh");
        }
        run(tools, List.of("bash", ROOT.resolve("examples/grpcurl/session.sh").toString()));
    }

    @Test
    void thePythonProgramWorks() throws Exception {
        Path virtualEnvironment = ROOT.resolve(".tools/venv/bin");
        Path python = virtualEnvironment.resolve("python");
        if (!Files.isExecutable(python)) {
            Aloud.skipOrFailInCi("examples/python", "grpcio is not installed; run scripts/install-test-tools.sh");
        }
        run(
                virtualEnvironment,
                List.of(
                        python.toString(),
                        ROOT.resolve("examples/python/quickstart.py").toString()));
    }

    private void run(Path tools, List<String> command) throws Exception {
        ServerLaunch launch = ServerLaunch.of(directory.resolve("data")).withMaxHeap("512m");
        try (ServerProcess server = ServerProcess.start(launch)) {
            Path output = directory.resolve("output.txt");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(ROOT.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().put("ADDR", server.grpcAddress());
            builder.environment().put("KNARR_STUBS", directory.resolve("stubs").toString());
            builder.environment().merge("PATH", tools.toString(), (path, ours) -> ours + ":" + path);
            Process process = builder.start();
            boolean ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
            process.destroyForcibly();
            String said = Files.readString(output, UTF_8);

            assertThat(ended).as("it ends in time; it said %s", said).isTrue();
            assertThat(process.exitValue())
                    .as("its exit code; it said %s", said)
                    .isZero();
            assertThat(said).isNotBlank();
        }
    }

    private static boolean onPath(String tool) {
        return Stream.of(Optional.ofNullable(System.getenv("PATH")).orElse("").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
    }
}
