package io.knarr.bench;

import static io.knarr.bench.BenchCommand.requireRange;

import io.knarr.server.engine.Accuracy;
import io.knarr.server.engine.GraphMode;
import io.knarr.server.model.Metric;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
            "Vectors come from 'bench data'. Peers are faiss, faiss-flat, hnswlib, symphonyqg, svs, qdrant (a Python environment is made in",
            ".tools), jvector, lucene (from Maven). One query thread; everybody in turn; medians of the rounds."
        })
public final class EngineBench implements Callable<Integer> {
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
            names = "--exact-queries",
            defaultValue = "200",
            description = "Use only so many of them for exact and filtered search (${DEFAULT-VALUE}).")
    private int exactQueries;

    @Option(
            names = "--query-threads",
            defaultValue = "1",
            description = "2: measure the throughput of two threads too, beside that of one (${DEFAULT-VALUE}).")
    private int queryThreads;

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
            description = "Graphs to build (${DEFAULT-VALUE}); each has a copy of the rows. NONE: only exact search.")
    private List<String> modes = List.of();

    @Option(names = "--threads", defaultValue = "0", description = "Threads that build (0: one per core).")
    private int threads;

    @Option(names = "--keep", paramLabel = "DIR", description = "Keep the peers' indexes here, and use them again.")
    private @Nullable Path keep;

    @Option(
            names = "--apart",
            description =
                    "Measure each engine and peer alone and end it before the next, where memory does not hold two. Nobody takes turns then.")
    private boolean apart;

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
        requireRange("--exact-queries", exactQueries, 1, 1_000_000);
        requireRange("--query-threads", queryThreads, 1, 2);
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
            int asked = (int) Math.min(queryCount, queryFile.rows());
            measure(new Subject(rowFile, queryFile, count, asked, Math.min(exactQueries, asked)), graphs);
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

    private record Subject(VectorFile rows, VectorFile queries, int rowCount, int queryCount, int exactQueries) {}

    /** The true neighbours of the queries: among all rows, and among those of each mask. */
    private record Truth(Neighbours all, List<RowMask> masks, Map<String, Neighbours> filtered) {}

    private void measure(Subject subject, List<GraphMode> graphs) throws IOException, InterruptedException {
        float[][] prepared = EngineRows.prepared(subject.queries(), subject.queryCount(), metric);
        Truth truth = truthOf(subject, prepared);
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
        EngineResult result = new EngineResult(subject.rowCount());
        try (EnginePeers others = new EnginePeers(data, keep, err)) {
            if (apart) {
                measureApart(subject, prepared, truth, graphs, builders, others, result);
            } else {
                measureInTurn(subject, prepared, truth, graphs, builders, others, result);
            }
            print(subject, others, result);
        }
        if (plot != null) {
            draw(plot, subject, result.points());
        }
    }

    private Truth truthOf(Subject subject, float[][] prepared) throws IOException {
        List<RowMask> masks = ExactLatency.SHARES.stream()
                .map(share -> RowMask.random(subject.rowCount(), share))
                .toList();
        TruthCache truths =
                new TruthCache(vectors, queries, truth, subject.rows(), subject.rowCount(), metric, k, progress);
        Neighbours all = truths.of(
                RowMask.all(subject.rowCount()), prepared, subject.queries().rows());
        return new Truth(all, masks, truths.of(masks, prepared, subject.exactQueries()));
    }

    /** Holds everybody in memory at once, and lets them take turns. */
    private void measureInTurn(
            Subject subject,
            float[][] prepared,
            Truth truth,
            List<GraphMode> graphs,
            int builders,
            EnginePeers others,
            EngineResult result)
            throws IOException, InterruptedException {
        List<EngineRows> engines = new ArrayList<>();
        try {
            for (GraphMode mode : graphs) {
                EngineRows engine = load(mode.name().toLowerCase(Locale.ROOT), subject, prepared, result);
                engines.add(engine);
                buildGraph(engine, mode, builders, subject, result);
            }
            if (engines.isEmpty()) {
                engines.add(load("exact", subject, prepared, result));
            }
            others.start(peers, subject.exactQueries());
            measureAlone(engines.getFirst(), subject, truth, others.flat(), result);
            progress.step("recall and speed, everybody in turn");
            List<Contender> contenders = new ArrayList<>(engines);
            contenders.addAll(others.present());
            measureCurves(contenders, truth, result);
        } finally {
            engines.forEach(EngineRows::close);
        }
    }

    /** Holds one in memory at a time. */
    private void measureApart(
            Subject subject,
            float[][] prepared,
            Truth truth,
            List<GraphMode> graphs,
            int builders,
            EnginePeers others,
            EngineResult result)
            throws IOException, InterruptedException {
        for (int i = 0; i < Math.max(1, graphs.size()); i++) {
            String name = graphs.isEmpty() ? "exact" : graphs.get(i).name().toLowerCase(Locale.ROOT);
            try (EngineRows engine = load(name, subject, prepared, result)) {
                if (!graphs.isEmpty()) {
                    buildGraph(engine, graphs.get(i), builders, subject, result);
                }
                if (i == 0) {
                    measureAlone(engine, subject, truth, Optional.empty(), result);
                }
                measureCurves(List.of(engine), truth, result);
            }
        }
        for (String variant : EnginePeers.variants(peers)) {
            Optional<PeerProcess> peer = others.start(variant);
            if (peer.isPresent()) {
                measureCurves(List.of(peer.get()), truth, result);
                peer.get().close();
            }
        }
        Optional<PeerProcess> flat = others.startFlat(peers, subject.exactQueries());
        if (flat.isPresent()) {
            result.putFlat(flatMicros(flat.get()));
        }
    }

    /** Returns the processor time of an answer of FAISS's flat index in microseconds, after a round that warms up. */
    private double flatMicros(PeerProcess flat) throws IOException {
        List<Double> micros = new ArrayList<>();
        for (int round = -1; round < rounds; round++) {
            Contender.Run run = flat.run(0, 1);
            if (round >= 0) {
                micros.add(run.cpuSeconds() / run.found().length * 1e6);
            }
        }
        return Alternation.median(micros);
    }

    private EngineRows load(String name, Subject subject, float[][] prepared, EngineResult result) {
        progress.step("loading %,d rows, %s".formatted(subject.rowCount(), name));
        EngineRows engine = new EngineRows(name, subject.rows(), subject.rowCount(), metric, prepared, k);
        result.putExactHot(engine.hotBytesPerRow());
        return engine;
    }

    private void buildGraph(EngineRows engine, GraphMode mode, int builders, Subject subject, EngineResult result) {
        progress.step("building the graph, mode=" + mode);
        long start = System.nanoTime();
        if (engine.buildGraph(mode, builders)) {
            result.putBuilt(engine);
            progress.step("built, rows_per_cpu_s=%,.0f, wall_s=%,.0f"
                    .formatted(subject.rowCount() / engine.buildCpuSeconds(), (System.nanoTime() - start) / 1e9));
        } else {
            progress.step("there is no graph for such rows, mode=" + mode);
        }
    }

    /** Measures what a graph has no part in, and what a caller gets who asks for nothing. */
    private void measureAlone(
            EngineRows engine, Subject subject, Truth truth, Optional<PeerProcess> flat, EngineResult result)
            throws IOException {
        progress.step("exact search");
        ExactLatency latency = new ExactLatency(engine, subject.rowCount(), subject.exactQueries(), rounds);
        result.putExact(latency.measure(truth.all(), flat));
        progress.step("filters");
        result.putFiltered(latency.measureFiltered(truth.masks(), truth.filtered()));
        result.putApproximate(approximate(subject, engine, truth.all()));
    }

    private void measureCurves(List<? extends Contender> contenders, Truth truth, EngineResult result) {
        List<? extends Contender> able = contenders.stream()
                .filter(contender -> !contender.parameters().isEmpty())
                .toList();
        Alternation alternation = new Alternation(truth.all(), rounds, progress);
        result.putPoints(alternation.measure(able));
        if (queryThreads > 1) {
            progress.step("the same with %d threads".formatted(queryThreads));
            result.putTwoThreads(alternation.measure(able, result.points(), queryThreads));
        }
    }

    private void print(Subject subject, EnginePeers others, EngineResult result) {
        ResultLine line = new ResultLine("engine")
                .put("rows", subject.rowCount())
                .put("dim", dimension)
                .put("metric", metric.name())
                .put("k", k)
                .put("queries", subject.queryCount())
                .put("vectors", String.valueOf(vectors.getFileName()))
                .putValue("in_turn", !apart);
        result.putInto(line, others, queryThreads > 1);
        line.put("peak_rss_bytes", MemoryUse.peakBytes()).putMachine().print(out);
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

    private void draw(Path file, Subject subject, Map<String, List<Curve.Point>> points) throws IOException {
        List<RecallPlot.Line> lines = new ArrayList<>();
        points.forEach((name, measured) -> {
            boolean own = name.equals(EngineResult.FAST) || name.equals(EngineResult.COMPACT);
            lines.add(new RecallPlot.Line(own ? "Knarr, " + name : name, own, new Curve(measured)));
        });
        RecallPlot.write(
                file,
                "Recall@%d and speed, %,d vectors of %d dimensions".formatted(k, subject.rowCount(), dimension),
                "%s, one query thread, %s, medians of %d rounds; up and right is better"
                        .formatted(metric, apart ? "each alone" : "everybody in turn", rounds),
                lines);
        progress.step("drawn: " + file);
    }
}
