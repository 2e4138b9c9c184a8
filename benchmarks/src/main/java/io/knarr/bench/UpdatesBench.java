package io.knarr.bench;

import static io.knarr.bench.BenchCommand.requireRange;

import io.knarr.server.index.AccountBackend;
import io.knarr.server.index.IndexImages;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.CursorPosition;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.ListQuery;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Page;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.Selection;
import io.knarr.server.model.Slice;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.TextAnalyzers;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorSpec;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.rocksdb.RocksDbConfig;
import io.knarr.server.store.rocksdb.RocksDbStoreAdapter;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench updates}: what is left of memory and disk after very many updates of few records, and whether every index is still what
 * one made anew would be. One account over a store on disk in this process, beside another one that was filled with the last contents
 * only. What each filter counts is compared with a loop over the records now and then, and the ids that it finds at the end; the bench
 * fails where they differ.
 */
@Command(
        name = "updates",
        mixinStandardHelpOptions = true,
        description = "Updates few records very many times; then compares memory, disk and every filter with a fresh"
                + " collection.")
public final class UpdatesBench implements Callable<Integer> {
    private static final String COLLECTION = "records";
    private static final int DIMENSION = 16;
    private static final int BATCH_ROWS = 1_000;
    private static final int MAX_RECORDS = 10_000_000;
    private static final long MAX_UPDATES = 10_000_000_000L;

    /** Contents there are for each record. */
    private static final int CONTENTS_PER_RECORD = 100;

    private static final int CHECKS = 10;

    private final PrintStream out;
    private final Progress progress;

    @Option(names = "--records", defaultValue = "100000", description = "Records (${DEFAULT-VALUE}).")
    private int records;

    @Option(names = "--updates", defaultValue = "10000000", description = "Updates (${DEFAULT-VALUE}).")
    private long updates;

    private UpdatesBench(PrintStream out, PrintStream err) {
        this.out = out;
        this.progress = new Progress(err);
    }

    /** Runs the bench. Returns 0 when the result was printed, 1 when it could not finish, 2 when the input is unusable. */
    public static int run(List<String> args, PrintStream out, PrintStream err) {
        return BenchCommand.execute(new UpdatesBench(out, err), args, out, err);
    }

    /** What is left. */
    private record Left(long footprintBytes, long diskBytes, int filters) {}

    /** Runs with the options as they were parsed. */
    @Override
    public Integer call() throws IOException {
        requireRange("--records", records, 1_000, MAX_RECORDS);
        if (updates < 1 || updates > MAX_UPDATES) {
            throw new UnusableInputException("--updates must be 1 to %,d".formatted(MAX_UPDATES));
        }
        int[] contents = IntStream.range(0, records).toArray();
        ResultLine result = new ResultLine("updates").put("records", records).put("updates", updates);
        Path directory = Files.createTempDirectory("knarr-bench");
        try {
            Left updated = within(
                    directory.resolve("updated"),
                    backend -> {
                        write(backend, contents);
                        requireCounts(backend, contents);
                        double seconds = update(backend, contents);
                        result.put("updates_per_s", updates / seconds);
                    },
                    contents);
            Left fresh = within(directory.resolve("fresh"), backend -> write(backend, contents), contents);
            result.put("filters_compared", updated.filters() + fresh.filters())
                    .put("footprint_updated_bytes", updated.footprintBytes())
                    .put("footprint_fresh_bytes", fresh.footprintBytes())
                    .put("memory_ratio", (double) updated.footprintBytes() / fresh.footprintBytes())
                    .put("disk_updated_bytes", updated.diskBytes())
                    .put("disk_fresh_bytes", fresh.diskBytes())
                    .put("disk_ratio", (double) updated.diskBytes() / fresh.diskBytes())
                    .putMachine()
                    .print(out);
        } finally {
            BenchData.delete(directory);
        }
        return BenchCommand.OK;
    }

    /** What is done to an account. */
    private interface Work {
        void on(AccountBackend backend);
    }

    private Left within(Path directory, Work work, int[] contents) throws IOException {
        int filters;
        long footprint;
        try (RocksDbStoreAdapter store = RocksDbStoreAdapter.open(RocksDbConfig.defaults(directory.resolve("store")));
                BenchAccount account = new BenchAccount(store, IndexImages.in(directory.resolve("images")))) {
            AccountBackend backend = account.backend();
            Schema schema = new Schema(
                    List.of(new VectorSpec("default", DIMENSION, Metric.DOT)),
                    List.of(new FieldSpec("text", FieldType.TEXT, false, List.of(), TextAnalyzers.DEFAULT)),
                    false);
            var _ = backend.createCollection(COLLECTION, schema, CallDeadline.NONE);
            work.on(backend);
            filters = requireRight(backend, contents);
            footprint = account.settledBytes();
            progress.step("%s: footprint_bytes=%,d".formatted(directory.getFileName(), footprint));
        }
        return new Left(footprint, BenchData.bytesUnder(directory), filters);
    }

