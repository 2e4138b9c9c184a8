package io.knarr.bench;

import static io.knarr.bench.BenchCommand.requireRange;

import io.grpc.ManagedChannel;
import io.knarr.server.model.Metric;
import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.SearchResponse;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench churn}: what is left of recall, memory and disk after every vector was replaced twice while others searched, beside a
 * collection that was filled with the last vectors only. Two servers, each in a process of its own, one after the other.
 */
@Command(
        name = "churn",
        mixinStandardHelpOptions = true,
        description =
                "Replaces every vector twice while readers search and check; then compares with a fresh collection.")
public final class ChurnBench implements Callable<Integer> {
    private static final int MAX_RECORDS = 100_000_000;
    private static final int MAX_DIMENSION = 65_536;
    private static final int K = 10;
    private static final int BATCH_ROWS = 500;
    private static final int READERS = 2;
    private static final long CALL_SECONDS = 300;
    private static final long ORDER_SEED = 7;
    private static final Duration LOOK_EVERY = Duration.ofSeconds(3);

    /** Looks at resident memory in that time that must see no less, before it is believed. */
    private static final int RSS_LOOKS = 6;

    private static final Duration LONGEST_WAIT = Duration.ofMinutes(30);

    /** A server that uses less of a core than this has nothing left to do in the background. */
    private static final double IDLE_SHARE = 0.04;

    private final PrintStream out;
    private final Progress progress;

    @Option(names = "--records", defaultValue = "100000", description = "Records (${DEFAULT-VALUE}).")
    private int records;

    @Option(names = "--dim", defaultValue = "384", description = "Components per vector (${DEFAULT-VALUE}).")
    private int dimension;

    @Option(
            names = "--vectors",
            paramLabel = "FILE.f32",
            description = "Raw float32 rows, more than records, best twice as many; without it they are made.")
    private @Nullable Path vectors;

    @Option(names = "--queries", paramLabel = "FILE.f32", description = "Raw float32 queries; goes with --vectors.")
    private @Nullable Path queries;

    @Option(
            names = "--recall-queries",
            defaultValue = "1000",
            description = "Answers compared with brute force (${DEFAULT-VALUE}).")
    private int recallQueries;

    private ChurnBench(PrintStream out, PrintStream err) {
        this.out = out;
        this.progress = new Progress(err);
    }

    /** Runs the bench. Returns 0 when the result was printed, 1 when it could not finish, 2 when the input is unusable. */
    public static int run(List<String> args, PrintStream out, PrintStream err) {
        return BenchCommand.execute(new ChurnBench(out, err), args, out, err);
    }

    /** Runs with the options as they were parsed. */
    @Override
    public Integer call() throws IOException, InterruptedException, TimeoutException {
        requireRange("--records", records, 1_000, MAX_RECORDS);
        requireRange("--dim", dimension, 1, MAX_DIMENSION);
        requireRange("--recall-queries", recallQueries, 10, 100_000);
        if ((vectors == null) != (queries == null)) {
            throw new UnusableInputException("--vectors and --queries go together");
        }
        try (BenchData data = vectors == null || queries == null
                ? BenchData.synthetic(2L * records, dimension)
                : BenchData.files(vectors, queries, dimension)) {
            if (data.rows().rows() <= records) {
                throw new UnusableInputException("--vectors must hold more rows than --records, rows=%,d"
                        .formatted(data.rows().rows()));
            }
            run(data);
        }
        return BenchCommand.OK;
    }

    /** A collection when nothing is left to do for it. */
    private record Settled(
            double seconds, long rssBytes, long footprintBytes, List<List<Long>> found, String plan, List<String> log) {
        long lines(String text) {
            return log.stream().filter(line -> line.contains(text)).count();
        }
    }

