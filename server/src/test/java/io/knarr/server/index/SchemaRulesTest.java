package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.BoolValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.GeoValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.NullValue;
import io.knarr.server.model.FieldValue.ObjectValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.FieldValue.TimestampValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.GeoPoint;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.Selection;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorSpec;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a closed schema of two vectors and every type of field takes, and where it says what it does not take. */
class SchemaRulesTest {
    private static final Schema SCHEMA = new Schema(
            List.of(new VectorSpec("title", 2, Metric.COSINE), new VectorSpec("body", 3, Metric.EUCLID)),
            List.of(
                    new FieldSpec("text", FieldType.STRING, false),
                    new FieldSpec("int", FieldType.INT64, false),
                    new FieldSpec("float", FieldType.FLOAT64, false),
                    new FieldSpec("bool", FieldType.BOOL, false),
                    new FieldSpec("time", FieldType.TIMESTAMP, false),
                    new FieldSpec("uuid", FieldType.UUID, false),
                    new FieldSpec("words", FieldType.STRING, true),
                    new FieldSpec("place", FieldType.GEO, false),
                    new FieldSpec("path", FieldType.PATH, false),
                    new FieldSpec("body", FieldType.TEXT, false),
                    new FieldSpec("free", FieldType.OBJECT, false),
                    new FieldSpec(
                            "items",
                            FieldType.OBJECT,
                            true,
                            List.of(
                                    new FieldSpec("color", FieldType.STRING, false),
                                    new FieldSpec("size", FieldType.INT64, false),
                                    new FieldSpec("key", FieldType.UUID, false)))),
            true);
    private static final Selection ALL = new Selection.All();

    private final InMemoryStoreAdapter store = new InMemoryStoreAdapter();
    private final TestBackends backends = new TestBackends(store);
    private AccountBackend backend = backends.open();

    @BeforeEach
    void create() {
        backend.createCollection(COLLECTION, SCHEMA, NO_DEADLINE);
    }

    @AfterEach
    void close() {
        backend.close();
        backends.close();
        store.close();
    }

    private void write(long id, Map<String, FieldValue> fields, Map<String, VectorData> vectors) {
        RecordDraft draft = new RecordDraft(Optional.of(RecordId.of(id)), new LinkedHashMap<>(fields), vectors);
        var _ = backend.upsert(COLLECTION, WriteTerms.NONE, UpsertMode.UPSERT, List.of(draft), NO_DEADLINE);
    }

