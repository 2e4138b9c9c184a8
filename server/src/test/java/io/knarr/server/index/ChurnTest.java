package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.draft;
import static io.knarr.server.index.TestBackends.schema;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.knarr.server.engine.GraphMode;
import io.knarr.server.engine.SearchHelpers;
import io.knarr.server.engine.UnitVectors;
import io.knarr.server.engine.VectorIndex;
import io.knarr.server.model.Collection;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.Selection;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every record is replaced twice while others search and graphs are built; what they see is checked hit by hit, and what is left is compared
 * with a collection that was filled with the last versions only. A longer form: {@code -Dknarr.churn.rows=30000}; beside a server: {@code bench
 * churn}.
 */
@Timeout(600)
class ChurnTest {
    /** A multiple of a thousand. */
    private static final int ROWS = Integer.getInteger("knarr.churn.rows", 6_000);

    private static final int DIMENSION = 64;
    private static final int STAGES = 3;
    private static final int BATCH = 250;
    private static final int LIMIT = 10;
    private static final int GROUPS = 4;

    private static final int QUERIES = Math.max(300, ROWS / 10);

    /** Three standard deviations of the difference between two samples of as many neighbours, one in twenty of which is not found: 0.017, and 0.005 in the longer form. */
    private static final double RECALL_NOISE = 3 * Math.sqrt(2 * 0.05 * 0.95 / (QUERIES * LIMIT));

    private static final int DEAD_TO_COMPACT = Math.max(1_250, ROWS / 4);
    private static final String BACKGROUND = "background";

    /** Wants a graph where there is none. */
    private static final GraphPolicy ALWAYS = TestBackends.FAST_GRAPHS.building(ChurnTest::hasNoGraph);

    private final float[][][] vectors = new float[STAGES][ROWS][];
    private final float[][] queries = new float[QUERIES][];
    private final int[][] order = new int[STAGES][];
    private final long[][] versions = new long[STAGES][ROWS];
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicBoolean done = new AtomicBoolean();

    /** Versions are the numbers of the writes, and one writer writes in an order that is known before. */
    ChurnTest() {
        Random random = new Random(3);
        float[][] centres = new float[100][];
        for (int i = 0; i < centres.length; i++) {
            centres[i] = near(random, new float[DIMENSION], new float[DIMENSION]);
        }
        for (int stage = 0; stage < STAGES; stage++) {
            List<Integer> ids = new ArrayList<>(IntStream.range(0, ROWS).boxed().toList());
            if (stage > 0) {
                Collections.shuffle(ids, random);
            }
            order[stage] = ids.stream().mapToInt(Integer::intValue).toArray();
            for (int i = 0; i < ROWS; i++) {
                versions[stage][order[stage][i]] = 1L + (stage * ROWS + i) / BATCH;
                vectors[stage][i] = made(random, centres);
            }
        }
        for (int i = 0; i < QUERIES; i++) {
            queries[i] = made(random, centres);
        }
    }

    private static float[] made(Random random, float[][] centres) {
        return UnitVectors.of(
                near(random, centres[random.nextInt(centres.length)], centres[random.nextInt(centres.length)]));
    }

