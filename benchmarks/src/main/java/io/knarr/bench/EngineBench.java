package io.knarr.bench;

import static io.knarr.bench.BenchCommand.requireRange;

import io.knarr.server.engine.Accuracy;
import io.knarr.server.engine.GraphMode;
import io.knarr.server.model.Metric;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench engine}: the engine alone, in this process, beside other libraries on the same data in the same run. */
@Command(
        name = "engine",
        mixinStandardHelpOptions = true,
        description =
                "Measures the search engine alone: recall and speed, exact latency, filters, build, bytes; and its peers.",
        footer = {
            "",
            "Vectors come from 'bench data'. Peers are faiss, hnswlib, symphonyqg, svs, qdrant (a Python environment is made in .tools),",
            "jvector, lucene (from Maven). One query thread; everybody in turn; medians of the rounds."
        })
public final class EngineBench implements Callable<Integer> {
    private static final List<Double> RECALLS = List.of(0.90, 0.95, 0.98, 0.99);
    private static final int MAX_EXACT_QUERIES = 200;

    private final PrintStream out;
    private final PrintStream err;
    private final Progress progress;

    @Option(
            names = "--vectors",
            required = true,
            paramLabel = "F.f32",
            description = "The rows: float32, little-endian.")
    private Path vectors = Path.of("");

    @Option(names = "--dim", required = true, description = "Components per vector.")
    private int dimension;

    @Option(
            names = "--queries",
            required = true,
            paramLabel = "Q.f32",
            description = "The queries, in the same format.")
    private Path queries = Path.of("");

    @Option(
            names = "--truth",
            paramLabel = "T",
            description =
                    "The true neighbours: int32 row numbers, at least k for every query. Without it they are computed, and kept beside the queries.")
    private @Nullable Path truth;

    @Option(
            names = "--metric",
            defaultValue = "COSINE",
            description = "COSINE, DOT, EUCLID or MANHATTAN (${DEFAULT-VALUE}).")
    private Metric metric = Metric.COSINE;

    @Option(names = "--k", defaultValue = "10", description = "Neighbours wanted (${DEFAULT-VALUE}).")
    private int k;

    @Option(
            names = "--peers",
            split = ",",
            paramLabel = "NAME",
            description = "Libraries to compare with; none by default.")
    private List<String> peers = List.of();

    @Option(names = "--rows", defaultValue = "0", description = "Use only so many rows (0: all).")
    private int rows;

    @Option(
            names = "--query-count",
            defaultValue = "2000",
            description = "Use only so many queries (${DEFAULT-VALUE}).")
    private int queryCount;

    @Option(
            names = "--rounds",
            defaultValue = "5",
            description = "Rounds of which medians are taken (${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--modes",
            split = ",",
            paramLabel = "MODE",
            defaultValue = "FAST,COMPACT",
            description =
                    "Graphs to build (${DEFAULT-VALUE}); each takes the memory of all rows. NONE: only exact search.")
    private List<String> modes = List.of();

    @Option(names = "--threads", defaultValue = "0", description = "Threads that build (0: one per core).")
    private int threads;

    @Option(names = "--keep", paramLabel = "DIR", description = "Keep the peers' indexes here, and use them again.")
    private @Nullable Path keep;

    @Option(names = "--plot", paramLabel = "FILE.svg", description = "Draw recall against queries per second.")
    private @Nullable Path plot;

    private EngineBench(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
        this.progress = new Progress(err);
    }

    /** Runs the bench. Returns 0 when the result was printed, 1 when it could not finish, 2 when the input is unusable. */
    public static int run(List<String> args, PrintStream out, PrintStream err) {
        return BenchCommand.execute(new EngineBench(out, err), args, out, err);
    }

