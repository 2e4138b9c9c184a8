package io.knarr.bench;

import static io.knarr.bench.BenchCommand.requireRange;

import com.sun.management.OperatingSystemMXBean;
import io.knarr.server.engine.SearchHelpers;
import io.knarr.server.index.AccountBackend;
import io.knarr.server.index.CursorConfig;
import io.knarr.server.index.Cursors;
import io.knarr.server.index.GraphPolicy;
import io.knarr.server.index.IndexImages;
import io.knarr.server.index.IndexThreads;
import io.knarr.server.index.ReclaimSchedule;
import io.knarr.server.model.Account;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.AccountNumber;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.Selection;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorSpec;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.store.rocksdb.RocksDbConfig;
import io.knarr.server.store.rocksdb.RocksDbStoreAdapter;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench cold}: how long the first exact answer takes after an account was let go, with its files in the page cache.
 *
 * <p>Works on the account's backend itself, without the server around it, and without its process: what is new is the store's view, the
 * collection's rows and all that belongs to them; the code has been compiled before. No graph is built at any time, for no exact query looks at one: what is measured is
 * the image, and a million rows are written in a minute or two.
 */
@Command(
        name = "cold",
        mixinStandardHelpOptions = true,
        description = "Measures opening a collection and its first exact query, for 10,000 rows and for --rows.")
public final class ColdBench implements Callable<Integer> {
    private static final int SMALL_ROWS = 10_000;
    private static final int BATCH_ROWS = 500;
    private static final int MAX_DIMENSION = 65_536;
    private static final int MAX_ROWS = 100_000_000;
    private static final int MAX_REPEATS = 1_000;
    private static final int K = 10;

    /** Openings after which the code that opens is compiled, as it is in a server that has run for a while. */
    private static final int WARM_UPS = 100;

    private static final long IMAGE_WAIT_MINUTES = 10;
    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private static final Account ACCOUNT =
            new Account(new AccountId("cold"), new AccountNumber(1), new UUID(0, 1), Instant.EPOCH);

    private final PrintStream out;
    private final Progress progress;

    @Option(
            names = "--rows",
            defaultValue = "1000000",
            description = "Rows of the large collection (${DEFAULT-VALUE}).")
    private int rows;

    @Option(names = "--dim", defaultValue = "384", description = "Components per vector (${DEFAULT-VALUE}).")
    private int dimension;

    @Option(
            names = "--repeats",
            defaultValue = "7",
            description = "Times each collection is opened (${DEFAULT-VALUE}).")
    private int repeats;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Where the records are; what a run before left is used. Without it: a directory that is deleted.")
    private @Nullable Path data;

    private ColdBench(PrintStream out, PrintStream err) {
        this.out = out;
        this.progress = new Progress(err);
    }

    /** Runs the bench. Returns 0 when the result was printed, 1 when it could not finish, 2 when the input is unusable. */
    public static int run(List<String> args, PrintStream out, PrintStream err) {
        return BenchCommand.execute(new ColdBench(out, err), args, out, err);
    }

    /** Runs with the options as they were parsed. */
    @Override
    public Integer call() throws IOException {
        requireRange("--rows", rows, SMALL_ROWS, MAX_ROWS);
        requireRange("--dim", dimension, 1, MAX_DIMENSION);
        requireRange("--repeats", repeats, 1, MAX_REPEATS);
        boolean filled = data != null && Files.exists(data);
        try (BenchData vectors = BenchData.synthetic(filled ? 1 : rows, dimension)) {
            run(data == null ? vectors.directory("data") : data, vectors);
        }
        return BenchCommand.OK;
    }

    private void run(Path directory, BenchData vectors) {
        ResultLine result = new ResultLine("cold").put("rows", rows).put("dim", dimension);
        try (StoreAdapter store = RocksDbStoreAdapter.open(RocksDbConfig.defaults(directory))) {
            ingest(store, directory, SMALL_ROWS, vectors.rows());
            result.put("first_of_process_ms", warmUp(store, directory, vectors.queries()));
            for (int size : new int[] {SMALL_ROWS, rows}) {
                ingest(store, directory, size, vectors.rows());
                measure(store, directory, size, vectors.queries(), result);
            }
        }
        result.putMachine().print(out);
    }

    /** The background thread of an account that builds no graph and writes one image, at its end: refuses all that comes before. */
    private static final class AtTheEnd extends ThreadPoolExecutor {
        private volatile boolean ending;

        AtTheEnd() {
            super(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
        }

        @Override
        public void execute(Runnable task) {
            if (!ending) {
                throw new RejectedExecutionException("No background work before the end");
            }
            super.execute(task);
        }
    }

    /** One life of the account in memory, with pools of its own; when it is closed, images have been written. */
    private static final class Life implements AutoCloseable {
        private final List<ExecutorService> pools = new ArrayList<>();
        private final AtTheEnd background = new AtTheEnd();
        private final AccountBackend backend;

