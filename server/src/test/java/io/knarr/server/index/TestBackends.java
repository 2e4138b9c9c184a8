package io.knarr.server.index;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.knarr.server.engine.SearchHelpers;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.Account;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.AccountNumber;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.Selection;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorSpec;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.store.StoreView;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Backends over a store of the test's choice, and short ways to say what tests say often. */
final class TestBackends implements AutoCloseable {
    static final CallDeadline NO_DEADLINE = CallDeadline.NONE;
    static final String COLLECTION = "docs";

    /** Every graph has its fast form and is searched, however few rows it has. */
    static final GraphPolicy FAST_GRAPHS = new GraphPolicy(Long.MAX_VALUE, 1, 0);

    private static final int LOADING_THREADS = 4;

    private final ExecutorService search = Executors.newFixedThreadPool(2);
    private final ThreadPoolExecutor loading = (ThreadPoolExecutor) Executors.newFixedThreadPool(LOADING_THREADS);
    private final ExecutorService writing = Executors.newFixedThreadPool(4);
    private final ExecutorService compaction = Executors.newFixedThreadPool(1);
    private final ThreadPoolExecutor background = (ThreadPoolExecutor) Executors.newFixedThreadPool(1);
    private final Cursors cursors;
    private final StoreAdapter store;
    private final IndexImages images;
    private final Clock clock;
    private final ReclaimSchedule schedule = new ReclaimSchedule();
    private final Account account = new Account(
            new AccountId("acme"), new AccountNumber(7), new UUID(1, 2), Instant.parse("2026-01-01T00:00:00Z"));

    TestBackends(StoreAdapter store) {
        this(store, IndexImages.none(), new Cursors(CursorConfig.DEFAULT, System::nanoTime));
    }

    TestBackends(StoreAdapter store, IndexImages images) {
        this(store, images, new Cursors(CursorConfig.DEFAULT, System::nanoTime));
    }

    TestBackends(StoreAdapter store, IndexImages images, Cursors cursors) {
        this(store, images, cursors, Clock.systemUTC());
    }

    TestBackends(StoreAdapter store, IndexImages images, Clock clock) {
        this(store, images, new Cursors(CursorConfig.DEFAULT, System::nanoTime), clock);
    }

    private TestBackends(StoreAdapter store, IndexImages images, Cursors cursors, Clock clock) {
        this.cursors = cursors;
        this.store = store;
        this.images = images;
        this.clock = clock;
    }

    /** Returns what the backends say is due. */
    ReclaimSchedule schedule() {
        return schedule;
    }

    /** Opens the account's backend over what is in the store. */
    AccountBackend open() {
        return open(FAST_GRAPHS);
    }

    /** Does the same, with another policy for graphs. */
    AccountBackend open(GraphPolicy graphs) {
        return AccountBackend.open(
                account,
                store.forAccount(account.number()),
                images.forAccount(account.number()),
                new IndexThreads(search, SearchHelpers.NONE, loading, writing, compaction, background),
                clock,
                graphs,
                cursors,
                100,
                schedule);
    }

    /** Opens the account's backend and creates {@link #COLLECTION}, with vectors of one component. */
    AccountBackend openWithCollection() {
        AccountBackend backend = open();
        backend.createCollection(COLLECTION, schema(1, Metric.DOT), NO_DEADLINE);
        return backend;
    }

    /** Returns the account's view of the store. */
    StoreView view() {
        return store.forAccount(account.number());
    }

    /** Waits until nothing is left to do in the background. */
    void awaitBackground() throws Exception {
        compaction.submit(() -> {}).get();
        background.submit(() -> {}).get();
    }

    /** Keeps every loading thread busy until the latch it returns is counted down. */
    CountDownLatch blockLoading() throws InterruptedException {
        CountDownLatch blocked = new CountDownLatch(LOADING_THREADS);
        CountDownLatch release = new CountDownLatch(1);
        for (int i = 0; i < LOADING_THREADS; i++) {
            loading.execute(() -> {
                blocked.countDown();
                awaitUninterruptibly(release);
            });
        }
        blocked.await();
        return release;
    }

