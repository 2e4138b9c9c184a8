package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.codeOf;
import static io.knarr.server.index.TestBackends.draft;
import static io.knarr.server.index.TestBackends.failureOf;
import static io.knarr.server.index.TestBackends.numbered;
import static io.knarr.server.index.TestBackends.overAfterLooks;
import static io.knarr.server.index.TestBackends.overForOtherThreads;
import static io.knarr.server.index.TestBackends.upsert;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CursorPosition;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.BoolValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.NullValue;
import io.knarr.server.model.FieldValue.ObjectValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.FieldValue.TimestampValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.ListQuery;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Page;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.RecordOrder;
import io.knarr.server.model.Schema;
import io.knarr.server.model.Selection;
import io.knarr.server.model.Slice;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.VectorSpec;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Listings that go on in the view of their first page. */
@Timeout(120)
class RecordListingTest {
    private static final Duration LEASE = Duration.ofSeconds(60);

    private final AtomicLong now = new AtomicLong();
    private final Cursors cursors = new Cursors(new CursorConfig(LEASE, 1_000, 100, 1 << 20, 64 << 10), now::get);
    private final InMemoryStoreAdapter store = new InMemoryStoreAdapter();
    private final TestBackends backends = new TestBackends(store, IndexImages.none(), cursors);
    private AccountBackend backend = backends.openWithCollection();

    @AfterEach
    void close() {
        backend.close();
        backends.close();
        store.close();
    }

    private static ListQuery byId(int pageSize) {
        return query(Optional.empty(), Optional.empty(), Slice.WHOLE, pageSize);
    }

    private static ListQuery byField(String field, boolean descending, int pageSize) {
        return query(Optional.empty(), Optional.of(new RecordOrder(field, descending)), Slice.WHOLE, pageSize);
    }

    private static ListQuery query(Optional<Filter> filter, Optional<RecordOrder> order, Slice slice, int pageSize) {
        return new ListQuery(
                COLLECTION, filter, order, slice, pageSize, 1 << 20, new Selection.All(), new Selection.None());
    }

    private Page<StoredRecord, CursorPosition> page(ListQuery query, Optional<CursorPosition> from) {
        return backend.list(query, from, NO_DEADLINE);
    }

    /** Walks a listing to its end, and runs something between its pages. */
    private List<RecordId> walk(ListQuery query, Runnable between) {
        List<RecordId> ids = new ArrayList<>();
        Optional<CursorPosition> from = Optional.empty();
        do {
            Page<StoredRecord, CursorPosition> page = page(query, from);
            page.items().forEach(record -> ids.add(record.id()));
            from = page.next();
            between.run();
        } while (from.isPresent());
        return ids;
    }

    private static List<RecordId> ids(long... ids) {
        return Arrays.stream(ids).mapToObj(RecordId::of).toList();
    }

    @Test
    void pagesAreOfTheMomentOfTheFirst() {
        for (long id = 1; id <= 6; id++) {
            upsert(backend, numbered(id, id));
        }
        for (ListQuery query : List.of(byId(2), byField("marker", false, 2))) {
            Page<StoredRecord, CursorPosition> first = page(query, Optional.empty());
            upsert(backend, numbered(0, 0), numbered(4, 400), numbered(9, 9));
            var _ = backend.delete(COLLECTION, WriteTerms.NONE, ids(5), NO_DEADLINE);

            Page<StoredRecord, CursorPosition> second = page(query, first.next());
            Page<StoredRecord, CursorPosition> again = page(query, first.next());
            Page<StoredRecord, CursorPosition> third = page(query, second.next());

            assertThat(second.items()).extracting(StoredRecord::id).isEqualTo(ids(3, 4));
            assertThat(second.items().getLast().fields()).containsEntry("marker", new IntValue(4));
            assertThat(again.items()).isEqualTo(second.items());
            assertThat(third.items()).extracting(StoredRecord::id).isEqualTo(ids(5, 6));
            var _ = backend.delete(COLLECTION, WriteTerms.NONE, ids(0, 9), NO_DEADLINE);
            upsert(backend, numbered(4, 4), numbered(5, 5));
        }
    }

