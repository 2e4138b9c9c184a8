package io.knarr.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Element;

class EngineBenchTest {
    private static final int DIMENSION = 64;

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Path rows = Path.of("");
    private Path queries = Path.of("");

    @BeforeEach
    void makeVectors() throws IOException {
        rows = directory.resolve("rows.f32");
        queries = directory.resolve("queries.f32");
        MadeSet set = new MadeSet(DIMENSION, MadeSet.Shape.UNIT);
        set.write(rows, 2_000, 1, new Progress(stream(err)));
        set.write(queries, 40, 2, new Progress(stream(err)));
    }

    @Test
    void printsAllKeysAndDrawsAPicture() throws Exception {
        Path plot = directory.resolve("plot.svg");

        int code = bench("--rounds", "1", "--plot", plot.toString(), "--threads", "1");

        assertThat(code).as(err.toString(UTF_8)).isZero();
        JsonObject result = result();
        assertThat(result.keySet())
                .contains(
                        "bench",
                        "rows",
                        "dim",
                        "metric",
                        "exact",
                        "graph",
                        "peers",
                        "ratio",
                        "filtered",
                        "build",
                        "bytes_per_vector");
        assertThat(result.get("bench").getAsString()).isEqualTo("engine");
        assertThat(result.get("rows").getAsInt()).isEqualTo(2_000);
        JsonObject exact = result.getAsJsonObject("exact");
        assertThat(exact.keySet()).contains("us_1k", "us_10k", "us_100k", "us_all", "recall", "vs_faiss_flat");
        assertThat(exact.get("recall").getAsDouble()).isEqualTo(1);
        assertThat(exact.get("us_1k").getAsDouble()).isPositive();
        assertThat(exact.get("us_10k").isJsonNull()).isTrue();
        assertThat(exact.get("vs_faiss_flat").isJsonNull()).isTrue();
        assertThat(result.getAsJsonObject("filtered").keySet()).containsExactly("0.001", "0.01", "0.1", "0.5");
        JsonObject tenth = result.getAsJsonObject("filtered").getAsJsonObject("0.1");
        assertThat(tenth.get("recall").getAsDouble()).isEqualTo(1);
        JsonObject point = result.getAsJsonArray("graph").asList().getLast().getAsJsonObject();
        assertThat(point.keySet()).containsExactly("beam", "recall", "qps_cpu", "qps_wall");
        assertThat(point.get("recall").getAsDouble()).isGreaterThan(0.9);
        assertThat(result.getAsJsonObject("build").get("rows_per_cpu_s").getAsDouble())
                .isPositive();
        assertThat(result.getAsJsonObject("bytes_per_vector").keySet()).contains("exact_hot", "compact", "fast");

        assertThat(root(Files.readString(plot)).getElementsByTagName("path").getLength())
                .isEqualTo(2);
        assertThat(directory.resolve("queries.f32.truth")).isNotEmptyDirectory();
    }

    @Test
    void oneAtATimeGivesTheSameKeysAndTwoThreadsMore() {
        int code = bench(
                "--rounds",
                "1",
                "--apart",
                "--query-threads",
                "2",
                "--peers",
                "faiss-flat,hnswlib",
                "--exact-queries",
                "10");

        assertThat(code).as(err.toString(UTF_8)).isZero();
        JsonObject result = result();
        assertThat(result.get("in_turn").getAsBoolean()).isFalse();
        assertThat(result.get("peak_rss_bytes").isJsonNull()
                        || result.get("peak_rss_bytes").getAsLong() > 0)
                .isTrue();
        assertThat(result.getAsJsonArray("graph")).isNotEmpty();
        assertThat(result.getAsJsonArray("graph_compact")).isNotEmpty();
        assertThat(result.getAsJsonObject("build").getAsJsonObject("rates").keySet())
                .containsExactly("fast", "compact", "hnswlib");
        assertThat(result.getAsJsonObject("exact").get("recall").getAsDouble()).isEqualTo(1);
        JsonObject threaded = result.getAsJsonObject("two_threads");
        assertThat(threaded.keySet()).containsExactly("fast", "compact", "hnswlib");
        assertThat(threaded.get("hnswlib").isJsonNull()).isTrue();
        JsonObject point = threaded.getAsJsonArray("fast").get(0).getAsJsonObject();
        assertThat(point.keySet()).containsExactly("parameter", "recall", "qps_wall");
        assertThat(point.get("qps_wall").getAsDouble()).isPositive();
        assertThat(err.toString(UTF_8)).contains("faiss-flat is left out").contains("hnswlib is left out");
    }

    @Test
    void aPeerThatIsMissingIsNullAndNamed() {
        // There are no scripts where tests run, and so no peer.
        int code = bench("--rounds", "1", "--modes", "none", "--peers", "hnswlib");

        assertThat(code).as(err.toString(UTF_8)).isZero();
        assertThat(result().getAsJsonObject("peers").get("hnswlib").isJsonNull())
                .isTrue();
        assertThat(result().getAsJsonObject("ratio").get("hnswlib").isJsonNull())
                .isTrue();
        assertThat(err.toString(UTF_8)).contains("hnswlib is left out");
    }

    @ParameterizedTest
    @CsvSource({
        "--peers, annoy, There is no such peer: annoy",
        "--modes, quick, --modes must be",
        "--k, 0, --k must be",
        "--rows, 7000, too few rows",
        "--truth, missing, no such truth file",
        "--rounds, 0, --rounds must be",
        "--query-threads, 3, --query-threads must be",
        "--exact-queries, 0, --exact-queries must be",
    })
    void refusesWhatItCannotUse(String option, String value, String message) {
        assertThat(bench(option, value)).isEqualTo(2);
        assertThat(err.toString(UTF_8)).contains(message);
    }

    @Test
    void aPictureIsWellFormedWhateverTheNames() throws Exception {
        Curve curve = new Curve(List.of(
                new Curve.Point(10, 0.91, 12_000, 11_000),
                new Curve.Point(20, 1, 9, 8),
                new Curve.Point(30, 0.2, 90_000, 90_000)));
        String svg = RecallPlot.draw(
                "a < b",
                "c & d",
                List.of(
                        new RecallPlot.Line("<we>", true, curve),
                        new RecallPlot.Line("x", false, new Curve(List.of()))));

        Element root = root(svg);
        assertThat(root.getTagName()).isEqualTo("svg");
        assertThat(root.getElementsByTagName("circle").getLength()).isEqualTo(2);
        assertThat(svg).doesNotContain("NaN").doesNotContain("Infinity");
    }

    @Test
    void aPictureWithoutLinesIsWellFormed() throws Exception {
        assertThat(root(RecallPlot.draw("t", "s", List.of())).getTagName()).isEqualTo("svg");
    }

    private static Element root(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(UTF_8)))
                .getDocumentElement();
    }

    private JsonObject result() {
        String line = out.toString(UTF_8).lines().toList().getLast();
        assertThat(line).startsWith("RESULT {");
        return JsonParser.parseString(line.substring("RESULT ".length())).getAsJsonObject();
    }

    private int bench(String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--vectors", rows.toString(), "--queries", queries.toString(), "--dim", Integer.toString(DIMENSION)));
        arguments.addAll(List.of(more));
        return EngineBench.run(arguments, stream(out), stream(err));
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, UTF_8);
    }
}
