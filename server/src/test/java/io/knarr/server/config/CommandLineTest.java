package io.knarr.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CommandLineTest {
    @Test
    void everyFlagSetsItsProperty() {
        CommandLine commandLine = CommandLine.parse(List.of(
                "--data",
                "d",
                "--grpc-port",
                "1",
                "--http-port=2",
                "--bind",
                "0.0.0.0",
                "--keys",
                "k",
                "--in-memory",
                "--allow-plaintext",
                "--log-level",
                "debug",
                "--set",
                "a.b = c=d",
                "--config",
                "f"));

        assertThat(commandLine.mistakes()).isEmpty();
        assertThat(commandLine.configFile()).isEqualTo(Optional.of(Path.of("f")));
        assertThat(commandLine.settings())
                .isEqualTo(Map.of(
                        "store.directory", new Setting("store.directory", "d", "--data"),
                        "grpc.port", new Setting("grpc.port", "1", "--grpc-port"),
                        "http.port", new Setting("http.port", "2", "--http-port"),
                        "bind.address", new Setting("bind.address", "0.0.0.0", "--bind"),
                        "grpc.keys-file", new Setting("grpc.keys-file", "k", "--keys"),
                        "store.in-memory", new Setting("store.in-memory", "true", "--in-memory"),
                        "bind.allow-plaintext", new Setting("bind.allow-plaintext", "true", "--allow-plaintext"),
                        "log.level", new Setting("log.level", "debug", "--log-level"),
                        "a.b", new Setting("a.b", "c=d", "--set")));
    }

    @Test
    void helpAndVersionAreNoSettings() {
        assertThat(CommandLine.parse(List.of("--help")).help()).isTrue();
        assertThat(CommandLine.parse(List.of("-h")).help()).isTrue();
        assertThat(CommandLine.parse(List.of("--version")).version()).isTrue();
    }

    @Test
    void whatCannotBeUnderstoodIsAMistake() {
        CommandLine commandLine = CommandLine.parse(List.of(
                "--grpc-prot", "--data", "--set", "novalue", "--config=a", "--config=b", "--bind=x", "--bind=y", "z"));

        assertThat(commandLine.mistakes())
                .containsExactly(
                        "Unknown flag: --grpc-prot; did you mean --grpc-port?",
                        "--data needs a value",
                        "--set must be name=value: novalue",
                        "--config is given twice",
                        "bind.address is given twice, by --bind and by --bind",
                        "Unexpected argument: z");
    }

    @Test
    void theHelpNamesEveryFlag() {
        assertThat(CommandLine.HELP)
                .contains(
                        "--data ",
                        "--in-memory ",
                        "--grpc-port ",
                        "--http-port ",
                        "--bind ",
                        "--keys ",
                        "--allow-plaintext ",
                        "--log-level ",
                        "--config ",
                        "--set ",
                        "--help",
                        "--version");
    }
}