    private void requireRefused(ErrorCode code, String path, Runnable call) {
        ServiceException failure = failureOf(call::run);
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure.field()).hasValue(path);
        assertThat(backend.count(COLLECTION, Optional.empty(), NO_DEADLINE)).isZero();
    }

    private static final Map<String, VectorData> TITLE = Map.of("title", VectorData.of(1, 0));

    static Stream<Arguments> wrongValues() {
        return Stream.of(
                Arguments.of("text", new IntValue(1), "TYPE_MISMATCH", ""),
                Arguments.of("int", new DoubleValue(1), "TYPE_MISMATCH", ""),
                Arguments.of("int", new StringValue("1"), "TYPE_MISMATCH", ""),
                Arguments.of("float", new IntValue((1L << 53) + 1), "TYPE_MISMATCH", ""),
                Arguments.of("float", new IntValue(Long.MAX_VALUE), "TYPE_MISMATCH", ""),
                Arguments.of("bool", new StringValue("true"), "TYPE_MISMATCH", ""),
                Arguments.of("time", new IntValue(0), "TYPE_MISMATCH", ""),
                Arguments.of("uuid", new StringValue("1-2-3-4-5"), "TYPE_MISMATCH", ""),
                Arguments.of("text", new ListValue(List.of(new StringValue("a"))), "TYPE_MISMATCH", ""),
                Arguments.of("words", new StringValue("a"), "TYPE_MISMATCH", ""),
                Arguments.of(
                        "words", new ListValue(List.of(new StringValue("a"), new IntValue(1))), "TYPE_MISMATCH", "[1]"),
                Arguments.of("place", new StringValue("0,0"), "TYPE_MISMATCH", ""),
                Arguments.of("path", new StringValue("a/b"), "TYPE_MISMATCH", ""),
                Arguments.of("path", new StringValue("/a/../b"), "TYPE_MISMATCH", ""),
                Arguments.of("body", new IntValue(1), "TYPE_MISMATCH", ""),
                Arguments.of("free", new StringValue("a"), "TYPE_MISMATCH", ""),
                Arguments.of("items", object("color", new StringValue("red")), "TYPE_MISMATCH", ""),
                Arguments.of(
                        "items",
                        new ListValue(List.of(object("color", new IntValue(1)))),
                        "TYPE_MISMATCH",
                        "[0].object_value.fields[\"color\"]"),
                Arguments.of(
                        "items",
                        new ListValue(List.of(object("size", new IntValue(1)), object("weight", new IntValue(1)))),
                        "UNKNOWN_FIELD",
                        "[1].object_value.fields[\"weight\"]"),
                Arguments.of("other", new IntValue(1), "UNKNOWN_FIELD", ""));
    }

    private static FieldValue object(String name, FieldValue value) {
        return new ObjectValue(new LinkedHashMap<>(Map.of(name, value)));
    }

    @ParameterizedTest
    @MethodSource("wrongValues")
    void aValueThatDoesNotFitIsRefusedByItsPath(String field, FieldValue value, ErrorCode code, String rest) {
        requireRefused(
                code, "records[0].fields[\"" + field + "\"]" + rest, () -> write(1, Map.of(field, value), TITLE));
    }

    @Test
    void valuesThatFitComeBackAsGiven() {
        UUID uuid = UUID.randomUUID();
        Map<String, FieldValue> fields = Map.of(
                "text", new StringValue("\uD83D\uDE00"),
                "int", new IntValue(Long.MIN_VALUE),
                "float", new IntValue(1L << 53),
                "bool", new BoolValue(false),
                "time", new TimestampValue(Instant.parse("9999-12-31T23:59:59.999999999Z")),
                "uuid", new StringValue(uuid.toString()),
                "words", new ListValue(List.of(new StringValue(""), new StringValue("b"))));
        write(1, fields, TITLE);
        write(2, Map.of("text", new NullValue(), "words", new NullValue()), TITLE);

        backend.close();
        backend = backends.open();
        List<StoredRecord> records =
                backend.get(COLLECTION, List.of(RecordId.of(1), RecordId.of(2)), ALL, ALL, Long.MAX_VALUE, NO_DEADLINE);

        assertThat(records.get(0).fields()).isEqualTo(fields);
        assertThat(records.get(1).fields()).containsEntry("text", new NullValue());
    }

    @Test
    void pathsAndUuidsHaveOneFormWithinObjectsToo() {
        String uuid = "0190B5A0-0000-7000-8000-00000000000A";
        write(
                1,
                Map.of(
                        "path", new StringValue("//a///b/"),
                        "place", new GeoValue(new GeoPoint(180, -90)),
                        "free", object("anything", new IntValue(1)),
                        "items", new ListValue(List.of(object("key", new StringValue(uuid))))),
                TITLE);

        StoredRecord record = backend.get(COLLECTION, List.of(RecordId.of(1)), ALL, ALL, Long.MAX_VALUE, NO_DEADLINE)
                .getFirst();

        assertThat(record.fields())
                .containsEntry("path", new StringValue("/a/b"))
                .containsEntry("place", new GeoValue(new GeoPoint(180, -90)))
                .containsEntry(
                        "items", new ListValue(List.of(object("key", new StringValue(uuid.toLowerCase(Locale.ROOT))))));
        Filter byKey = new Filter.Equal("key", Set.of(new StringValue(uuid)));
        assertThat(search(Optional.of("title"), 1, 0, Optional.of(new Filter.Nested("items", byKey)), 1, 0))
                .containsExactly(1L);
        assertThat(search(
                        Optional.of("title"),
                        1,
                        0,
                        Optional.of(new Filter.Equal("items.key", Set.of(new StringValue(uuid)))),
                        1,
                        0))
                .containsExactly(1L);
        assertThat(search(
                        Optional.of("title"),
                        1,
                        0,
                        Optional.of(new Filter.Equal("path", Set.of(new StringValue("/a/b//")))),
                        1,
                        0))
                .containsExactly(1L);
    }

    @Test
    void vectorsThatDoNotFitAreRefusedByTheirPath() {
        requireRefused(
                ErrorCode.DIMENSION_MISMATCH,
                "records[0].vectors[\"body\"]",
                () -> write(1, Map.of(), Map.of("body", VectorData.of(0, 0))));
        requireRefused(
                ErrorCode.UNKNOWN_FIELD,
                "records[0].vectors[\"other\"]",
                () -> write(1, Map.of(), Map.of("other", VectorData.of(0, 0))));
        requireRefused(ErrorCode.INVALID_FIELD, "records[0].vectors", () -> write(1, Map.of(), Map.of()));
    }

    private List<Long> search(
            Optional<String> vector, int limit, int offset, Optional<Filter> filter, float... target) {
        SearchQuery query = new SearchQuery(
                COLLECTION, vector, target, filter, limit, offset, ALL, new Selection.None(), true, false);
        return backend.search(query, Long.MAX_VALUE, NO_DEADLINE).hits().stream()
                .map(hit -> hit.record().id().asUint64())
                .toList();
    }

    private void searchWith(Filter filter) {
        var _ = search(Optional.of("title"), 1, 0, Optional.of(filter), 1, 0);
    }

    private static Filter atLeast(String field, FieldValue bound) {
        return new Filter.Range(field, Optional.empty(), Optional.of(bound), Optional.empty(), Optional.empty());
    }

    @Test
    void filtersThatDoNotFitAreRefusedByTheirPath() {
        Filter wrong = new Filter.Equal("int", Set.of(new StringValue("a")));
        requireRefused(ErrorCode.TYPE_MISMATCH, "filter.equal.values", () -> searchWith(wrong));
        requireRefused(
                ErrorCode.TYPE_MISMATCH,
                "filter.and.filters[1].not.filter.or.filters[0].equal.values",
                () -> searchWith(new Filter.And(
                        List.of(new Filter.Exists("int"), new Filter.Not(new Filter.Or(List.of(wrong)))))));
        requireRefused(ErrorCode.UNKNOWN_FIELD, "filter.exists.field", () -> searchWith(new Filter.Exists("other")));
        requireRefused(
                ErrorCode.UNKNOWN_FIELD, "filter.exists.field", () -> searchWith(new Filter.Exists("text.inner")));
        requireRefused(
                ErrorCode.TYPE_MISMATCH, "filter.range.gte", () -> searchWith(atLeast("int", new StringValue("a"))));
        requireRefused(
                ErrorCode.TYPE_MISMATCH, "filter.range.field", () -> searchWith(atLeast("bool", new BoolValue(true))));
        requireRefused(
                ErrorCode.UNKNOWN_FIELD, "filter.exists.field", () -> searchWith(new Filter.Exists("items.weight")));
        requireRefused(
                ErrorCode.UNKNOWN_FIELD,
                "filter.nested.filter.is_null.field",
                () -> searchWith(new Filter.Nested("items", new Filter.IsNull("weight"))));
        requireRefused(
                ErrorCode.TYPE_MISMATCH,
                "filter.nested.filter.not.filter.equal.values",
                () -> searchWith(new Filter.Nested(
                        "items", new Filter.Not(new Filter.Equal("size", Set.of(new StringValue("a")))))));
        requireRefused(
                ErrorCode.TYPE_MISMATCH, "filter.range.field", () -> searchWith(atLeast("path", new StringValue("/"))));
        requireRefused(
                ErrorCode.TYPE_MISMATCH,
                "filter.text_match.field",
                () -> searchWith(new Filter.TextMatch("text", "a", Filter.TextMode.ALL)));
        searchWith(new Filter.Exists("free.any.thing"));
        searchWith(new Filter.Equal("free.any", Set.of(new IntValue(1))));
        searchWith(atLeast("body", new StringValue("a")));
        searchWith(atLeast("int", new DoubleValue(0.5)));
    }

    @Test
    void searchesAndSelectionsThatDoNotFitAreRefusedByTheirPath() {
        requireRefused(
                ErrorCode.INVALID_FIELD, "vector_name", () -> search(Optional.empty(), 1, 0, Optional.empty(), 1, 0));
        requireRefused(
                ErrorCode.UNKNOWN_FIELD,
                "vector_name",
                () -> search(Optional.of("other"), 1, 0, Optional.empty(), 1, 0));
        requireRefused(
                ErrorCode.DIMENSION_MISMATCH,
                "vector",
                () -> search(Optional.of("body"), 1, 0, Optional.empty(), 1, 0));
        Selection other = new Selection.Only(Set.of("other"));
        requireRefused(
                ErrorCode.UNKNOWN_FIELD,
                "fields.names",
                () -> backend.get(COLLECTION, List.of(), other, ALL, Long.MAX_VALUE, NO_DEADLINE));
        requireRefused(
                ErrorCode.UNKNOWN_FIELD,
                "vectors.names",
                () -> backend.get(COLLECTION, List.of(), ALL, other, Long.MAX_VALUE, NO_DEADLINE));
    }

    @Test
    void aRecordWithoutAVectorIsNeverAHitForIt() {
        write(1, Map.of(), TITLE);
        write(2, Map.of(), Map.of("body", VectorData.of(0, 0, 0)));
        write(3, Map.of(), Map.of("title", VectorData.of(0, 1), "body", VectorData.of(3, 4, 0)));
        for (int opened = 0; opened < 2; opened++) {
            for (Optional<Filter> filter :
                    List.of(Optional.<Filter>empty(), Optional.<Filter>of(new Filter.And(List.of())))) {
                assertThat(search(Optional.of("title"), 10, 0, filter, 1, 0)).containsExactly(1L, 3L);
                assertThat(search(Optional.of("body"), 10, 0, filter, 0, 0, 0)).containsExactly(2L, 3L);
            }
            backend.close();
            backend = backends.open();
        }
    }

    @Test
    void aZeroVectorScoresZeroUnderCosineAndIsReturnedAsGiven() {
        write(1, Map.of(), Map.of("title", VectorData.of(0, 0)));
        write(2, Map.of(), Map.of("title", VectorData.of(-5, 0)));
        write(3, Map.of(), Map.of("title", VectorData.of(5, 0)));

        assertThat(search(Optional.of("title"), 10, 0, Optional.empty(), 7, 0)).containsExactly(3L, 1L, 2L);
        assertThat(search(Optional.of("title"), 10, 0, Optional.empty(), 0, 0)).containsExactly(1L, 2L, 3L);
        List<StoredRecord> records =
                backend.get(COLLECTION, List.of(RecordId.of(2)), ALL, ALL, Long.MAX_VALUE, NO_DEADLINE);
        assertThat(records.getFirst().vectors().get("title"))
                .isInstanceOfSatisfying(VectorData.Dense.class, dense -> assertThat(dense.components())
                        .containsExactly(-5, 0));
    }

    @Test
    void aSearchBeyondTheLastRecordFindsWhatThereIs() {
        write(1, Map.of(), TITLE);
        write(2, Map.of(), TITLE);

        assertThat(search(Optional.of("title"), 100_000, 0, Optional.empty(), 1, 0))
                .containsExactly(1L, 2L);
        assertThat(search(Optional.of("title"), 10, 1, Optional.empty(), 1, 0)).containsExactly(2L);
        assertThat(search(Optional.of("title"), 10, 99_990, Optional.empty(), 1, 0))
                .isEmpty();
    }
}