    /** Runs with the options as they were parsed. */
    @Override
    public Integer call() throws IOException, InterruptedException {
        requireRange("--dim", dimension, 1, 65_536);
        requireRange("--k", k, 1, 1_000);
        requireRange("--rows", rows, 0, Integer.MAX_VALUE);
        requireRange("--query-count", queryCount, 1, 1_000_000);
        requireRange("--rounds", rounds, 1, 1_000);
        requireRange("--threads", threads, 0, 1_024);
        EnginePeers.requireKnown(peers);
        List<GraphMode> graphs = graphModes();
        try (VectorFile rowFile = VectorFile.open(vectors, dimension);
                VectorFile queryFile = VectorFile.open(queries, dimension)) {
            int count = Math.toIntExact(Math.min(rowFile.rows(), rows == 0 ? Integer.MAX_VALUE : rows));
            if (rows > count || count < k) {
                throw new UnusableInputException("--vectors holds too few rows, rows=%,d".formatted(rowFile.rows()));
            }
            measure(new Subject(rowFile, queryFile, count, (int) Math.min(queryCount, queryFile.rows())), graphs);
        }
        return BenchCommand.OK;
    }

    private List<GraphMode> graphModes() {
        List<GraphMode> graphs = new ArrayList<>();
        for (String mode : modes) {
            switch (mode.toUpperCase(Locale.ROOT)) {
                case "FAST" -> graphs.add(GraphMode.FAST);
                case "COMPACT" -> graphs.add(GraphMode.COMPACT);
                case "NONE" -> graphs.clear();
                default -> throw new UnusableInputException("--modes must be FAST, COMPACT or NONE: " + mode);
            }
        }
        return graphs;
    }

    private record Subject(VectorFile rows, VectorFile queries, int rowCount, int queryCount) {
        int exactQueries() {
            return Math.min(MAX_EXACT_QUERIES, queryCount);
        }
    }

    private void measure(Subject subject, List<GraphMode> graphs) throws IOException, InterruptedException {
        float[][] prepared = EngineRows.prepared(subject.queries(), subject.queryCount(), metric);
        List<RowMask> masks = ExactLatency.SHARES.stream()
                .map(share -> RowMask.random(subject.rowCount(), share))
                .toList();
        TruthCache truths =
                new TruthCache(vectors, queries, truth, subject.rows(), subject.rowCount(), metric, k, progress);
        Neighbours all = truths.of(
                RowMask.all(subject.rowCount()), prepared, subject.queries().rows());
        Map<String, Neighbours> filtered = truths.of(masks, prepared, subject.exactQueries());

        int builders = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        EnginePeers.Data data = new EnginePeers.Data(
                vectors.toAbsolutePath(),
                queries.toAbsolutePath(),
                dimension,
                subject.rowCount(),
                subject.queryCount(),
                metric,
                k,
                builders);
        Map<GraphMode, EngineRows> engines = new EnumMap<>(GraphMode.class);
        EngineRows exact = load("exact", subject, prepared);
        try (EnginePeers others = new EnginePeers(data, keep, err)) {
            for (GraphMode mode : graphs) {
                EngineRows engine = load(mode.name().toLowerCase(Locale.ROOT), subject, prepared);
                progress.step("building the graph, mode=" + mode);
                if (engine.buildGraph(mode, builders)) {
                    engines.put(mode, engine);
                    progress.step(
                            "built, rows_per_cpu_s=%,.0f".formatted(subject.rowCount() / engine.buildCpuSeconds()));
                } else {
                    engine.close();
                    progress.step("there is no graph for such rows, mode=" + mode);
                }
            }
            others.start(peers, subject.exactQueries());
            report(subject, exact, engines, others, all, masks, filtered);
        } finally {
            exact.close();
            engines.values().forEach(EngineRows::close);
        }
    }

    private EngineRows load(String name, Subject subject, float[][] prepared) {
        progress.step("loading %,d rows, %s".formatted(subject.rowCount(), name));
        return new EngineRows(name, subject.rows(), subject.rowCount(), metric, prepared, k);
    }

