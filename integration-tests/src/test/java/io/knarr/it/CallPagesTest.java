package io.knarr.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.knarr.bench.ServerLaunch;
import io.knarr.bench.ServerProcess;
import io.knarr.v1.AccountServiceGrpc;
import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.SearchServiceGrpc;
import io.knarr.v1.ServerServiceGrpc;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every call has a page in docs/calls, or is named there as one without, and what the examples print is what the page says. Each page has an account of its own, filled as
 * docs/calls/README.md says; its examples run in their order. Their tools come from scripts/install-test-tools.sh.
 */
class CallPagesTest {
    private static final long SECONDS = 120;
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path PAGES = ROOT.resolve("docs/calls");
    private static final Path GRPCURL = ROOT.resolve(".tools/bin");
    private static final Path PYTHON = ROOT.resolve(".tools/venv/bin/python");
    private static final String ADDRESS = "127.0.0.1:6334";
    private static final String ACCOUNT = "demo";

    @TempDir
    private static Path directory;

    private static ServerProcess server;
    private static CallPage readme;

    @BeforeAll
    static void start() throws Exception {
        readme = CallPage.read(PAGES.resolve("README.md"));
        server = ServerProcess.start(ServerLaunch.of(directory.resolve("data")).withMaxHeap("512m"));
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void everyCallHasAPageOrIsNamedAsOneWithout() throws IOException {
        List<String> named = new ArrayList<>(pageNames());
        Matcher without = Pattern.compile("^Without a page as yet: (.*)\\.$", Pattern.MULTILINE)
                .matcher(Files.readString(PAGES.resolve("README.md"), UTF_8));
        while (without.find()) {
            named.addAll(List.of(without.group(1).split(", ", -1)));
        }
        assertThat(named)
                .containsExactlyInAnyOrderElementsOf(Stream.of(
                                AccountServiceGrpc.getServiceDescriptor(),
                                CollectionServiceGrpc.getServiceDescriptor(),
                                RecordServiceGrpc.getServiceDescriptor(),
                                SearchServiceGrpc.getServiceDescriptor(),
                                ServerServiceGrpc.getServiceDescriptor())
                        .map(ServiceDescriptor::getMethods)
                        .flatMap(methods -> methods.stream().map(MethodDescriptor::getBareMethodName))
                        .collect(Collectors.toSet()));
    }

    static List<String> pageNames() throws IOException {
        try (Stream<Path> files = Files.list(PAGES)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".md") && !file.equals("README.md"))
                    .map(file -> file.substring(0, file.length() - ".md".length()))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("pageNames")
    void theExamplesPrintWhatThePageSays(String name) throws Exception {
        if (!Files.isExecutable(GRPCURL.resolve("grpcurl")) || !Files.isExecutable(PYTHON)) {
            Aloud.skipOrFailInCi(
                    "docs/calls/" + name, "grpcurl or grpcio is missing; run scripts/install-test-tools.sh");
        }
        CallPage page = CallPage.read(PAGES.resolve(name + ".md"));
        String account = "page-" + name.toLowerCase(Locale.ROOT);
        var _ = print("sh", localised(readme.first("sh"), account));
        List<CallPage.Example> examples = page.examples();
        assertThat(examples.stream().map(CallPage.Example::language))
                .as("languages of the page")
                .contains("sh", "python", "java");
        for (CallPage.Example example : examples) {
            String printed = print(example.language(), localised(whole(example), account));
            assertThat(PrintedOutput.matches(example.output(), printed.replace(account, ACCOUNT)))
                    .as("""
                            %s
                            prints
                            %s
                            and the page says
                            %s""", example.program(), printed, example.output().text())
                    .isTrue();
        }
    }

    /** Returns the program with what the README says goes around it. */
    private static String whole(CallPage.Example example) {
        return switch (example.language()) {
            case "python" -> readme.first("python") + example.program();
            case "java" ->
                readme.first("java")
                        .replace("// the example", example.program().indent(8).strip());
            default -> example.program();
        };
    }

    private static String localised(String program, String account) {
        return program.replace(ADDRESS, server.grpcAddress())
                .replace("x-account-id: " + ACCOUNT, "x-account-id: " + account)
                .replace("\"" + ACCOUNT + "\"", "\"" + account + "\"");
    }

    /** Runs a program; returns what it printed, errors included. */
    private static String print(String language, String program) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory(directory, "example");
        List<String> command =
                switch (language) {
                    case "sh" -> List.of("bash", write(folder.resolve("example.sh"), program));
                    case "python" -> List.of(PYTHON.toString(), write(folder.resolve("example.py"), program));
                    case "java" ->
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "--class-path",
                                System.getProperty("java.class.path"),
                                write(folder.resolve("Example.java"), program));
                    default -> throw new IllegalArgumentException("No such language: " + language);
                };
        Path output = folder.resolve("output.txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(ROOT.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("KNARR_STUBS", directory.resolve("stubs").toString());
        builder.environment().merge("PATH", GRPCURL.toString(), (path, ours) -> ours + File.pathSeparator + path);
        Process process = builder.start();
        boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        assertThat(ended).as("it ends in time").isTrue();
        return Files.readString(output, UTF_8);
    }

    private static String write(Path file, String program) throws IOException {
        Files.writeString(file, program, UTF_8);
        return file.toString();
    }
}
