package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.awaitUninterruptibly;
import static io.knarr.server.index.TestBackends.awaitWaiting;
import static io.knarr.server.index.TestBackends.codeOf;
import static io.knarr.server.index.TestBackends.count;
import static io.knarr.server.index.TestBackends.draft;
import static io.knarr.server.index.TestBackends.failureOf;
import static io.knarr.server.index.TestBackends.get;
import static io.knarr.server.index.TestBackends.marker;
import static io.knarr.server.index.TestBackends.numbered;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.ChunkOutcome;
import io.knarr.server.model.ChunkRefusal;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.IngestPlace;
import io.knarr.server.model.IngestState;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.StoreException.Kind;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import io.knarr.server.testing.FaultyStoreAdapter;
import io.knarr.server.testing.MovableClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Chunks of ingests: each is dealt with once, in its order, and what became of it is known. */
@Timeout(120)
class IngestsTest {
    private static final UUID INGEST = new UUID(0, 1);

    private final MovableClock clock = new MovableClock();
    private final FaultyStoreAdapter store = new FaultyStoreAdapter(new InMemoryStoreAdapter());
    private final TestBackends backends = new TestBackends(store, IndexImages.none(), clock);
    private final AccountBackend backend = backends.openWithCollection();

    @AfterEach
    void close() {
        backends.close();
        store.close();
    }

    private static ChunkOutcome write(AccountBackend to, UUID ingest, long sequence, RecordDraft... drafts) {
        return write(to, ingest, sequence, UpsertMode.UPSERT, drafts);
    }

    private static ChunkOutcome write(
            AccountBackend to, UUID ingest, long sequence, UpsertMode mode, RecordDraft... drafts) {
        UUID life = to.collection(COLLECTION).incarnation();
        return to.ingest(COLLECTION, life, new IngestPlace(ingest, sequence), mode, () -> List.of(drafts), NO_DEADLINE);
    }

    private static IngestState open(AccountBackend in, UUID ingest) {
        return in.openIngest(COLLECTION, Optional.empty(), ingest, NO_DEADLINE).result();
    }

    private int operations() {
        int count = 0;
        try (StoreScan scan = backends.view().scan(Table.OPERATIONS, KeyRange.all())) {
            while (scan.next()) {
                count++;
            }
        }
        return count;
    }

    @Test
    void chunksAreWrittenInTheirOrderAndTheirOutcomesKept() {
        ChunkOutcome first = write(backend, INGEST, 1, numbered(1, 1), numbered(2, 1), numbered(1, 2));
        ChunkOutcome second = write(backend, INGEST, 2, numbered(2, 2), numbered(3, 2));

        assertThat(first).isEqualTo(new ChunkOutcome(1, first.version(), 2, 0, Optional.empty()));
        assertThat(second).isEqualTo(new ChunkOutcome(2, first.version() + 1, 1, 1, Optional.empty()));
        assertThat(open(backend, INGEST)).isEqualTo(new IngestState(2, List.of(first, second)));
        assertThat(open(backends.open(), INGEST)).isEqualTo(new IngestState(2, List.of(first, second)));
        assertThat(marker(get(backend, 1).getFirst())).isEqualTo(new IntValue(2));
    }

    @Test
    void aChunkThatIsSentAgainIsNotWrittenAgainAlsoAfterAReload() {
        ChunkOutcome first = write(backend, INGEST, 1, numbered(1, 1));
        write(backend, INGEST, 2, numbered(1, 2));

        assertThat(write(backend, INGEST, 1, numbered(1, 1))).isEqualTo(first);
        AccountBackend reloaded = backends.open();
        assertThat(write(reloaded, INGEST, 1, numbered(1, 1))).isEqualTo(first);

        assertThat(marker(get(reloaded, 1).getFirst())).isEqualTo(new IntValue(2));
        assertThat(get(reloaded, 1).getFirst().version()).isEqualTo(first.version() + 1);
    }

    @Test
    void aChunkThatIsNeitherNextNorEarlierIsRefusedAndChangesNothing() {
        write(backend, INGEST, 1, numbered(1, 1));

        assertThat(failureOf(() -> write(backend, INGEST, 3, numbered(2, 1)))).satisfies(failure -> {
            assertThat(failure.code()).isEqualTo(ErrorCode.INGEST_OUT_OF_ORDER);
            assertThat(failure.field()).contains("chunk.sequence");
            assertThat(failure.details()).containsEntry("expected", "2").containsEntry("actual", "3");
        });
        assertThat(codeOf(() -> write(backend, new UUID(0, 2), 2, numbered(2, 1))))
                .isEqualTo(ErrorCode.INGEST_OUT_OF_ORDER);
        assertThat(count(backend)).isEqualTo(1);
        assertThat(open(backend, INGEST).lastSequence()).isEqualTo(1);
    }

