package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.schema;
import static io.knarr.server.index.TestBackends.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.engine.GraphMode;
import io.knarr.server.engine.SegmentFile;
import io.knarr.server.engine.Similarity;
import io.knarr.server.engine.StopSignal;
import io.knarr.server.engine.VectorIndex;
import io.knarr.server.model.AccountNumber;
import io.knarr.server.model.Collection;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.Selection;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A collection whose image has a graph: opened, written to, damaged. */
@Timeout(120)
final class CollectionGraphTest {
    private static final int DIMENSION = 64;
    private static final int ROWS = 1_104;

    private final InMemoryStoreAdapter store = new InMemoryStoreAdapter();

    @TempDir
    private Path directory;

    private TestBackends backends;
    private AccountBackend backend;

    @BeforeEach
    void openWithGraph() throws IOException {
        backends = new TestBackends(store, IndexImages.in(directory));
        backend = backends.open();
        backend.createCollection(COLLECTION, schema(DIMENSION, Metric.EUCLID), NO_DEADLINE);
        upsert(backend, IntStream.range(0, ROWS).mapToObj(this::record).toArray(RecordDraft[]::new));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        Collection collection = backend.collection(COLLECTION);
        backend.close();
        // So small a collection gets no graph by itself.
        CollectionImage without = CollectionImage.open(image(), collection);
        try {
            RowTable.View view = without.table().publish(without.sequence());
            assertThat(view.vectors(0).buildGraph(GraphMode.COMPACT, 1, StopSignal.NEVER))
                    .isTrue();
            CollectionImage.write(image(), collection, without.lineage(), view);
        } finally {
            without.table().release();
        }
        backend = backends.open();
    }

    @AfterEach
    void close() {
        backend.close();
        backends.close();
        store.close();
    }

    private Path image() {
        return directory.resolve("7").resolve("1.img");
    }

    private RecordDraft record(int id) {
        return TestBackends.draft(RecordId.of((long) id), Map.of(), vector(id));
    }

    private static float[] vector(int id) {
        Random random = new Random(id);
        float[] vector = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }

    /** Searches for the vector of a record, which must be the nearest, and returns the plan. */
    private String planOfFinding(int id) {
        return explanationOfFinding(id).plan();
    }

    private SearchResult.Explanation explanationOfFinding(int id) {
        SearchResult result = backend.search(
                new SearchQuery(
                        COLLECTION,
                        Optional.empty(),
                        vector(id),
                        Optional.empty(),
                        5,
                        0,
                        new Selection.None(),
                        new Selection.None(),
                        false,
                        true),
                Long.MAX_VALUE,
                NO_DEADLINE);
        assertThat(result.hits().getFirst().record().id()).isEqualTo(RecordId.of((long) id));
        return result.explanation().orElseThrow();
    }

    @Test
    void theGraphIsThereAtOnceAndFastInTheEnd() throws Exception {
        for (int id = 0; id < 50; id++) {
            assertThat(planOfFinding(id)).startsWith("graph-");
        }
        backends.awaitBackground();
        for (int id = 0; id < ROWS; id += 7) {
            assertThat(planOfFinding(id)).isEqualTo("graph-fast");
        }
    }

    @Test
    void anExplanationSaysWhyAndWhatWasExpected() {
        SearchResult.Explanation explanation = explanationOfFinding(1);
        assertThat(explanation.planReason()).isNotEmpty();
        assertThat(explanation.expectedDuration())
                .hasValueSatisfying(expected -> assertThat(expected).isPositive());
    }

