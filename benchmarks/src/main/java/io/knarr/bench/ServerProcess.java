package io.knarr.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A real server in a JVM of its own, started from this JVM's class path. For benches, the demo and tests that must kill it.
 *
 * <p>Thread-safe. It dies with this JVM (a shutdown hook kills it), except when this JVM itself is killed hard.
 */
public final class ServerProcess implements AutoCloseable {
    /** The server's main class. */
    public static final String MAIN_CLASS = "io.knarr.server.ServerMain";

    private static final List<String> JVM_FLAGS = List.of(
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0");
    private static final Pattern READY =
            Pattern.compile("READY grpc=(\\S+):(\\d+) http=(\\S+):(\\d+) pid=(\\d+) startup_ms=(\\d+).*");
    private static final Duration STOP_TIMEOUT = Duration.ofMinutes(1);
    private static final Duration TOOL_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration HTTP_TIMEOUT = Duration.ofSeconds(30);
    private static final int TAIL_LINES = 1_000;

    /**
     * Where a server that serves is reached.
     *
     * @param startupMillis how long its start took, by its own clock, from the JVM's start
     */
    private record Ready(String grpcHost, int grpcPort, String httpHost, int httpPort, long startupMillis) {}

    private final ServerLaunch launch;
    private final Process process;
    private final long launchNanos = System.nanoTime();
    private final LineTail errors = new LineTail(TAIL_LINES);
    private final CountDownLatch readyOrEnded = new CountDownLatch(1);
    private final Thread killer;
    private final HttpClient http = HttpClient.newHttpClient();
    private volatile @Nullable Ready ready;
    private volatile long readyNanos;

    private ServerProcess(ServerLaunch launch, Process process) {
        this.launch = launch;
        this.process = process;
        this.killer = Thread.ofPlatform().name("knarr-child-killer").unstarted(process::destroyForcibly);
    }

    /**
     * Starts a server and waits until it serves.
     *
     * @throws IOException if it does not come up in time or dies; the message holds the end of its error output
     */
    public static ServerProcess start(ServerLaunch launch) throws IOException, InterruptedException {
        ServerProcess server = launch(launch);
        try {
            server.awaitReady();
            return server;
        } catch (IOException | InterruptedException | RuntimeException e) {
            server.killHard();
            throw e;
        }
    }

    /** Starts a server and returns at once; {@link #awaitReady} or {@link #awaitExit} say what came of it. */
    public static ServerProcess launch(ServerLaunch launch) throws IOException {
        Process process = new ProcessBuilder(command(launch)).start();
        ServerProcess server = new ServerProcess(launch, process);
        Runtime.getRuntime().addShutdownHook(server.killer);
        server.drain("knarr-child-out", process.getInputStream(), server::readOutput, server.readyOrEnded::countDown);
        server.drain("knarr-child-err", process.getErrorStream(), server.errors::add, () -> {});
        return server;
    }

    private static List<String> command(ServerLaunch launch) {
        List<String> command = new ArrayList<>();
        command.add(tool("java").toString());
        command.addAll(JVM_FLAGS);
        launch.maxHeap().ifPresent(size -> command.add("-Xmx" + size));
        command.addAll(launch.jvmArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN_CLASS));
        command.addAll(List.of("--data", launch.data().toString(), "--grpc-port", "0", "--http-port", "0"));
        command.addAll(launch.arguments());
        return command;
    }