    /** Waits until something waits for a loading thread. */
    void awaitWaitingLoad() {
        while (loading.getQueue().isEmpty()) {
            Thread.onSpinWait();
        }
    }

    static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until a thread waits for a lock or a latch. */
    static void awaitWaiting(Thread thread) {
        while (thread.getState() != Thread.State.WAITING && thread.isAlive()) {
            Thread.onSpinWait();
        }
    }

    /** Returns a deadline that passes when it has been looked at so many times. */
    static CallDeadline overAfterLooks(int looks) {
        AtomicInteger left = new AtomicInteger(looks);
        return new CallDeadline() {
            @Override
            public boolean isCancelled() {
                return false;
            }

            @Override
            public Duration remaining() {
                return left.getAndDecrement() > 0 ? Duration.ofMillis(1) : Duration.ZERO;
            }
        };
    }

    /** Returns a deadline that has passed for all threads but this one. */
    static CallDeadline overForOtherThreads() {
        Thread own = Thread.currentThread();
        return new CallDeadline() {
            @Override
            public boolean isCancelled() {
                return false;
            }

            @Override
            public Duration remaining() {
                return Thread.currentThread().equals(own) ? Duration.ofDays(1) : Duration.ZERO;
            }
        };
    }

    static ErrorCode codeOf(ThrowingCallable call) {
        return failureOf(call).code();
    }

    static ServiceException failureOf(ThrowingCallable call) {
        ServiceException failure = catchThrowableOfType(ServiceException.class, call);
        assertThat(failure).as("the call failed").isNotNull();
        return failure;
    }

    /** Writes records to {@link #COLLECTION}. */
    static List<UpsertOutcome> upsert(AccountBackend backend, RecordDraft... drafts) {
        return backend.upsert(COLLECTION, WriteTerms.NONE, UpsertMode.UPSERT, List.of(drafts), NO_DEADLINE)
                .result();
    }

    static RecordDraft numbered(long id, long marker) {
        return draft(RecordId.of(id), Map.of("marker", new IntValue(marker)), 1f);
    }

    static List<StoredRecord> get(AccountBackend backend, long... ids) {
        return backend.get(
                COLLECTION,
                Arrays.stream(ids).mapToObj(RecordId::of).toList(),
                new Selection.All(),
                new Selection.All(),
                Long.MAX_VALUE,
                NO_DEADLINE);
    }

    static long count(AccountBackend backend) {
        return backend.count(COLLECTION, Optional.empty(), NO_DEADLINE);
    }

    static List<SearchResult.Hit> search(AccountBackend backend, int limit) {
        return backend.search(query(COLLECTION, Optional.empty(), limit, 0, 1f), Long.MAX_VALUE, NO_DEADLINE)
                .hits();
    }

    static FieldValue marker(StoredRecord record) {
        return requireNonNull(record.fields().get("marker"), "no marker");
    }

    static Schema schema(int dimension, Metric metric) {
        return new Schema(List.of(new VectorSpec("default", dimension, metric)), List.of(), false);
    }

    static RecordDraft draft(RecordId id, Map<String, FieldValue> fields, float... vector) {
        return new RecordDraft(Optional.of(id), new LinkedHashMap<>(fields), Map.of("default", VectorData.of(vector)));
    }

    static SearchQuery query(String collection, Optional<Filter> filter, int limit, int offset, float... vector) {
        return new SearchQuery(
                collection,
                Optional.empty(),
                vector,
                filter,
                limit,
                offset,
                new Selection.All(),
                new Selection.None(),
                true,
                true);
    }

    @Override
    public void close() {
        search.shutdownNow();
        loading.shutdownNow();
        writing.shutdownNow();
        compaction.shutdownNow();
        background.shutdownNow();
    }
}
