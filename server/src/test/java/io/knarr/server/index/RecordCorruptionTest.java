package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.codeOf;
import static io.knarr.server.index.TestBackends.count;
import static io.knarr.server.index.TestBackends.get;
import static io.knarr.server.index.TestBackends.numbered;
import static io.knarr.server.index.TestBackends.schema;
import static io.knarr.server.index.TestBackends.upsert;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.ListQuery;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Selection;
import io.knarr.server.model.Slice;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Damaged bytes are an error of the collection they are in, whichever way they are read, and never an answer. */
class RecordCorruptionTest {
    private static final int NUMBER = 1; // of the first collection of an account
    private static final byte[] KEY = IndexKeys.record(NUMBER, RecordId.of(1));

    private final InMemoryStoreAdapter store = new InMemoryStoreAdapter();
    private final TestBackends backends = new TestBackends(store);

    @BeforeEach
    void fill() {
        try (AccountBackend backend = backends.openWithCollection()) {
            upsert(backend, numbered(1, 1), numbered(2, 2));
            backend.createCollection("other", schema(1, Metric.DOT), NO_DEADLINE);
            backend.upsert("other", WriteTerms.NONE, UpsertMode.UPSERT, List.of(numbered(1, 1)), NO_DEADLINE);
        }
    }

    @AfterEach
    void close() {
        backends.close();
        store.close();
    }

    private byte[] stored(Table table, byte[] key) {
        return requireNonNull(backends.view().get(table, key), "nothing is stored there");
    }

    private void put(Table table, byte[] key, byte[] value) {
        backends.view().commit(new WriteBatch().put(table, key, value));
    }

    private static void list(AccountBackend backend) {
        ListQuery query = new ListQuery(
                COLLECTION,
                Optional.empty(),
                Optional.empty(),
                Slice.WHOLE,
                10,
                1 << 20,
                new Selection.None(),
                new Selection.None());
        var _ = backend.list(query, Optional.empty(), NO_DEADLINE);
    }

    private void requireCorruptOnLoadOnly() {
        try (AccountBackend backend = backends.open()) {
            assertThat(codeOf(() -> count(backend))).isEqualTo(ErrorCode.RECORD_CORRUPT);
            assertThat(backend.count("other", Optional.empty(), NO_DEADLINE)).isEqualTo(1);
        }
    }

    @Test
    void everyFlippedByteOfARecordIsFoundOut() {
        byte[] good = stored(Table.RECORDS, KEY);
        for (int at = 0; at < good.length; at++) {
            byte[] damaged = good.clone();
            damaged[at] ^= 0x10;
            put(Table.RECORDS, KEY, damaged);

            requireCorruptOnLoadOnly();
            try (AccountBackend backend = backends.open()) {
                assertThat(codeOf(() -> get(backend, 1))).isEqualTo(ErrorCode.RECORD_CORRUPT);
                assertThat(codeOf(() -> list(backend))).isEqualTo(ErrorCode.RECORD_CORRUPT);
                assertThat(get(backend, 2)).as("others can be read").hasSize(1);
            }
        }
        put(Table.RECORDS, KEY, good);
        try (AccountBackend backend = backends.open()) {
            assertThat(count(backend)).as("not remembered").isEqualTo(2);
        }
    }

    @Test
    void everyShorterRecordIsFoundOut() {
        byte[] good = stored(Table.RECORDS, KEY);
        for (int length = 0; length < good.length; length++) {
            put(Table.RECORDS, KEY, Arrays.copyOf(good, length));
            requireCorruptOnLoadOnly();
        }
    }

    @Test
    void aRecordAtAnotherKeyIsFoundOut() {
        put(Table.RECORDS, IndexKeys.record(NUMBER, RecordId.of(3)), stored(Table.RECORDS, KEY));

        requireCorruptOnLoadOnly();
        try (AccountBackend backend = backends.open()) {
            assertThat(codeOf(() -> get(backend, 3))).isEqualTo(ErrorCode.RECORD_CORRUPT);
        }
    }

    @Test
    void aKeyThatHoldsNoIdIsFoundOut() {
        put(Table.RECORDS, new byte[] {0, 0, 0, NUMBER, 9, 9}, stored(Table.RECORDS, KEY));

        requireCorruptOnLoadOnly();
        try (AccountBackend backend = backends.open()) {
            assertThat(codeOf(() -> list(backend))).isEqualTo(ErrorCode.RECORD_CORRUPT);
        }
    }

    @Test
    void aSequenceThatIsGoneOrGoesBackOrIsMalformedIsFoundOut() {
        byte[] sequenceKey = IndexKeys.sequence(NUMBER);
        put(Table.CATALOG, sequenceKey, new byte[8]);
        requireCorruptOnLoadOnly();
        put(Table.CATALOG, sequenceKey, new byte[3]);
        requireCorruptOnLoadOnly();
        backends.view().commit(new WriteBatch().delete(Table.CATALOG, sequenceKey));
        requireCorruptOnLoadOnly();
    }

    @Test
    void everyFlippedByteOfACatalogEntryIsFoundOut() {
        byte[] key = IndexKeys.collection(COLLECTION);
        byte[] good = stored(Table.CATALOG, key);
        for (int at = 0; at < good.length; at++) {
            byte[] damaged = good.clone();
            damaged[at] ^= 0x10;
            put(Table.CATALOG, key, damaged);
            assertThat(codeOf(backends::open)).isEqualTo(ErrorCode.RECORD_CORRUPT);
        }
    }

    @Test
    void aNextNumberThatIsTakenOrGoneOrMalformedIsFoundOut() {
        byte[] key = IndexKeys.nextNumber();
        put(Table.CATALOG, key, new byte[] {0, 0, 0, 2});
        assertThat(codeOf(backends::open)).isEqualTo(ErrorCode.RECORD_CORRUPT);
        put(Table.CATALOG, key, new byte[] {3});
        assertThat(codeOf(backends::open)).isEqualTo(ErrorCode.RECORD_CORRUPT);
        backends.view().commit(new WriteBatch().delete(Table.CATALOG, key));
        assertThat(codeOf(backends::open)).isEqualTo(ErrorCode.RECORD_CORRUPT);
    }
}