    private void run(BenchData data) throws IOException, InterruptedException, TimeoutException {
        ResultLine result = new ResultLine("churn")
                .put("rows", records)
                .put("dim", dimension)
                .put("vectors", data.source())
                .put("replaced", (long) ChurnVersions.LAST * records);
        GroundTruth truth = new GroundTruth(data.rows(), Metric.COSINE);
        ChurnVersions versions = new ChurnVersions(data.rows(), records);

        Path churnedAt = data.directory("churned");
        Settled churned;
        try (ServerProcess server = start(churnedAt)) {
            churned = churn(server, data, versions, truth, result);
            var _ = server.terminate();
        }
        Path freshAt = data.directory("fresh");
        Settled fresh;
        try (ServerProcess server = start(freshAt);
                Clients clients = new Clients(BenchTarget.of(server), 1)) {
            BenchTarget target = BenchTarget.of(server);
            var _ = clients.run((_, channel) -> {
                create(target, channel);
                write(target, channel, ChurnVersions.LAST, versions, inOrder());
                return true;
            });
            fresh = settle(server, data, versions, truth);
            var _ = server.terminate();
        }
        putComparison(result, data, truth, versions, churned, fresh);
        double churnedDisk = BenchData.bytesUnder(churnedAt);
        double freshDisk = BenchData.bytesUnder(freshAt);
        result.put("disk_churned_bytes", (long) churnedDisk)
                .put("disk_fresh_bytes", (long) freshDisk)
                .put("disk_ratio", churnedDisk / freshDisk)
                .putMachine()
                .print(out);
    }

    private static ServerProcess start(Path directory) throws IOException, InterruptedException {
        // The log says at that level when rows are compacted and graphs are built.
        return ServerProcess.start(ServerLaunch.of(directory).withSetting("log.level", "DEBUG"));
    }

    private static String account() {
        return "churn";
    }

    private void create(BenchTarget target, ManagedChannel channel) {
        var _ = CollectionServiceGrpc.newBlockingStub(channel)
                .withInterceptors(target.as(account()))
                .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
                .createCollection(Workload.collection(dimension, Metric.COSINE));
    }

    private int[] inOrder() {
        int[] ids = new int[records];
        for (int i = 0; i < records; i++) {
            ids[i] = i;
        }
        return ids;
    }

