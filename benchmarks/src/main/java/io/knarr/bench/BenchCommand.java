package io.knarr.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine;

/** How every bench is called: options parsed, mistakes explained, an exit code returned. */
final class BenchCommand {
    /** It ran, and its result was printed. */
    static final int OK = 0;
    /** It could not finish; the error output says why. */
    static final int FAILED = 1;
    /** The options or files given cannot be used. */
    static final int UNUSABLE = 2;

    private BenchCommand() {}

    static int execute(Callable<Integer> bench, List<String> args, PrintStream out, PrintStream err) {
        CommandLine command = new CommandLine(bench)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(out, true, UTF_8))
                .setErr(new PrintWriter(err, true, UTF_8));
        command.setParameterExceptionHandler((mistake, given) -> {
            err.println(mistake.getMessage());
            err.println("See --help.");
            return UNUSABLE;
        });
        command.setExecutionExceptionHandler((failure, line, given) -> explain(failure, err));
        return command.execute(args.toArray(String[]::new));
    }

    private static int explain(Exception failure, PrintStream err) throws Exception {
        return switch (failure) {
            case UnusableInputException e -> {
                err.println(e.getMessage());
                yield UNUSABLE;
            }
            case IOException e -> {
                err.println(e.getMessage());
                yield FAILED;
            }
            case StatusRuntimeException e -> {
                err.println("A call failed: " + e.getStatus());
                yield FAILED;
            }
            case TimeoutException e -> {
                err.println(e.getMessage());
                yield FAILED;
            }
            case InterruptedException e -> {
                Thread.currentThread().interrupt();
                err.println("Interrupted");
                yield FAILED;
            }
            default -> throw failure; // a bug of ours, shown with its stack
        };
    }

    /** Refuses a number outside of its range, naming the option. */
    static void requireRange(String option, long value, long min, long max) {
        if (value < min || value > max) {
            throw new UnusableInputException("%s must be %,d to %,d: %d".formatted(option, min, max, value));
        }
    }
}
