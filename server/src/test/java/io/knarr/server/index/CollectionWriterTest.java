package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.awaitUninterruptibly;
import static io.knarr.server.index.TestBackends.awaitWaiting;
import static io.knarr.server.index.TestBackends.codeOf;
import static io.knarr.server.index.TestBackends.count;
import static io.knarr.server.index.TestBackends.get;
import static io.knarr.server.index.TestBackends.marker;
import static io.knarr.server.index.TestBackends.numbered;
import static io.knarr.server.index.TestBackends.schema;
import static io.knarr.server.index.TestBackends.search;
import static io.knarr.server.index.TestBackends.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.model.WriteReceipt;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.StoreException.Kind;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.Table;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import io.knarr.server.testing.FaultyStoreAdapter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The one order of a collection's writes, as those see it who write and read at the same time. */
@Timeout(120)
class CollectionWriterTest {
    private final FaultyStoreAdapter store = new FaultyStoreAdapter(new InMemoryStoreAdapter());
    private final TestBackends backends = new TestBackends(store);
    private final ExecutorService callers = Executors.newCachedThreadPool();

    @AfterEach
    void close() {
        callers.shutdownNow();
        backends.close();
        store.close();
    }

    private static RecordDraft[] batch(int size, long marker) {
        return IntStream.range(0, size).mapToObj(id -> numbered(id, marker)).toArray(RecordDraft[]::new);
    }

    private static long countMarked(AccountBackend backend, long marker) {
        Filter filter = new Filter.Equal("marker", Set.of(new IntValue(marker)));
        return backend.count(COLLECTION, Optional.of(filter), NO_DEADLINE);
    }

