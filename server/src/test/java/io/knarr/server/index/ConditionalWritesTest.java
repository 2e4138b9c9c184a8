package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.awaitUninterruptibly;
import static io.knarr.server.index.TestBackends.awaitWaiting;
import static io.knarr.server.index.TestBackends.count;
import static io.knarr.server.index.TestBackends.failureOf;
import static io.knarr.server.index.TestBackends.get;
import static io.knarr.server.index.TestBackends.marker;
import static io.knarr.server.index.TestBackends.numbered;
import static io.knarr.server.index.TestBackends.search;
import static io.knarr.server.index.TestBackends.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Precondition;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import io.knarr.server.testing.FaultyStoreAdapter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Writes that only happen where something holds: upsert modes and preconditions. */
@Timeout(120)
class ConditionalWritesTest {
    private static final int THREADS = 16;

    private final FaultyStoreAdapter store = new FaultyStoreAdapter(new InMemoryStoreAdapter());
    private final TestBackends backends = new TestBackends(store);
    private final ExecutorService callers = Executors.newFixedThreadPool(THREADS);
    private final AccountBackend backend = backends.openWithCollection();

    @AfterEach
    void close() {
        callers.shutdownNow();
        backends.close();
        store.close();
    }

    private List<UpsertOutcome> upsertOn(WriteTerms terms, UpsertMode mode, RecordDraft... drafts) {
        return backend.upsert(COLLECTION, terms, mode, List.of(drafts), NO_DEADLINE)
                .result();
    }

    private static WriteTerms terms(Precondition... preconditions) {
        return new WriteTerms(Optional.empty(), List.of(preconditions), Optional.empty());
    }

    private static Precondition version(long id, long version) {
        return new Precondition(RecordId.of(id), OptionalLong.of(version), Optional.empty(), Optional.empty());
    }

    private static Precondition marked(long id, long marker) {
        Filter filter = new Filter.Equal("marker", Set.of(new IntValue(marker)));
        return new Precondition(RecordId.of(id), OptionalLong.empty(), Optional.of(filter), Optional.empty());
    }

    private static Precondition exists(long id, boolean exists) {
        return new Precondition(RecordId.of(id), OptionalLong.empty(), Optional.empty(), Optional.of(exists));
    }