    private int[] shuffled(long seed) {
        int[] ids = inOrder();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = records - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int kept = ids[i];
            ids[i] = ids[other];
            ids[other] = kept;
        }
        return ids;
    }

    private void write(BenchTarget target, ManagedChannel channel, int stage, ChurnVersions versions, int[] ids) {
        RecordServiceGrpc.RecordServiceBlockingStub stub =
                RecordServiceGrpc.newBlockingStub(channel).withInterceptors(target.as(account()));
        int batch = Math.max(1, Math.min(BATCH_ROWS, (8 << 20) / (dimension * Float.BYTES)));
        long startedAt = System.nanoTime();
        for (int from = 0; from < records; from += batch) {
            versions.acknowledged(
                    stub.withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
                            .upsertRecords(versions.upsert(ids, from, Math.min(records, from + batch), stage)),
                    stage);
            progress.count("writing stage " + stage + ", record", from, records, startedAt);
        }
    }

    private Settled churn(
            ServerProcess server, BenchData data, ChurnVersions versions, GroundTruth truth, ResultLine result)
            throws IOException, InterruptedException, TimeoutException {
        BenchTarget target = BenchTarget.of(server);
        AtomicBoolean written = new AtomicBoolean();
        AtomicLong peak = new AtomicLong();
        List<ChurnReader> readers = new ArrayList<>();
        try (Clients clients = new Clients(target, 1 + READERS + 1)) {
            progress.step("filling, records=%,d".formatted(records));
            var _ = clients.run((client, channel) -> {
                if (client == 0) {
                    create(target, channel);
                    write(target, channel, 0, versions, inOrder());
                }
                return true;
            });
            awaitIdle(server);
            long before = server.rssBytes();
            long compactedBefore = count(server, "Collection compacted");
            long builtBefore = count(server, "Graph built");
            progress.step("replacing all twice, rss_bytes=%,d".formatted(before));
            List<Double> seconds = clients.run((client, channel) -> {
                if (client == 0) {
                    try {
                        long startedAt = System.nanoTime();
                        for (int stage = 1; stage <= ChurnVersions.LAST; stage++) {
                            write(target, channel, stage, versions, shuffled(ORDER_SEED + stage));
                        }
                        return (System.nanoTime() - startedAt) / 1e9;
                    } finally {
                        written.set(true);
                    }
                }
                if (client <= READERS) {
                    ChurnReader reader =
                            new ChurnReader(versions, truth, data.queries(), K, target, channel, account(), client);
                    synchronized (readers) {
                        readers.add(reader);
                    }
                    reader.run(written::get);
                    return 0.0;
                }
                while (!written.get()) {
                    peak.accumulateAndGet(server.rssBytes(), Math::max);
                    TimeUnit.MILLISECONDS.sleep(100);
                }
                return 0.0;
            });
            readers.forEach(ChurnReader::checkUnknown);
            double replaceSeconds = seconds.getFirst();
            result.put("replace_rows_per_s", ChurnVersions.LAST * (double) records / replaceSeconds)
                    .put("rss_before_churn_bytes", before)
                    .put("rss_peak_bytes", peak.get())
                    .put("compactions_while_writing", count(server, "Collection compacted") - compactedBefore)
                    .put("graph_builds_while_writing", count(server, "Graph built") - builtBefore);
            putSearches(result, readers);
        }
        Settled settled = settle(server, data, versions, truth);
        result.put("settle_seconds", settled.seconds())
                .put("compactions", settled.lines("Collection compacted"))
                .put("graph_builds", settled.lines("Graph built"));
        return settled;
    }

    private static long count(ServerProcess server, String text) {
        return server.outputTail().stream().filter(line -> line.contains(text)).count();
    }

    private static void putSearches(ResultLine result, List<ChurnReader> readers) {
        Histogram approximate = SearchLoad.histogram();
        Histogram exact = SearchLoad.histogram();
        Histogram filtered = SearchLoad.histogram();
        Map<String, Long> errors = new TreeMap<>();
        long torn = 0;
        long byGraph = 0;
        for (ChurnReader reader : readers) {
            approximate.add(reader.approximate());
            exact.add(reader.exact());
            filtered.add(reader.filtered());
            reader.errors().forEach((code, count) -> errors.merge(code, count, Long::sum));
            torn += reader.torn();
            byGraph += reader.byGraph();
        }
        result.put("searches", approximate.getTotalCount() + exact.getTotalCount() + filtered.getTotalCount())
                .put(
                        "errors",
                        errors.values().stream().mapToLong(Long::longValue).sum())
                .put("error_codes", errors)
                .put("torn", torn)
                .put("graph_share", byGraph / (double) Math.max(1, approximate.getTotalCount()))
                .put("p50_ms", approximate.getValueAtPercentile(50) / 1e6)
                .put("p99_ms", approximate.getValueAtPercentile(99) / 1e6)
                .put("exact_p50_ms", exact.getValueAtPercentile(50) / 1e6)
                .put("exact_p99_ms", exact.getValueAtPercentile(99) / 1e6)
                .put("filtered_p50_ms", filtered.getValueAtPercentile(50) / 1e6)
                .put("filtered_p99_ms", filtered.getValueAtPercentile(99) / 1e6);
    }

    /** Waits until nothing is left to do; returns what there is then. */
    private Settled settle(ServerProcess server, BenchData data, ChurnVersions versions, GroundTruth truth)
            throws IOException, InterruptedException, TimeoutException {
        double seconds = awaitIdle(server);
        long rss = rssWithoutGarbage(server);
        long footprint =
                (long) server.metrics().sum("knarr_accounts_loaded_bytes").orElse(Double.NaN);
        BenchTarget target = BenchTarget.of(server);
        try (Clients clients = new Clients(target, 1)) {
            List<List<Long>> found = new ArrayList<>();
            List<String> plans = new ArrayList<>();
            var _ = clients.run((_, channel) -> {
                ChurnReader reader = new ChurnReader(versions, truth, data.queries(), K, target, channel, account(), 0);
                float[] query = new float[dimension];
                for (int i = 0; i < recallQueries; i++) {
                    data.queries().read(i % data.queries().rows(), query);
                    SearchResponse answer = reader.search(query, false, -1);
                    found.add(answer.getHitsList().stream()
                            .map(hit -> versions.firstLastRow() + hit.getId().getUint64Id())
                            .toList());
                    plans.add(answer.getExplanation().getPlan());
                }
                return true;
            });
            progress.step("settled, seconds=%.0f, plan=%s, rss_bytes=%,d, footprint_bytes=%,d"
                    .formatted(seconds, plans.getLast(), rss, footprint));
            return new Settled(seconds, rss, footprint, found, plans.getLast(), server.outputTail());
        }
    }

    /** Returns the resident bytes when the JVM has given back what its heap needs no longer, which it does beside, after a collection. */
    private static long rssWithoutGarbage(ServerProcess server) throws IOException, InterruptedException {
        server.collectGarbage();
        long least = server.rssBytes();
        for (int since = 0; since < RSS_LOOKS; since++) {
            TimeUnit.NANOSECONDS.sleep(LOOK_EVERY.toNanos() / RSS_LOOKS);
            long now = server.rssBytes();
            if (now < least) {
                least = now;
                since = 0;
            }
        }
        return least;
    }

    private double awaitIdle(ServerProcess server) throws InterruptedException, TimeoutException {
        long startedAt = System.nanoTime();
        Duration used = cpuTime(server);
        while (System.nanoTime() - startedAt < LONGEST_WAIT.toNanos()) {
            TimeUnit.NANOSECONDS.sleep(LOOK_EVERY.toNanos());
            Duration now = cpuTime(server);
            if (now.minus(used).toNanos() < IDLE_SHARE * LOOK_EVERY.toNanos()) {
                return (System.nanoTime() - startedAt) / 1e9;
            }
            used = now;
        }
        throw new TimeoutException("The server did not come to rest");
    }

    private static Duration cpuTime(ServerProcess server) {
        return ProcessHandle.of(server.pid())
                .flatMap(process -> process.info().totalCpuDuration())
                .orElse(Duration.ZERO);
    }

    private void putComparison(
            ResultLine result,
            BenchData data,
            GroundTruth truth,
            ChurnVersions versions,
            Settled churned,
            Settled fresh) {
        progress.step("comparing with brute force, queries=%d".formatted(recallQueries));
        double ofChurned = 0;
        double ofFresh = 0;
        float[] query = new float[dimension];
        for (int i = 0; i < recallQueries; i++) {
            data.queries().read(i % data.queries().rows(), query);
            double worst = truth.nearnessOfLast(query, versions.firstLastRow(), records, K);
            ofChurned += truth.share(query, worst, K, churned.found().get(i));
            ofFresh += truth.share(query, worst, K, fresh.found().get(i));
        }
        result.put("recall_churned", ofChurned / recallQueries)
                .put("recall_fresh", ofFresh / recallQueries)
                .put("recall_loss", (ofFresh - ofChurned) / recallQueries)
                .put("plan_churned", churned.plan())
                .put("plan_fresh", fresh.plan())
                .put("rss_churned_bytes", churned.rssBytes())
                .put("rss_fresh_bytes", fresh.rssBytes())
                .put("memory_ratio", churned.rssBytes() / (double) fresh.rssBytes())
                .put("footprint_churned_bytes", churned.footprintBytes())
                .put("footprint_fresh_bytes", fresh.footprintBytes())
                .put("footprint_ratio", churned.footprintBytes() / (double) fresh.footprintBytes());
    }
}