    @Test
    void aListingOfOnePageKeepsNothing() {
        upsert(backend, numbered(1, 1), numbered(2, 2));

        assertThat(page(byId(3), Optional.empty()).next()).isEmpty();
        assertThat(page(byField("marker", true, 2), Optional.empty()).next()).isEmpty();

        assertThat(cursors.openCount()).isZero();
    }

    @Test
    void aListingEndsWithItsLease() {
        upsert(backend, numbered(1, 1), numbered(2, 2), numbered(3, 3));
        Optional<CursorPosition> next = page(byId(1), Optional.empty()).next();
        now.addAndGet(LEASE.toNanos() - 1);
        assertThat(page(byId(1), next).items()).hasSize(1);

        now.addAndGet(LEASE.toNanos());

        ServiceException failure = failureOf(() -> page(byId(1), next));
        assertThat(failure.code()).isEqualTo(ErrorCode.CURSOR_EXPIRED);
        assertThat(cursors.openCount()).isZero();
    }

    @Test
    void aListingOutlivesItsBackendAndNotItsCollection() {
        upsert(backend, numbered(1, 1), numbered(2, 2), numbered(3, 3));
        Optional<CursorPosition> next =
                page(byField("marker", true, 1), Optional.empty()).next();
        backend.close();
        backend = backends.open();

        assertThat(page(byField("marker", true, 9), next).items())
                .extracting(StoredRecord::id)
                .isEqualTo(ids(2, 1));

        backend.deleteCollection(COLLECTION, Optional.empty(), NO_DEADLINE);
        assertThat(codeOf(() -> page(byField("marker", true, 1), next))).isEqualTo(ErrorCode.COLLECTION_NOT_FOUND);
        backend.createCollection(COLLECTION, TestBackends.schema(1, Metric.DOT), NO_DEADLINE);
        assertThat(codeOf(() -> page(byField("marker", true, 1), next))).isEqualTo(ErrorCode.CURSOR_EXPIRED);
    }

    @Test
    void anUnknownCursorIsRefused() {
        upsert(backend, numbered(1, 1));
        CursorPosition unknown = new CursorPosition(new UUID(4, 4), Optional.empty(), 0);

        assertThat(codeOf(() -> page(byId(1), Optional.of(unknown)))).isEqualTo(ErrorCode.CURSOR_EXPIRED);
    }

    @Test
    void whatTheSortCannotKeepIsRefusedAndNothingStays() {
        List<RecordDraft> drafts = new ArrayList<>();
        for (long id = 0; id < 6_000; id++) {
            drafts.add(numbered(id, -id));
        }
        var _ = backend.upsert(COLLECTION, WriteTerms.NONE, UpsertMode.UPSERT, drafts, NO_DEADLINE);

        ServiceException failure = failureOf(() -> page(byField("marker", false, 10), Optional.empty()));

        assertThat(failure.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED);
        assertThat(failure.field()).hasValue("order_by");
        assertThat(failure.details()).containsEntry("limit", "65536").containsKey("records_that_fit");
        assertThat(cursors.openCount()).isZero();
        assertThat(walk(byId(1_000), () -> {})).as("by id nothing is kept").hasSize(6_000);
    }

