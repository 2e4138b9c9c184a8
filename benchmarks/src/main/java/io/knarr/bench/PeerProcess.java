package io.knarr.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonSyntaxException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Another library in a process of its own, told what to do line by line: {@code build}, {@code run PARAMETER FILE THREADS}, {@code quit}.
 * It answers each line with one JSON object. Its errors go to this process's standard error. Used by one thread.
 */
final class PeerProcess implements Contender, AutoCloseable {
    private static final Gson GSON = new Gson();

    private final String name;
    private final int k;
    private final Process process;
    private final BufferedReader answers;
    private final BufferedWriter orders;
    private final Path found;
    private JsonObject about = new JsonObject();
    private List<Integer> parameters = List.of();
    private double buildCpuSeconds;
    private double bytes;

    private PeerProcess(String name, int k, Process process, Path found) {
        this.name = name;
        this.k = k;
        this.process = process;
        this.answers = process.inputReader(UTF_8);
        this.orders = process.outputWriter(UTF_8);
        this.found = found;
    }

    /**
     * Starts the program and waits until it is ready.
     *
     * @throws IOException if it does not start or its library is not there
     */
    static PeerProcess start(String name, int k, List<String> command) throws IOException {
        Path found = Files.createTempFile("knarr-peer", ".i32");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        prepare(builder.environment());
        PeerProcess peer = new PeerProcess(name, k, builder.start(), found);
        try {
            peer.about = peer.answer("ready");
            return peer;
        } catch (IOException e) {
            peer.close();
            throw e;
        }
    }

    /** Gives a library what it is fastest with, whatever the user's own settings are. */
    private static void prepare(Map<String, String> environment) {
        // Kernels of linear algebra for another processor than this one.
        environment.remove("OPENBLAS_CORETYPE");
        environment.remove("OPENBLAS_L2_SIZE");
        environment.put("OPENBLAS_NUM_THREADS", "1");
        // Huge pages, as our engine asks for its own memory: graphs and rows are larger than what small pages'
        // addresses are cached for.
        environment.put("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");
        // Threads that wait would count as processor time.
        environment.put("OMP_WAIT_POLICY", "passive");
    }

    /** Returns what it says about itself: {@code version}, {@code settings}, {@code kernels}; a value is null where it does not say. */
    Map<String, @Nullable Object> about() {
        Map<String, @Nullable Object> said = new LinkedHashMap<>();
        for (String key : List.of("version", "settings", "kernels")) {
            JsonElement value = about.get(key);
            said.put(key, value == null || value.isJsonNull() ? null : value.getAsString());
        }
        return said;
    }

    @Override
    public boolean isThreaded() {
        return about.has("threaded") && about.get("threaded").getAsBoolean();
    }

    /** Builds the index, or loads the one it kept. */
    void build() throws IOException {
        tell("build");
        JsonObject built = answer("built");
        parameters = built.getAsJsonArray("parameters").asList().stream()
                .map(JsonElement::getAsInt)
                .toList();
        buildCpuSeconds = built.get("cpu_s").getAsDouble();
        bytes = built.get("bytes").getAsDouble();
    }

    /** Returns the processor time of the build in seconds. */
    double buildCpuSeconds() {
        return buildCpuSeconds;
    }

    /** Returns the bytes of the saved index. */
    double bytes() {
        return bytes;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Integer> parameters() {
        return parameters;
    }

    @Override
    public Run run(int parameter, int threads) throws IOException {
        tell("run %d %s %d".formatted(parameter, found, threads));
        JsonObject ran = answer("ran");
        ByteBuffer numbers = ByteBuffer.wrap(Files.readAllBytes(found)).order(ByteOrder.LITTLE_ENDIAN);
        int[][] rows = new int[ran.get("queries").getAsInt()][k];
        for (int[] row : rows) {
            for (int rank = 0; rank < k; rank++) {
                row[rank] = numbers.getInt();
            }
        }
        return new Run(ran.get("cpu_s").getAsDouble(), ran.get("wall_s").getAsDouble(), rows);
    }

    private void tell(String order) throws IOException {
        orders.write(order);
        orders.newLine();
        orders.flush();
    }

    private JsonObject answer(String event) throws IOException {
        String line = answers.readLine();
        while (line != null) {
            JsonObject answer = parsed(line);
            if (answer != null
                    && answer.has("event")
                    && answer.get("event").getAsString().equals(event)) {
                return answer;
            }
            line = answers.readLine(); // a library that prints on its own
        }
        throw new IOException("it ended without an answer; what it said stands above");
    }

    private static @Nullable JsonObject parsed(String line) {
        try {
            return line.startsWith("{") ? GSON.fromJson(line, JsonObject.class) : null;
        } catch (JsonSyntaxException e) {
            return null;
        }
    }

    /** Ends the process. */
    @Override
    public void close() throws IOException {
        try {
            orders.close();
        } catch (IOException e) {
            // it ended before: there is nothing to tell it
        }
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(found);
    }
}
