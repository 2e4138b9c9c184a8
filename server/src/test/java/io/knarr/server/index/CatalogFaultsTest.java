package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.awaitUninterruptibly;
import static io.knarr.server.index.TestBackends.awaitWaiting;
import static io.knarr.server.index.TestBackends.codeOf;
import static io.knarr.server.index.TestBackends.count;
import static io.knarr.server.index.TestBackends.numbered;
import static io.knarr.server.index.TestBackends.overAfterLooks;
import static io.knarr.server.index.TestBackends.schema;
import static io.knarr.server.index.TestBackends.search;
import static io.knarr.server.index.TestBackends.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.Collection;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.StoreException.Kind;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import io.knarr.server.testing.FaultyStoreAdapter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of an account's collections when their creation or deletion fails, waits or races. */
@Timeout(60)
class CatalogFaultsTest {
    private static final Schema SCHEMA = schema(1, Metric.DOT);

    private final FaultyStoreAdapter pausing = new FaultyStoreAdapter(new InMemoryStoreAdapter());
    private final FaultyStoreAdapter store = new FaultyStoreAdapter(pausing);
    private final TestBackends backends = new TestBackends(store);

    @AfterEach
    void close() {
        backends.close();
        store.close();
    }

    private Collection create(AccountBackend backend, String name) {
        return backend.createCollection(name, SCHEMA, NO_DEADLINE);
    }

