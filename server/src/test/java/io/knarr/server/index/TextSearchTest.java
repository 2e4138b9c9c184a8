package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.failureOf;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.engine.RowOrder;
import io.knarr.server.engine.StopSignal;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.lexical.LexicalOutcome;
import io.knarr.server.lexical.RowScope;
import io.knarr.server.lexical.TextAnalyzer;
import io.knarr.server.lexical.TextIndex;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.ObjectValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Fusion;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Question;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Refinement;
import io.knarr.server.model.Schema;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.Selection;
import io.knarr.server.model.TextAnalyzers;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorSpec;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts of a collection through its life, beside an index that is made anew of what there is. */
final class TextSearchTest {
    private static final Schema SCHEMA = new Schema(
            List.of(new VectorSpec("default", 2, Metric.DOT)),
            List.of(
                    new FieldSpec("body", FieldType.TEXT, false),
                    new FieldSpec("lines", FieldType.TEXT, true, List.of(), "english"),
                    new FieldSpec(
                            "meta",
                            FieldType.OBJECT,
                            false,
                            List.of(new FieldSpec("title", FieldType.TEXT, false, List.of(), "chinese")))),
            false);
    private static final int IDS = 500;
    private static final int WORDS = 200;

    @TempDir
    private Path directory;

    private final InMemoryStoreAdapter store = new InMemoryStoreAdapter();
    private final SortedMap<Long, String> model = new TreeMap<>();
    private final Random random = new Random(21);
    private TestBackends backends;
    private AccountBackend backend;

    @BeforeEach
    void open() {
        backends = new TestBackends(store, IndexImages.in(directory));
        backend = backends.open();
        backend.createCollection(COLLECTION, SCHEMA, NO_DEADLINE);
    }

    @AfterEach
    void close() {
        backend.close();
        backends.close();
        store.close();
    }

    private String randomText(int most) {
        return random.ints(random.nextInt(most))
                .mapToObj(_ -> "w" + (int) (Math.pow(WORDS, random.nextDouble()) - 1))
                .collect(Collectors.joining(" "));
    }

    private static RecordDraft draft(RecordId id, Map<String, FieldValue> fields) {
        SequencedMap<String, FieldValue> sorted = new LinkedHashMap<>(new TreeMap<>(fields));
        return new RecordDraft(Optional.of(id), sorted, Map.of("default", VectorData.of(1, 1)));
    }