    @Test
    void aChunkThatIsRefusedChangesNothingAndThoseAfterItGoOn() {
        ChunkOutcome refused = write(backend, INGEST, 1, numbered(1, 1), draft(RecordId.of(2L), Map.of(), 1f, 2f));
        ChunkOutcome next = write(backend, INGEST, 2, numbered(3, 1));

        ChunkRefusal why = refused.refusal().orElseThrow();
        assertThat(why.code()).isEqualTo(ErrorCode.DIMENSION_MISMATCH);
        assertThat(why.field()).hasValueSatisfying(field -> assertThat(field).startsWith("records[1].vectors"));
        assertThat(why.details()).isNotEmpty();
        assertThat(next.refusal()).isEmpty();
        assertThat(count(backend)).isEqualTo(1);
        AccountBackend reloaded = backends.open();
        assertThat(open(reloaded, INGEST)).isEqualTo(new IngestState(2, List.of(refused, next)));
        assertThat(write(reloaded, INGEST, 1, numbered(1, 1)))
                .as("it has its number, whatever it holds now")
                .isEqualTo(refused);
    }

    @Test
    void modesHoldOfChunksAsTheyDoOfCalls() {
        write(backend, INGEST, 1, numbered(1, 1));

        ChunkOutcome taken = write(backend, INGEST, 2, UpsertMode.INSERT_ONLY, numbered(2, 1), numbered(1, 2));
        ChunkOutcome missing = write(backend, INGEST, 3, UpsertMode.UPDATE_ONLY, numbered(1, 2), numbered(2, 1));
        ChunkOutcome inserted = write(backend, INGEST, 4, UpsertMode.INSERT_ONLY, numbered(2, 1));

        assertThat(taken.refusal().orElseThrow().code()).isEqualTo(ErrorCode.RECORD_EXISTS);
        assertThat(taken.refusal().orElseThrow().field()).contains("records[1].id");
        assertThat(missing.refusal().orElseThrow().code()).isEqualTo(ErrorCode.RECORD_NOT_FOUND);
        assertThat(inserted.created()).isEqualTo(1);
        assertThat(marker(get(backend, 1).getFirst())).isEqualTo(new IntValue(1));
    }

    @Test
    void whatFailsForAnotherReasonThanItsContentIsNotDealtWith() {
        store.failBefore(1, Kind.DISK_FULL);

        assertThat(codeOf(() -> write(backend, INGEST, 1, numbered(1, 1)))).isEqualTo(ErrorCode.DISK_FULL);
        assertThat(open(backend, INGEST)).isEqualTo(IngestState.NEW);
        assertThat(write(backend, INGEST, 1, numbered(1, 1)).created()).isEqualTo(1);
    }

