package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.draft;
import static io.knarr.server.index.TestBackends.schema;
import static io.knarr.server.index.TestBackends.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Question;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Refinement;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.SearchResult.Condition;
import io.knarr.server.model.Selection;
import io.knarr.server.model.VectorData;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@code explain} says of the conditions of a filter. */
final class FilterExplanationTest {
    private static final int COUNT = 10_000;

    private static final Filter FROM_9000 = new Filter.Range(
            "n", Optional.empty(), Optional.of(new IntValue(9_000)), Optional.empty(), Optional.empty());
    private static final Filter ALL = new Filter.And(List.of(
            FROM_9000,
            new Filter.Or(
                    List.of(new Filter.Equal("name", Set.of(new StringValue("name7"))), new Filter.Exists("even"))),
            new Filter.Not(new Filter.HasId(Set.of(RecordId.of(9_002L), RecordId.of(9_003L))))));

    private final InMemoryStoreAdapter store = new InMemoryStoreAdapter();
    private final TestBackends backends = new TestBackends(store);
    private AccountBackend backend;

    @BeforeEach
    void open() throws Exception {
        backend = backends.openWithCollection();
        List<RecordDraft> drafts = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            Map<String, FieldValue> fields = new LinkedHashMap<>();
            fields.put("n", new IntValue(i));
            fields.put("name", new StringValue("name" + i % 100));
            if (i % 2 == 0) {
                fields.put("even", new IntValue(0));
            }
            drafts.add(draft(RecordId.of((long) i), fields, 1f));
        }
        var _ = upsert(backend, drafts.toArray(RecordDraft[]::new));
        backends.awaitBackground();
    }

    @AfterEach
    void close() {
        backend.close();
        backends.close();
        store.close();
    }

    private List<Condition> explained(Optional<Filter> filter, boolean explain) {
        SearchResult result = backend.search(
                new SearchQuery(
                        COLLECTION,
                        new Question.Nearest(Optional.empty(), VectorData.of(1)),
                        filter,
                        10,
                        0,
                        new Selection.None(),
                        new Selection.None(),
                        false,
                        explain,
                        Refinement.NONE),
                Long.MAX_VALUE,
                NO_DEADLINE);
        assertThat(result.explanation().isPresent()).isEqualTo(explain);
        return result.explanation().map(SearchResult.Explanation::conditions).orElse(List.of());
    }

    @Test
    void eachConditionHasItsPathItsEstimateAndItsCount() {
        List<Condition> conditions = explained(Optional.of(ALL), true);
        assertThat(conditions)
                .extracting(Condition::path)
                .containsExactly(
                        "filter.and.filters[0].range",
                        "filter.and.filters[1].or.filters[0].equal",
                        "filter.and.filters[1].or.filters[1].exists",
                        "filter.and.filters[2].not.filter.has_id");
        assertThat(conditions)
                .extracting(Condition::matchedCount)
                .containsExactly(
                        OptionalLong.of(1_000), OptionalLong.of(100), OptionalLong.of(5_000), OptionalLong.of(2));
        assertThat(conditions.subList(0, 3)).allMatch(Condition::indexed);
        for (Condition condition : conditions) {
            assertThat(condition.estimatedCount())
                    .isBetween(condition.matchedCount().getAsLong(), (long) COUNT);
        }
        // An index knows much before any record is looked at.
        assertThat(conditions.get(1).estimatedCount()).isLessThan(5_000);
    }

    @Test
    void whatWouldTakeLongIsEstimatedOnly() {
        RowTable table = new RowTable(schema(1, Metric.DOT));
        try {
            for (int i = 0; i < COUNT; i++) {
                table.append(
                        RecordId.of((long) i),
                        1,
                        0,
                        RecordCodec.NEVER,
                        new LinkedHashMap<>(Map.of("n", new IntValue(i), "name", new StringValue("name" + i % 100))),
                        new VectorData[] {VectorData.of(1)});
            }
            table.freezeFields();
            RowTable.View view = table.publish(1).at(0);
            List<Condition> free = new FilterExplanation(view, NO_DEADLINE, 0).of(ALL);
            assertThat(free)
                    .hasSize(4)
                    .allMatch(condition -> condition.matchedCount().isEmpty());
            List<Condition> some = new FilterExplanation(view, NO_DEADLINE, 500_000).of(ALL);
            assertThat(some).anyMatch(condition -> condition.matchedCount().isPresent());
        } finally {
            table.release();
        }
    }

    @Test
    void withoutAFilterOrWithoutExplainThereAreNone() {
        assertThat(explained(Optional.empty(), true)).isEmpty();
        assertThat(explained(Optional.of(FROM_9000), false)).isEmpty();
    }

    @Test
    void aPathConditionIsNamedAsInTheRequest() {
        assertThat(explained(Optional.of(new Filter.Under("name", "/a", OptionalInt.empty())), true))
                .extracting(Condition::path)
                .containsExactly("filter.path");
    }
}
