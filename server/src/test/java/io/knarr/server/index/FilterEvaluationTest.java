package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.draft;
import static io.knarr.server.index.TestBackends.upsert;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.GeoValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.GeoPoint;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.TextAnalyzers;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorSpec;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What indexes answer, against a look at each record by itself. */
class FilterEvaluationTest {
    private record Kept(RecordId id, SequencedMap<String, FieldValue> fields) implements RowMatcher.Source {
        @Override
        public RowMatcher.Column column(String path) {
            return _ -> FieldValues.find(fields, path);
        }

        @Override
        public RecordId id(int row) {
            return id;
        }

        @Override
        public IntPredicate vector(String name) {
            return _ -> true;
        }
    }

    private static final int MEASUREMENTS = 5;
    private static final Schema SCHEMA = new Schema(
            List.of(new VectorSpec("default", 1, Metric.DOT)),
            List.of(
                    new FieldSpec("text", FieldType.TEXT, false, List.of(), TextAnalyzers.DEFAULT),
                    new FieldSpec("texts", FieldType.TEXT, true, List.of(), TextAnalyzers.DEFAULT)),
            false);

    /** A table and, by row, what is alive in it. */
    private static final class Rows implements AutoCloseable {
        private RowTable table = new RowTable(SCHEMA);
        private List<@Nullable Kept> model = new ArrayList<>();
        private long sequence = 1;

        void append(RecordId id, SequencedMap<String, FieldValue> fields) {
            table.append(
                    id, sequence, 0, RecordCodec.NEVER, fields, new VectorData[] {new VectorData.Dense(new float[] {1})
                    });
            model.add(new Kept(id, fields));
        }

        void kill(int row) {
            if (model.set(row, null) != null) {
                table.kill(row, ++sequence);
            }
        }

        void compact() {
            RowTable.View view = table.publish(sequence);
            RowTable compacted = table.emptyLike(view.liveCount());
            List<@Nullable Kept> moved = new ArrayList<>();
            int[] places = new int[view.rowCount()];
            Arrays.fill(places, -1);
            for (int row = 0; row < view.rowCount(); row++) {
                if (view.isVisible(row)) {
                    compacted.appendCopy(view, row);
                    places[row] = moved.size();
                    moved.add(model.get(row));
                }
            }
            compacted.appendMovedPostings(view, 0, places);
            table.release();
            table = compacted;
            model = moved;
        }

        List<RecordId> ids() {
            return model.stream()
                    .filter(Objects::nonNull)
                    .map(kept -> requireNonNull(kept).id())
                    .toList();
        }

        void check(Filter filter, RowTable.View view, List<@Nullable Kept> expected) {
            RowMask mask = new FilterEvaluation(filter, view, NO_DEADLINE).mask();
            int count = 0;
            for (int row = 0; row < expected.size(); row++) {
                Kept kept = expected.get(row);
                boolean matches = kept != null && RowMatcher.of(filter, kept).matches(0);
                boolean found = (mask.bits()[row / Long.SIZE] & (1L << row)) != 0;
                if (matches != found) {
                    assertThat(found)
                            .as("row %s of %s matches %s; its fields: %s", row, expected.size(), filter, kept)
                            .isEqualTo(matches);
                }
                count += matches ? 1 : 0;
            }
            assertThat(mask.count()).isEqualTo(count);
            assertThat(java.util.BitSet.valueOf(mask.bits()).cardinality()).isEqualTo(count);
        }