    private static Path tool(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name);
    }

    private void drain(String name, InputStream stream, Consumer<String> lines, Runnable atEnd) {
        Thread.ofPlatform().daemon().name(name).start(() -> {
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, UTF_8))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    lines.accept(line);
                }
            } catch (IOException e) {
                errors.add(
                        "(output ended: " + e.getMessage() + ")"); // the usual end of a stream whose process was killed
            } finally {
                atEnd.run();
            }
        });
    }

    private void readOutput(String line) {
        Matcher matcher = READY.matcher(line);
        if (ready == null && matcher.matches()) {
            readyNanos = System.nanoTime() - launchNanos;
            ready = new Ready(
                    matcher.group(1),
                    Integer.parseInt(matcher.group(2)),
                    matcher.group(3),
                    Integer.parseInt(matcher.group(4)),
                    Long.parseLong(matcher.group(6)));
            readyOrEnded.countDown();
            return;
        }
        errors.add(line);
    }

    /**
     * Waits until the server serves.
     *
     * @throws IOException if it does not in time, or dies before
     */
    public void awaitReady() throws IOException, InterruptedException {
        boolean answered = readyOrEnded.await(launch.startTimeout().toMillis(), TimeUnit.MILLISECONDS);
        if (ready != null) {
            return;
        }
        if (!answered) {
            throw new IOException("The server did not come up within %s; the end of its output:%n%s"
                    .formatted(launch.startTimeout(), errors));
        }
        process.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        throw new IOException("The server died before it served, exit code %s; the end of its output:%n%s"
                .formatted(process.isAlive() ? "unknown" : process.exitValue(), errors));
    }

    private Ready ready() {
        Ready known = ready;
        if (known == null) {
            throw new IllegalStateException("The server does not serve yet");
        }
        return known;
    }

    /** Returns the host and port of the gRPC server. */
    public String grpcAddress() {
        return ready().grpcHost() + ":" + ready().grpcPort();
    }

    /** Returns the port of the gRPC server. */
    public int grpcPort() {
        return ready().grpcPort();
    }

    /** Returns the port of the HTTP server. */
    public int httpPort() {
        return ready().httpPort();
    }

    /** Returns the child's process id. */
    public long pid() {
        return process.pid();
    }

    /** Returns how long the start took by the server's own clock, in milliseconds. */
    public long startupMillis() {
        return ready().startupMillis();
    }

    /** Returns the time from starting the process until it said that it serves, as seen from here. */
    public Duration timeToServing() {
        if (ready == null) {
            throw new IllegalStateException("The server does not serve yet");
        }
        return Duration.ofNanos(readyNanos);
    }

    /** Returns whether the process is alive. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Returns the end of what the server wrote to its outputs, without the READY line. */
    public List<String> outputTail() {
        return errors.lines();
    }

    /** Returns the server's resident memory in bytes, as Linux counts it. */
    public long rssBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid()), "status"), UTF_8)) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        throw new IOException("The process has no resident size, pid=" + pid());
    }

    /** Returns the server's metrics as they are now. */
    public MetricsPage metrics() throws IOException, InterruptedException {
        return MetricsPage.parse(get("/metrics"));
    }

    /** Returns the body that the server's HTTP port answers with. Fails unless the status is 200. */
    public String get(String path) throws IOException, InterruptedException {
        Ready known = ready();
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://" + known.httpHost() + ":" + known.httpPort() + path))
                .timeout(HTTP_TIMEOUT)
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString(UTF_8));
        if (response.statusCode() != 200) {
            throw new IOException("HTTP status is not 200, path=%s, status=%d".formatted(path, response.statusCode()));
        }
        return response.body();
    }

    /** Returns the bytes of Java heap in use, garbage included. */
    public long heapBytes() throws IOException, InterruptedException {
        return (long) metrics()
                .sum("jvm_memory_used_bytes", "area=\"heap\"")
                .orElseThrow(() -> new IOException("The server's metrics lack jvm_memory_used_bytes"));
    }

    /** Returns the bytes of live objects: the total of a class histogram, which collects all garbage first. */
    public long liveHeapBytes() throws IOException, InterruptedException {
        String total = jcmd("GC.class_histogram")
                .lines()
                .filter(line -> line.startsWith("Total"))
                .findFirst()
                .orElseThrow(() -> new IOException("The class histogram has no total line"));
        String[] words = total.trim().split("\\s+", -1);
        return Long.parseLong(words[words.length - 1]);
    }

    /** Makes the server's JVM collect its garbage. */
    public void collectGarbage() throws IOException, InterruptedException {
        String answer = jcmd("GC.run");
        errors.add("jcmd GC.run: " + answer.strip());
    }

    private String jcmd(String command) throws IOException, InterruptedException {
        Process tool = new ProcessBuilder(tool("jcmd").toString(), Long.toString(pid()), command)
                .redirectErrorStream(true)
                .start();
        StringBuilder output = new StringBuilder();
        Thread reader = Thread.ofPlatform().daemon().name("knarr-jcmd").start(() -> {
            try (InputStream stream = tool.getInputStream()) {
                output.append(new String(stream.readAllBytes(), UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        if (!tool.waitFor(TOOL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
            tool.destroyForcibly();
            throw new IOException("jcmd did not end in time, command=" + command);
        }
        reader.join(TOOL_TIMEOUT.toMillis());
        if (tool.exitValue() != 0) {
            throw new IOException("jcmd failed, command=%s, output=%s".formatted(command, output));
        }
        return output.toString();
    }

    /** Kills the process with SIGKILL and waits until it is gone. A process that is gone already is no error. */
    public void killHard() {
        process.destroyForcibly();
        awaitGone();
        forgetHook();
    }

    /**
     * Asks the server to stop (SIGTERM), waits for it, and returns its exit code.
     *
     * @throws TimeoutException if it does not end within a minute; it is killed then
     */
    public int terminate() throws InterruptedException, TimeoutException {
        process.destroy();
        OptionalInt code = awaitExit(STOP_TIMEOUT);
        if (code.isEmpty()) {
            killHard();
            throw new TimeoutException("The server did not stop in time; the end of its output:\n" + errors);
        }
        forgetHook();
        return code.getAsInt();
    }

    /** Waits for the process to end by itself and returns its exit code; empty if it is still alive after {@code timeout}. */
    public OptionalInt awaitExit(Duration timeout) throws InterruptedException {
        return process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)
                ? OptionalInt.of(process.exitValue())
                : OptionalInt.empty();
    }

    private void awaitGone() {
        try {
            if (!process.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("The process outlived SIGKILL, pid=" + pid());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void forgetHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(killer);
        } catch (IllegalStateException e) {
            // This JVM is going down: the hook is running, and finds nothing left to kill.
        }
    }

    /** Kills the process if it is alive. */
    @Override
    public void close() {
        killHard();
        http.close();
    }
}