    /** Creates "a" with an unknown outcome, and "b" by a call that waited meanwhile. */
    private FutureTask<ErrorCode> createTwo(AccountBackend backend) throws Exception {
        CountDownLatch paused = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        pausing.pauseBefore(1, () -> {
            paused.countDown();
            awaitUninterruptibly(release);
        });
        store.failAfter(1, Kind.IO);
        FutureTask<ErrorCode> first = new FutureTask<>(() -> codeOf(() -> create(backend, "a")));
        Thread.ofPlatform().start(first);
        paused.await();
        FutureTask<ErrorCode> second = new FutureTask<>(() -> {
            create(backend, "b");
            return ErrorCode.CALL_CANCELLED; // stands for none
        });
        awaitWaiting(Thread.ofPlatform().start(second));
        release.countDown();
        assertThat(first.get()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        return second;
    }

    @Test
    void twoCollectionsNeverShareANumberAfterACreationOfUnknownOutcome() throws Exception {
        AccountBackend backend = backends.open();

        createTwo(backend).get();

        assertThat(backend.collection("a").number())
                .isNotEqualTo(backend.collection("b").number());
        backend.upsert("b", WriteTerms.NONE, UpsertMode.UPSERT, List.of(numbered(1, 1)), NO_DEADLINE);
        assertThat(backend.count("a", Optional.empty(), NO_DEADLINE)).isZero();
    }

    @Test
    void aFullDiskDoesNotHideWhatAnUnknownOutcomeLeft() throws Exception {
        AccountBackend backend = backends.open();
        store.failBefore(2, Kind.DISK_FULL);

        FutureTask<ErrorCode> second = createTwo(backend);

        assertThat(second).failsWithin(Duration.ofSeconds(30));
        assertThat(backend.collection("a").name()).isEqualTo("a");
        assertThat(backend.listCollections(10, Optional.empty()).items()).hasSize(1);
    }

    @Test
    void aCreationOrDeletionOfUnknownOutcomeIsWhatTheDiskSays() {
        AccountBackend backend = backends.open();
        store.failBefore(1, Kind.IO);
        assertThat(codeOf(() -> create(backend, "a"))).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(codeOf(() -> backend.collection("a"))).isEqualTo(ErrorCode.COLLECTION_NOT_FOUND);
        create(backend, "a");
        backend.upsert("a", WriteTerms.NONE, UpsertMode.UPSERT, List.of(numbered(1, 1)), NO_DEADLINE);

        store.failBefore(1, Kind.IO);
        assertThat(codeOf(() -> backend.deleteCollection("a", Optional.empty(), NO_DEADLINE)))
                .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(backend.count("a", Optional.empty(), NO_DEADLINE)).isEqualTo(1);
        backend.upsert("a", WriteTerms.NONE, UpsertMode.UPSERT, List.of(numbered(2, 1)), NO_DEADLINE);

        store.failAfter(1, Kind.IO);
        assertThat(codeOf(() -> backend.deleteCollection("a", Optional.empty(), NO_DEADLINE)))
                .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(codeOf(() -> backend.count("a", Optional.empty(), NO_DEADLINE)))
                .isEqualTo(ErrorCode.COLLECTION_NOT_FOUND);
    }

    @Test
    void aFullDiskKeepsTheCollectionThatWasToBeDeleted() {
        AccountBackend backend = backends.openWithCollection();
        upsert(backend, numbered(1, 1));
        store.failBefore(1, Kind.DISK_FULL);

        assertThat(codeOf(() -> backend.deleteCollection(COLLECTION, Optional.empty(), NO_DEADLINE)))
                .isEqualTo(ErrorCode.DISK_FULL);

        upsert(backend, numbered(2, 1));
        assertThat(count(backend)).isEqualTo(2);
        assertThat(search(backend, 10)).hasSize(2);
    }

    @Test
    void aDeletionWaitsForALoadNoLongerThanItsCallMayTake() throws Exception {
        AccountBackend backend = backends.openWithCollection();
        CountDownLatch release = backends.blockLoading();
        assertThat(codeOf(() -> backend.count(COLLECTION, Optional.empty(), overAfterLooks(0))))
                .isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
        backends.awaitWaitingLoad();

        assertThat(codeOf(() -> backend.deleteCollection(COLLECTION, Optional.empty(), overAfterLooks(3))))
                .isEqualTo(ErrorCode.DEADLINE_EXCEEDED);

        release.countDown();
        upsert(backend, numbered(1, 1));
        assertThat(count(backend)).isEqualTo(1);
    }

    @Test
    void nothingIsWrittenToALifeThatTheDiskNoLongerHas() {
        AccountBackend other = backends.openWithCollection();
        AccountBackend backend = backends.open();
        other.deleteCollection(COLLECTION, Optional.empty(), NO_DEADLINE);

        assertThat(codeOf(() -> upsert(backend, numbered(1, 1)))).isEqualTo(ErrorCode.COLLECTION_NOT_FOUND);

        create(other, COLLECTION);
        assertThat(codeOf(() -> upsert(backend, numbered(1, 1)))).isEqualTo(ErrorCode.COLLECTION_NOT_FOUND);
        assertThat(count(other)).isZero();
    }

    @Test
    void aSearchThatAFailedWriteOvertookFindsWhatTheDiskHas() throws Exception {
        AccountBackend backend = backends.openWithCollection();
        upsert(backend, numbered(1, 1));
        CountDownLatch release = backends.blockLoading();
        FutureTask<List<SearchResult.Hit>> search = new FutureTask<>(() -> search(backend, 10));
        Thread.ofPlatform().start(search);
        backends.awaitWaitingLoad();
        store.failAfter(1, Kind.IO);
        assertThat(codeOf(() -> upsert(backend, numbered(1, 2)))).isEqualTo(ErrorCode.STORE_UNAVAILABLE);

        release.countDown();

        assertThat(search.get())
                .singleElement()
                .satisfies(hit -> assertThat(hit.record().fields()).hasToString("{marker=IntValue[value=2]}"));
    }

    @Test
    void aSearchThatADeletionOvertookFindsNoCollection() throws Exception {
        AccountBackend backend = backends.openWithCollection();
        upsert(backend, numbered(1, 1));
        CountDownLatch release = backends.blockLoading();
        FutureTask<ErrorCode> search = new FutureTask<>(() -> codeOf(() -> search(backend, 10)));
        Thread.ofPlatform().start(search);
        backends.awaitWaitingLoad();
        backend.deleteCollection(COLLECTION, Optional.empty(), NO_DEADLINE);

        release.countDown();

        assertThat(search.get()).isEqualTo(ErrorCode.COLLECTION_NOT_FOUND);
        create(backend, COLLECTION);
        assertThat(backend.delete(COLLECTION, WriteTerms.NONE, List.of(RecordId.of(1)), NO_DEADLINE)
                        .result())
                .isZero();
    }
}