    @Test
    void theOrderAndTheRecordsAreOfOneMomentWhileAWriterRuns() throws Exception {
        for (long id = 0; id < 50; id++) {
            upsert(backend, numbered(id, id));
        }
        AtomicBoolean done = new AtomicBoolean();
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<?> writer = executor.submit(() -> {
                Random random = new Random(5);
                while (!done.get()) {
                    long id = random.nextInt(50);
                    upsert(backend, numbered(id, random.nextInt(1_000)));
                    var _ = backend.delete(COLLECTION, WriteTerms.NONE, ids(random.nextInt(50)), NO_DEADLINE);
                }
            });
            for (int round = 0; round < 300 && !writer.isDone(); round++) {
                List<Long> markers = page(byField("marker", false, 100), Optional.empty()).items().stream()
                        .map(record -> ((IntValue) TestBackends.marker(record)).value())
                        .toList();
                assertThat(markers).isSorted();
            }
            done.set(true);
            writer.get();
        } finally {
            done.set(true);
        }
    }

    @Test
    void theRowsAndTheSortLookAtTheDeadline() {
        upsert(backend, numbered(1, 1), numbered(2, 2));
        int[] items = new Random(7).ints(20_000).toArray();

        assertThat(codeOf(() -> backend.list(byField("marker", false, 1), Optional.empty(), overForOtherThreads())))
                .isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
        assertThat(codeOf(() -> RowSort.sort(items, Integer::compare, overAfterLooks(2))))
                .isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    }

    @Test
    void aSortIsThatOfTheLibraryAndStable() {
        Random random = new Random(11);
        for (int length : List.of(0, 1, 2, 11, 12, 13, 25, 100, 5_000)) {
            int[] items = random.ints(length, 0, 1_000_000).toArray();
            Integer[] expected = Arrays.stream(items).boxed().toArray(Integer[]::new);
            Arrays.sort(expected, Comparator.comparingInt(item -> item % 97));

            RowSort.sort(items, (a, b) -> Integer.compare(a % 97, b % 97), NO_DEADLINE);

            assertThat(Arrays.stream(items).boxed().toArray(Integer[]::new)).isEqualTo(expected);
        }
    }

    @Test
    void aFieldOfListsOrObjectsHasNoOrder() {
        upsert(backend, draft(RecordId.of(1), Map.of("tags", new ListValue(List.of(new IntValue(1)))), 1f));
        upsert(backend, draft(RecordId.of(2), Map.of("inner", new ObjectValue(new LinkedHashMap<>())), 1f));
        Schema closed = new Schema(
                List.of(new VectorSpec("default", 1, Metric.DOT)),
                List.of(new FieldSpec("many", FieldType.INT64, true), new FieldSpec("one", FieldType.INT64, false)),
                true);
        backend.createCollection("closed", closed, NO_DEADLINE);

        for (String field : List.of("tags", "inner")) {
            ServiceException failure = failureOf(() -> page(byField(field, false, 1), Optional.empty()));
            assertThat(failure.code()).isEqualTo(ErrorCode.TYPE_MISMATCH);
            assertThat(failure.field()).hasValue("order_by.field");
        }
        assertThat(codeOf(() -> listClosed("many"))).isEqualTo(ErrorCode.TYPE_MISMATCH);
        assertThat(codeOf(() -> listClosed("other"))).isEqualTo(ErrorCode.UNKNOWN_FIELD);
        listClosed("one");
    }

    private void listClosed(String field) {
        ListQuery query = new ListQuery(
                "closed",
                Optional.empty(),
                Optional.of(new RecordOrder(field, false)),
                Slice.WHOLE,
                1,
                1 << 20,
                new Selection.All(),
                new Selection.None());
        assertThat(page(query, Optional.empty()).items()).isEmpty();
    }

    /** Records of random values, listed in every order, against a list that is sorted with exact decimals. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyOrderIsThatOfAModelWhileWritersRun(long seed) throws Exception {
        Random random = new Random(seed);
        Map<RecordId, @Nullable FieldValue> model = new TreeMap<>();
        List<RecordDraft> drafts = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            RecordId id = randomId(random);
            FieldValue value = randomValue(random);
            Map<String, FieldValue> fields = value == null ? Map.of() : Map.of("x", value);
            drafts.add(draft(id, fields, 1f));
            model.put(id, value);
        }
        var _ = backend.upsert(COLLECTION, WriteTerms.NONE, UpsertMode.UPSERT, drafts, NO_DEADLINE);
        List<Page<StoredRecord, CursorPosition>> firstPages = new ArrayList<>();
        List<ListQuery> queries = new ArrayList<>();
        for (int round = 0; round < 6; round++) {
            int count = random.nextInt(1, 4);
            Optional<RecordOrder> order =
                    round < 2 ? Optional.empty() : Optional.of(new RecordOrder("x", round % 2 == 0));
            ListQuery query =
                    query(Optional.empty(), order, new Slice(random.nextInt(count), count), random.nextInt(1, 60));
            queries.add(query);
            firstPages.add(page(query, Optional.empty()));
        }
        AtomicBoolean done = new AtomicBoolean();
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<?> writer = executor.submit(() -> {
                Random writes = new Random(seed);
                while (!done.get()) {
                    upsert(backend, draft(randomId(writes), Map.of("x", new IntValue(writes.nextInt(9))), 1f));
                    var _ = backend.delete(COLLECTION, WriteTerms.NONE, List.of(randomId(writes)), NO_DEADLINE);
                }
            });
            for (int i = 0; i < queries.size(); i++) {
                ListQuery query = queries.get(i);
                List<RecordId> listed = new ArrayList<>();
                Optional<Page<StoredRecord, CursorPosition>> page = Optional.of(firstPages.get(i));
                while (page.isPresent()) {
                    for (StoredRecord record : page.get().items()) {
                        listed.add(record.id());
                        assertThat(record.fields().get("x")).isEqualTo(model.get(record.id()));
                    }
                    Optional<CursorPosition> next = page.get().next();
                    page = next.map(position -> page(query, Optional.of(position)));
                }
                assertThat(listed).as("seed %s, query %s", seed, query).isEqualTo(expected(model, query));
            }
            done.set(true);
            writer.get();
        }
    }

    private static List<RecordId> expected(Map<RecordId, @Nullable FieldValue> model, ListQuery query) {
        List<RecordId> ids = new ArrayList<>(model.keySet().stream()
                .filter(id -> query.slice().includes(id.toSortKey()))
                .toList());
        query.order().ifPresent(order -> {
            List<RecordId> with = new ArrayList<>(
                    ids.stream().filter(id -> isValue(model.get(id))).toList());
            Comparator<RecordId> byValue =
                    (a, b) -> compare(requireNonNull(model.get(a)), requireNonNull(model.get(b)));
            with.sort((order.descending() ? byValue.reversed() : byValue).thenComparing(Comparator.naturalOrder()));
            List<RecordId> without =
                    ids.stream().filter(id -> !isValue(model.get(id))).toList();
            ids.clear();
            ids.addAll(with);
            ids.addAll(without);
        });
        return ids;
    }

    private static boolean isValue(@Nullable FieldValue value) {
        return value != null && !(value instanceof NullValue);
    }

    private static int compare(FieldValue a, FieldValue b) {
        int kinds = Integer.compare(kind(a), kind(b));
        if (kinds != 0) {
            return kinds;
        }
        return switch (kind(a)) {
            case 0 -> Boolean.compare(((BoolValue) a).value(), ((BoolValue) b).value());
            case 1 -> decimal(a).compareTo(decimal(b));
            case 2 -> Arrays.compareUnsigned(utf8(a), utf8(b));
            default -> ((TimestampValue) a).value().compareTo(((TimestampValue) b).value());
        };
    }

    private static byte[] utf8(FieldValue value) {
        return ((StringValue) value).value().getBytes(UTF_8);
    }

    private static BigDecimal decimal(FieldValue value) {
        return value instanceof IntValue(long number)
                ? BigDecimal.valueOf(number)
                : new BigDecimal(((DoubleValue) value).value());
    }

    private static int kind(FieldValue value) {
        Map<Class<?>, Integer> kinds = new HashMap<>(Map.of(
                BoolValue.class,
                0,
                IntValue.class,
                1,
                DoubleValue.class,
                1,
                StringValue.class,
                2,
                TimestampValue.class,
                3));
        return requireNonNull(kinds.get(value.getClass()));
    }

    private static RecordId randomId(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> RecordId.of(random.nextInt(200) - 100L);
            case 1 -> RecordId.of(new UUID(random.nextInt(3), random.nextInt(100)));
            default -> RecordId.of("id" + random.nextInt(300));
        };
    }

    private static @Nullable FieldValue randomValue(Random random) {
        return switch (random.nextInt(9)) {
            case 0 -> null;
            case 1 -> new NullValue();
            case 2 -> new BoolValue(random.nextBoolean());
            case 3 -> new IntValue(random.nextInt(5));
            case 4 -> new IntValue((random.nextBoolean() ? 1L << 53 : Long.MIN_VALUE) + random.nextInt(3));
            case 5 -> new DoubleValue(random.nextInt(10) / 2.0);
            case 6 ->
                new DoubleValue(List.of(-0.0, 0x1p53, -0x1p63, 0x1p63, 1e300).get(random.nextInt(5)));
            case 7 ->
                new StringValue(
                        List.of("", "a", "b", "\uffee", "\ud83d\ude00", "ab").get(random.nextInt(6)));
            default -> new TimestampValue(Instant.ofEpochSecond(random.nextInt(3), random.nextInt(2)));
        };
    }
}
