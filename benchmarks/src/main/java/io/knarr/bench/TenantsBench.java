package io.knarr.bench;

import static io.knarr.bench.BenchCommand.requireRange;

import io.grpc.ManagedChannel;
import io.knarr.server.model.Metric;
import io.knarr.v1.SearchResponse;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench tenants}: what many accounts cost while nobody uses them, and how long the first call of one takes.
 *
 * <p>The heap of an idle account is the difference of two class histograms, each of a server that has just started and served no
 * call: one on the filled directory, one on an empty directory.
 */
@Command(
        name = "tenants",
        mixinStandardHelpOptions = true,
        description = "Measures what idle accounts cost and how fast a cold account answers.")
public final class TenantsBench implements Callable<Integer> {
    private static final int MAX_ACCOUNTS = 10_000_000;
    private static final int MAX_RECORDS = 1_000_000;
    private static final int MAX_DIMENSION = 65_536;
    private static final int MAX_CLIENTS = 1_000;
    private static final int MAX_SAMPLE = 2_000;
    private static final int MAX_WARMUP = 2_000;
    private static final int HEAP_READINGS = 3;
    private static final int QUERIES = 1_000;
    private static final int K = 10;
    private static final long SETTLE_SECONDS = 2;

    private final PrintStream out;
    private final Progress progress;

    @Option(
            names = "--accounts",
            defaultValue = "1000",
            description = "Accounts, one collection each (${DEFAULT-VALUE}).")
    private int accounts;

    @Option(names = "--records", defaultValue = "10", description = "Records per account (${DEFAULT-VALUE}).")
    private int records;

    @Option(names = "--dim", defaultValue = "384", description = "Components per vector (${DEFAULT-VALUE}).")
    private int dimension;

    @Option(names = "--clients", defaultValue = "8", description = "Clients that create accounts (${DEFAULT-VALUE}).")
    private int clients;

    @Option(names = "--data", paramLabel = "DIR", description = "Where the server keeps its data; must not exist.")
    private @Nullable Path data;

    @Option(names = "--xmx", paramLabel = "SIZE", description = "The server's heap, for example 2g.")
    private @Nullable String maxHeap;

    private TenantsBench(PrintStream out, PrintStream err) {
        this.out = out;
        this.progress = new Progress(err);
    }

    /** Runs the bench. Returns 0 when the result was printed, 1 when it could not finish, 2 when the input is unusable. */
    public static int run(List<String> args, PrintStream out, PrintStream err) {
        return BenchCommand.execute(new TenantsBench(out, err), args, out, err);
    }

    /** Runs with the options as they were parsed. */
    @Override
    public Integer call() throws IOException, InterruptedException, TimeoutException {
        requireRange("--accounts", accounts, 1, MAX_ACCOUNTS);
        requireRange("--records", records, 1, MAX_RECORDS);
        requireRange("--dim", dimension, 1, MAX_DIMENSION);
        requireRange("--clients", clients, 1, MAX_CLIENTS);
        if (data != null && Files.exists(data)) {
            throw new UnusableInputException("--data must name a directory that does not exist yet: " + data);
        }
        try (BenchData bench = BenchData.synthetic((long) accounts * records, dimension)) {
            measure(bench, data != null ? data : bench.directory("data"));
            return BenchCommand.OK;
        }
    }

    private ServerLaunch launch(Path directory) {
        ServerLaunch launch = ServerLaunch.of(directory);
        return maxHeap == null ? launch : launch.withMaxHeap(maxHeap);
    }

