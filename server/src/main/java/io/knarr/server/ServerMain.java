package io.knarr.server;

import static java.util.Objects.requireNonNull;

import io.knarr.server.config.CommandLine;
import io.knarr.server.config.ConfigException;
import io.knarr.server.config.ConfigSource;
import io.knarr.server.store.StoreException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server as a process: reads the arguments, starts, says so in one line, serves until a signal stops it.
 *
 * <p>Standard output carries that one line and nothing else:
 * {@code READY grpc=127.0.0.1:6334 http=127.0.0.1:6333 pid=4711 startup_ms=900}. Everything else goes to standard error.
 */
public final class ServerMain {
    private static final Logger log = LoggerFactory.getLogger(ServerMain.class);

    /** Variables with our prefix that are for the launcher or for clients, and not settings of the server. */
    private static final Set<String> OTHER_VARIABLES =
            Set.of("KNARR_JAVA_HOME", "KNARR_JAVA_OPTS", "KNARR_BUILD", "KNARR_CDS", "KNARR_ADDR", "KNARR_API_KEY");

    private final Map<String, String> environment;
    private final PrintStream output;
    private final PrintStream errors;

    ServerMain(Map<String, String> environment, PrintStream output, PrintStream errors) {
        this.environment = Map.copyOf(environment);
        this.output = requireNonNull(output, "output is null");
        this.errors = requireNonNull(errors, "errors is null");
    }

    /** Runs the server and ends the process with its exit code. */
    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments)));
    }

    /** Runs the server until it is stopped. Returns the exit code, an {@link ExitCode#number()}. */
    public static int run(List<String> arguments) {
        return new ServerMain(System.getenv(), System.out, System.err)
                .serve(arguments)
                .number();
    }

    ExitCode serve(List<String> arguments) {
        CommandLine commandLine = CommandLine.parse(arguments);
        if (commandLine.help()) {
            output.print(CommandLine.HELP);
            output.println();
            output.println(ServerSettings.of(Map.of()).report().table());
            return ExitCode.OK;
        }
        if (commandLine.version()) {
            output.println("knarr " + ServerVersion.current());
            return ExitCode.OK;
        }
        try {
            ServerSettings settings = ServerSettings.from(ConfigSource.of(commandLine, environment, OTHER_VARIABLES));
            settings.logLevel().apply();
            errors.println(settings.report().table());
            serve(settings);
            return ExitCode.OK;
        } catch (ConfigException e) {
            e.mistakes().forEach(mistake -> errors.println("error: " + mistake));
            return ExitCode.USAGE;
        } catch (StartException e) {
            errors.println("error: " + e.getMessage());
            log.debug("The server could not start", e);
            return e.exitCode();
        } catch (StoreException e) {
            errors.println("error: " + e.getMessage());
            log.debug("The store could not be opened", e);
            return exitCode(e.kind());
        } catch (RuntimeException e) {
            log.error("The server could not start, for a reason that nobody foresaw", e);
            return ExitCode.FAILED;
        }
    }

    private void serve(ServerSettings settings) {
        KnarrServer server = KnarrServer.start(settings);
        Thread stop = Thread.ofPlatform().name("knarr-stop").unstarted(server::close);
        try {
            Runtime.getRuntime().addShutdownHook(stop);
        } catch (IllegalStateException _) {
            // A signal came while the server was starting.
            server.close();
            return;
        }
        output.println(readyLine(server));
        output.flush();
        server.awaitTermination();
    }

    private static String readyLine(KnarrServer server) {
        InetAddress address = server.settings().listen().address();
        long startMillis = ManagementFactory.getRuntimeMXBean().getStartTime();
        return "READY grpc=" + KnarrServer.hostAndPort(address, server.grpcPort())
                + " http=" + KnarrServer.hostAndPort(address, server.httpPort())
                + " pid=" + ProcessHandle.current().pid()
                + " startup_ms=" + (System.currentTimeMillis() - startMillis);
    }

    private static ExitCode exitCode(StoreException.Kind kind) {
        return switch (kind) {
            case IN_USE -> ExitCode.DATA_IN_USE;
            case NOT_A_STORE -> ExitCode.USAGE;
            case TOO_NEW, TOO_OLD, CORRUPT -> ExitCode.DATA_UNREADABLE;
            case DISK_FULL, IO, CLOSED -> ExitCode.FAILED;
        };
    }
}