    @Test
    void aGraphStaysCompactWhereItsFastFormWouldTakeTooMuch() throws Exception {
        long fastBytes;
        try (VectorIndex rows = new VectorIndex(DIMENSION, Similarity.SQUARED_EUCLID)) {
            for (int id = 0; id < ROWS; id++) {
                var _ = rows.append(vector(id));
            }
            fastBytes = rows.graphBytes(GraphMode.FAST);
        }
        backend.close();
        backend = backends.open(new GraphPolicy(fastBytes - 1, 1, 0));
        assertThat(planOfFinding(1)).isEqualTo("graph-compact");
        backends.awaitBackground();
        assertThat(planOfFinding(2)).isEqualTo("graph-compact");
        backend.close();
        backend = backends.open(new GraphPolicy(fastBytes, 1, 0));
        assertThat(planOfFinding(3)).startsWith("graph-");
        backends.awaitBackground();
        assertThat(planOfFinding(4)).isEqualTo("graph-fast");
    }

    @Test
    void soFewRowsAreSearchedExactlyWhereThePolicySaysNothingElse() {
        backend.close();
        backend = backends.open(GraphPolicy.of(1L << 40, 1L << 40, 1));
        assertThat(planOfFinding(1)).startsWith("exact-");
    }

    @Test
    void whatIsWrittenAfterwardsIsFoundAndWhatDiedIsNot() throws Exception {
        assertThat(planOfFinding(3)).startsWith("graph-");
        upsert(backend, record(5_000), TestBackends.draft(RecordId.of(3L), Map.of(), vector(6_000)));
        backend.delete(COLLECTION, WriteTerms.NONE, List.of(RecordId.of(4L)), NO_DEADLINE);
        assertThat(planOfFinding(5_000)).startsWith("graph-");
        upsert(backend, record(4));
        backends.awaitBackground();
        assertThat(planOfFinding(4)).isEqualTo("graph-fast");
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        backend.close();
        backend = backends.open();
        assertThat(planOfFinding(5_000)).startsWith("graph-");
        assertThat(planOfFinding(4)).startsWith("graph-");
    }

    @Test
    void fromDamagedListsNobodyAnswersButTheRecordsDo() throws Exception {
        backend.close();
        byte[] lists;
        try (SegmentFile file = SegmentFile.open(image())) {
            lists = file.read("v0.graph-lists").toArray(ValueLayout.JAVA_BYTE);
        }
        byte[] bytes = Files.readAllBytes(image());
        int at = 0;
        while (!Arrays.equals(bytes, at, at + lists.length, lists, 0, lists.length)) {
            at += 4_096;
        }
        for (int damaged = at; damaged < at + lists.length; damaged += 65_536) {
            bytes[damaged] ^= 1;
        }
        Files.write(image(), bytes);
        backend = backends.open();
        for (int id = 0; id < 20; id++) {
            assertThat(planOfFinding(id)).startsWith("exact-");
        }
        backends.awaitBackground();
        assertThat(image()).doesNotExist();
        assertThat(planOfFinding(30)).startsWith("exact-");
    }

    @Test
    void anImageIsDueOnceForAGraphThatItHasNot() {
        Collection collection = backend.collection(COLLECTION);
        AccountImages images = IndexImages.in(directory).forAccount(new AccountNumber(7));
        LoadedRows rows = new CollectionLoader(collection, backends.view(), images).load();
        RowTable table = rows.table();
        try {
            RowTable.View view = table.publish(rows.sequence());
            ImageKeeper keeper = new ImageKeeper(collection, backends.view(), images, rows);
            assertThat(keeper.isDue(view)).isFalse();
            assertThat(keeper.isDueAtClose(view)).isFalse();
            keeper.graphBuilt();
            assertThat(keeper.isDue(view)).isTrue();
            assertThat(keeper.isDueAtClose(view)).isTrue();

            table.hold();
            ImageKeeper.Draft draft = keeper.begin(view);
            keeper.graphBuilt();
            assertThat(keeper.write(draft)).isTrue();
            assertThat(keeper.isDueAtClose(view)).isTrue();
            table.hold();
            assertThat(keeper.write(keeper.begin(view))).isTrue();
            assertThat(keeper.isDueAtClose(view)).isFalse();
        } finally {
            table.release();
        }
    }
}
