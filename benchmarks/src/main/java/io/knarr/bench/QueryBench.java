package io.knarr.bench;

import static io.knarr.bench.BenchCommand.requireRange;

import io.knarr.server.index.AccountBackend;
import io.knarr.server.index.IndexImages;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.Selection;
import io.knarr.server.model.TextAnalyzers;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorSpec;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench query}: what conditions of each kind take, what is found with them, and what the fields that they look at take in memory; then
 * searches by words, by sparse vectors and by both, listings and aggregates.
 *
 * <p>Works on the account's backend itself, over a store in memory, on one caller's thread: the times are those of the index. Each count and each
 * hit is compared with a loop over the records, and the bench fails where they differ.
 */
@Command(
        name = "query",
        mixinStandardHelpOptions = true,
        description =
                "Measures filters of each kind that match 50 %%, 1 %% and 0.01 %% of made records, searches by words beside"
                        + " Lucene's, sparse and hybrid searches, listings and aggregates.")
public final class QueryBench implements Callable<Integer> {
    private static final String COLLECTION = "records";
    private static final int DIMENSION = 16;
    private static final int BATCH_ROWS = 1_000;
    private static final int MIN_RECORDS = 10_000;
    private static final int MAX_RECORDS = 10_000_000;
    private static final int MAX_REPEATS = 100_000;
    private static final int LIMIT = 10;
    private static final int COMPARED_QUERIES = 3;
    private static final int WORD_QUERIES = 200;
    private static final int WORD_ROUNDS = 9;

    private final PrintStream out;
    private final Progress progress;

    @Option(names = "--records", defaultValue = "1000000", description = "Records (${DEFAULT-VALUE}).")
    private int records;

    @Option(names = "--repeats", defaultValue = "200", description = "Times each filter is asked (${DEFAULT-VALUE}).")
    private int repeats;

    @Option(
            names = "--text",
            paramLabel = "FILE",
            description =
                    "Texts to use, an object with a member \"text\" in each line; made ones where it is left out.")
    private Optional<Path> file = Optional.empty();

    private float[][] vectors = new float[0][];

    private QueryBench(PrintStream out, PrintStream err) {
        this.out = out;
        this.progress = new Progress(err);
    }

    /** Runs the bench. Returns 0 when the result was printed, 1 when it could not finish, 2 when the input is unusable. */
    public static int run(List<String> args, PrintStream out, PrintStream err) {
        return BenchCommand.execute(new QueryBench(out, err), args, out, err);
    }

    /** Runs with the options as they were parsed. */
    @Override
    public Integer call() throws IOException {
        requireRange("--records", records, MIN_RECORDS, MAX_RECORDS);
        requireRange("--repeats", repeats, QueryTimes.MIN_REPEATS, MAX_REPEATS);
        QueryTexts texts = file.isPresent() ? QueryTexts.read(file.get()) : QueryTexts.made();
        ResultLine result = measureBackend(texts);
        vectors = new float[0][];
        List<Map<String, Integer>> queries = texts.queries(WORD_QUERIES, records);
        Map<String, Object> words = new WordsBench(texts, records, queries, WORD_ROUNDS).measure(progress);
        result.putValue("bm25", words).putMachine().print(out);
        return BenchCommand.OK;
    }

    private ResultLine measureBackend(QueryTexts texts) {
        try (StoreAdapter store = new InMemoryStoreAdapter();
                BenchAccount account = new BenchAccount(store, IndexImages.none())) {
            SparseRows sparse = new SparseRows(records);
            ingest(account.backend(), texts, sparse);
            return measure(account.backend(), texts, sparse);
        }
    }

    private void ingest(AccountBackend backend, QueryTexts texts, SparseRows sparse) {
        Schema schema = new Schema(
                List.of(new VectorSpec("default", DIMENSION, Metric.DOT), VectorSpec.sparse("sparse", false)),
                List.of(new FieldSpec("text", FieldType.TEXT, false, List.of(), TextAnalyzers.DEFAULT)),
                false);
        var _ = backend.createCollection(COLLECTION, schema, CallDeadline.NONE);
        Random random = new Random(1);
        vectors = new float[records][DIMENSION];
        long startedAt = System.nanoTime();
        for (int row = 0; row < records; row += BATCH_ROWS) {
            List<RecordDraft> batch = new ArrayList<>(BATCH_ROWS);
            for (int i = row; i < Math.min(records, row + BATCH_ROWS); i++) {
                fill(vectors[i], random);
                batch.add(new RecordDraft(
                        Optional.of(RecordId.of((long) i)),
                        QueryRecords.fields(i, texts.of(i)),
                        Map.of("default", VectorData.of(vectors[i]), "sparse", sparse.of(i))));
            }
            var _ = backend.upsert(COLLECTION, WriteTerms.NONE, UpsertMode.UPSERT, batch, CallDeadline.NONE);
            progress.count("Writing", row, records, startedAt);
        }
    }