    @Test
    void aChunkThatSeveralSendAtOnceIsWrittenOnce() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (long sequence = 1; sequence <= 20; sequence++) {
                long chunk = sequence;
                List<Future<ChunkOutcome>> outcomes = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    outcomes.add(threads.submit(() -> write(backend, INGEST, chunk, numbered(1, chunk))));
                }
                ChunkOutcome first = outcomes.getFirst().get();
                for (Future<ChunkOutcome> outcome : outcomes) {
                    assertThat(outcome.get()).isEqualTo(first);
                }
            }
        }
        assertThat(get(backend, 1).getFirst().version()).as("one write a chunk").isEqualTo(20);
    }

    @Test
    void outcomesOfChunksOfLongAgoAreNotKeptButNeitherAreTheyWrittenAgain() {
        for (long chunk = 1; chunk <= IngestState.MAX_RECENT + 1; chunk++) {
            write(backend, INGEST, chunk, numbered(chunk, 1));
        }

        assertThat(open(backend, INGEST).recent()).hasSize(IngestState.MAX_RECENT);
        assertThat(write(backend, INGEST, 1, numbered(1, 2))).isEqualTo(ChunkOutcome.forgotten(1));
        assertThat(write(backend, INGEST, 2, numbered(2, 2)).version()).isEqualTo(2);
        assertThat(marker(get(backend, 1).getFirst())).isEqualTo(new IntValue(1));
    }

    @Test
    void anIngestIsForgottenADayAfterItsLastChunkAndItsSpaceReclaimed() {
        write(backend, INGEST, 1, numbered(1, 1));
        clock.move(Duration.ofHours(23));
        write(backend, INGEST, 2, numbered(2, 1));
        clock.move(Duration.ofHours(23));
        backend.reclaim(NO_DEADLINE);
        assertThat(open(backend, INGEST).lastSequence()).isEqualTo(2);
        assertThat(operations()).as("a state and its time").isEqualTo(2);

        clock.move(Duration.ofHours(1));

        assertThat(open(backend, INGEST)).as("before it is reclaimed").isEqualTo(IngestState.NEW);
        assertThat(codeOf(() -> write(backend, INGEST, 3, numbered(3, 1)))).isEqualTo(ErrorCode.INGEST_OUT_OF_ORDER);
        backend.reclaim(NO_DEADLINE);
        assertThat(operations()).isZero();
        write(backend, INGEST, 1, numbered(1, 2));
        clock.move(Duration.ofHours(25));
        write(backend, INGEST, 1, numbered(1, 3));
        assertThat(operations()).as("the old time went with the old state").isEqualTo(2);
    }

    @Test
    void anIngestThatGoesOnWhileItIsToBeForgottenIsNotForgotten() throws Exception {
        write(backend, INGEST, 1, numbered(1, 1));
        clock.move(StoredIngest.KEPT);
        CountDownLatch committing = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        store.pauseBefore(1, () -> {
            committing.countDown();
            awaitUninterruptibly(release);
        });
        Thread writer = Thread.ofPlatform().start(() -> write(backend, INGEST, 1, numbered(1, 2)));
        committing.await();
        Thread reclaimer = Thread.ofPlatform().start(() -> backend.reclaim(NO_DEADLINE));
        awaitWaiting(reclaimer); // it has seen the old note, and waits until nobody writes

        release.countDown();
        writer.join();
        reclaimer.join();

        assertThat(open(backend, INGEST).lastSequence()).isEqualTo(1);
        assertThat(operations()).as("a state and its time").isEqualTo(2);
    }

    @Test
    void anIngestOfACollectionThatIsNotInMemoryIsForgottenAsWell() {
        write(backend, INGEST, 1, numbered(1, 1));
        clock.move(Duration.ofHours(24));

        AccountBackend reloaded = backends.open();
        reloaded.reclaim(NO_DEADLINE);

        assertThat(operations()).isZero();
        assertThat(count(reloaded)).isEqualTo(1);
    }

    @Test
    void theOldestGivesWayToANewOneButNotWithinAQuarterOfAnHour() {
        for (long i = 1; i <= AccountBackend.MAX_INGESTS; i++) {
            write(backend, new UUID(1, i), 1, numbered(1, i));
            clock.move(Duration.ofMillis(1));
        }
        UUID more = new UUID(2, 0);

        assertThat(codeOf(() -> open(backend, more))).isEqualTo(ErrorCode.QUOTA_EXCEEDED);
        assertThat(open(backend, new UUID(1, 1)).lastSequence())
                .as("one that is known goes on")
                .isEqualTo(1);
        write(backend, new UUID(1, 1), 2, numbered(1, 1));
        clock.move(Ingests.LEAST_KEPT);

        assertThat(open(backend, more)).isEqualTo(IngestState.NEW);
        assertThat(open(backend, new UUID(1, 2)).lastSequence()).isZero();
        assertThat(open(backend, new UUID(1, 1)).lastSequence()).isEqualTo(2);
        assertThat(operations()).isEqualTo(2 * (AccountBackend.MAX_INGESTS - 1));
    }

    @Test
    void anIngestBelongsToALifeOfItsCollection() {
        write(backend, INGEST, 1, numbered(1, 1));
        UUID life = backend.collection(COLLECTION).incarnation();
        backend.deleteCollection(COLLECTION, Optional.empty(), NO_DEADLINE);
        assertThat(operations()).isZero();
        backend.createCollection(COLLECTION, TestBackends.schema(1, Metric.DOT), NO_DEADLINE);

        assertThat(open(backend, INGEST)).isEqualTo(IngestState.NEW);
        assertThat(codeOf(() -> backend.ingest(
                        COLLECTION,
                        life,
                        new IngestPlace(INGEST, 2),
                        UpsertMode.UPSERT,
                        () -> List.of(numbered(1, 1)),
                        NO_DEADLINE)))
                .isEqualTo(ErrorCode.INCARNATION_MISMATCH);
    }

    @Test
    void aStateThatIsDamagedFailsThatIngestAndNoOther() {
        write(backend, INGEST, 1, numbered(1, 1));
        int number = backend.collection(COLLECTION).number();
        byte[] key = IndexKeys.ingest(number, INGEST);
        byte[] bytes = requireNonNull(backends.view().get(Table.OPERATIONS, key), "no state");
        bytes[bytes.length / 2] ^= 1;
        backends.view().commit(new WriteBatch().put(Table.OPERATIONS, key, bytes));

        assertThat(codeOf(() -> open(backend, INGEST))).isEqualTo(ErrorCode.RECORD_CORRUPT);
        assertThat(codeOf(() -> write(backend, INGEST, 2, numbered(2, 1)))).isEqualTo(ErrorCode.RECORD_CORRUPT);
        assertThat(write(backend, new UUID(0, 3), 1, numbered(3, 1)).created()).isEqualTo(1);
    }
}