    /** Runs readers until the writer is done; a failed assertion of any of them fails the test. */
    private void whileReading(Runnable writer, List<Runnable> readers) throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        List<Future<?>> running = new ArrayList<>();
        for (Runnable reader : readers) {
            running.add(callers.submit(() -> {
                while (!done.get()) {
                    reader.run();
                }
            }));
        }
        try {
            writer.run();
        } finally {
            done.set(true);
        }
        for (Future<?> reader : running) {
            reader.get();
        }
    }

    private static void requireOneMarker(List<SearchResult.Hit> hits, int size) {
        assertThat(hits).hasSize(size);
        assertThat(hits.stream().map(hit -> marker(hit.record())).distinct()).hasSize(1);
    }

    @Test
    void aBatchBecomesVisibleWholeOrNotAtAll() throws Exception {
        AccountBackend backend = backends.openWithCollection();
        upsert(backend, batch(20, 0));

        whileReading(
                () -> {
                    for (int round = 1; round <= 300; round++) {
                        upsert(backend, batch(20, round % 2));
                    }
                },
                List.of(
                        () -> requireOneMarker(search(backend, 50), 20),
                        () -> assertThat(countMarked(backend, 1)).isIn(0L, 20L),
                        () -> assertThat(count(backend)).isEqualTo(20)));
    }

    @Test
    void answersStayRightAndMemoryBoundedWhileRowsAreCompactedUnderReaders() throws Exception {
        AccountBackend backend = backends.openWithCollection();
        upsert(backend, batch(500, 0));
        long atFirst = backend.footprintBytes();

        whileReading(
                () -> {
                    for (int round = 1; round <= 40; round++) {
                        upsert(backend, batch(500, round % 2));
                    }
                },
                List.of(() -> requireOneMarker(search(backend, 600), 500), () -> assertThat(countMarked(backend, 1))
                        .isIn(0L, 500L)));

        assertThat(search(backend, 600))
                .allSatisfy(hit -> assertThat(hit.record().version()).isEqualTo(41));
        // 1,024 dead rows are the least that is worth a compaction, which comes in the background.
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (backend.footprintBytes() >= 8 * atFirst && System.nanoTime() < deadline) {
            upsert(backend, batch(1, 0));
        }
        assertThat(backend.footprintBytes()).isLessThan(8 * atFirst);
    }

    @Test
    void manyWritersOfOneIdLeaveOneRecordAndVersionsThatOnlyGrow() throws Exception {
        AccountBackend backend = backends.openWithCollection();
        Collection<UpsertOutcome> outcomes = new ConcurrentLinkedQueue<>();
        List<Future<?>> writers = new ArrayList<>();
        for (int writer = 0; writer < 16; writer++) {
            writers.add(callers.submit(() -> {
                long last = 0;
                for (int i = 0; i < 25; i++) {
                    UpsertOutcome outcome = upsert(backend, numbered(1, i)).getFirst();
                    assertThat(outcome.version()).isGreaterThan(last);
                    last = outcome.version();
                    outcomes.add(outcome);
                }
            }));
        }
        for (Future<?> writer : writers) {
            writer.get();
        }

        long newest = outcomes.stream().mapToLong(UpsertOutcome::version).max().orElseThrow();
        assertThat(outcomes.stream().map(UpsertOutcome::version).distinct()).hasSize(16 * 25);
        assertThat(outcomes.stream().filter(UpsertOutcome::created)).hasSize(1);
        assertThat(count(backend)).isEqualTo(1);
        assertThat(get(backend, 1).getFirst().version()).isEqualTo(newest);

        backend.delete(COLLECTION, WriteTerms.NONE, List.of(RecordId.of(1)), NO_DEADLINE);
        backend.close();
        AccountBackend reopened = backends.open();
        UpsertOutcome again = upsert(reopened, numbered(1, 0)).getFirst();
        assertThat(again.version()).isGreaterThan(newest);
        assertThat(again.created()).isTrue();
    }

    @Test
    void aWriteOfUnknownOutcomeIsWhatTheDiskSays() {
        AccountBackend backend = backends.openWithCollection();
        upsert(backend, numbered(1, 1));

        store.failBefore(1, Kind.IO);
        assertThat(codeOf(() -> upsert(backend, numbered(1, 2), numbered(2, 2))))
                .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(count(backend)).isEqualTo(1);
        assertThat(marker(get(backend, 1).getFirst())).isEqualTo(new IntValue(1));

        store.failAfter(1, Kind.IO);
        assertThat(codeOf(() -> upsert(backend, numbered(1, 3), numbered(2, 3))))
                .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(count(backend)).isEqualTo(2);
        requireOneMarker(search(backend, 10), 2);

        store.failAfter(1, Kind.IO);
        assertThat(codeOf(() -> backend.delete(COLLECTION, WriteTerms.NONE, List.of(RecordId.of(1)), NO_DEADLINE)))
                .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(count(backend)).isEqualTo(1);

        long seen = get(backend, 2).getFirst().version();
        assertThat(upsert(backend, numbered(2, 4)).getFirst().version()).isGreaterThan(seen);
    }

    @Test
    void aFullDiskChangesNothingAndTheIndexGoesOn() {
        AccountBackend backend = backends.openWithCollection();
        upsert(backend, numbered(1, 1));
        store.failBefore(1, Kind.DISK_FULL);

        assertThat(codeOf(() -> upsert(backend, numbered(1, 2), numbered(2, 2))))
                .isEqualTo(ErrorCode.DISK_FULL);

        assertThat(count(backend)).isEqualTo(1);
        assertThat(search(backend, 10)).singleElement().satisfies(hit -> assertThat(marker(hit.record()))
                .isEqualTo(new IntValue(1)));
        assertThat(upsert(backend, numbered(1, 3)).getFirst().created()).isFalse();
        assertThat(count(backend)).isEqualTo(1);
    }

    @Test
    void aCallThatIsOverBeforeItsTurnWritesNothing() throws Exception {
        AccountBackend backend = backends.openWithCollection();
        upsert(backend, numbered(1, 1));
        CountDownLatch paused = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        store.pauseBefore(1, () -> {
            paused.countDown();
            awaitUninterruptibly(release);
        });
        Future<?> first = callers.submit(() -> upsert(backend, numbered(2, 1)));
        paused.await();
        AtomicBoolean cancelled = new AtomicBoolean();
        CallDeadline deadline = new CallDeadline() {
            @Override
            public boolean isCancelled() {
                return cancelled.get();
            }

            @Override
            public Duration remaining() {
                return Duration.ofDays(1);
            }
        };
        FutureTask<ErrorCode> second = new FutureTask<>(() -> codeOf(() ->
                backend.upsert(COLLECTION, WriteTerms.NONE, UpsertMode.UPSERT, List.of(numbered(3, 1)), deadline)));
        awaitWaiting(Thread.ofPlatform().start(second));
        cancelled.set(true);
        release.countDown();

        assertThat(second.get()).isEqualTo(ErrorCode.CALL_CANCELLED);
        first.get();
        assertThat(get(backend, 1, 2, 3)).hasSize(2);
        assertThat(count(backend)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void noWriteReachesALifeThatWasDeleted(int round) throws Exception {
        AccountBackend backend = backends.openWithCollection();
        Map<UUID, Set<Long>> acknowledged = new ConcurrentHashMap<>();
        Runnable writing = () -> {
            for (long id = 0; id < 40; id++) {
                try {
                    WriteReceipt<List<UpsertOutcome>> receipt = backend.upsert(
                            COLLECTION, WriteTerms.NONE, UpsertMode.UPSERT, List.of(numbered(id, round)), NO_DEADLINE);
                    acknowledged
                            .computeIfAbsent(receipt.collectionIncarnation(), _ -> ConcurrentHashMap.newKeySet())
                            .add(id);
                } catch (ServiceException e) {
                    assertThat(e.code()).isEqualTo(ErrorCode.COLLECTION_NOT_FOUND);
                }
            }
        };
        Runnable searching = () -> {
            try {
                search(backend, 100);
            } catch (ServiceException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.COLLECTION_NOT_FOUND);
            }
        };

        whileReading(
                () -> {
                    for (int life = 0; life < 60; life++) {
                        assertThat(backend.deleteCollection(COLLECTION, Optional.empty(), NO_DEADLINE))
                                .isTrue();
                        backend.createCollection(COLLECTION, schema(1, Metric.DOT), NO_DEADLINE);
                    }
                },
                List.of(writing, writing, writing, searching));

        io.knarr.server.model.Collection last = backend.collection(COLLECTION);
        Set<Long> expected = acknowledged.getOrDefault(last.incarnation(), Set.of());
        assertThat(count(backend)).isEqualTo(expected.size());
        assertThat(search(backend, 100).stream().map(hit -> hit.record().id().asUint64()))
                .containsExactlyInAnyOrderElementsOf(expected);
        try (StoreScan scan = backends.view().scan(Table.RECORDS, KeyRange.all())) {
            while (scan.next()) {
                assertThat(ByteBuffer.wrap(scan.key()).getInt())
                        .as("records of deleted lives are gone")
                        .isEqualTo(last.number());
            }
        }
    }
}