    private void write(int count) {
        List<RecordDraft> drafts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long id = random.nextInt(IDS);
            String text = randomText(60);
            model.put(id, text);
            drafts.add(draft(RecordId.of(id), Map.of("body", new StringValue(text), "third", new IntValue(id % 3))));
        }
        var _ = TestBackends.upsert(backend, drafts.toArray(RecordDraft[]::new));
    }

    private void delete(int count) {
        List<RecordId> ids = random.ints(count, 0, IDS)
                .mapToObj(id -> RecordId.of((long) id))
                .toList();
        ids.forEach(id -> model.remove(id.asUint64()));
        var _ = backend.delete(COLLECTION, WriteTerms.NONE, ids, NO_DEADLINE);
    }

    private SearchResult search(Question question, Optional<Filter> filter, int limit) {
        return backend.search(
                new SearchQuery(
                        COLLECTION,
                        question,
                        filter,
                        limit,
                        0,
                        new Selection.None(),
                        new Selection.None(),
                        false,
                        true,
                        Refinement.NONE),
                Long.MAX_VALUE,
                NO_DEADLINE);
    }

    private void requireAsIfMadeAnew() {
        TextIndex anew = new TextIndex();
        List<Long> ids = new ArrayList<>(model.keySet());
        for (int row = 0; row < ids.size(); row++) {
            anew.append(row, TextAnalyzer.standard().analyse(List.of(requireNonNull(model.get(ids.get(row))))));
        }
        for (int i = 0; i < 12; i++) {
            String query = randomText(4) + " w1";
            Optional<Integer> third = i % 3 == 0 ? Optional.of(random.nextInt(3)) : Optional.empty();
            LexicalOutcome expected = anew.search(
                    TextAnalyzer.standard().frequencies(query),
                    new RowScope(
                            ids.size(),
                            row -> third.isEmpty() || ids.get(row) % 3 == third.get(),
                            new int[0],
                            null,
                            0,
                            20,
                            RowOrder.ASCENDING,
                            StopSignal.NEVER));
            Optional<Filter> filter = third.map(value -> new Filter.Equal("third", Set.of(new IntValue(value))));
            SearchResult found = search(new Question.Words("body", query), filter, 20);
            assertThat(found.exact()).isTrue();
            List<String> hits = found.hits().stream()
                    .map(hit -> hit.record().id() + " " + hit.score())
                    .toList();
            List<String> wanted = new ArrayList<>();
            for (int rank = 0; rank < expected.rows().length; rank++) {
                wanted.add(ids.get(expected.rows()[rank]) + " " + expected.scores()[rank]);
            }
            assertThat(hits).isEqualTo(wanted);
        }
    }

    @Test
    void afterEveryChangeWordsRankAsIfTheIndexWereMadeAnew() throws Exception {
        for (int round = 0; round < 24; round++) {
            write(200);
            delete(10);
            if (round % 6 == 5) {
                backends.awaitBackground();
            }
            requireAsIfMadeAnew();
        }
    }

    @Test
    void wordsOfAnImageAreFoundAndThoseWrittenAfterIt() {
        write(1_500);
        delete(50);
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        backend.close();
        backend = backends.open();
        requireAsIfMadeAnew();
        write(100);
        requireAsIfMadeAnew();
        backend.close();
        backend = backends.open();
        requireAsIfMadeAnew();
    }

    @Test
    void withoutAnImageTheRecordsAreRead() {
        write(500);
        backend.close();
        backends.close();
        backends = new TestBackends(store, IndexImages.none());
        backend = backends.open();
        requireAsIfMadeAnew();
    }

    private static List<Object> ids(SearchResult result) {
        return result.hits().stream()
                .<Object>map(hit -> hit.record().id().asString())
                .toList();
    }

    private void writeLanguages() {
        var _ = TestBackends.upsert(
                backend,
                draft(
                        RecordId.of("a"),
                        Map.of(
                                "lines",
                                new ListValue(
                                        List.of(new StringValue("He was running"), new StringValue("to the shops"))))),
                draft(RecordId.of("b"), Map.of("lines", new ListValue(List.of(new StringValue("The shop is shut"))))),
                draft(
                        RecordId.of("c"),
                        Map.of(
                                "meta",
                                new ObjectValue(new LinkedHashMap<>(Map.of("title", new StringValue("我是中国人")))))));
    }

    @Test
    void eachFieldHasItsAnalyzerAndTheTextsOfAListAreOne() {
        writeLanguages();
        assertThat(ids(search(new Question.Words("lines", "run shop"), Optional.empty(), 9)))
                .containsExactly("a", "b");
        assertThat(ids(search(new Question.Words("meta.title", "中国"), Optional.empty(), 9)))
                .containsExactly("c");
    }

    @Test
    void conditionsOnWordsUseTheFieldsAnalyzerToo() {
        writeLanguages();
        Filter filter = new Filter.TextMatch("lines", "shopping", Filter.TextMode.ALL);
        assertThat(backend.count(COLLECTION, Optional.of(filter), NO_DEADLINE)).isEqualTo(2);
    }

    @Test
    void wordsAndVectorsAreFused() {
        write(300);
        SearchResult found = search(
                new Question.Hybrid(
                        List.of(
                                new Question.HybridPart(new Question.Words("body", "w1 w50"), Optional.empty(), 10, 1),
                                new Question.HybridPart(
                                        new Question.Nearest(Optional.empty(), VectorData.of(1, 0)),
                                        Optional.empty(),
                                        10,
                                        1)),
                        new Fusion.ReciprocalRank(60)),
                Optional.empty(),
                100);
        assertThat(found.hits()).hasSizeBetween(10, 20);
        assertThat(found.explanation().orElseThrow().planReason()).contains("text-pruned");
    }

    @Test
    void whatCannotBeAskedIsRefusedByItsPath() {
        writeLanguages();
        requireRefused(ErrorCode.UNKNOWN_FIELD, "text.field", new Question.Words("nothing", "a"));
        requireRefused(ErrorCode.TYPE_MISMATCH, "text.field", new Question.Words("meta", "a"));
        requireRefused(ErrorCode.INVALID_FIELD, "text.query", new Question.Words("body", "..."));
        requireRefused(ErrorCode.INVALID_FIELD, "text.query", new Question.Words("lines", "the"));
    }

    private void requireRefused(ErrorCode code, String path, Question question) {
        ServiceException failure = failureOf(() -> search(question, Optional.empty(), 1));
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure.field()).contains(path);
    }

    @Test
    void theNamesThatASchemaMayHaveAreThoseThereAre() {
        assertThat(TextAnalyzers.NAMES).isEqualTo(TextAnalyzer.names());
    }

    @Test
    void whatItTakesIsCounted() {
        long before = backend.footprintBytes();
        String text = "w".repeat(20) + " "
                + java.util.stream.IntStream.range(0, 5_000)
                        .mapToObj(i -> "x" + i)
                        .collect(Collectors.joining(" "));
        var _ = TestBackends.upsert(backend, draft(RecordId.of(1L), Map.of("body", new StringValue(text))));
        assertThat(backend.footprintBytes() - before).isGreaterThan(5_000 * 150L);
    }
}