    private static void requireAbout(ServiceException failure, ErrorCode code, String path, long id, long version) {
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure.field()).contains(path);
        assertThat(failure.details())
                .containsEntry("record", Long.toString(id))
                .containsEntry("version", Long.toString(version));
    }

    /** Runs tasks on threads of their own, all at once. */
    private <T> List<T> together(List<Callable<T>> tasks) throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        List<Future<T>> running = new ArrayList<>();
        for (Callable<T> task : tasks) {
            running.add(callers.submit(() -> {
                start.await();
                return task.call();
            }));
        }
        start.countDown();
        List<T> results = new ArrayList<>();
        for (Future<T> task : running) {
            results.add(task.get());
        }
        return results;
    }

    /** Runs tasks that share one commit, in their order: they wait while a commit before them is held up. */
    private List<FutureTask<List<UpsertOutcome>>> inOneCommit(List<Callable<List<UpsertOutcome>>> tasks)
            throws Exception {
        CountDownLatch paused = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        store.pauseBefore(1, () -> {
            paused.countDown();
            awaitUninterruptibly(release);
        });
        Future<?> before = callers.submit(() -> upsert(backend, numbered(999, 0)));
        paused.await();
        List<FutureTask<List<UpsertOutcome>>> waiting = new ArrayList<>();
        for (Callable<List<UpsertOutcome>> task : tasks) {
            FutureTask<List<UpsertOutcome>> future = new FutureTask<>(task);
            awaitWaiting(Thread.ofPlatform().start(future));
            waiting.add(future);
        }
        long writesBefore = store.writeCount();
        release.countDown();
        before.get();
        for (FutureTask<?> task : waiting) {
            try {
                task.get();
            } catch (ExecutionException _) {
                // the test looks at it
            }
        }
        assertThat(store.writeCount() - writesBefore).as("commits").isEqualTo(1);
        return waiting;
    }

    private static ServiceException failureOfTask(FutureTask<?> task) {
        return failureOf(() -> {
            try {
                task.get();
            } catch (ExecutionException e) {
                throw e.getCause();
            }
        });
    }

    @Test
    void insertOnlyRefusesTheWholeCallWhereOneIdExists() {
        long version = upsert(backend, numbered(2, 1)).getFirst().version();

        ServiceException failure =
                failureOf(() -> upsertOn(WriteTerms.NONE, UpsertMode.INSERT_ONLY, numbered(1, 5), numbered(2, 5)));

        requireAbout(failure, ErrorCode.RECORD_EXISTS, "records[1].id", 2, version);
        assertThat(get(backend, 1)).isEmpty();
        assertThat(marker(get(backend, 2).getFirst())).isEqualTo(new IntValue(1));
        assertThat(upsertOn(WriteTerms.NONE, UpsertMode.INSERT_ONLY, numbered(1, 5)))
                .allMatch(UpsertOutcome::created);
    }

    @Test
    void updateOnlyRefusesTheWholeCallWhereOneIdDoesNotExist() {
        upsert(backend, numbered(1, 1));

        ServiceException failure =
                failureOf(() -> upsertOn(WriteTerms.NONE, UpsertMode.UPDATE_ONLY, numbered(1, 5), numbered(2, 5)));

        requireAbout(failure, ErrorCode.RECORD_NOT_FOUND, "records[1].id", 2, 0);
        assertThat(get(backend, 2)).isEmpty();
        assertThat(marker(get(backend, 1).getFirst())).isEqualTo(new IntValue(1));
        assertThat(upsertOn(WriteTerms.NONE, UpsertMode.UPDATE_ONLY, numbered(1, 5)))
                .noneMatch(UpsertOutcome::created);
    }

    @Test
    void aVersionThatIsAnotherIsRefusedWithTheOneOfNow() {
        long version = upsert(backend, numbered(1, 1)).getFirst().version();

        requireAbout(
                failureOf(() -> upsertOn(terms(version(1, version + 7)), UpsertMode.UPSERT, numbered(1, 2))),
                ErrorCode.VERSION_MISMATCH,
                "preconditions[0].version",
                1,
                version);
        requireAbout(
                failureOf(() -> upsertOn(terms(version(2, 1)), UpsertMode.UPSERT, numbered(2, 2))),
                ErrorCode.VERSION_MISMATCH,
                "preconditions[0].version",
                2,
                0);
        assertThat(count(backend)).isEqualTo(1);

        upsertOn(terms(version(1, version)), UpsertMode.UPSERT, numbered(1, 2));
        assertThat(marker(get(backend, 1).getFirst())).isEqualTo(new IntValue(2));
    }

    @Test
    void aFilterThatDoesNotMatchIsRefusedAlsoAfterAReload() {
        long version = upsert(backend, numbered(1, 1)).getFirst().version();
        upsertOn(terms(marked(1, 1)), UpsertMode.UPSERT, numbered(2, 1));

        AccountBackend reloaded = backends.open();
        ServiceException failure = failureOf(() -> reloaded.delete(
                COLLECTION, terms(exists(2, true), marked(1, 4)), List.of(RecordId.of(2)), NO_DEADLINE));
        requireAbout(failure, ErrorCode.PRECONDITION_FAILED, "preconditions[1].filter", 1, version);
        requireAbout(
                failureOf(() -> reloaded.delete(COLLECTION, terms(marked(7, 1)), List.of(RecordId.of(2)), NO_DEADLINE)),
                ErrorCode.PRECONDITION_FAILED,
                "preconditions[0].filter",
                7,
                0);
        assertThat(count(reloaded)).isEqualTo(2);
    }

    @Test
    void aRecordMustExistOrMustNot() {
        long version = upsert(backend, numbered(1, 1)).getFirst().version();

        requireAbout(
                failureOf(() -> upsertOn(terms(exists(1, false)), UpsertMode.UPSERT, numbered(1, 2))),
                ErrorCode.PRECONDITION_FAILED,
                "preconditions[0].exists",
                1,
                version);
        requireAbout(
                failureOf(() -> upsertOn(terms(exists(2, true)), UpsertMode.UPSERT, numbered(1, 2))),
                ErrorCode.PRECONDITION_FAILED,
                "preconditions[0].exists",
                2,
                0);
        upsertOn(terms(exists(1, true), exists(2, false)), UpsertMode.UPSERT, numbered(1, 3));
        assertThat(marker(get(backend, 1).getFirst())).isEqualTo(new IntValue(3));
    }

    @Test
    void aFilterOfTheWrongTypeIsRefusedByItsPath() {
        RecordDraft draft = numbered(1, 1);
        Filter filter = new Filter.Range(
                "a..b", Optional.of(new StringValue("x")), Optional.empty(), Optional.empty(), Optional.empty());
        AccountBackend closed = backend;
        closed.createCollection(
                "closed", new Schema(TestBackends.schema(1, Metric.DOT).vectors(), List.of(), true), NO_DEADLINE);
        Precondition precondition =
                new Precondition(RecordId.of(1), OptionalLong.empty(), Optional.of(filter), Optional.empty());

        ServiceException failure = failureOf(
                () -> closed.upsert("closed", terms(precondition), UpsertMode.UPSERT, List.of(draft), NO_DEADLINE));

        assertThat(failure.field()).hasValueSatisfying(path -> assertThat(path).startsWith("preconditions[0].filter."));
    }

    @Test
    void oneThatIsRefusedDoesNothingToThoseThatShareItsCommit() throws Exception {
        upsert(backend, numbered(1, 1));

        List<FutureTask<List<UpsertOutcome>>> ends = inOneCommit(List.of(
                () -> upsertOn(WriteTerms.NONE, UpsertMode.UPSERT, numbered(10, 1)),
                () -> upsertOn(terms(marked(1, 9)), UpsertMode.UPSERT, numbered(11, 1), numbered(1, 2)),
                () -> upsertOn(WriteTerms.NONE, UpsertMode.INSERT_ONLY, numbered(12, 1), numbered(10, 2)),
                () -> upsertOn(WriteTerms.NONE, UpsertMode.UPSERT, numbered(13, 1))));

        assertThat(ends.get(0).get()).hasSize(1);
        assertThat(failureOfTask(ends.get(1)).code()).isEqualTo(ErrorCode.PRECONDITION_FAILED);
        assertThat(failureOfTask(ends.get(2)).code()).isEqualTo(ErrorCode.RECORD_EXISTS);
        assertThat(ends.get(3).get()).hasSize(1);
        for (AccountBackend seen : List.of(backend, backends.open())) {
            assertThat(get(seen, 1, 10, 11, 12, 13).stream()
                            .map(record -> record.id().asUint64()))
                    .containsExactly(1L, 10L, 13L);
            assertThat(marker(get(seen, 10).getFirst())).isEqualTo(new IntValue(1));
            assertThat(count(seen)).isEqualTo(4);
        }
    }

    @Test
    void conditionsSeeWhatThoseBeforeThemInTheCommitLeave() throws Exception {
        upsert(backend, numbered(1, 1), numbered(2, 1));

        List<FutureTask<List<UpsertOutcome>>> ends = inOneCommit(List.of(
                () -> upsertOn(terms(marked(1, 1)), UpsertMode.UPSERT, numbered(1, 2)),
                () -> upsertOn(terms(marked(1, 1)), UpsertMode.UPSERT, numbered(1, 3)),
                () -> upsertOn(terms(marked(1, 2)), UpsertMode.UPSERT, numbered(1, 4)),
                () -> {
                    backend.delete(COLLECTION, terms(marked(1, 4)), List.of(RecordId.of(2)), NO_DEADLINE);
                    return List.of();
                },
                () -> upsertOn(terms(exists(2, false)), UpsertMode.INSERT_ONLY, numbered(2, 6))));

        assertThat(failureOfTask(ends.get(1)).code()).isEqualTo(ErrorCode.PRECONDITION_FAILED);
        assertThat(failureOfTask(ends.get(1)).details())
                .containsEntry(
                        "version", Long.toString(ends.get(0).get().getFirst().version()));
        assertThat(marker(get(backend, 1).getFirst())).isEqualTo(new IntValue(4));
        assertThat(ends.get(4).get().getFirst().created()).isTrue();
        assertThat(marker(get(backend, 2).getFirst())).isEqualTo(new IntValue(6));
    }

    @Test
    void ofManyInsertsOfOneIdOneWins() throws Exception {
        List<Callable<Boolean>> tasks = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            long mark = i;
            tasks.add(() -> {
                try {
                    upsertOn(WriteTerms.NONE, UpsertMode.INSERT_ONLY, numbered(1, mark));
                    return true;
                } catch (ServiceException e) {
                    assertThat(e.code()).isEqualTo(ErrorCode.RECORD_EXISTS);
                    return false;
                }
            });
        }

        List<Boolean> won = together(tasks);

        assertThat(won.stream().filter(yes -> yes)).hasSize(1);
        assertThat(marker(get(backend, 1).getFirst())).isEqualTo(new IntValue(won.indexOf(true)));
    }

    @Test
    void concurrentUpsertsOfOneIdLeaveOneVersion() throws Exception {
        List<Callable<Long>> tasks = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            long mark = i;
            tasks.add(() -> {
                long version = 0;
                for (int round = 0; round < 50; round++) {
                    version = upsert(backend, numbered(1, mark)).getFirst().version();
                }
                return version;
            });
        }

        long greatest =
                together(tasks).stream().mapToLong(Long::longValue).max().orElseThrow();

        for (AccountBackend seen : List.of(backend, backends.open())) {
            assertThat(count(seen)).isEqualTo(1);
            assertThat(search(seen, 10)).hasSize(1);
            assertThat(search(seen, 10).getFirst().record().version()).isEqualTo(greatest);
            assertThat(get(seen, 1).getFirst().version()).isEqualTo(greatest);
        }
    }

    @Test
    void aCounterThatIsComparedAndSetLosesNothing() throws Exception {
        upsert(backend, numbered(1, 0));
        int rounds = 25;
        List<Callable<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            tasks.add(() -> {
                int retries = 0;
                for (int round = 0; round < rounds; ) {
                    StoredRecord seen = get(backend, 1).getFirst();
                    long next = ((IntValue) marker(seen)).value() + 1;
                    try {
                        upsertOn(terms(version(1, seen.version())), UpsertMode.UPSERT, numbered(1, next));
                        round++;
                    } catch (ServiceException e) {
                        assertThat(e.code()).isEqualTo(ErrorCode.VERSION_MISMATCH);
                        retries++;
                    }
                }
                return retries;
            });
        }

        together(tasks);

        assertThat(marker(get(backend, 1).getFirst())).isEqualTo(new IntValue((long) THREADS * rounds));
    }

    @Test
    void aFilterConditionLetsEachStepHappenOnce() throws Exception {
        upsert(backend, numbered(1, 0));
        List<Callable<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            tasks.add(() -> {
                int won = 0;
                for (long step = 0;
                        step < 20;
                        step = ((IntValue) marker(get(backend, 1).getFirst())).value()) {
                    try {
                        upsertOn(terms(marked(1, step)), UpsertMode.UPSERT, numbered(1, step + 1));
                        won++;
                    } catch (ServiceException e) {
                        assertThat(e.code()).isEqualTo(ErrorCode.PRECONDITION_FAILED);
                    }
                }
                return won;
            });
        }

        int steps = together(tasks).stream().mapToInt(Integer::intValue).sum();

        assertThat(marker(get(backend, 1).getFirst())).isEqualTo(new IntValue(steps));
        assertThat(steps).as("every step once").isEqualTo(20);
    }
}
