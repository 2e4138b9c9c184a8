package io.knarr.bench;

import static io.knarr.bench.BenchCommand.requireRange;

import io.grpc.ManagedChannel;
import io.knarr.server.model.Metric;
import io.knarr.v1.GetServerInfoRequest;
import io.knarr.v1.GetServerInfoResponse;
import io.knarr.v1.ServerServiceGrpc;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench server}: durable ingest and closed-loop search over real gRPC, with recall against brute force.
 *
 * <p>Every client is a thread with a connection of its own, as separate programs would be; they share this machine's cores with
 * the server, which the figures include.
 */
@Command(
        name = "server",
        mixinStandardHelpOptions = true,
        description = "Measures ingest, search throughput, latency and recall of a server over gRPC.")
public final class ServerBench implements Callable<Integer> {
    private static final int MAX_ACCOUNTS = 1_000_000;
    private static final int MAX_RECORDS = 100_000_000;
    private static final int MAX_DIMENSION = 65_536;
    private static final int MAX_CLIENTS = 1_000;
    private static final int MIN_RECALL_QUERIES = 200;
    private static final int MAX_QUERIES = 10_000;
    private static final double EXPLAINED = 0.25; // of the seconds that are measured
    private static final long LOAD_SEED = 42;

    private final PrintStream out;
    private final Progress progress;

    @Option(names = "--accounts", defaultValue = "1", description = "Accounts, one collection each (${DEFAULT-VALUE}).")
    private int accounts;

    @Option(names = "--records", defaultValue = "10000", description = "Records per account (${DEFAULT-VALUE}).")
    private int records;

    @Option(names = "--dim", defaultValue = "384", description = "Components per vector (${DEFAULT-VALUE}).")
    private int dimension;

    @Option(names = "--clients", defaultValue = "8", description = "Clients at once (${DEFAULT-VALUE}).")
    private int clients;

    @Option(names = "--seconds", defaultValue = "10", description = "Seconds measured (${DEFAULT-VALUE}).")
    private int seconds;

    @Option(names = "--warmup", defaultValue = "5", description = "Seconds before that (${DEFAULT-VALUE}).")
    private int warmup;

    @Option(names = "--k", defaultValue = "10", description = "Hits per search (${DEFAULT-VALUE}).")
    private int k;