    static void fill(float[] vector, Random random) {
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) random.nextGaussian();
        }
    }

    private ResultLine measure(AccountBackend backend, QueryTexts texts, SparseRows sparse) {
        List<Map<String, Object>> filters = new ArrayList<>();
        for (int place = 0; place < QueryRecords.SELECTIVITIES.size(); place++) {
            for (QueryRecords.Question question : QueryRecords.questions(place, records)) {
                filters.add(measure(backend, question));
                progress.step(filters.getLast().toString());
            }
        }
        QueryCalls calls = new QueryCalls(backend, COLLECTION, records, repeats);
        Map<String, Object> sparseFigures = calls.sparse(sparse);
        progress.step(sparseFigures.toString());
        List<Map<String, Integer>> queries = texts.queries(WORD_QUERIES, records);
        Map<String, Object> words = calls.words(queries);
        Map<String, Object> hybrid = calls.hybrid(queries);
        Map<String, Object> scroll = calls.scroll();
        Map<String, Object> aggregate = calls.aggregate();
        Map<String, Object> perRecord = new TreeMap<>();
        backend.fieldBytes(COLLECTION)
                .forEach((name, bytes) -> perRecord.put(name, ResultLine.rounded((double) bytes / records)));
        return new ResultLine("query")
                .put("records", records)
                .put("text", texts.source())
                .putValue("filters", filters)
                .putValue("bytes_per_record", perRecord)
                .putValue("sparse", sparseFigures)
                .putValue("words", words)
                .putValue("hybrid", hybrid)
                .putValue("scroll", scroll)
                .putValue("aggregate", aggregate)
                .put("account_bytes", backend.footprintBytes());
    }

    private Map<String, Object> measure(AccountBackend backend, QueryRecords.Question question) {
        int[] matching = IntStream.range(0, records).filter(question.matches()).toArray();
        long firstAt = System.nanoTime();
        long count = backend.count(COLLECTION, Optional.of(question.filter()), CallDeadline.NONE);
        double first = QueryTimes.micros(firstAt);
        if (count != matching.length) {
            throw new IllegalStateException(
                    "Counted " + count + " and not " + matching.length + ": " + question.kind());
        }
        QueryTimes counts = QueryTimes.of(repeats, _ -> {
            var _ = backend.count(COLLECTION, Optional.of(question.filter()), CallDeadline.NONE);
        });
        Random random = new Random(2);
        QueryTimes searches = QueryTimes.of(repeats, _ -> {
            var _ = search(backend, question, random);
        });
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("kind", question.kind());
        figures.put("selectivity", question.selectivity());
        figures.put("matched", matching.length);
        figures.put("p50_us", counts.percentile(0.5));
        figures.put("p99_us", counts.percentile(0.99));
        figures.put("first_us", ResultLine.rounded(first));
        figures.put("search_p50_us", searches.percentile(0.5));
        figures.put("recall", ResultLine.rounded(recall(backend, question, matching)));
        return figures;
    }

    private static SearchResult search(AccountBackend backend, QueryRecords.Question question, Random random) {
        float[] query = new float[DIMENSION];
        fill(query, random);
        return search(backend, question, query);
    }

    private static SearchResult search(AccountBackend backend, QueryRecords.Question question, float[] query) {
        return backend.search(
                new SearchQuery(
                        COLLECTION,
                        Optional.of("default"),
                        query,
                        Optional.of(question.filter()),
                        LIMIT,
                        0,
                        new Selection.None(),
                        new Selection.None(),
                        true,
                        false),
                Long.MAX_VALUE,
                CallDeadline.NONE);
    }

    /** Returns the share of the nearest matching records, found by a loop, that searches find. */
    private double recall(AccountBackend backend, QueryRecords.Question question, int[] matching) {
        Random random = new Random(3);
        int wanted = 0;
        int found = 0;
        for (int i = 0; i < COMPARED_QUERIES; i++) {
            float[] query = new float[DIMENSION];
            fill(query, random);
            PriorityQueue<Integer> kept =
                    new PriorityQueue<>(Comparator.comparingDouble((Integer row) -> dot(query, vectors[row])));
            for (int row : matching) {
                var _ = kept.add(row);
                if (kept.size() > LIMIT) {
                    var _ = kept.poll();
                }
            }
            List<Long> nearest = kept.stream().map(Integer::longValue).toList();
            List<Long> hits = search(backend, question, query).hits().stream()
                    .map(hit -> hit.record().id().asUint64())
                    .toList();
            wanted += nearest.size();
            found += (int) nearest.stream().filter(hits::contains).count();
        }
        return wanted == 0 ? 1 : (double) found / wanted;
    }

    private static double dot(float[] left, float[] right) {
        double sum = 0;
        for (int i = 0; i < left.length; i++) {
            sum += (double) left[i] * right[i];
        }
        return sum;
    }
}