    private static float[] near(Random random, float[] centre, float[] second) {
        float[] vector = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] = (float) (centre[i] + 0.5 * second[i] + 0.6 * random.nextGaussian());
        }
        return vector;
    }

    /** A collection without the account around it, with threads of its own. */
    private static final class Opened implements AutoCloseable {
        private final StoreAdapter store = new InMemoryStoreAdapter();
        private final TestBackends backends = new TestBackends(store);
        private final ExecutorService search = Executors.newFixedThreadPool(2);
        private final ExecutorService compaction = Executors.newSingleThreadExecutor();
        private final ExecutorService background =
                Executors.newSingleThreadExecutor(task -> new Thread(task, BACKGROUND));
        private final IndexThreads threads =
                new IndexThreads(search, SearchHelpers.NONE, search, search, compaction, background);
        private final CollectionIndex index;

        Opened() {
            this(TestBackends.FAST_GRAPHS);
        }

        Opened(GraphPolicy policy) {
            try (AccountBackend backend = backends.open()) {
                backend.createCollection(COLLECTION, schema(DIMENSION, Metric.COSINE), NO_DEADLINE);
            }
            Collection collection =
                    StoredCatalog.find(backends.view(), COLLECTION).orElseThrow();
            index = CollectionIndex.load(
                    collection, backends.view(), AccountImages.none(), threads, Clock.systemUTC(), policy, _ -> {});
        }

        SearchResult search(float[] query, boolean exact, Optional<Filter> filter) {
            BlockingCalls blocking = new BlockingCalls(threads);
            SearchQuery wanted = new SearchQuery(
                    COLLECTION,
                    Optional.empty(),
                    query,
                    filter,
                    LIMIT,
                    0,
                    new Selection.None(),
                    new Selection.None(),
                    exact,
                    false);
            return new CollectionSearcher(
                            index,
                            new RecordReader(backends.view(), blocking, Clock.systemUTC()),
                            blocking,
                            wanted,
                            Long.MAX_VALUE,
                            NO_DEADLINE,
                            Optional.empty())
                    .search();
        }

        /** Returns what vectors, codes and graph take at this moment; the index itself counts them anew when a writer publishes. */
        long residentBytes() {
            RowTable.View view = index.writer().holdView();
            try {
                return view.vectors(0).footprint().residentBytes();
            } finally {
                view.table().release();
            }
        }

        /** Builds a graph where there is none, as a larger collection would. Returns whether it did. */
        boolean link() {
            RowTable.View view = index.writer().holdView();
            try {
                return view.vectors(0).linkedRowCount() == 0
                        && view.vectors(0).buildGraph(GraphMode.FAST, 1, () -> false);
            } finally {
                view.table().release();
            }
        }

        void awaitBackground() throws Exception {
            // A compaction may ask for another one.
            for (int i = 0; i < 3; i++) {
                compaction.submit(() -> {}).get();
                background.submit(() -> {}).get();
            }
        }

        /** Keeps a thread busy until what is returned is counted down. */
        static CountDownLatch block(ExecutorService thread) {
            CountDownLatch release = new CountDownLatch(1);
            thread.execute(() -> TestBackends.awaitUninterruptibly(release));
            return release;
        }

        int rowCount() {
            return read(RowTable.View::rowCount);
        }

        int linkedRowCount() {
            return read(view -> view.vectors(0).linkedRowCount());
        }

        private int read(ToIntFunction<RowTable.View> what) {
            RowTable.View view = index.writer().holdView();
            try {
                return what.applyAsInt(view);
            } finally {
                view.table().release();
            }
        }

        @Override
        public void close() {
            index.close();
            List.of(search, compaction, background).forEach(ExecutorService::shutdownNow);
            backends.close();
            store.close();
        }
    }

    private void write(Opened opened, int stage) {
        write(opened, stage, ROWS);
    }

    private void write(Opened opened, int stage, int count) {
        for (int from = 0; from < count; from += BATCH) {
            List<RecordDraft> drafts = new ArrayList<>();
            for (int i = from; i < from + BATCH; i++) {
                int record = order[stage][i];
                drafts.add(draft(
                        RecordId.of((long) record),
                        Map.of("group", new IntValue(record % GROUPS)),
                        vectors[stage][record]));
            }
            long version = opened.index
                    .upsert(WriteTerms.NONE, UpsertMode.UPSERT, drafts, NO_DEADLINE)
                    .getFirst()
                    .version();
            acknowledged.set(version);
        }
    }

    private int read(Opened opened, long seed) {
        Random random = new Random(seed);
        int searches = 0;
        for (; !done.get(); searches++) {
            float[] query = vectors[random.nextInt(STAGES)][random.nextInt(ROWS)];
            int group = random.nextInt(2 * GROUPS);
            Optional<Filter> filter = group < GROUPS
                    ? Optional.of(new Filter.Equal("group", Set.of(new IntValue(group))))
                    : Optional.empty();
            long known = acknowledged.get();
            SearchResult result = opened.search(query, random.nextInt(4) == 0, filter);
            assertThat(result.hits()).hasSize(LIMIT);
            Set<Integer> seen = new HashSet<>();
            for (SearchResult.Hit hit : result.hits()) {
                int record = (int) hit.record().id().asUint64();
                assertThat(seen.add(record)).as("no record comes twice").isTrue();
                assertThat(group >= GROUPS || record % GROUPS == group).isTrue();
                int stage = stageOf(record, hit.record().version());
                assertThat(stage == STAGES - 1 || versions[stage + 1][record] > known)
                        .as("a replaced row is not seen")
                        .isTrue();
                assertThat(hit.score()).isCloseTo(product(query, vectors[stage][record]), within(1e-6));
            }
        }
        return searches;
    }

    private int stageOf(int record, long version) {
        for (int stage = 0; stage < STAGES; stage++) {
            if (versions[stage][record] == version) {
                return stage;
            }
        }
        throw new AssertionError("The record never had that version: " + version);
    }

    private static double product(float[] first, float[] second) {
        double sum = 0;
        for (int i = 0; i < first.length; i++) {
            sum += (double) first[i] * second[i];
        }
        return sum;
    }

    @Test
    void churnLeavesRecallAndMemoryAsTheyWereAndReadersSeeNothingTorn() throws Exception {
        try (Opened churned = new Opened();
                Opened fresh = new Opened();
                ExecutorService others = Executors.newFixedThreadPool(3)) {
            write(churned, 0);
            assertThat(churned.link()).isTrue();
            Future<Integer> first = others.submit(() -> read(churned, 1));
            Future<Integer> second = others.submit(() -> read(churned, 2));
            Future<Integer> builds = others.submit(() -> {
                int built = 0;
                while (!done.get()) {
                    built += churned.link() ? 1 : 0;
                    LockSupport.parkNanos(1_000_000);
                }
                return built;
            });
            try {
                write(churned, 1);
                write(churned, 2);
            } finally {
                done.set(true);
            }
            assertThat(first.get()).isPositive();
            assertThat(second.get()).isPositive();
            assertThat(builds.get()).as("compactions took a graph away").isPositive();
            churned.awaitBackground();

            write(fresh, 2);
            var _ = churned.link();
            assertThat(fresh.link()).isTrue();
            double recallOfFresh = recall(fresh);
            assertThat(recallOfFresh).isGreaterThan(0.95);
            assertThat(recall(churned))
                    .as("recall after churn, of %d queries; fresh %s", QUERIES, recallOfFresh)
                    .isGreaterThan(recallOfFresh - RECALL_NOISE);
            assertThat((double) churned.residentBytes()).isLessThan(1.2 * fresh.residentBytes());
        }
    }

    private static boolean hasNoGraph(VectorIndex index) {
        return index.rowCount() == ROWS && index.linkedRowCount() == 0;
    }

    @Test
    void whatWasCompactedAfterTheLastWriteGetsAGraphAgain() throws Exception {
        try (Opened opened = new Opened(ALWAYS)) {
            write(opened, 0);
            opened.awaitBackground();
            assertThat(opened.linkedRowCount()).isEqualTo(ROWS);
            CountDownLatch compaction = Opened.block(opened.compaction);
            write(opened, 1, DEAD_TO_COMPACT);
            assertThat(opened.rowCount()).isEqualTo(ROWS + DEAD_TO_COMPACT);
            compaction.countDown();
            opened.awaitBackground();
            assertThat(opened.rowCount()).isEqualTo(ROWS);
            assertThat(opened.linkedRowCount()).isEqualTo(ROWS);
        }
    }

    @Test
    void compactionDoesNotWaitForBuildsOfGraphs() throws Exception {
        try (Opened opened = new Opened()) {
            write(opened, 0);
            long grownBytes = opened.index.footprintBytes();
            CountDownLatch building = Opened.block(opened.background);
            try {
                // Begun between two writes it would leave the rows that die after it.
                CountDownLatch compaction = Opened.block(opened.compaction);
                write(opened, 1, DEAD_TO_COMPACT);
                compaction.countDown();
                opened.compaction.submit(() -> {}).get();
                assertThat(opened.rowCount()).isEqualTo(ROWS);
                assertThat(opened.index.footprintBytes())
                        .as("as many rows, and no room for more")
                        .isLessThan(grownBytes);
            } finally {
                building.countDown();
            }
        }
    }

    @Test
    void aBuildEndsWhereItsRowsAreAboutToBeCompacted() throws Exception {
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch mayBuild = new CountDownLatch(1);
        GraphPolicy slow = TestBackends.FAST_GRAPHS.building(index -> {
            if (index.linkedRowCount() == 0 && Thread.currentThread().getName().equals(BACKGROUND)) {
                began.countDown();
                TestBackends.awaitUninterruptibly(mayBuild);
                return true;
            }
            return hasNoGraph(index);
        });
        try (Opened opened = new Opened(slow)) {
            write(opened, 0);
            began.await();
            CountDownLatch compaction = Opened.block(opened.compaction);
            write(opened, 1, DEAD_TO_COMPACT);
            mayBuild.countDown();
            opened.background.submit(() -> {}).get();
            assertThat(opened.linkedRowCount()).as("no graph of rows that go").isZero();
            compaction.countDown();
            opened.awaitBackground();
            assertThat(opened.linkedRowCount()).isEqualTo(ROWS);
        }
    }

    private static Set<RecordId> ids(SearchResult result) {
        Set<RecordId> ids = new HashSet<>();
        result.hits().forEach(hit -> ids.add(hit.record().id()));
        return ids;
    }

    private double recall(Opened opened) {
        int found = 0;
        for (float[] query : queries) {
            Set<RecordId> exact = ids(opened.search(query, true, Optional.empty()));
            exact.retainAll(ids(opened.search(query, false, Optional.empty())));
            found += exact.size();
        }
        return found / (double) (QUERIES * LIMIT);
    }
}
