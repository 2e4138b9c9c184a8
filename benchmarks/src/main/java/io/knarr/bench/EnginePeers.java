package io.knarr.bench;

import io.knarr.server.model.Metric;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The other libraries that {@code bench engine} runs beside ours. What of them cannot be had is named on standard error and is
 * {@code null} in the result, never left out in silence.
 */
final class EnginePeers implements AutoCloseable {
    /** The library whose flat index exact search is compared with, and whose graph the rate of building. */
    static final String FAISS = "faiss";

    private static final String FLAT = "faiss-flat";
    private static final Map<String, List<String>> PYTHON = Map.of(
            FLAT,
            List.of(), // alone, as exact search is compared with it
            FAISS,
            List.of(FAISS, "faiss-sq8"),
            "hnswlib",
            List.of("hnswlib"),
            "symphonyqg",
            List.of("symphonyqg"),
            "svs",
            List.of("svs", "svs-lvq4x8"),
            "qdrant",
            List.of("qdrant"));
    private static final Map<String, List<String>> JVM =
            Map.of("jvector", List.of("jvector"), "lucene", List.of("lucene", "lucene-int8"));

    /** What all peers are given. */
    record Data(
            Path vectors, Path queries, int dimension, int rows, int queryCount, Metric metric, int k, int threads) {}

    private final Workplace workplace = Workplace.here();
    private final Data data;
    private final @Nullable Path keep;
    private final PrintStream err;
    private final Map<String, Optional<PeerProcess>> peers = new LinkedHashMap<>();
    private @Nullable PeerProcess flat;

    /** Remembers what to start; {@code keep} is where built indexes are kept for the next run, {@code null} for nowhere. */
    EnginePeers(Data data, @Nullable Path keep, PrintStream err) {
        this.data = data;
        this.keep = keep;
        this.err = err;
    }

    /** Refuses a name that no peer has. */
    static void requireKnown(List<String> names) {
        for (String name : names) {
            if (!PYTHON.containsKey(name) && !JVM.containsKey(name)) {
                throw new UnusableInputException("There is no such peer: " + name
                        + "; there are faiss, faiss-flat, hnswlib, symphonyqg, svs, qdrant, jvector, lucene");
            }
        }
    }

    /** Starts the peers of these names, and lets each build its index. */
    void start(List<String> names, int flatQueries) throws InterruptedException {
        for (String variant : variants(names)) {
            start(variant);
        }
        startFlat(names, flatQueries);
    }

    /** Returns what is run for these names; all are in the result, whether they can be had or not. */
    static List<String> variants(List<String> names) {
        return names.stream()
                .distinct()
                .flatMap(name -> PYTHON.getOrDefault(name, JVM.getOrDefault(name, List.of())).stream())
                .toList();
    }

    /** Starts one of the {@link #variants}, and lets it build its index. Empty if it cannot be had. */
    Optional<PeerProcess> start(String variant) throws InterruptedException {
        Optional<PeerProcess> peer = built(variant, data.queryCount());
        peers.put(variant, peer);
        return peer;
    }

    /** Starts FAISS's flat index if it or FAISS is among the names. Empty if not, or it cannot be had. */
    Optional<PeerProcess> startFlat(List<String> names, int queryCount) throws InterruptedException {
        if (names.contains(FAISS) || names.contains(FLAT)) {
            flat = built(FLAT, queryCount).orElse(null);
        }
        return flat();
    }

    private Optional<PeerProcess> built(String variant, int queryCount) throws InterruptedException {
        PeerProcess peer = null;
        try {
            err.println("building " + variant);
            peer = PeerProcess.start(variant, data.k(), command(variant, queryCount));
            peer.build();
            err.printf("built %s, rows_per_cpu_s=%,.0f%n", variant, data.rows() / peer.buildCpuSeconds());
            return Optional.of(peer);
        } catch (IOException | UnusableInputException e) {
            err.println(variant + " is left out: " + e.getMessage());
            closeQuietly(peer);
            return Optional.empty();
        }
    }

    private List<String> command(String variant, int queryCount) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(isJvm(variant) ? jvm() : python());
        command.addAll(List.of(
                variant,
                "--vectors",
                data.vectors().toString(),
                "--queries",
                data.queries().toString(),
                "--dim",
                Integer.toString(data.dimension()),
                "--rows",
                Integer.toString(data.rows()),
                "--query-count",
                Integer.toString(queryCount),
                "--metric",
                data.metric().name(),
                "--k",
                Integer.toString(data.k()),
                "--threads",
                Integer.toString(data.threads())));
        if (keep != null) {
            command.addAll(List.of("--keep", keep.toString()));
        }
        return command;
    }

    private static boolean isJvm(String variant) {
        return JVM.values().stream().anyMatch(variants -> variants.contains(variant));
    }

    private List<String> python() throws IOException, InterruptedException {
        Path python = workplace.python("bench-venv", "requirements-peers.txt", err);
        return List.of(python.toString(), workplace.script("peers.py").toString());
    }

    private List<String> jvm() throws IOException, InterruptedException {
        Path project = workplace.file("benchmarks/peers-jvm");
        Path target = workplace.tools("bench-peers-jvm");
        Path pom = project.resolve("pom.xml");
        Path source = project.resolve("src/main/java/io/knarr/peers/JvmPeers.java");
        Path built = target.resolve("built");
        if (!Files.exists(built) || newer(pom, built) || newer(source, built)) {
            Files.createDirectories(target);
            Workplace.run(List.of("mvn", "-q", "-B", "-f", pom.toString(), "-Dpeers.target=" + target, "package"), err);
            Files.writeString(built, "");
        }
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return List.of(
                java,
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseParallelGC",
                "-XX:+UseTransparentHugePages",
                "-cp",
                classpath(target),
                "io.knarr.peers.JvmPeers");
    }

    private static boolean newer(Path source, Path built) throws IOException {
        return Files.getLastModifiedTime(source).compareTo(Files.getLastModifiedTime(built)) > 0;
    }

    private static String classpath(Path target) throws IOException {
        try (Stream<Path> jars = Files.list(target.resolve("lib"))) {
            List<String> entries =
                    new ArrayList<>(List.of(target.resolve("classes").toString()));
            jars.map(Path::toString).sorted().forEach(entries::add);
            return String.join(java.io.File.pathSeparator, entries);
        }
    }

    /** Returns the peers by name; one that is missing is empty. */
    Map<String, Optional<PeerProcess>> all() {
        return peers;
    }

    /** Returns the peers that are there. */
    List<PeerProcess> present() {
        return peers.values().stream().flatMap(Optional::stream).toList();
    }

    /** Returns the exact float scan that ours is compared with, if FAISS was asked for and is there. */
    Optional<PeerProcess> flat() {
        return Optional.ofNullable(flat);
    }

    @Override
    public void close() {
        peers.values().forEach(peer -> peer.ifPresent(this::closeQuietly));
        closeQuietly(flat);
    }

    private void closeQuietly(@Nullable PeerProcess peer) {
        try {
            if (peer != null) {
                peer.close();
            }
        } catch (IOException e) {
            err.println(peer.name() + " did not end well: " + e.getMessage());
        }
    }
}
