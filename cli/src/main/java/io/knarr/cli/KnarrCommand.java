package io.knarr.cli;

import com.google.gson.JsonObject;
import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code knarr}: the root of the command line. */
@Command(
        name = "knarr",
        description = "A multi-tenant vector index server, and the tools around it.",
        versionProvider = KnarrVersion.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ServeCommand.class,
            DemoCommand.class,
            AccountCommand.class,
            CollectionCommand.class,
            ImportCommand.class,
            IngestCommand.class,
            ExportCommand.class,
            SearchCommand.class,
            GetCommand.class,
            PatchCommand.class,
            DeleteCommand.class,
            CountCommand.class,
            AggregateCommand.class,
            SampleCommand.class,
            InfoCommand.class,
            BenchCommand.class,
            CommandLine.HelpCommand.class
        })
public final class KnarrCommand implements Runnable {
    private final Map<String, String> environment;

    @Spec
    private @org.jspecify.annotations.Nullable CommandSpec spec;

    @Mixin
    private GlobalOptions options = new GlobalOptions();

    @CommandLine.Option(names = "--version", versionHelp = true, description = "Show the version and exit.")
    private boolean version;

    private KnarrCommand(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /**
     * Returns the command line.
     *
     * @param environment the environment variables
     * @param out where results go
     * @param err where everything else goes
     */
    public static CommandLine commandLine(Map<String, String> environment, PrintWriter out, PrintWriter err) {
        CommandLine line = new CommandLine(new KnarrCommand(environment))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(out)
                .setErr(err);
        line.setParameterExceptionHandler(KnarrCommand::explainUsage);
        line.setExecutionExceptionHandler(
                (failure, command, result) -> explain(failure, command, isJson(result.originalArgs())));
        line.getCommandSpec().usageMessage().footer(exitCodes());
        return line;
    }

    private static String[] exitCodes() {
        StringBuilder text = new StringBuilder("%nExit codes:");
        for (ExitCode code : ExitCode.values()) {
            text.append("%n  ").append(code.number()).append("  ").append(code.meaning());
        }
        return new String[] {text.toString()};
    }

    GlobalOptions options() {
        return options;
    }

    Map<String, String> environment() {
        return environment;
    }

    /** Returns whether the version was asked for; picocli has shown it by then. */
    boolean versionAsked() {
        return version;
    }

    @Override
    public void run() {
        throw new ParameterException(
                Objects.requireNonNull(spec, "spec is null").commandLine(), "A command is missing");
    }

    private static boolean isJson(List<String> arguments) {
        return arguments.contains("--json");
    }

    private static int explainUsage(ParameterException mistake, String[] arguments) {
        CommandLine command = mistake.getCommandLine();
        String message = String.valueOf(mistake.getMessage());
        if (isJson(Arrays.asList(arguments))) {
            report(command.getErr(), ExitCode.USAGE, ExitCode.USAGE.name(), message, true);
        } else {
            command.getErr().println("knarr: " + message);
            CommandLine.UnmatchedArgumentException.printSuggestions(mistake, command.getErr());
            command.getErr().println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
            command.getErr().flush();
        }
        return ExitCode.USAGE.number();
    }

    private static int explain(Exception failure, CommandLine command, boolean json) {
        PrintWriter err = command.getErr();
        return switch (failure) {
            case CommandFailure e -> report(err, e.exitCode(), e.reason(), e.getMessage(), json);
            case NoSuchFileException e ->
                report(err, ExitCode.FILE, "NO_SUCH_FILE", "There is no file " + e.getFile(), json);
            case IOException e ->
                report(err, ExitCode.FILE, ExitCode.FILE.name(), String.valueOf(e.getMessage()), json);
            default -> {
                if (Boolean.getBoolean("knarr.debug")) {
                    failure.printStackTrace(err);
                }
                yield report(err, ExitCode.UNEXPECTED, ExitCode.UNEXPECTED.name(), "Unexpected: " + failure, json);
            }
        };
    }

    private static int report(PrintWriter err, ExitCode exitCode, String reason, String message, boolean json) {
        if (json) {
            JsonObject error = new JsonObject();
            error.addProperty("exit_code", exitCode.number());
            error.addProperty("reason", reason);
            error.addProperty("message", message);
            JsonObject document = new JsonObject();
            document.add("error", error);
            err.println(Output.text(document));
        } else {
            err.println("knarr: " + message);
        }
        err.flush();
        return exitCode.number();
    }
}
