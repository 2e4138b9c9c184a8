package io.knarr.cli;

import com.google.protobuf.Duration;
import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says how long a collection's records live. */
final class TtlOptions {
    @Option(
            names = "--default-ttl",
            paramLabel = "TIME",
            description = "How long a record lives that is written without a time to expire: P30D, PT12H, PT90S.")
    @Nullable
    String text;

    /** Returns the time, where one was said. */
    Optional<Duration> ttl() {
        if (text == null) {
            return Optional.empty();
        }
        try {
            java.time.Duration time = java.time.Duration.parse(text);
            return Optional.of(Duration.newBuilder()
                    .setSeconds(time.getSeconds())
                    .setNanos(time.getNano())
                    .build());
        } catch (DateTimeParseException e) {
            throw new CommandFailure(ExitCode.USAGE, "--default-ttl is an ISO 8601 duration, as PT12H: '" + text + "'");
        }
    }

    /** Returns a time as the option takes it. */
    static String format(Duration time) {
        return java.time.Duration.ofSeconds(time.getSeconds(), time.getNanos()).toString();
    }
}
