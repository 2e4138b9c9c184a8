package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.draft;
import static io.knarr.server.index.TestBackends.query;
import static io.knarr.server.index.TestBackends.schema;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.knarr.server.model.CursorPosition;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.ObjectValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.ListQuery;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Page;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.Selection;
import io.knarr.server.model.Slice;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random writes, reads and searches, with reopening among them, against a sorted map and a loop that cannot be wrong. */
class AccountBackendModelTest {
    private static final String COLLECTION = "docs";
    private static final int DIMENSION = 5;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Kept(float[] vector, Map<String, FieldValue> fields, long version) {}

    @ParameterizedTest
    @CsvSource({"1, COSINE", "2, DOT", "3, EUCLID", "4, MANHATTAN", "5, COSINE", "6, EUCLID"})
    void answersAsAListAndALoopWould(long seed, Metric metric) {
        run(seed, metric, IndexImages.none(), new ImageFaults(new Random(seed), Optional.empty()));
    }

    @ParameterizedTest
    @CsvSource({"11, COSINE", "12, DOT", "13, EUCLID", "14, MANHATTAN", "15, DOT", "16, EUCLID", "17, DOT", "18, DOT"})
    void answersTheSameWhateverBecomesOfImages(long seed, Metric metric, @TempDir Path directory) {
        run(seed, metric, IndexImages.in(directory), new ImageFaults(new Random(-seed), Optional.of(directory)));
    }

    private static void run(long seed, Metric metric, IndexImages images, ImageFaults faults) {
        Random random = new Random(seed);
        Map<RecordId, Kept> model = new TreeMap<>();
        try (StoreAdapter store = new InMemoryStoreAdapter();
                TestBackends backends = new TestBackends(store, images)) {
            AccountBackend backend = backends.open();
            backend.createCollection(COLLECTION, schema(DIMENSION, metric), NO_DEADLINE);
            for (int step = 0; step < 400; step++) {
                switch (random.nextInt(10)) {
                    case 0 -> {
                        backend.close();
                        faults.strike();
                        backend = backends.open();
                    }
                    case 1, 2 -> delete(backend, model, random);
                    case 3 -> checkPages(backend, model, random);
                    case 4, 5, 6 -> checkSearch(backend, model, metric, random);
                    default -> upsert(backend, model, random);
                }
                if (faults.wantsImage()) {
                    assertThat(backend.writeImage(COLLECTION)).isTrue();
                }
                assertThat(backend.count(COLLECTION, Optional.empty(), NO_DEADLINE))
                        .isEqualTo(model.size());
            }
            backend.close();
        }
    }

    /** What may happen to the image of the one collection while nobody has it open. */
    private record ImageFaults(Random random, Optional<Path> directory, List<byte[]> earlier) {
        ImageFaults(Random random, Optional<Path> directory) {
            this(random, directory, new ArrayList<>());
        }

        boolean wantsImage() {
            return directory.isPresent() && random.nextInt(10) == 0;
        }