        @Override
        public void close() {
            table.release();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void indexesAnswerAsALookAtEachRecordDoes(long seed) {
        Random random = new Random(seed);
        RandomFilters filters = new RandomFilters(random);
        try (Rows rows = new Rows()) {
            for (int step = 0; step < 40; step++) {
                switch (random.nextInt(8)) {
                    case 0 -> {
                        for (int deaths = random.nextInt(1 + rows.model.size() / 4); deaths > 0; deaths--) {
                            rows.kill(random.nextInt(rows.model.size()));
                        }
                    }
                    case 1 -> rows.table.freezeFields();
                    case 2 -> {
                        if (random.nextInt(4) == 0) {
                            rows.compact();
                        }
                    }
                    default -> {
                        for (int count = random.nextInt(700); count > 0; count--) {
                            rows.append(RecordId.of(step * 1_000L + count), filters.fields());
                        }
                    }
                }
                // The view is older than what comes then: rows that came after it, and deaths, are not in it.
                RowTable.View view = rows.table.publish(rows.sequence);
                List<@Nullable Kept> expected = new ArrayList<>(rows.model);
                rows.append(RecordId.of(-step - 1L), filters.fields());
                rows.kill(random.nextInt(rows.model.size()));
                if (random.nextBoolean()) {
                    rows.table.freezeFields();
                }
                for (int query = 0; query < 8; query++) {
                    rows.check(filters.filter(3, rows.ids()), view, expected);
                }
            }
        }
    }

    @Test
    void mergedSegmentsAnswerAsTheirPartsDid() {
        Random random = new Random(99);
        RandomFilters filters = new RandomFilters(random);
        try (Rows rows = new Rows()) {
            int large = 0;
            for (int row = 0; row < 132_000; row++) {
                SequencedMap<String, FieldValue> fields = new LinkedHashMap<>();
                fields.put("few", new IntValue(random.nextInt(5)));
                fields.put("int", new IntValue(random.nextInt(100_000)));
                fields.put("word", new StringValue("w" + random.nextInt(300)));
                rows.append(RecordId.of(row), fields);
                large += rows.table.wantsFieldMerge() ? 1 : 0;
            }
            assertThat(large).as("rows that came while a merge was wanted").isPositive();
            RowTable.View before = rows.table.publish(rows.sequence);
            List<Filter> some = new ArrayList<>();
            for (int query = 0; query < 12; query++) {
                some.add(filters.filter(2, rows.ids()));
            }
            some.forEach(filter -> rows.check(filter, before, rows.model));
            rows.table.mergeFields();
            assertThat(rows.table.wantsFieldMerge()).isFalse();
            assertThat(before.columns().segments()).hasSizeLessThan(20);
            some.forEach(filter -> rows.check(filter, before, rows.model));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24})
    void filtersAnswerTheSameOverAnImageAndWhatCameAfterIt(long seed, @TempDir Path directory) throws Exception {
        Random random = new Random(seed);
        RandomFilters filters = new RandomFilters(random);
        Map<RecordId, Kept> model = new TreeMap<>();
        try (StoreAdapter store = new InMemoryStoreAdapter();
                TestBackends backends = new TestBackends(store, IndexImages.in(directory))) {
            AccountBackend backend = backends.open();
            backend.createCollection(COLLECTION, SCHEMA, NO_DEADLINE);
            for (int step = 0; step < 25; step++) {
                switch (random.nextInt(6)) {
                    case 0 -> {
                        backend.close();
                        // The last image is written there, and another must not be meanwhile.
                        backends.awaitBackground();
                        backend = backends.open();
                    }
                    case 1 -> assertThat(backend.writeImage(COLLECTION)).isTrue();
                    case 2 -> {
                        List<RecordId> some = model.keySet().stream()
                                .filter(_ -> random.nextInt(5) == 0)
                                .toList();
                        var _ = backend.delete(COLLECTION, WriteTerms.NONE, some, NO_DEADLINE);
                        some.forEach(model::remove);
                    }
                    default -> {
                        List<RecordDraft> drafts = new ArrayList<>();
                        for (int count = 1 + random.nextInt(800); count > 0; count--) {
                            RecordId id = RecordId.of((long) random.nextInt(4_000));
                            SequencedMap<String, FieldValue> fields = filters.fields();
                            drafts.add(draft(id, fields, 1f));
                            model.put(id, new Kept(id, fields));
                        }
                        upsert(backend, drafts.toArray(RecordDraft[]::new));
                    }
                }
                for (int query = 0; query < 8; query++) {
                    Filter filter = filters.filter(2, List.copyOf(model.keySet()));
                    long expected = model.values().stream()
                            .filter(kept -> RowMatcher.of(filter, kept).matches(0))
                            .count();
                    assertThat(backend.count(COLLECTION, Optional.of(filter), NO_DEADLINE))
                            .as("%s", filter)
                            .isEqualTo(expected);
                }
            }
            backends.awaitBackground();
            backend.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"few", "int", "name", "time", "double", "tags", "object.kind", "place", "text"})
    void whatIsCountedIsCloseToWhatTheHeapHolds(String field) {
        // The first loads classes and the like. What others leave on the heap may go away meanwhile, so once of a few
        // times will do.
        requireNonNull(indexed(field, 2_000));
        List<String> tries = new ArrayList<>();
        boolean close = false;
        while (!close && tries.size() < MEASUREMENTS) {
            Bytes bytes = measured(field);
            close = bytes.counted() >= bytes.measured() / 1.5 - 300_000
                    && bytes.counted() <= bytes.measured() * 1.5 + 300_000;
            tries.add(bytes.toString());
        }
        assertThat(close).as("%s", tries).isTrue();
    }

    private record Bytes(long counted, long measured) {}

    private static Bytes measured(String field) {
        long before = usedHeap();
        FieldColumns columns = indexed(field, 60_000);
        long measured = usedHeap() - before;
        return new Bytes(columns.columnBytes() + columns.indexBytes(), measured);
    }

    private static FieldColumns indexed(String field, int rowCount) {
        RandomFilters filters = new RandomFilters(new Random(1));
        FieldColumns columns = new FieldColumns();
        for (int row = 0; row < rowCount; row++) {
            SequencedMap<String, FieldValue> fields = filters.fields();
            fields.keySet().removeIf(name -> !name.equals(FieldValues.firstName(field)));
            columns.append(row, fields);
        }
        columns.freeze(rowCount);
        for (FieldSegment segment : columns.snapshot().segments()) {
            FieldIndex index = requireNonNull(segment.index(field));
            assertThat(index.keyCount()).isPositive();
            FieldIndex.KeyTexts texts = index.texts();
            if (texts != null) {
                assertThat(segment.grams(field, texts.column())).isNotNull();
            }
            assertThat(segment.cells(field, index)).isNotNull();
        }
        return columns;
    }

    private static long usedHeap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void distinctNumbersTakeFewBytesEach() {
        FieldColumns columns = new FieldColumns();
        Random random = new Random(5);
        int rows = 1 << 17;
        for (int row = 0; row < rows; row++) {
            columns.append(row, new LinkedHashMap<>(Map.of("n", new IntValue(random.nextLong()))));
        }
        columns.mergeLarge();
        for (FieldSegment segment : columns.snapshot().segments()) {
            assertThat(segment.index("n")).isNotNull();
        }
        assertThat(columns.columnBytes() / rows).isLessThanOrEqualTo(8);
        assertThat(columns.indexBytes() / rows).isLessThanOrEqualTo(4);
    }

    @Test
    void whatLiesBetweenTwoTextsIsNoText() {
        try (Rows rows = new Rows()) {
            for (int row = 1_000; row < 4_000; row++) {
                rows.append(RecordId.of(row), new LinkedHashMap<>(Map.of("name", new StringValue("n" + row))));
            }
            rows.table.freezeFields();
            RowTable.View view = rows.table.publish(rows.sequence);
            // A text is stored as its tag, its length and its letters.
            rows.check(new Filter.Contains("name", "0\u0005\u0005n"), view, rows.model);
            rows.check(new Filter.Contains("name", "\u0005"), view, rows.model);
            rows.check(new Filter.Contains("name", "n"), view, rows.model);
        }
    }

    @Test
    void pathsThatAreMadeUpGetNoIndexWithoutEnd() {
        Random random = new Random(8);
        RandomFilters filters = new RandomFilters(random);
        try (Rows rows = new Rows()) {
            for (int row = 0; row < 2_000; row++) {
                rows.append(RecordId.of(row), filters.fields());
            }
            rows.table.freezeFields();
            RowTable.View view = rows.table.publish(rows.sequence);
            for (int made = 0; made < 3 * FieldSegment.MAX_NESTED_INDEXES; made++) {
                rows.check(new Filter.Exists("object.made" + made), view, rows.model);
            }
            rows.check(new Filter.Equal("object.kind", Set.of(new StringValue("ab"))), view, rows.model);
            for (FieldSegment segment : view.columns().segments()) {
                assertThat(segment.indexed()).hasSize(segment.columns().size() + FieldSegment.MAX_NESTED_INDEXES);
                assertThat(FieldSegment.merged(List.of(segment)).indexed())
                        .hasSize(segment.columns().size() + FieldSegment.MAX_NESTED_INDEXES);
            }
        }
    }

    @Test
    void placesAreFoundWhereverTheyAre() {
        Random random = new Random(12);
        try (Rows rows = new Rows()) {
            for (int row = 0; row < 20_000; row++) {
                double longitude =
                        random.nextInt(50) == 0 ? 180 * (random.nextInt(3) - 1) : random.nextDouble(-180, 180);
                double latitude = random.nextInt(50) == 0 ? 90 * (random.nextInt(3) - 1) : random.nextDouble(-90, 90);
                GeoPoint point = new GeoPoint(longitude, latitude);
                rows.append(RecordId.of(row), new LinkedHashMap<>(Map.of("place", new GeoValue(point))));
            }
            rows.table.freezeFields();
            RowTable.View view = rows.table.publish(rows.sequence);
            for (int query = 0; query < 60; query++) {
                double south = random.nextInt(180) - 90;
                GeoPoint center = new GeoPoint(random.nextInt(361) - 180, random.nextInt(181) - 90);
                rows.check(new Filter.GeoRadius("place", center, random.nextDouble() * 3e6), view, rows.model);
                rows.check(
                        new Filter.GeoBox(
                                "place",
                                new GeoPoint(random.nextInt(361) - 180, south),
                                new GeoPoint(random.nextInt(361) - 180, Math.min(90, south + random.nextInt(90)))),
                        view,
                        rows.model);
                double width = 1 + random.nextInt(60);
                double west = Math.max(-180, Math.min(180, center.longitude()));
                double low = Math.max(-80, Math.min(60, center.latitude()));
                List<GeoPoint> corners = List.of(
                        new GeoPoint(west, low),
                        new GeoPoint(west + width > 180 ? west + width - 360 : west + width, low),
                        new GeoPoint(west + width / 2 > 180 ? west + width / 2 - 360 : west + width / 2, low + 20));
                rows.check(new Filter.GeoPolygon("place", corners, List.of()), view, rows.model);
            }
        }
    }

    @Test
    void aFilterThatHasNothingToDoWithAFieldMakesNoIndexOfIt() {
        try (Rows rows = new Rows()) {
            for (int row = 0; row < 1_000; row++) {
                rows.append(
                        RecordId.of(row), new LinkedHashMap<>(Map.of("a", new IntValue(row), "b", new IntValue(row))));
            }
            rows.table.freezeFields();
            RowTable.View view = rows.table.publish(rows.sequence);
            rows.check(new Filter.Equal("a", Set.of(new IntValue(3))), view, rows.model);
            for (FieldSegment segment : view.columns().segments()) {
                assertThat(segment.indexed()).containsExactly("a");
            }
            assertThat(view.table().indexBytes()).isPositive();
        }
    }
}