        Life(StoreAdapter store, Path directory) {
            IndexThreads threads = new IndexThreads(
                    pool(Runtime.getRuntime().availableProcessors()),
                    SearchHelpers.NONE,
                    pool(4),
                    pool(4),
                    background,
                    background);
            pools.add(background);
            backend = AccountBackend.open(
                    ACCOUNT,
                    store.forAccount(ACCOUNT.number()),
                    IndexImages.in(directory.resolve("images")).forAccount(ACCOUNT.number()),
                    threads,
                    Clock.systemUTC(),
                    GraphPolicy.ofMachine(Long.MAX_VALUE),
                    new Cursors(CursorConfig.DEFAULT, System::nanoTime),
                    10,
                    new ReclaimSchedule());
        }

        private ExecutorService pool(int size) {
            ExecutorService pool = Executors.newFixedThreadPool(size);
            pools.add(pool);
            return pool;
        }

        @Override
        public void close() {
            background.ending = true;
            backend.close();
            pools.forEach(ExecutorService::shutdown);
            try {
                for (ExecutorService pool : pools) {
                    if (!pool.awaitTermination(IMAGE_WAIT_MINUTES, TimeUnit.MINUTES)) {
                        throw new IllegalStateException("Background work did not end");
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted while an image was written", e);
            }
        }
    }

    private void ingest(StoreAdapter store, Path directory, int size, VectorFile vectors) {
        try (Life life = new Life(store, directory)) {
            boolean there = life.backend.listCollections(10, Optional.empty()).items().stream()
                    .anyMatch(collection -> collection.name().equals(name(size)));
            if (there) {
                return;
            }
            life.backend.createCollection(
                    name(size),
                    new Schema(List.of(new VectorSpec("default", dimension, Metric.COSINE)), List.of(), false),
                    CallDeadline.NONE);
            long startedAt = System.nanoTime();
            for (int row = 0; row < size; row += BATCH_ROWS) {
                var _ = life.backend.upsert(
                        name(size), WriteTerms.NONE, UpsertMode.UPSERT, batch(vectors, row, size), CallDeadline.NONE);
                progress.count("Writing", row, size, startedAt);
            }
        }
        progress.step("Wrote %,d rows and their image".formatted(size));
    }

    private List<RecordDraft> batch(VectorFile vectors, int from, int size) {
        List<RecordDraft> batch = new ArrayList<>(BATCH_ROWS);
        for (int row = from; row < Math.min(size, from + BATCH_ROWS); row++) {
            float[] vector = new float[dimension];
            vectors.read(row, vector);
            batch.add(new RecordDraft(
                    Optional.of(RecordId.of((long) row)),
                    new LinkedHashMap<>(),
                    Map.of("default", VectorData.of(vector))));
        }
        return batch;
    }

    /** Opens the small collection many times. Returns what the first time took, in milliseconds: classes are loaded, code is interpreted. */
    private double warmUp(StoreAdapter store, Path directory, VectorFile queries) {
        double first = 0;
        for (int i = 0; i < WARM_UPS; i++) {
            long startedAt = System.nanoTime();
            try (Life life = new Life(store, directory)) {
                search(life.backend, SMALL_ROWS, queries, i);
                first = i == 0 ? (System.nanoTime() - startedAt) / 1e6 : first;
            }
        }
        return first;
    }

    private void measure(StoreAdapter store, Path directory, int size, VectorFile queries, ResultLine result) {
        double[] first = new double[repeats];
        double[] second = new double[repeats];
        double[] cpu = new double[repeats];
        for (int repeat = 0; repeat < repeats; repeat++) {
            long cpuAtStart = PROCESS.getProcessCpuTime();
            long startedAt = System.nanoTime();
            try (Life life = new Life(store, directory)) {
                search(life.backend, size, queries, 2 * repeat);
                long answeredAt = System.nanoTime();
                cpu[repeat] = (PROCESS.getProcessCpuTime() - cpuAtStart) / 1e6;
                search(life.backend, size, queries, 2 * repeat + 1);
                first[repeat] = (answeredAt - startedAt) / 1e6;
                second[repeat] = (System.nanoTime() - answeredAt) / 1e6;
            }
            progress.step("%,d rows: first answer after %.1f ms (processor time %.1f), second after %.1f ms"
                    .formatted(size, first[repeat], cpu[repeat], second[repeat]));
        }
        String prefix = "rows_" + size;
        result.put(prefix + "_first_ms", first[0])
                .put(prefix + "_first_ms_median", median(first))
                .put(prefix + "_first_cpu_ms_median", median(cpu))
                .put(prefix + "_second_ms_median", median(second));
    }

    private void search(AccountBackend backend, int size, VectorFile queries, int number) {
        float[] query = new float[dimension];
        queries.read(number % queries.rows(), query);
        SearchResult answer = backend.search(
                new SearchQuery(
                        name(size),
                        Optional.empty(),
                        query,
                        Optional.empty(),
                        K,
                        0,
                        new Selection.None(),
                        new Selection.None(),
                        true,
                        false),
                Long.MAX_VALUE,
                CallDeadline.NONE);
        if (answer.hits().size() != K || !answer.exact()) {
            throw new IllegalStateException("The answer is not exact, or has too few hits");
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static String name(int size) {
        return "rows-" + size;
    }
}
