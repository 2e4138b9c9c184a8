package io.knarr.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.knarr.bench.ChurnBench;
import io.knarr.bench.ColdBench;
import io.knarr.bench.DataBench;
import io.knarr.bench.EngineBench;
import io.knarr.bench.QueryBench;
import io.knarr.bench.ServerBench;
import io.knarr.bench.TenantsBench;
import io.knarr.bench.UpdatesBench;
import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.server.ServerMain;
import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.util.List;

/** The program behind {@code ./knarr}. */
public final class Main {
    private Main() {}

    /** Runs the command line and ends the process with an {@link ExitCode}'s number. */
    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments)));
    }

    private static int run(List<String> arguments) {
        // What parses its own arguments is called as it is: its options are not ours, and serving starts sooner.
        if (!arguments.isEmpty() && arguments.getFirst().equals("serve")) {
            return serve(arguments.subList(1, arguments.size()));
        }
        if (arguments.size() > 1
                && arguments.getFirst().equals("bench")
                && !arguments.get(1).startsWith("-")) {
            return bench(arguments.get(1), arguments.subList(2, arguments.size()));
        }
        PrintWriter out = writer(FileDescriptor.out);
        PrintWriter err = writer(FileDescriptor.err);
        try {
            return KnarrCommand.commandLine(System.getenv(), out, err).execute(arguments.toArray(String[]::new));
        } finally {
            out.flush();
            err.flush();
        }
    }

    private static PrintWriter writer(FileDescriptor descriptor) {
        return new PrintWriter(
                new BufferedWriter(new OutputStreamWriter(new FileOutputStream(descriptor), UTF_8)), false);
    }

    /** Runs the server until it is told to stop, and returns its exit code. */
    static int serve(List<String> arguments) {
        return ServerMain.run(arguments);
    }

    /** Runs a bench and returns its exit code. */
    static int bench(String name, List<String> arguments) {
        return switch (name) {
            case "server" -> ServerBench.run(arguments, System.out, System.err);
            case "engine" -> EngineBench.run(arguments, System.out, System.err);
            case "data" -> DataBench.run(arguments, System.out, System.err);
            case "churn" -> ChurnBench.run(arguments, System.out, System.err);
            case "query" -> QueryBench.run(arguments, System.out, System.err);
            case "updates" -> UpdatesBench.run(arguments, System.out, System.err);
            case "cold" -> ColdBench.run(arguments, System.out, System.err);
            case "tenants" -> TenantsBench.run(arguments, System.out, System.err);
            default ->
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "There is no bench '" + name
                                + "': server, tenants, engine, query, churn, updates, cold and data there are");
        };
    }
}
