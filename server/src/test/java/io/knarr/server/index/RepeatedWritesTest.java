package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.codeOf;
import static io.knarr.server.index.TestBackends.count;
import static io.knarr.server.index.TestBackends.failureOf;
import static io.knarr.server.index.TestBackends.get;
import static io.knarr.server.index.TestBackends.marker;
import static io.knarr.server.index.TestBackends.numbered;
import static io.knarr.server.index.TestBackends.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Precondition;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.RequestKey;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.StoreException.Kind;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.Table;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import io.knarr.server.testing.FaultyStoreAdapter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Writes with a name: however often they are made, they happen once. */
@Timeout(120)
class RepeatedWritesTest {
    private static final WriteTerms FIRST = named(1, 100);

    private final FaultyStoreAdapter store = new FaultyStoreAdapter(new InMemoryStoreAdapter());
    private final TestBackends backends = new TestBackends(store);
    private final AccountBackend backend = backends.openWithCollection();

    @AfterEach
    void close() {
        backends.close();
        store.close();
    }

    private static WriteTerms named(long id, long fingerprint) {
        RequestKey request = new RequestKey(new UUID(0, id), new UUID(0, fingerprint));
        return new WriteTerms(Optional.empty(), List.of(), Optional.of(request));
    }

    private static List<UpsertOutcome> write(AccountBackend to, WriteTerms terms, RecordDraft... drafts) {
        return to.upsert(COLLECTION, terms, UpsertMode.UPSERT, List.of(drafts), NO_DEADLINE)
                .result();
    }

    private static long delete(AccountBackend from, WriteTerms terms, long id) {
        return from.delete(COLLECTION, terms, List.of(RecordId.of(id)), NO_DEADLINE)
                .result();
    }

    @Test
    void aRepeatedUpsertDoesNothingAndIsAnsweredAsTheFirstTimeAlsoAfterAReload() {
        List<UpsertOutcome> first = write(backend, FIRST, numbered(1, 1), numbered(2, 1));
        upsert(backend, numbered(1, 7));

        assertThat(write(backend, FIRST, numbered(1, 1), numbered(2, 1))).isEqualTo(first);
        AccountBackend reloaded = backends.open();
        assertThat(write(reloaded, FIRST, numbered(1, 1), numbered(2, 1))).isEqualTo(first);

        assertThat(first).allMatch(UpsertOutcome::created);
        assertThat(marker(get(reloaded, 1).getFirst())).isEqualTo(new IntValue(7));
        assertThat(get(reloaded, 2).getFirst().version())
                .isEqualTo(first.getFirst().version());
    }

    @Test
    void idsThatTheServerMadeAreTheSameTheSecondTime() {
        RecordDraft draft = new RecordDraft(
                Optional.empty(), new LinkedHashMap<>(), Map.of("default", new VectorData.Dense(new float[] {1})));

        assertThat(write(backend, FIRST, draft)).isEqualTo(write(backend, FIRST, draft));
        assertThat(count(backend)).isEqualTo(1);
    }

    @Test
    void aRepeatedDeletionSaysTheSameCount() {
        upsert(backend, numbered(1, 1));

        assertThat(delete(backend, FIRST, 1)).isEqualTo(1);
        assertThat(delete(backend, FIRST, 1)).isEqualTo(1);
        assertThat(delete(backend, named(2, 1), 1)).isZero();
        assertThat(delete(backend, named(2, 1), 1)).isZero();
        upsert(backend, numbered(1, 2));
        assertThat(delete(backends.open(), named(2, 1), 1))
                .as("it deleted nothing then")
                .isZero();
        assertThat(count(backend)).isEqualTo(1);
    }

    @Test
    void anotherRequestUnderTheSameIdIsRefused() {
        write(backend, FIRST, numbered(1, 1));

        ServiceException failure = failureOf(() -> write(backend, named(1, 101), numbered(1, 2)));

        assertThat(failure.code()).isEqualTo(ErrorCode.REQUEST_ID_REUSED);
        assertThat(failure.field()).contains("request_id");
        assertThat(marker(get(backend, 1).getFirst())).isEqualTo(new IntValue(1));
    }

    @Test
    void oneThatWasRefusedIsNotRemembered() {
        Precondition wanted =
                new Precondition(RecordId.of(2), OptionalLong.empty(), Optional.empty(), Optional.of(true));
        WriteTerms terms = new WriteTerms(Optional.empty(), List.of(wanted), FIRST.request());

        assertThat(codeOf(() -> write(backend, terms, numbered(1, 1)))).isEqualTo(ErrorCode.PRECONDITION_FAILED);
        upsert(backend, numbered(2, 1));
        List<UpsertOutcome> done = write(backend, terms, numbered(1, 1));
        delete(backend, WriteTerms.NONE, 2);

        assertThat(write(backend, terms, numbered(1, 1)))
                .as("what holds now does not matter: it is done")
                .isEqualTo(done);
    }

    @Test
    void oneWhoseOutcomeWasUnknownIsDoneOnce() {
        upsert(backend, numbered(9, 1));
        store.failAfter(1, Kind.IO);

        assertThat(codeOf(() -> write(backend, FIRST, numbered(1, 1)))).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        long version = get(backend, 1).getFirst().version();
        List<UpsertOutcome> repeated = write(backend, FIRST, numbered(1, 1));

        assertThat(repeated.getFirst().version()).isEqualTo(version);
        assertThat(repeated.getFirst().created()).isTrue();
        assertThat(get(backend, 1).getFirst().version()).isEqualTo(version);
    }

    @Test
    void ofManyAtOnceOneIsDone() throws Exception {
        try (ExecutorService callers = Executors.newFixedThreadPool(16)) {
            List<Future<List<UpsertOutcome>>> running = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                WriteTerms terms = named(i % 4, i % 4);
                long id = i % 4;
                running.add(callers.submit(() -> write(backend, terms, numbered(id, id))));
            }
            for (int i = 0; i < 64; i++) {
                assertThat(running.get(i).get()).isEqualTo(running.get(i % 4).get());
            }
        }
        for (long id = 0; id < 4; id++) {
            assertThat(get(backend, id).getFirst().version())
                    .isEqualTo(write(backend, named(id, id), numbered(id, id))
                            .getFirst()
                            .version());
        }
    }

    @Test
    void answersGoWithTheirCollectionAndAreNotThoseOfTheNextOneOfThatName() {
        write(backend, FIRST, numbered(1, 1));
        backend.deleteCollection(COLLECTION, Optional.empty(), NO_DEADLINE);
        try (StoreScan scan = backends.view().scan(Table.OPERATIONS, KeyRange.all())) {
            assertThat(scan.next()).as("something is left").isFalse();
        }
        backend.createCollection(COLLECTION, TestBackends.schema(1, Metric.DOT), NO_DEADLINE);

        write(backend, FIRST, numbered(1, 1));

        assertThat(count(backend)).isEqualTo(1);
    }
}