    private void report(
            Subject subject,
            EngineRows exact,
            Map<GraphMode, EngineRows> engines,
            EnginePeers others,
            Neighbours all,
            List<RowMask> masks,
            Map<String, Neighbours> filtered)
            throws IOException {
        progress.step("exact search");
        EngineRows searched = engines.getOrDefault(GraphMode.FAST, exact);
        ExactLatency latency = new ExactLatency(searched, subject.rowCount(), subject.exactQueries(), rounds);
        Map<String, @Nullable Object> exactFigures = latency.measure(all, others.flat());
        progress.step("filters");
        Map<String, @Nullable Object> filteredFigures = latency.measureFiltered(masks, filtered);
        progress.step("recall and speed, everybody in turn");
        List<Contender> contenders = new ArrayList<>(engines.values());
        contenders.addAll(others.present());
        Map<String, List<Curve.Point>> points = new Alternation(all, rounds, progress).measure(contenders);

        List<Curve.Point> fast = points.getOrDefault("fast", List.of());
        List<Curve.Point> compact = points.getOrDefault("compact", List.of());
        ResultLine result = new ResultLine("engine")
                .put("rows", subject.rowCount())
                .put("dim", dimension)
                .put("metric", metric.name())
                .put("k", k)
                .put("queries", subject.queryCount())
                .put("vectors", String.valueOf(vectors.getFileName()))
                .putValue("exact", exactFigures)
                .putValue("graph", own(fast))
                .putValue("graph_compact", own(compact))
                .putValue("approximate", approximate(subject, searched, all))
                .putValue("peers", peerPoints(others, points))
                .putValue("ratio", ratios(fast, others, points))
                .putValue("ratio_compact", ratios(compact, others, points))
                .putValue("filtered", filteredFigures)
                .putValue("build", build(subject, engines, others))
                .putValue("bytes_per_vector", bytes(subject, exact, engines, others));
        result.putMachine().print(out);
        if (plot != null) {
            draw(plot, subject, points);
        }
    }

    private static List<Map<String, @Nullable Object>> own(List<Curve.Point> points) {
        return points.stream().map(point -> figures("beam", point)).toList();
    }

    private static Map<String, @Nullable Object> figures(String parameter, Curve.Point point) {
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        figures.put(parameter, point.parameter());
        figures.put("recall", ResultLine.rounded(point.recall()));
        figures.put("qps_cpu", ResultLine.rounded(point.qpsCpu()));
        figures.put("qps_wall", ResultLine.rounded(point.qpsWall()));
        return figures;
    }

    /** Measures what a caller gets who asks for an approximate answer and nothing more. */
    private Map<String, @Nullable Object> approximate(Subject subject, EngineRows engine, Neighbours all) {
        List<Double> qpsCpu = new ArrayList<>();
        List<Double> qpsWall = new ArrayList<>();
        double recall = 0;
        for (int round = 0; round <= rounds; round++) {
            Contender.Run run = engine.run(subject.queryCount(), subject.rowCount(), Accuracy.APPROXIMATE, 0, null);
            if (round == 0) {
                recall = all.recall(run.found());
            } else {
                qpsCpu.add(run.found().length / run.cpuSeconds());
                qpsWall.add(run.found().length / run.wallSeconds());
            }
        }
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        figures.put("recall", ResultLine.rounded(recall));
        figures.put("qps_cpu", ResultLine.rounded(Alternation.median(qpsCpu)));
        figures.put("qps_wall", ResultLine.rounded(Alternation.median(qpsWall)));
        figures.put("plan", engine.plan(Accuracy.APPROXIMATE, null));
        return figures;
    }

    private static Map<String, @Nullable Object> peerPoints(EnginePeers others, Map<String, List<Curve.Point>> points) {
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        others.all().keySet().forEach(name -> {
            List<Curve.Point> measured = points.get(name);
            figures.put(
                    name,
                    measured == null
                            ? null
                            : measured.stream()
                                    .map(point -> figures("parameter", point))
                                    .toList());
        });
        return figures;
    }

