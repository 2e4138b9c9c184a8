package io.knarr.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.server.KnarrServer;
import io.knarr.server.ServerSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands that write and read records, against a whole server. Each test has a collection of its own. */
@Timeout(120)
final class RecordCommandsTest {
    @TempDir
    private static Path directory;

    private static KnarrServer server;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private String docs;

    @BeforeAll
    static void start() {
        server = KnarrServer.start(ServerSettings.of(
                Map.of("store.directory", directory.resolve("data").toString(), "grpc.port", "0", "http.port", "0")));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void create() {
        docs = "c" + UUID.randomUUID().toString().replace("-", "");
        run("collection", "create", docs, "--dim", "2", "--metric", "dot", "--field", "body:text");
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        List<String> all = new ArrayList<>(List.of("--json", "--addr", "127.0.0.1:" + server.grpcPort()));
        all.addAll(Arrays.asList(arguments));
        return KnarrCommand.commandLine(Map.of(), new PrintWriter(out), new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }

    private JsonObject result(String... arguments) {
        int code = run(arguments);
        assertThat(code).as(err.toString()).isZero();
        return JsonParser.parseString(out.toString()).getAsJsonObject();
    }

    private static String line(int id) {
        return "{\"id\": %d, \"fields\": {\"n\": %d, \"body\": \"page %d\"}, \"vector\": [1, %d]}"
                .formatted(id, id, id, id);
    }

    private static Path file(String name, Stream<String> lines) throws IOException {
        Path file = directory.resolve(name);
        Files.write(file, lines.toList(), UTF_8);
        return file;
    }

    private long count() {
        return result("count", docs).get("count").getAsLong();
    }

    @Test
    void anIngestOfTheSameFilesGoesOnByItself() throws Exception {
        Path file = file("same.jsonl", IntStream.range(0, 95).mapToObj(RecordCommandsTest::line));

        JsonObject first = result("ingest", docs, file.toString(), "--batch", "10");
        JsonObject second = result("ingest", docs, file.toString(), "--batch", "10");

        assertThat(first.get("created").getAsLong()).isEqualTo(95);
        assertThat(first.get("chunks").getAsLong()).isEqualTo(10);
        assertThat(first.get("resumed_after_chunk").getAsLong()).isZero();
        assertThat(second.get("ingest_id")).isEqualTo(first.get("ingest_id"));
        assertThat(second.get("resumed_after_chunk").getAsLong()).isEqualTo(10);
        assertThat(second.get("passed_over").getAsLong()).isEqualTo(95);
        assertThat(second.get("chunks").getAsLong()).isZero();
        assertThat(err.toString()).contains("Going on after chunk 10 of ingest");
        assertThat(count()).isEqualTo(95);
        assertThat(result("ingest", docs, file.toString(), "--batch", "20")
                        .get("replaced")
                        .getAsLong())
                .as("read in another way it is another ingest")
                .isEqualTo(95);
    }

    @Test
    void anIngestThatFailedHalfWayGoesOnUnderItsId() throws Exception {
        String id = UUID.randomUUID().toString();
        Path broken =
                file("broken.jsonl", IntStream.range(0, 30).mapToObj(i -> i == 25 ? "{\"id\": 25, oops" : line(i)));
        Path mended = file("mended.jsonl", IntStream.range(0, 30).mapToObj(RecordCommandsTest::line));

        assertThat(run("ingest", docs, broken.toString(), "--batch", "10", "--ingest-id", id))
                .isEqualTo(ExitCode.FILE.number());
        assertThat(err.toString()).contains("line 26").contains("run it again to go on");
        JsonObject rest = result("ingest", docs, mended.toString(), "--batch", "10", "--ingest-id", id);

        assertThat(rest.get("passed_over").getAsLong()
                        + rest.get("created").getAsLong()
                        + rest.get("replaced").getAsLong())
                .isEqualTo(30);
        assertThat(count()).isEqualTo(30);
    }

    @Test
    void aRefusedChunkEndsAnIngestOrIsShownAndPassedOver() throws Exception {
        Path file = file(
                "refused.jsonl",
                IntStream.range(0, 30).mapToObj(i -> i == 15 ? "{\"id\": 15, \"vector\": [1, 2, 3]}" : line(i)));

        assertThat(run("ingest", docs, file.toString(), "--batch", "10")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(err.toString()).contains("DIMENSION_MISMATCH").contains("records[5]");
        assertThat(run(
                        "ingest",
                        docs,
                        file.toString(),
                        "--batch",
                        "10",
                        "--skip-refused",
                        "--ingest-id",
                        UUID.randomUUID().toString()))
                .isEqualTo(ExitCode.REFUSED.number());
        assertThat(err.toString()).contains("Chunk 2 was refused");
        assertThat(count()).isEqualTo(20);
    }

    @Test
    void modesHoldOfImportAndIngest() throws Exception {
        Path file = file("modes.jsonl", IntStream.range(0, 5).mapToObj(RecordCommandsTest::line));

        assertThat(run("import", docs, file.toString(), "--mode", "update")).isEqualTo(ExitCode.NOT_FOUND.number());
        assertThat(run("import", docs, file.toString(), "--mode", "insert")).isZero();
        assertThat(run("import", docs, file.toString(), "--mode", "insert")).isEqualTo(ExitCode.EXISTS.number());
        assertThat(run("ingest", docs, file.toString(), "--mode", "insert")).isEqualTo(ExitCode.EXISTS.number());
        assertThat(run("ingest", docs, file.toString(), "--mode", "update")).isZero();
    }

    @Test
    void partsOfARecordAreChangedWhereItIsAsExpected() throws Exception {
        run("import", docs, file("patch.jsonl", Stream.of(line(7))).toString());

        long version = result(
                        "patch",
                        docs,
                        "7",
                        "--set",
                        "author.name=\"ann\"",
                        "--increment",
                        "n=2",
                        "--append",
                        "tags=[\"a\",\"b\"]",
                        "--vector",
                        "default=3,4",
                        "--expire-at",
                        "2999-01-31T12:00:00Z")
                .get("version")
                .getAsLong();
        assertThat(run("patch", docs, "7", "--unset", "tags", "--if-version", String.valueOf(version - 1)))
                .isEqualTo(ExitCode.TRY_LATER.number());
        assertThat(run("patch", docs, "7", "--unset", "tags", "--if", "n = 7")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(run("patch", docs, "7", "--remove", "tags=[\"a\"]", "--if-version", String.valueOf(version)))
                .isZero();
        assertThat(run("patch", docs, "7", "--set", "n=oops")).isEqualTo(ExitCode.USAGE.number());
        assertThat(run("patch", docs, "7", "--append", "tags=1")).isEqualTo(ExitCode.USAGE.number());
        assertThat(run("patch", docs, "7", "--expire-at", "soon")).isEqualTo(ExitCode.USAGE.number());

        JsonObject record = result("get", docs, "7", "--vectors", "all");
        assertThat(record.get("fields").toString())
                .isEqualTo("{\"author\":{\"name\":\"ann\"},\"body\":\"page 7\",\"n\":9,\"tags\":[\"b\"]}");
        assertThat(record.get("vectors").toString()).isEqualTo("{\"default\":[3.0,4.0]}");
        assertThat(record.get("expire_time").getAsString()).isEqualTo("2999-01-31T12:00:00Z");
        assertThat(run("patch", docs, "7", "--expire-at", "never")).isZero();
        assertThat(result("get", docs, "7").has("expire_time")).isFalse();
    }

    @Test
    void recordsAreDeletedByIdsOrByAFilterThatCanBeTriedBefore() throws Exception {
        run(
                "import",
                docs,
                file("delete.jsonl", IntStream.range(0, 20).mapToObj(RecordCommandsTest::line))
                        .toString());

        assertThat(result("delete", docs, "--filter", "n < 5", "--dry-run")
                        .get("would_delete")
                        .getAsLong())
                .isEqualTo(5);
        assertThat(count()).isEqualTo(20);
        assertThat(result("delete", docs, "--filter", "n < 5").get("deleted").getAsLong())
                .isEqualTo(5);
        assertThat(result("delete", docs, "7", "99").get("deleted").getAsLong()).isEqualTo(1);
        assertThat(count()).isEqualTo(14);
        assertThat(run("delete", docs)).isEqualTo(ExitCode.USAGE.number());
        assertThat(run("delete", docs, "7", "--filter", "n < 5")).isEqualTo(ExitCode.USAGE.number());
    }

    @Test
    void anExportInPartsAtOnceHasEveryRecordOnceAndComesBackAsItWas() throws Exception {
        String expiring = "{\"id\": \"e\", \"vector\": [1, 2], \"expire_time\": \"2999-01-31T12:00:00Z\"}";
        run(
                "import",
                docs,
                file(
                                "export.jsonl",
                                Stream.concat(
                                        IntStream.range(0, 3_000).mapToObj(RecordCommandsTest::line),
                                        Stream.of(expiring)))
                        .toString());
        String pattern = directory.resolve("part-{slice}.jsonl").toString();

        assertThat(result("export", docs, "--slices", "3", "-o", pattern)
                        .get("records")
                        .getAsLong())
                .isEqualTo(3_001);
        List<String> files = IntStream.range(0, 3)
                .mapToObj(i -> pattern.replace("{slice}", String.valueOf(i)))
                .toList();
        List<String> lines = new ArrayList<>();
        for (String file : files) {
            lines.addAll(Files.readAllLines(Path.of(file), UTF_8));
        }
        assertThat(lines).hasSize(3_001).doesNotHaveDuplicates();
        assertThat(lines)
                .contains(
                        "{\"id\":\"e\",\"vectors\":{\"default\":[1.0,2.0]},\"expire_time\":\"2999-01-31T12:00:00Z\"}");
        assertThat(run("export", docs, "--slices", "4")).isZero();
        assertThat(out.toString().lines()).containsExactlyInAnyOrderElementsOf(lines);
        assertThat(run("export", docs, "--slices", "4", "--slice", "0/2")).isEqualTo(ExitCode.USAGE.number());

        String copy = docs + "copy";
        run("collection", "create", copy, "--dim", "2", "--metric", "dot");
        assertThat(run("ingest", copy, files.get(0), files.get(1), files.get(2)))
                .isZero();
        assertThat(run("export", copy)).isZero();
        assertThat(out.toString().lines()).containsExactlyInAnyOrderElementsOf(lines);
    }

    @Test
    void recordsAreFoundByWordsBySparseVectorsAndByOthersLikeThem() throws Exception {
        String both = docs + "both";
        Path file = file(
                "sparse.jsonl",
                Stream.of(
                        "{\"id\": \"a\", \"vectors\": {\"w\": {\"indices\": [1, 4294967295], \"values\": [1, 2]}}}",
                        "{\"id\": \"b\", \"vectors\": {\"w\": {\"indices\": [1], \"values\": [3]}}}"));
        assertThat(run("import", both, file.toString(), "--create")).isZero();
        run(
                "import",
                docs,
                file("words.jsonl", IntStream.range(0, 3).mapToObj(RecordCommandsTest::line))
                        .toString());

        assertThat(firstHit("search", docs, "--words", "body=page 2")).isEqualTo("2");
        assertThat(firstHit("search", both, "--sparse", "4294967295:1")).isEqualTo("\"a\"");
        assertThat(firstHit("search", both, "--sparse", "1:1,7:0.5")).isEqualTo("\"b\"");
        assertThat(firstHit("search", docs, "--like", "0")).isEqualTo("1");
        assertThat(run("search", docs, "--words", "page")).isEqualTo(ExitCode.USAGE.number());
        assertThat(run("search", both, "--sparse", "1:x")).isEqualTo(ExitCode.USAGE.number());
        assertThat(run("search", both, "--sparse", "1")).isEqualTo(ExitCode.USAGE.number());
    }

    private String firstHit(String... arguments) {
        return result(arguments)
                .getAsJsonArray("hits")
                .get(0)
                .getAsJsonObject()
                .get("id")
                .toString();
    }
}
