package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.codeOf;
import static io.knarr.server.index.TestBackends.draft;
import static io.knarr.server.index.TestBackends.failureOf;
import static io.knarr.server.index.TestBackends.numbered;
import static io.knarr.server.index.TestBackends.overAfterLooks;
import static io.knarr.server.index.TestBackends.query;
import static io.knarr.server.index.TestBackends.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CursorPosition;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.ListQuery;
import io.knarr.server.model.Page;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Selection;
import io.knarr.server.model.Slice;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How much one call reads, and where its pages end. */
class RecordReaderTest {
    private static final Selection ALL = new Selection.All();
    private static final Selection NONE = new Selection.None();

    private final InMemoryStoreAdapter store = new InMemoryStoreAdapter();
    private final TestBackends backends = new TestBackends(store);
    private final AccountBackend backend = backends.openWithCollection();

    @AfterEach
    void close() {
        backend.close();
        backends.close();
        store.close();
    }

    private void writeTexts(int count, int length) {
        for (long id = 0; id < count; id++) {
            upsert(backend, draft(RecordId.of(id), Map.of("text", new StringValue("x".repeat(length))), 1f));
        }
    }

    private static List<RecordId> ids(int count) {
        return LongStream.range(0, count).mapToObj(RecordId::of).toList();
    }

    private Page<StoredRecord, CursorPosition> page(
            Optional<Filter> filter, int pageSize, long maxBytes, Optional<CursorPosition> from) {
        ListQuery query =
                new ListQuery(COLLECTION, filter, Optional.empty(), Slice.WHOLE, pageSize, maxBytes, ALL, NONE);
        return backend.list(query, from, NO_DEADLINE);
    }

    @Test
    void getStopsWhereAReplyWouldBeTooLarge() {
        writeTexts(100, 1_000);

        ServiceException failure = failureOf(() -> backend.get(COLLECTION, ids(100), ALL, ALL, 50_000, NO_DEADLINE));

        assertThat(failure.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED);
        assertThat(failure.details()).containsEntry("limit", "50000").containsEntry("records_that_fit", "48");
        assertThat(backend.get(COLLECTION, ids(48), ALL, ALL, 50_000, NO_DEADLINE))
                .hasSize(48);
        assertThat(backend.get(COLLECTION, ids(100), NONE, ALL, 50_000, NO_DEADLINE))
                .as("only what is asked for counts")
                .hasSize(100);
    }

    @Test
    void searchStopsWhereAReplyWouldBeTooLarge() {
        writeTexts(100, 1_000);

        assertThat(codeOf(() -> backend.search(query(COLLECTION, Optional.empty(), 100, 0, 1f), 50_000, NO_DEADLINE)))
                .isEqualTo(ErrorCode.LIMIT_EXCEEDED);
        assertThat(backend.search(query(COLLECTION, Optional.empty(), 49, 0, 1f), 50_000, NO_DEADLINE)
                        .hits())
                .hasSize(49);
    }

    @Test
    void getReadsManyRecordsInTheOrderOfTheirIdsWithGapsAndRepeats() {
        writeTexts(1_500, 1);
        List<RecordId> asked = new ArrayList<>(ids(1_600).reversed());
        asked.add(RecordId.of(7));

        List<StoredRecord> records = backend.get(COLLECTION, asked, NONE, NONE, Long.MAX_VALUE, NO_DEADLINE);

        assertThat(records).hasSize(1_501);
        assertThat(records.getFirst().id()).isEqualTo(RecordId.of(1_499));
        assertThat(records.getLast().id()).isEqualTo(RecordId.of(7));
    }

    @Test
    void getLooksAtItsDeadlineOnTheWay() {
        writeTexts(
                1_500,
                1); // read in four parts, with a look at the deadline before each, however often the caller's thread
        // looks

        assertThat(codeOf(() -> backend.get(COLLECTION, ids(1_500), ALL, ALL, Long.MAX_VALUE, overAfterLooks(2))))
                .isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    }

    @Test
    void aPageEndsWhereItsBytesDoAndTheNextGoesOnThere() {
        writeTexts(10, 1_000);

        List<StoredRecord> listed = new ArrayList<>();
        Optional<CursorPosition> after = Optional.empty();
        int pages = 0;
        do {
            Page<StoredRecord, CursorPosition> page = page(Optional.empty(), 100, 2_500, after);
            assertThat(page.items()).hasSizeLessThanOrEqualTo(3);
            listed.addAll(page.items());
            after = page.next();
            pages++;
        } while (after.isPresent());

        assertThat(listed.stream().map(StoredRecord::id)).isEqualTo(ids(10));
        assertThat(pages).isEqualTo(4);
        assertThat(page(Optional.empty(), 100, 1, Optional.empty()).items())
                .as("a record larger than a page is a page")
                .hasSize(1);
    }

    @Test
    void aFilterThatMatchesLittleEndsAPageEarlyAndMissesNothing() {
        int count = 20_010;
        List<RecordDraft> drafts = new ArrayList<>();
        for (long id = 0; id < count; id++) {
            drafts.add(numbered(id, id == count - 5 ? 1 : 0));
        }
        var _ = backend.upsert(COLLECTION, WriteTerms.NONE, UpsertMode.UPSERT, drafts, NO_DEADLINE);
        Optional<Filter> filter = Optional.of(new Filter.Equal("marker", Set.of(new IntValue(1))));

        Page<StoredRecord, CursorPosition> first = page(filter, 10, 1 << 20, Optional.empty());
        Page<StoredRecord, CursorPosition> second = page(filter, 10, 1 << 20, first.next());

        assertThat(first.items()).isEmpty();
        assertThat(first.next().flatMap(CursorPosition::after)).hasValue(RecordId.of(19_999));
        assertThat(second.items()).singleElement().satisfies(record -> assertThat(record.id())
                .isEqualTo(RecordId.of(count - 5)));
        assertThat(second.next()).isEmpty();
    }
}
