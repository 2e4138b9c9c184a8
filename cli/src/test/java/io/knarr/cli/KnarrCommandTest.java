package io.knarr.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import io.knarr.cli.terminal.ExitCode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KnarrCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return KnarrCommand.commandLine(Map.of(), new PrintWriter(out), new PrintWriter(err))
                .execute(arguments);
    }

    private static String freeAddress() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return "127.0.0.1:" + socket.getLocalPort();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "account",
                "account create",
                "count",
                "count c --addr nowhere",
                "count c --timeout 0",
                "search c",
                "search c --vector 1 --text x",
                "search c --vector 1,x",
                "search c --vector 1 --filter year>",
                "search c --vector 1 --limit 0",
                "collection create c",
                "collection create c --dim 3 --metric far",
                "collection create c --dim 3 --element int4",
                "collection create c --element int8",
                "collection create c --vector a:3:dot:int4",
                "collection create c --dim 3 --default-ttl 30d",
                "collection update c --default-ttl 1",
                "collection create c --vector a",
                "collection create c --dim 3 --field a:b",
                "import c x.unknown",
                "import c x.f32",
                "import c x.jsonl --batch 0",
                "import c x.jsonl --mode replace",
                "ingest c",
                "ingest c x.unknown",
                "ingest c x.jsonl --batch 10001",
                "ingest c x.jsonl --ingest-id first",
                "export c --slices 0",
                "export c --slices 65",
                "patch c",
                "patch c 1 --if-version x",
                "delete c",
                "get c 99999999999999999999",
                "demo --per-account 1"
            })
    void wrongUsageEndsWithTwo(String line) {
        String[] arguments = line.isEmpty() ? new String[0] : line.split(" ", -1);

        assertThat(run(arguments)).isEqualTo(ExitCode.USAGE.number());
        assertThat(err.toString()).startsWith("knarr: ").doesNotContain("\tat ");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aServerThatIsNotThereEndsWithThree() throws Exception {
        String address = freeAddress();

        assertThat(run("--addr", address, "count", "c")).isEqualTo(ExitCode.UNREACHABLE.number());
        assertThat(err.toString()).contains(address).contains("./knarr serve");
    }

    @Test
    void withJsonAFailureIsADocumentOnStandardError() throws Exception {
        int code = run("count", "c", "--json", "--addr", freeAddress());

        var error = JsonParser.parseString(err.toString()).getAsJsonObject().getAsJsonObject("error");
        assertThat(error.get("exit_code").getAsInt()).isEqualTo(code).isEqualTo(3);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aWrongFilterIsMarkedWhereItIsWrong() throws Exception {
        run("count", "c", "--filter", "year >= ", "--addr", freeAddress());

        assertThat(err.toString()).contains("character 9 of the filter").contains("\n          ^");
    }

    @Test
    void theDemoRefusesADirectoryWithSomethingInIt(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("precious"), "data");

        assertThat(run("demo", "--data", directory.toString())).isEqualTo(ExitCode.USAGE.number());
        assertThat(directory.resolve("precious")).hasContent("data");
    }

    @Test
    void theHelpListsTheExitCodes() {
        assertThat(run("--help")).isZero();
        for (ExitCode code : ExitCode.values()) {
            assertThat(out.toString()).contains(code.number() + "  " + code.meaning());
        }
    }
}