    @Option(names = "--metric", defaultValue = "COSINE", description = "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Metric metric = Metric.COSINE;

    @Option(names = "--vectors", paramLabel = "FILE.f32", description = "Raw float32 rows; without it they are made.")
    private @Nullable Path vectors;

    @Option(names = "--queries", paramLabel = "FILE.f32", description = "Raw float32 queries; goes with --vectors.")
    private @Nullable Path queries;

    @Option(
            names = "--recall-queries",
            defaultValue = "200",
            description = "Answers compared with brute force (${DEFAULT-VALUE}).")
    private int recallQueries;

    @Option(names = "--exact", description = "Ask for exact answers only; by default the server chooses.")
    private boolean exact;

    @Option(
            names = "--wait-graph",
            defaultValue = "0",
            paramLabel = "SECONDS",
            description = "Wait so long at most until graphs answer, which are built after ingest (${DEFAULT-VALUE}).")
    private int waitGraph;

    @Option(names = "--addr", paramLabel = "HOST:PORT", description = "A running server; without it one is started.")
    private @Nullable String address;

    @Option(names = "--api-key", paramLabel = "KEY", description = "A root credential for the running server.")
    private @Nullable String apiKey;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where the started server keeps its data; must not exist.")
    private @Nullable Path data;

    @Option(names = "--xmx", paramLabel = "SIZE", description = "The started server's heap, for example 2g.")
    private @Nullable String maxHeap;

    private ServerBench(PrintStream out, PrintStream err) {
        this.out = out;
        this.progress = new Progress(err);
    }

    /** Runs the bench. Returns 0 when the result was printed, 1 when it could not finish, 2 when the input is unusable. */
    public static int run(List<String> args, PrintStream out, PrintStream err) {
        return BenchCommand.execute(new ServerBench(out, err), args, out, err);
    }

    /** Runs with the options as they were parsed. */
    @Override
    public Integer call() throws IOException, InterruptedException {
        check();
        progress.step("preparing vectors, rows=%,d, dim=%d".formatted((long) accounts * records, dimension));
        try (BenchData bench = prepare()) {
            String running = address;
            if (running != null) {
                return measure(bench, BenchTarget.running(running, Optional.ofNullable(apiKey)), null);
            }
            Path directory = data != null ? data : bench.directory("data");
            ServerLaunch launch = ServerLaunch.of(directory);
            try (ServerProcess server = ServerProcess.start(maxHeap == null ? launch : launch.withMaxHeap(maxHeap))) {
                return measure(bench, BenchTarget.of(server), server);
            }
        }
    }

    private void check() {
        requireRange("--accounts", accounts, 1, MAX_ACCOUNTS);
        requireRange("--records", records, 1, MAX_RECORDS);
        requireRange("--dim", dimension, 1, MAX_DIMENSION);
        requireRange("--clients", clients, 1, MAX_CLIENTS);
        requireRange("--seconds", seconds, 1, 86_400);
        requireRange("--wait-graph", waitGraph, 0, 86_400);
        requireRange("--warmup", warmup, 0, 86_400);
        requireRange("--k", k, 1, 100_000);
        requireRange("--recall-queries", recallQueries, MIN_RECALL_QUERIES, 100_000);
        if (queries != null && vectors == null) {
            throw new UnusableInputException("--queries goes with --vectors");
        }
        if (vectors != null && queries == null) {
            throw new UnusableInputException("--vectors needs --queries");
        }
        if (address != null && (data != null || maxHeap != null)) {
            throw new UnusableInputException("--data and --xmx are for a server that is started; leave out --addr");
        }
        if (address == null && apiKey != null) {
            throw new UnusableInputException("--api-key is for a running server; give --addr");
        }
        if (data != null && Files.exists(data)) {
            throw new UnusableInputException("--data must name a directory that does not exist yet: " + data);
        }
    }

    private BenchData prepare() throws IOException {
        long needed = (long) accounts * records;
        if (vectors == null || queries == null) {
            return BenchData.synthetic(needed, dimension);
        }
        BenchData files = BenchData.files(vectors, queries, dimension);
        if (files.rows().rows() < needed) {
            long have = files.rows().rows();
            files.close();
            throw new UnusableInputException(
                    "--vectors holds too few rows, rows=%,d, needed=%,d (accounts x records)".formatted(have, needed));
        }
        return files;
    }

    private int measure(BenchData bench, BenchTarget target, @Nullable ServerProcess server)
            throws IOException, InterruptedException {
        String prefix = "bench-" + Long.toString(System.currentTimeMillis(), 36) + "-";
        Workload workload = new Workload(bench.rows(), accounts, records, metric, prefix);
        ManagedChannel channel = target.connect();
        try (Clients clientThreads = new Clients(target, clients)) {
            GetServerInfoResponse info = ServerServiceGrpc.newBlockingStub(channel)
                    .withInterceptors(target.as(workload.account(0)))
                    .getServerInfo(GetServerInfoRequest.getDefaultInstance());
            progress.step("ingesting, accounts=%,d, records=%,d each".formatted(accounts, records));
            Ingest.Outcome ingest = new Ingest(target, workload, progress).run(clientThreads);
            progress.step("ingested, rows_per_s=%,.0f".formatted(ingest.rowsPerSecond()));

            SearchLoad load = new SearchLoad(target, workload, bench.queries(), MAX_QUERIES, k, exact);
            OptionalDouble graphSeconds = awaitGraphs(load, channel);
            progress.step("warming up, seconds=%d; then measuring, seconds=%d".formatted(warmup, seconds));
            SearchLoad.Outcome warm = load.closedLoop(clientThreads, warmup, LOAD_SEED + 1);
            SearchLoad.Outcome measured = load.closedLoop(clientThreads, seconds, LOAD_SEED);
            double explainedSeconds = Math.max(1, seconds * EXPLAINED);
            progress.step("measuring where the time goes, seconds=%.0f".formatted(explainedSeconds));
            CallShare share = load.explainedLoop(clientThreads, explainedSeconds, LOAD_SEED + 2)
                    .share();
            progress.step("comparing with brute force, queries=%d".formatted(recallQueries));
            SearchLoad.Truth truth = load.truth(bench.queries(), recallQueries, progress);
            SearchLoad.Quality exactly = load.quality(channel, truth, recallQueries, true);
            SearchLoad.Quality approximately = load.quality(channel, truth, recallQueries, false);

            ResultLine result = new ResultLine("server")
                    .put("accounts", accounts)
                    .put("records", records)
                    .put("dim", dimension)
                    .put("clients", clients)
                    .put("seconds", measured.seconds())
                    .put("metric", metric.name())
                    .put("k", k)
                    .put("vectors", bench.source())
                    .put("kernel", info.getKernel());
            putSearch(result, measured, exact ? exactly : approximately);
            result.putValue("asked", exact ? "exact" : "default")
                    .put("recall_exact", exactly.recall())
                    .put("recall_default", approximately.recall())
                    .putValue(
                            "graph_wait_s",
                            graphSeconds.isPresent() ? ResultLine.rounded(graphSeconds.getAsDouble()) : null)
                    .put("plans", share.plans())
                    .putValue("engine_share", share.engineShare())
                    .putValue("engine_p50_us", share.engineMedianMicros())
                    .putValue("stages_us", share.meanMicros());
            result.put("warmup_errors", warm.errorCount())
                    .put("ingest_rows_per_s", ingest.rowsPerSecond())
                    .put("ingest_batch_rows", workload.batchRows())
                    .put("ingest_retries", ingest.retries())
                    .put("collections_per_s", accounts / ingest.createSeconds());
            putServer(result, server, bench);
            result.putMachine().print(out);
            if (measured.latency().getTotalCount() == 0) {
                progress.step("No call succeeded, errors=" + measured.errors());
                return BenchCommand.FAILED;
            }
            return BenchCommand.OK;
        } finally {
            channel.shutdownNow();
        }
    }

    private OptionalDouble awaitGraphs(SearchLoad load, ManagedChannel channel) throws InterruptedException {
        if (waitGraph == 0) {
            return OptionalDouble.empty();
        }
        progress.step("waiting for graphs, seconds=%d at most".formatted(waitGraph));
        OptionalDouble waited = load.awaitGraphs(channel, waitGraph);
        progress.step(
                waited.isPresent()
                        ? "graphs answer, waited_s=%.1f".formatted(waited.getAsDouble())
                        : "no graph answers; going on without");
        return waited;
    }

    private static void putSearch(ResultLine result, SearchLoad.Outcome measured, SearchLoad.Quality quality) {
        Histogram latency = measured.latency();
        result.put("qps", latency.getTotalCount() / measured.seconds())
                .put("p50_ms", latency.getValueAtPercentile(50) / 1e6)
                .put("p95_ms", latency.getValueAtPercentile(95) / 1e6)
                .put("p99_ms", latency.getValueAtPercentile(99) / 1e6)
                .put("max_ms", latency.getMaxValue() / 1e6)
                .put("recall_at_10", quality.recall())
                .put("exact_share", quality.exactShare())
                .put("errors", measured.errorCount())
                .put("error_codes", measured.errors());
    }

    private void putServer(ResultLine result, @Nullable ServerProcess server, BenchData bench)
            throws IOException, InterruptedException {
        if (server == null) {
            result.put("rss_bytes", OptionalLong.empty())
                    .put("heap_bytes", OptionalLong.empty())
                    .put("disk_bytes", OptionalLong.empty())
                    .put("startup_ms", OptionalLong.empty());
            return;
        }
        Path directory = data != null ? data : bench.directory("data");
        result.put("rss_bytes", server.rssBytes())
                .put("heap_bytes", server.liveHeapBytes())
                .put("disk_bytes", BenchData.bytesUnder(directory))
                .put("file_system", Files.getFileStore(directory).type())
                .put("startup_ms", server.startupMillis());
    }
}
