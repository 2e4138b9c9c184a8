package io.knarr.proto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lints the protocol with {@code buf lint} and the rules of {@code buf.yaml}.
 *
 * <p>buf comes as an npm package and is put into {@code target/buf} by the first run. Without node and npm the test is skipped, with the
 * reason; where the environment says {@code CI=true} it fails instead.
 */
class BufLintTest {
    private static final String PACKAGE = "@bufbuild/buf@1.75.0";
    private static final Path MODULE = Path.of("").toAbsolutePath();

    @TempDir
    Path scratch;

    @Test
    void theProtocolKeepsBufsRules() throws Exception {
        Outcome lint = run(MODULE, buf().toString(), "lint");

        assertThat(lint.exitCode()).as(lint.output()).isZero();
    }

    /** Guards against a linter that looks at nothing. */
    @Test
    void aFieldWithoutACommentIsFound() throws Exception {
        Path sources = Files.createDirectories(scratch.resolve("src/main/proto/knarr/v1"));
        Files.copy(MODULE.resolve("buf.yaml"), scratch.resolve("buf.yaml"));
        Files.writeString(
                sources.resolve("bad.proto"),
                "syntax = \"proto3\"; package knarr.v1; message Bad { string badName = 1; }");

        Outcome lint = run(scratch, buf().toString(), "lint");

        assertThat(lint.exitCode()).isNotZero();
        assertThat(lint.output()).contains("badName", "comment");
    }

    private static synchronized Path buf() throws IOException, InterruptedException {
        boolean available = onThePath("node") && onThePath("npm");
        if (!available && Objects.equals(System.getenv("CI"), "true")) {
            throw new AssertionError("node and npm are missing, and CI=true: the protocol must be linted");
        }
        assumeTrue(available, "SKIPPED: node and npm are missing, so the protocol is not linted");
        Path executable = MODULE.resolve("target/buf/node_modules/.bin/buf");
        if (!Files.isExecutable(executable)) {
            Outcome install =
                    run(MODULE, "npm", "install", "--prefix", "target/buf", PACKAGE, "--ignore-scripts", "--no-audit");
            assertThat(install.exitCode()).as(install.output()).isZero();
        }
        return executable;
    }

    private static boolean onThePath(String program) {
        String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
        return Stream.of(path.split(Pattern.quote(File.pathSeparator), -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static Outcome run(Path folder, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("buf", ".out");
        try {
            Process process = new ProcessBuilder(List.of(command))
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(2, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new AssertionError("Took more than two minutes: " + List.of(command));
            }
            return new Outcome(process.exitValue(), Files.readString(output, UTF_8));
        } finally {
            Files.delete(output);
        }
    }

    private record Outcome(int exitCode, String output) {}
}