    private void measure(BenchData bench, Path directory) throws IOException, InterruptedException, TimeoutException {
        Workload workload = new Workload(bench.rows(), accounts, records, Metric.COSINE, "tenant-");
        long emptyHeap = emptyServerHeap(bench.directory("empty"));
        double createSeconds = fill(workload, directory);
        long diskBytes = BenchData.bytesUnder(directory);

        progress.step("restarting");
        try (ServerProcess server = ServerProcess.start(launch(directory))) {
            long restartMillis = server.timeToServing().toMillis();
            TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
            long idleRss = server.rssBytes();
            long idleHeap = liveHeap(server);

            ResultLine result = new ResultLine("tenants")
                    .put("accounts", accounts)
                    .put("records", records)
                    .put("dim", dimension)
                    .put("clients", clients)
                    .put("create_per_s", accounts / createSeconds)
                    .put("disk_bytes", diskBytes)
                    .put("disk_bytes_per_account", (double) diskBytes / accounts)
                    .put("restart_to_serving_ms", restartMillis)
                    .put("startup_ms", server.startupMillis())
                    .put("idle_rss_bytes", idleRss)
                    .put("idle_heap_bytes", idleHeap)
                    .put("empty_heap_bytes", emptyHeap)
                    .put("heap_bytes_per_idle_account", (double) (idleHeap - emptyHeap) / accounts);
            latencies(result, server, workload, bench);
            result.put("rss_bytes", server.rssBytes())
                    .put("file_system", Files.getFileStore(directory).type())
                    .putMachine()
                    .print(out);
        }
    }

    private long emptyServerHeap(Path directory) throws IOException, InterruptedException, TimeoutException {
        progress.step("measuring an empty server");
        try (ServerProcess server = ServerProcess.start(launch(directory))) {
            TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
            long bytes = liveHeap(server);
            server.terminate();
            return bytes;
        }
    }

    private double fill(Workload workload, Path directory) throws IOException, InterruptedException, TimeoutException {
        progress.step("creating accounts, accounts=%,d, records=%,d each".formatted(accounts, records));
        try (ServerProcess server = ServerProcess.start(launch(directory))) {
            BenchTarget target = BenchTarget.of(server);
            double seconds;
            try (Clients clientThreads = new Clients(target, clients)) {
                seconds = new Ingest(target, workload, progress).runByAccount(clientThreads);
            }
            server.terminate();
            return seconds;
        }
    }

    /** Returns the median of a few readings: a server at rest still allocates a little. */
    private static long liveHeap(ServerProcess server) throws IOException, InterruptedException {
        long[] readings = new long[HEAP_READINGS];
        for (int i = 0; i < HEAP_READINGS; i++) {
            readings[i] = server.liveHeapBytes();
        }
        Arrays.sort(readings);
        return readings[HEAP_READINGS / 2];
    }

    /**
     * One client, one call at a time. First comes one call to see what a fresh JVM takes; then accounts outside of the sample are
     * touched, so that the cold figures show the loading of an account and not that of the JVM's own code.
     */
    private void latencies(ResultLine result, ServerProcess server, Workload workload, BenchData bench) {
        BenchTarget target = BenchTarget.of(server);
        SearchLoad load = new SearchLoad(target, workload, bench.queries(), QUERIES, K, false);
        int sample = Math.min(MAX_SAMPLE, Math.max(1, accounts / 2));
        int others = Math.min(MAX_WARMUP, accounts - sample);
        ManagedChannel channel = target.connect();
        try {
            progress.step("touching accounts, warm-up=%,d, sample=%,d".formatted(others, sample));
            Histogram first = new Histogram(3);
            pass(load, channel, first, accounts - 1, accounts);
            pass(load, channel, new Histogram(3), accounts - others, accounts - 1);
            Histogram cold = new Histogram(3);
            Histogram warm = new Histogram(3);
            pass(load, channel, cold, 0, sample);
            pass(load, channel, warm, 0, sample);
            result.put("sample", sample)
                    .put("first_search_ms", first.getMaxValue() / 1e6)
                    .put("cold_p50_ms", cold.getValueAtPercentile(50) / 1e6)
                    .put("cold_p99_ms", cold.getValueAtPercentile(99) / 1e6)
                    .put("cold_max_ms", cold.getMaxValue() / 1e6)
                    .put("warm_p50_ms", warm.getValueAtPercentile(50) / 1e6)
                    .put("warm_p99_ms", warm.getValueAtPercentile(99) / 1e6);
        } finally {
            channel.shutdownNow();
        }
    }

    private static void pass(SearchLoad load, ManagedChannel channel, Histogram latency, int from, int to) {
        for (int account = from; account < to; account++) {
            long start = System.nanoTime();
            SearchResponse response = load.search(channel, account, account);
            latency.recordValue(System.nanoTime() - start);
            if (response.getHitsCount() == 0) {
                throw new IllegalStateException("An account that was filled has no hits, account=" + account);
            }
        }
    }
}
