package io.knarr.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that does nothing without one of its subcommands. */
abstract class CommandGroup implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    private boolean help;

    @Override
    public final void run() {
        if (spec == null) {
            throw new IllegalStateException("The command was not set up by picocli");
        }
        throw new ParameterException(
                spec.commandLine(),
                "'%s' needs one of: %s"
                        .formatted(
                                spec.qualifiedName(),
                                String.join(", ", spec.subcommands().keySet())));
    }

    /** Returns whether help was asked for; picocli has shown it by then. */
    final boolean helpAsked() {
        return help;
    }
}
