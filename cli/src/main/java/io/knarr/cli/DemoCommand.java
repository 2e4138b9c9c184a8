package io.knarr.cli;

import io.knarr.cli.demo.Demo;
import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code knarr demo}: the whole story on real text. */
@Command(
        name = "demo",
        description = {
            "Show the whole story on real text: a server on an empty directory, three accounts, a dictionary embedded",
            "and stored, questions and answers, the walls between accounts, kill -9, and the same answers again."
        })
final class DemoCommand implements Callable<Integer> {
    private static final int MAX_PER_ACCOUNT = 2_500;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "An empty directory for the server, kept afterwards (default: a temporary one, deleted).")
    private @Nullable Path data;

    @Option(
            names = "--per-account",
            paramLabel = "N",
            description = "Dictionary entries per account, 100 to 2,500 (default 2,000).")
    private int perAccount = 2_000;

    @Option(names = "--json", description = "One JSON object per step and answer; the last line is RESULT and JSON.")
    private boolean json;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    private boolean help;

    /** Returns whether help was asked for; picocli has shown it by then. */
    boolean helpAsked() {
        return help;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (perAccount < 100 || perAccount > MAX_PER_ACCOUNT) {
            throw new CommandFailure(ExitCode.USAGE, "--per-account must be 100 to 2500: " + perAccount);
        }
        if (spec == null) {
            throw new IllegalStateException("The command was not set up by picocli");
        }
        KnarrCommand root = (KnarrCommand) spec.root().userObject();
        Output output = new Output(spec.commandLine().getOut(), json || root.options().json);
        boolean held;
        if (data == null) {
            Path temporary = Files.createTempDirectory("knarr-demo-");
            try {
                held = new Demo(temporary, perAccount, output).run();
            } finally {
                output.flush();
                delete(temporary);
            }
        } else {
            requireEmpty(data);
            held = new Demo(data, perAccount, output).run();
            output.flush();
        }
        return (held ? ExitCode.OK : ExitCode.CHECK_FAILED).number();
    }

    private static void requireEmpty(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> content = Files.list(directory)) {
            if (content.findAny().isPresent()) {
                throw new CommandFailure(ExitCode.USAGE, "The demo needs an empty directory: " + directory);
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(directory)) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.deleteIfExists(path);
        }
    }
}
