package io.knarr.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.knarr.cli.call.Connection;
import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every command understands, before its name or after it. What is not given is null. */
final class GlobalOptions {
    private static final String DEFAULT_ADDRESS = "127.0.0.1:6334";

    @Option(
            names = "--addr",
            paramLabel = "HOST:PORT",
            description = "The server (else $KNARR_ADDR, else 127.0.0.1:6334).")
    @Nullable
    String address;

    @Option(names = "--account", paramLabel = "ID", description = "The account to act on (in open mode, or as root).")
    @Nullable
    String account;

    @Option(names = "--api-key", paramLabel = "KEY", description = "The credential (else $KNARR_API_KEY).")
    @Nullable
    String apiKey;

    @Option(names = "--api-key-file", paramLabel = "FILE", description = "A file that holds the credential.")
    @Nullable
    Path apiKeyFile;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "How long one call may take (default 60).",
            converter = SecondsConverter.class)
    @Nullable
    Duration timeout;

    @Option(names = "--json", description = "Results as JSON on standard output, failures as JSON on standard error.")
    boolean json;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;

    /** Returns these options, with those of {@code outer} where these say nothing. */
    GlobalOptions over(GlobalOptions outer) {
        GlobalOptions merged = new GlobalOptions();
        merged.address = address == null ? outer.address : address;
        merged.account = account == null ? outer.account : account;
        merged.apiKey = apiKey == null ? outer.apiKey : apiKey;
        merged.apiKeyFile = apiKeyFile == null ? outer.apiKeyFile : apiKeyFile;
        merged.timeout = timeout == null ? outer.timeout : timeout;
        merged.json = json || outer.json;
        return merged;
    }

    /**
     * Opens a connection as these options and the environment say.
     *
     * @throws CommandFailure if the address or the credential cannot be used
     */
    Connection connect(Map<String, String> environment) {
        return Connection.open(
                address != null ? address : environment.getOrDefault("KNARR_ADDR", DEFAULT_ADDRESS),
                Optional.ofNullable(account),
                credential(environment),
                timeout == null ? Connection.DEFAULT_TIMEOUT : timeout);
    }

    private Optional<String> credential(Map<String, String> environment) {
        if (apiKey != null && apiKeyFile != null) {
            throw new CommandFailure(ExitCode.USAGE, "Only one of --api-key and --api-key-file may be given");
        }
        if (apiKeyFile != null) {
            try {
                return Optional.of(Files.readString(apiKeyFile, UTF_8).strip());
            } catch (IOException e) {
                throw new CommandFailure(ExitCode.FILE, "The API key cannot be read from " + apiKeyFile);
            }
        }
        return Optional.ofNullable(apiKey != null ? apiKey : environment.get("KNARR_API_KEY"))
                .filter(key -> !key.isEmpty());
    }
}