    private static RecordDraft draft(int id, int content, Random random) {
        float[] vector = new float[DIMENSION];
        QueryBench.fill(vector, random);
        return new RecordDraft(
                Optional.of(RecordId.of((long) id)),
                QueryRecords.fields(content, "number " + content),
                Map.of("default", VectorData.of(vector)));
    }

    private void write(AccountBackend backend, int[] contents) {
        Random random = new Random(1);
        for (int from = 0; from < records; from += BATCH_ROWS) {
            List<RecordDraft> batch = new ArrayList<>(BATCH_ROWS);
            for (int id = from; id < Math.min(records, from + BATCH_ROWS); id++) {
                batch.add(draft(id, contents[id], random));
            }
            var _ = backend.upsert(COLLECTION, WriteTerms.NONE, UpsertMode.UPSERT, batch, CallDeadline.NONE);
        }
    }

    /** Returns how many seconds the updates took, without the comparisons between them. */
    private double update(AccountBackend backend, int[] contents) {
        SplittableRandom ids = new SplittableRandom(2);
        Random vectors = new Random(3);
        long nanos = 0;
        long startedAt = System.nanoTime();
        long checkEvery = Math.max(1, updates / CHECKS);
        for (long done = 0; done < updates; ) {
            int count = (int) Math.min(BATCH_ROWS, updates - done);
            List<RecordDraft> batch = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                int id = ids.nextInt(records);
                contents[id] = ids.nextInt(CONTENTS_PER_RECORD * records);
                batch.add(draft(id, contents[id], vectors));
            }
            long writtenAt = System.nanoTime();
            var _ = backend.upsert(COLLECTION, WriteTerms.NONE, UpsertMode.UPSERT, batch, CallDeadline.NONE);
            nanos += System.nanoTime() - writtenAt;
            progress.count("Updating", done, updates, startedAt);
            if (done / checkEvery != (done + count) / checkEvery) {
                requireCounts(backend, contents);
                progress.step("updated, updates=%,d".formatted(done + count));
            }
            done += count;
        }
        return nanos / 1e9;
    }

    /** Fails unless every filter counts what a loop over the contents does. */
    private void requireCounts(AccountBackend backend, int[] contents) {
        for (QueryRecords.Question question : questions()) {
            long count = backend.count(COLLECTION, Optional.of(question.filter()), CallDeadline.NONE);
            long expected = matching(question, contents).length;
            if (count != expected) {
                throw new IllegalStateException("%s at %s counts %,d and not %,d"
                        .formatted(question.kind(), question.selectivity(), count, expected));
            }
        }
    }

    /** Returns the questions that are of contents and not of ids. */
    private List<QueryRecords.Question> questions() {
        List<QueryRecords.Question> questions = new ArrayList<>();
        for (int place = 0; place < QueryRecords.SELECTIVITIES.size(); place++) {
            QueryRecords.questions(place, records).stream()
                    .filter(question -> !question.kind().equals("has_id"))
                    .forEach(questions::add);
        }
        return questions;
    }

    private long[] matching(QueryRecords.Question question, int[] contents) {
        return IntStream.range(0, records)
                .filter(id -> question.matches().test(contents[id]))
                .asLongStream()
                .toArray();
    }

    /** Fails unless every filter finds what a loop over the contents does. Returns how many filters there were. */
    private int requireRight(AccountBackend backend, int[] contents) {
        List<QueryRecords.Question> questions = questions();
        for (QueryRecords.Question question : questions) {
            long[] expected = matching(question, contents);
            long[] found = found(backend, question);
            if (!Arrays.equals(expected, found)) {
                throw new IllegalStateException("%s at %s finds %,d records and not these %,d"
                        .formatted(question.kind(), question.selectivity(), found.length, expected.length));
            }
        }
        return questions.size();
    }

    private long[] found(AccountBackend backend, QueryRecords.Question question) {
        ListQuery query = new ListQuery(
                COLLECTION,
                Optional.of(question.filter()),
                Optional.empty(),
                Slice.WHOLE,
                records,
                Long.MAX_VALUE,
                new Selection.None(),
                new Selection.None());
        long[] ids = new long[records];
        int count = 0;
        Optional<CursorPosition> from = Optional.empty();
        do {
            Page<StoredRecord, CursorPosition> page = backend.list(query, from, CallDeadline.NONE);
            for (StoredRecord found : page.items()) {
                ids[count++] = found.id().asUint64();
            }
            from = page.next();
        } while (from.isPresent());
        return Arrays.copyOf(ids, count);
    }
}