        void strike() {
            if (directory.isEmpty()) {
                return;
            }
            Path image = directory.get().resolve("7").resolve("1.img");
            try {
                if (Files.exists(image)) {
                    byte[] bytes = Files.readAllBytes(image);
                    earlier.add(bytes.clone());
                    switch (random.nextInt(8)) {
                        case 0 -> Files.delete(image);
                        case 1 -> Files.write(image, earlier.get(random.nextInt(earlier.size())));
                        case 2 -> Files.write(image, Arrays.copyOf(bytes, random.nextInt(bytes.length)));
                        case 3, 4 -> {
                            for (int flips = 20; flips > 0; flips--) {
                                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                            }
                            Files.write(image, bytes);
                        }
                        default -> {}
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void upsert(AccountBackend backend, Map<RecordId, Kept> model, Random random) {
        List<RecordDraft> drafts = new ArrayList<>();
        for (int i = random.nextInt(1, 30); i > 0; i--) {
            drafts.add(draft(id(random), fields(random), vector(random)));
        }
        List<UpsertOutcome> outcomes = backend.upsert(
                        COLLECTION, WriteTerms.NONE, UpsertMode.UPSERT, drafts, NO_DEADLINE)
                .result();
        assertThat(outcomes).hasSameSizeAs(drafts);
        Map<RecordId, Kept> before = new TreeMap<>(model);
        for (int i = 0; i < drafts.size(); i++) {
            RecordDraft draft = drafts.get(i);
            RecordId id = draft.id().orElseThrow();
            assertThat(outcomes.get(i).id()).isEqualTo(id);
            assertThat(outcomes.get(i).created()).isEqualTo(!before.containsKey(id));
            if (before.containsKey(id)) {
                assertThat(outcomes.get(i).version())
                        .isGreaterThan(before.get(id).version());
            }
            model.put(
                    id,
                    new Kept(
                            components(requireNonNull(draft.vectors().get("default"))),
                            draft.fields(),
                            outcomes.get(i).version()));
        }
    }

    private static void delete(AccountBackend backend, Map<RecordId, Kept> model, Random random) {
        List<RecordId> ids = new ArrayList<>();
        for (int i = random.nextInt(1, 10); i > 0; i--) {
            ids.add(id(random));
        }
        long expected = ids.stream().distinct().filter(model::containsKey).count();
        assertThat(backend.delete(COLLECTION, WriteTerms.NONE, ids, NO_DEADLINE).result())
                .isEqualTo(expected);
        ids.forEach(model::remove);
    }

    private static void checkPages(AccountBackend backend, Map<RecordId, Kept> model, Random random) {
        Optional<Filter> filter = filter(random);
        List<RecordId> expected = model.entrySet().stream()
                .filter(entry -> filter.isEmpty() || matches(filter.get(), entry.getKey(), entry.getValue()))
                .map(Map.Entry::getKey)
                .toList();
        List<RecordId> listed = new ArrayList<>();
        Optional<CursorPosition> after = Optional.empty();
        do {
            ListQuery query = new ListQuery(
                    COLLECTION,
                    filter,
                    Optional.empty(),
                    Slice.WHOLE,
                    random.nextInt(1, 9),
                    1 << 20,
                    new Selection.All(),
                    new Selection.All());
            Page<StoredRecord, CursorPosition> page = backend.list(query, after, NO_DEADLINE);
            for (StoredRecord record : page.items()) {
                listed.add(record.id());
                assertThat(record.fields()).isEqualTo(kept(model, record.id()).fields());
                assertThat(components(requireNonNull(record.vectors().get("default"))))
                        .isEqualTo(kept(model, record.id()).vector());
            }
            after = page.next();
        } while (after.isPresent());
        assertThat(listed).isEqualTo(expected);
        assertThat(backend.count(COLLECTION, filter, NO_DEADLINE)).isEqualTo(expected.size());
    }

    private static Kept kept(Map<RecordId, Kept> model, RecordId id) {
        return requireNonNull(model.get(id), "no such record in the model");
    }

    private record Expected(RecordId id, double score) {}

    private static void checkSearch(AccountBackend backend, Map<RecordId, Kept> model, Metric metric, Random random) {
        Optional<Filter> filter = filter(random);
        float[] target = vector(random);
        int limit = random.nextInt(1, 12);
        int offset = random.nextInt(4);
        List<Expected> all = new ArrayList<>();
        model.forEach((id, kept) -> {
            if (filter.isEmpty() || matches(filter.get(), id, kept)) {
                all.add(new Expected(id, score(metric, target, kept.vector())));
            }
        });
        Comparator<Expected> byScore = Comparator.comparingDouble(Expected::score);
        all.sort((metric.largerIsNearer() ? byScore.reversed() : byScore).thenComparing(Expected::id));
        List<Expected> expected = all.stream().skip(offset).limit(limit).toList();

        SearchResult result =
                backend.search(query(COLLECTION, filter, limit, offset, target), Long.MAX_VALUE, NO_DEADLINE);

        assertThat(result.exact()).isTrue();
        assertThat(result.hits()).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            SearchResult.Hit hit = result.hits().get(i);
            // Components are small integers, so that scores are exact and ties are real ones; a cosine's rounding may
            // swap near ties.
            assertThat(hit.score()).isCloseTo(expected.get(i).score(), within(1e-6));
            if (metric != Metric.COSINE) {
                assertThat(hit.record().id()).isEqualTo(expected.get(i).id());
            }
            assertThat(hit.record().fields())
                    .isEqualTo(kept(model, hit.record().id()).fields());
        }
        assertThat(result.explanation().orElseThrow().matchedCount()).isEqualTo(all.size());
    }

    private static RecordId id(Random random) {
        int number = random.nextInt(40);
        return switch (number % 3) {
            case 0 -> RecordId.of((long) number);
            case 1 -> RecordId.of(new UUID(0, number));
            default -> RecordId.of("id-" + number);
        };
    }

    private static float[] components(VectorData vector) {
        return switch (vector) {
            case VectorData.Dense(float[] components) -> components;
            case VectorData.Sparse _, VectorData.Multi _ -> throw new AssertionError("The vector is not dense");
        };
    }

    private static float[] vector(Random random) {
        float[] vector = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] = random.nextInt(-3, 4);
        }
        return vector;
    }

    private static Map<String, FieldValue> fields(Random random) {
        Map<String, FieldValue> fields = new TreeMap<>();
        if (random.nextBoolean()) {
            fields.put(
                    "number",
                    random.nextBoolean() ? new IntValue(random.nextInt(5)) : new DoubleValue(random.nextInt(10) / 2.0));
        }
        if (random.nextBoolean()) {
            fields.put("word", new StringValue("w" + random.nextInt(4)));
        }
        if (random.nextBoolean()) {
            fields.put(
                    "words",
                    new ListValue(random.ints(random.nextInt(3), 0, 4)
                            .<FieldValue>mapToObj(number -> new StringValue("w" + number))
                            .toList()));
        }
        if (random.nextBoolean()) {
            fields.put(
                    "items",
                    new ListValue(random.ints(random.nextInt(3), 0, 16)
                            .<FieldValue>mapToObj(number -> item(number / 4, number % 4))
                            .toList()));
        }
        return new LinkedHashMap<>(fields);
    }

    private static FieldValue item(int color, int size) {
        SequencedMap<String, FieldValue> item = new LinkedHashMap<>();
        item.put("color", new StringValue("w" + color));
        if (size > 0) {
            item.put("size", new IntValue(size));
        }
        return new ObjectValue(item);
    }

    private static Optional<Filter> filter(Random random) {
        return random.nextInt(3) == 0 ? Optional.empty() : Optional.of(filter(random, 3));
    }

    private static Filter filter(Random random, int depth) {
        return switch (random.nextInt(depth == 0 ? 12 : 16)) {
            case 0 ->
                new Filter.Equal(
                        random.nextBoolean() ? "word" : "words", Set.of(new StringValue("w" + random.nextInt(4))));
            case 1 ->
                new Filter.Range(
                        "number",
                        Optional.empty(),
                        Optional.of(new IntValue(random.nextInt(4))),
                        Optional.of(new DoubleValue(random.nextInt(10) / 2.0)),
                        Optional.empty());
            case 2 -> new Filter.HasId(Set.of(id(random)));
            case 3 -> new Filter.Exists(random.nextBoolean() ? "words" : "nothing");
            case 4 -> new Filter.IsNull(random.nextBoolean() ? "words" : "number");
            case 5 -> new Filter.IsEmpty(random.nextBoolean() ? "words" : "items");
            case 6 -> new Filter.Prefix(textField(random), random.nextBoolean() ? "w" : "w1");
            case 7 -> new Filter.Contains(textField(random), String.valueOf(random.nextInt(4)));
            case 8 -> new Filter.Regex(textField(random), "^w[" + random.nextInt(4) + "-3]$");
            case 9 ->
                new Filter.ContainsAll(
                        textField(random),
                        Set.copyOf(
                                List.of(
                                                new StringValue("w" + random.nextInt(4)),
                                                new StringValue("w" + random.nextInt(4)))
                                        .stream()
                                        .distinct()
                                        .toList()));
            case 10 ->
                new Filter.ValuesCount(
                        textField(random),
                        OptionalLong.empty(),
                        OptionalLong.of(random.nextInt(3)),
                        OptionalLong.of(1 + random.nextInt(3)),
                        OptionalLong.empty());
            case 11 ->
                new Filter.Nested(
                        "items",
                        new Filter.And(List.of(
                                new Filter.Equal("color", Set.of(new StringValue("w" + random.nextInt(4)))),
                                new Filter.Not(new Filter.Equal("size", Set.of(new IntValue(random.nextInt(4))))))));
            case 12 -> new Filter.And(List.of(filter(random, depth - 1), filter(random, depth - 1)));
            case 13 -> new Filter.Or(random.nextInt(5) == 0 ? List.of() : List.of(filter(random, depth - 1)));
            case 14 ->
                new Filter.MinShould(
                        List.of(filter(random, depth - 1), filter(random, depth - 1), filter(random, depth - 1)),
                        1 + random.nextInt(3));
            default -> new Filter.Not(filter(random, depth - 1));
        };
    }

    private static String textField(Random random) {
        return random.nextBoolean() ? "word" : "words";
    }

    private static List<String> texts(Kept kept, String field) {
        return switch (kept.fields().get(field)) {
            case StringValue(String text) -> List.of(text);
            case ListValue(List<FieldValue> elements) ->
                elements.stream()
                        .map(element -> ((StringValue) element).value())
                        .toList();
            case null, default -> List.of();
        };
    }

    private static boolean isItem(FieldValue value, Filter.And wanted) {
        Filter.Equal color = (Filter.Equal) wanted.filters().get(0);
        Filter.Equal size = (Filter.Equal) ((Filter.Not) wanted.filters().get(1)).filter();
        SequencedMap<String, FieldValue> item = ((ObjectValue) value).fields();
        FieldValue itemSize = item.get("size");
        return color.values().contains(item.get("color"))
                && (itemSize == null || !size.values().contains(itemSize));
    }

    /** What filters mean, written again and plainly. */
    private static boolean matches(Filter filter, RecordId id, Kept kept) {
        return switch (filter) {
            case Filter.And(List<Filter> parts) -> parts.stream().allMatch(part -> matches(part, id, kept));
            case Filter.Or(List<Filter> parts) -> parts.stream().anyMatch(part -> matches(part, id, kept));
            case Filter.Not(Filter part) -> !matches(part, id, kept);
            case Filter.HasId(Set<RecordId> ids) -> ids.contains(id);
            case Filter.Exists(String field) -> {
                FieldValue value = kept.fields().get(field);
                yield value != null && !value.equals(new ListValue(List.of()));
            }
            case Filter.Equal(String field, Set<FieldValue> values) -> {
                FieldValue value = kept.fields().get(field);
                yield value instanceof ListValue(List<FieldValue> elements)
                        ? elements.stream().anyMatch(values::contains)
                        : value != null && values.contains(value);
            }
            case Filter.Range range -> {
                Double number =
                        switch (kept.fields().get("number")) {
                            case IntValue(long value) -> (double) value;
                            case DoubleValue(double value) -> value;
                            case null, default -> null;
                        };
                yield number != null
                        && number >= asDouble(range.gte().orElseThrow())
                        && number < asDouble(range.lt().orElseThrow());
            }
            case Filter.IsNull(String field) -> !kept.fields().containsKey(field);
            case Filter.IsEmpty(String field) -> !matches(new Filter.Exists(field), id, kept);
            case Filter.Prefix(String field, String prefix) ->
                texts(kept, field).stream().anyMatch(text -> text.startsWith(prefix));
            case Filter.Contains(String field, String part) ->
                texts(kept, field).stream().anyMatch(text -> text.indexOf(part) >= 0);
            case Filter.Regex(String field, String pattern) ->
                texts(kept, field).stream().anyMatch(text -> text.matches(pattern));
            case Filter.ContainsAll(String field, Set<FieldValue> values) ->
                values.stream().allMatch(value -> texts(kept, field).contains(((StringValue) value).value()));
            case Filter.ValuesCount count -> {
                int values = texts(kept, count.field()).size();
                yield kept.fields().containsKey(count.field())
                        && values >= count.gte().orElseThrow()
                        && values < count.lt().orElseThrow();
            }
            case Filter.Nested(String field, Filter.And wanted) ->
                kept.fields().get(field) instanceof ListValue(List<FieldValue> items)
                        && items.stream().anyMatch(item -> isItem(item, wanted));
            case Filter.MinShould(List<Filter> parts, int minCount) ->
                parts.stream().filter(part -> matches(part, id, kept)).count() >= minCount;
            default -> throw new AssertionError("Not made by this test: " + filter);
        };
    }

    private static double asDouble(FieldValue value) {
        return value instanceof IntValue(long number) ? number : ((DoubleValue) value).value();
    }

    private static double score(Metric metric, float[] target, float[] vector) {
        double dot = 0;
        double squares = 0;
        double manhattan = 0;
        double targetNorm = 0;
        double vectorNorm = 0;
        for (int i = 0; i < target.length; i++) {
            dot += (double) target[i] * vector[i];
            squares += Math.pow((double) target[i] - vector[i], 2);
            manhattan += Math.abs((double) target[i] - vector[i]);
            targetNorm += (double) target[i] * target[i];
            vectorNorm += (double) vector[i] * vector[i];
        }
        return switch (metric) {
            case COSINE -> targetNorm == 0 || vectorNorm == 0 ? 0 : dot / Math.sqrt(targetNorm * vectorNorm);
            case DOT -> dot;
            case EUCLID -> Math.sqrt(squares);
            case MANHATTAN -> manhattan;
        };
    }
}
