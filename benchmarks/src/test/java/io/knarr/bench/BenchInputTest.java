package io.knarr.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A bench refuses input that it cannot use before it starts anything. */
class BenchInputTest {
    @TempDir
    private Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @ParameterizedTest
    @CsvSource({
        "--accounts -1, --accounts must be",
        "--accounts 0, --accounts must be",
        "--records -5, --records must be",
        "--dim 0, --dim must be",
        "--dim 65537, --dim must be",
        "--clients -2, --clients must be",
        "--seconds 0, --seconds must be",
        "--k 0, --k must be",
        "--wait-graph -1, --wait-graph must be",
        "--recall-queries 10, --recall-queries must be",
        "--metric HAMMING, '--metric'",
        "--accounts many, '--accounts'",
        "--acounts 3, Unknown option",
        "--queries q.f32, --queries goes with --vectors",
        "--vectors v.f32, --vectors needs --queries",
        "--addr localhost, --addr must be HOST:PORT",
        "--api-key secret, give --addr",
    })
    void theServerBenchRefuses(String arguments, String message) {
        int code = serverBench(List.of(arguments.split(" ", -1)));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString(UTF_8)).contains(message);
        assertThat(out.toString(UTF_8)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "--accounts 0, --accounts must be",
        "--records 0, --records must be",
        "--dim -1, --dim must be",
        "--clients 0, --clients must be",
        "--seconds 3, Unknown option",
    })
    void theTenantsBenchRefuses(String arguments, String message) {
        int code = TenantsBench.run(List.of(arguments.split(" ", -1)), stream(out), stream(err));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString(UTF_8)).contains(message);
    }

    @Test
    void refusesAFileWithTooFewRows() throws IOException {
        Path rows = directory.resolve("rows.f32");
        Files.write(rows, new byte[10 * 4 * Float.BYTES]);

        int code = serverBench(
                List.of("--vectors", rows.toString(), "--queries", rows.toString(), "--dim", "4", "--records", "11"));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString(UTF_8)).contains("too few rows, rows=10, needed=11");
    }

    @Test
    void refusesAFileOfAnotherDimension() throws IOException {
        Path rows = directory.resolve("rows.f32");
        Files.write(rows, new byte[10 * 4 * Float.BYTES]);

        int code = serverBench(
                List.of("--vectors", rows.toString(), "--queries", rows.toString(), "--dim", "7", "--records", "1"));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString(UTF_8)).contains("not a whole number of float32 rows");
    }

    private int serverBench(List<String> arguments) {
        return ServerBench.run(arguments, stream(out), stream(err));
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, UTF_8);
    }
}