    static Map<String, @Nullable Object> ratios(
            List<Curve.Point> ours, EnginePeers others, Map<String, List<Curve.Point>> points) {
        Map<String, @Nullable Object> ratios = new LinkedHashMap<>();
        others.all().keySet().forEach(name -> {
            List<Curve.Point> theirs = points.get(name);
            ratios.put(name, theirs == null ? null : ratios(new Curve(ours), new Curve(theirs)));
        });
        return ratios;
    }

    static Map<String, @Nullable Object> ratios(Curve ours, Curve theirs) {
        Map<String, @Nullable Object> ratios = new LinkedHashMap<>();
        for (double recall : RECALLS) {
            OptionalDouble ratio = ours.ratioTo(theirs, recall);
            ratios.put(
                    String.format(Locale.ROOT, "%.2f", recall),
                    ratio.isPresent() ? ResultLine.rounded(ratio.getAsDouble()) : null);
        }
        return ratios;
    }

    private static Map<String, @Nullable Object> build(
            Subject subject, Map<GraphMode, EngineRows> engines, EnginePeers others) {
        Map<String, @Nullable Object> rates = new LinkedHashMap<>();
        Map<String, @Nullable Object> build = new LinkedHashMap<>();
        engines.forEach((mode, engine) -> rates.put(
                mode.name().toLowerCase(Locale.ROOT),
                ResultLine.rounded(subject.rowCount() / engine.buildCpuSeconds())));
        others.all()
                .forEach((name, peer) -> rates.put(
                        name,
                        peer.map(there -> (Object) ResultLine.rounded(subject.rowCount() / there.buildCpuSeconds()))
                                .orElse(null)));
        Object ours = rates.get("fast");
        Object faiss = rates.get(EnginePeers.FAISS);
        build.put("rows_per_cpu_s", ours);
        build.put(
                "vs",
                ours instanceof Double fast && faiss instanceof Double flat ? ResultLine.rounded(fast / flat) : null);
        build.put("rates", rates);
        return build;
    }

    private static Map<String, @Nullable Object> bytes(
            Subject subject, EngineRows exact, Map<GraphMode, EngineRows> engines, EnginePeers others) {
        Map<String, @Nullable Object> bytes = new LinkedHashMap<>();
        bytes.put("exact_hot", ResultLine.rounded(exact.hotBytesPerRow()));
        for (GraphMode mode : List.of(GraphMode.COMPACT, GraphMode.FAST)) {
            EngineRows engine = engines.get(mode);
            bytes.put(
                    mode.name().toLowerCase(Locale.ROOT),
                    engine == null ? null : ResultLine.rounded(engine.hotBytesPerRow()));
        }
        Map<String, @Nullable Object> ofPeers = new LinkedHashMap<>();
        others.all()
                .forEach((name, peer) -> ofPeers.put(
                        name,
                        peer.map(there -> (Object) ResultLine.rounded(there.bytes() / subject.rowCount()))
                                .orElse(null)));
        bytes.put("peers", ofPeers);
        return bytes;
    }

    private void draw(Path file, Subject subject, Map<String, List<Curve.Point>> points) throws IOException {
        List<RecallPlot.Line> lines = new ArrayList<>();
        points.forEach((name, measured) -> {
            boolean own = name.equals("fast") || name.equals("compact");
            lines.add(new RecallPlot.Line(own ? "Knarr, " + name : name, own, new Curve(measured)));
        });
        RecallPlot.write(
                file,
                "Recall@%d and speed, %,d vectors of %d dimensions".formatted(k, subject.rowCount(), dimension),
                "%s, one query thread, everybody in turn, medians of %d rounds; up and right is better"
                        .formatted(metric, rounds),
                lines);
        progress.step("drawn: " + file);
    }
}
