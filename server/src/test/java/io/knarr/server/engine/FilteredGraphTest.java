package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Walks of a graph whose matches are kept in a pool. */
final class FilteredGraphTest {
    private static final int DIMENSION = 64;
    private static final int ROWS = 12_000;
    private static final int LIMIT = 10;
    private static final int CLUSTERS = 60;

    private final Random random = new Random(21);
    private final float[][] centres = new float[CLUSTERS][DIMENSION];
    private final int[] clusterOf = new int[2 * ROWS];
    private final VectorIndex index = new VectorIndex(DIMENSION, Similarity.SQUARED_EUCLID);

    @BeforeEach
    void appendRows() {
        for (float[] centre : centres) {
            for (int i = 0; i < DIMENSION; i++) {
                centre[i] = (float) random.nextGaussian();
            }
        }
        append(ROWS);
    }

    @AfterEach
    void close() {
        index.close();
    }

    @ParameterizedTest
    @CsvSource({
        "FAST, 2, 0.97",
        "FAST, 10, 0.97",
        "FAST, 100, 0.93",
        "COMPACT, 2, 0.97",
        "COMPACT, 10, 0.97",
        "COMPACT, 100, 0.93"
    })
    void almostAllOfTheNearestMatchesAreFound(GraphMode mode, int oneIn, double wanted) {
        assertThat(index.buildGraph(mode, 2, StopSignal.NEVER)).isTrue();
        BitSet mask = mask(_ -> random.nextInt(oneIn) == 0);
        SearchOutcome outcome = index.search(walk(mask, vector(0)));
        assertThat(outcome.plan()).isEqualTo(mode == GraphMode.FAST ? "graph-fast-filtered" : "graph-compact-filtered");
        assertThat(outcome.exact()).isFalse();
        assertThat(outcome.reason()).isNotEmpty();
        assertThat(outcome.expectedNanos()).isPositive();
        assertThat(recall(mask, CLUSTERS)).isGreaterThan(wanted);
    }

    @ParameterizedTest
    @EnumSource(GraphMode.class)
    void matchesThatAreAllNearTheQueryAreFound(GraphMode mode) {
        assertThat(index.buildGraph(mode, 2, StopSignal.NEVER)).isTrue();
        BitSet mask = mask(row -> clusterOf[row] < 3);
        assertThat(index.search(walk(mask, vector(1))).exact()).isFalse();
        assertThat(recall(mask, 3)).isGreaterThan(0.97);
    }

    @ParameterizedTest
    @EnumSource(GraphMode.class)
    void whereNoNearRowMatchesWalksAreGivenUp(GraphMode mode) {
        assertThat(index.buildGraph(mode, 2, StopSignal.NEVER)).isTrue();
        BitSet mask = mask(row -> clusterOf[row] >= CLUSTERS / 2);
        int givenUp = 0;
        int found = 0;
        for (int cluster = 0; cluster < CLUSTERS / 2; cluster++) {
            VectorQuery walk = walk(mask, vector(cluster));
            SearchOutcome outcome = index.search(walk);
            Set<Integer> nearest = rows(index.search(walk.withAccuracy(Accuracy.STRICT)));
            if (outcome.exact()) {
                givenUp++;
                assertThat(outcome.reason()).contains("too few rows that match");
                assertThat(outcome.scoredCount()).isGreaterThan(mask.cardinality());
                assertThat(rows(outcome)).isEqualTo(nearest);
            }
            nearest.retainAll(rows(outcome));
            found += nearest.size();
        }
        // Few walks of so small a graph come far enough to meet as many matches as makes them count.
        assertThat(givenUp).isGreaterThan(CLUSTERS / 3);
        assertThat(found).isGreaterThan(CLUSTERS / 2 * LIMIT * 95 / 100);
    }

    @ParameterizedTest
    @EnumSource(GraphMode.class)
    void matchesThatANarrowBeamHasNoRoomForAreFound(GraphMode mode) {
        assertThat(index.buildGraph(mode, 2, StopSignal.NEVER)).isTrue();
        BitSet mask = mask(_ -> random.nextInt(10) == 0);
        int walks = 0;
        for (int i = 0; i < 20; i++) {
            SearchOutcome outcome = index.search(walk(mask, vector(i)).withBeam(24));
            assertThat(rows(outcome)).hasSize(LIMIT).allMatch(mask::get);
            walks += outcome.exact() ? 0 : 1;
        }
        // Where too few were found the answer is exact.
        assertThat(walks).isGreaterThan(15);
    }

    /** About twice as many near rows match as would be too few, half as many as elsewhere. */
    @ParameterizedTest
    @EnumSource(GraphMode.class)
    void whereSomeMatchesAreNearMostOfTheNearestAreFound(GraphMode mode) {
        assertThat(index.buildGraph(mode, 2, StopSignal.NEVER)).isTrue();
        BitSet mask = mask(row -> clusterOf[row] >= CLUSTERS / 2 || random.nextInt(10) < 3);
        assertThat(index.search(walk(mask, vector(1))).exact()).isFalse();
        assertThat(recall(mask, CLUSTERS / 2)).isGreaterThan(0.95);
    }

    @Test
    void nothingOneRowAndAllRowsMayMatch() {
        assertThat(index.buildGraph(GraphMode.FAST, 2, StopSignal.NEVER)).isTrue();
        assertThat(index.search(walk(new BitSet(), vector(0))).size()).isZero();
        SearchOutcome one = index.search(walk(mask(row -> row == 4_711), vector(0)));
        assertThat(rows(one)).containsExactly(4_711);
        assertThat(rows(index.search(walk(mask(row -> row < LIMIT + 1), vector(0)))))
                .hasSize(LIMIT);
        assertThat(recall(mask(_ -> true), CLUSTERS)).isGreaterThan(0.97);
    }

    @Test
    void rowsAfterTheGraphAndAFilterBesideTheMaskCount() {
        assertThat(index.buildGraph(GraphMode.FAST, 2, StopSignal.NEVER)).isTrue();
        append(7_003);
        BitSet mask = mask(row -> row % 2 == 0);
        assertThat(recall(mask, CLUSTERS)).isGreaterThan(0.97);
        float[] late = new float[DIMENSION];
        index.copyRow(ROWS + 5_000, late);
        assertThat(index.search(walk(mask, late)).row(0)).isEqualTo(ROWS + 5_000);
        SearchOutcome third = index.search(walk(mask, late).withFilter(row -> row % 3 == 0));
        assertThat(rows(third)).hasSize(LIMIT).allMatch(row -> row % 6 == 0);
        VectorQuery older = VectorQuery.of(late, ROWS - 2_000, LIMIT)
                .withMask(mask.toLongArray(), mask.get(0, ROWS - 2_000).cardinality())
                .withAccuracy(Accuracy.APPROXIMATE)
                .withExactBudget(0);
        assertThat(rows(index.search(older))).hasSize(LIMIT).allMatch(row -> row < ROWS - 2_000);
    }

    @Test
    void withinTheBudgetAndWhereItIsAskedForTheAnswerIsExact() {
        assertThat(index.buildGraph(GraphMode.FAST, 2, StopSignal.NEVER)).isTrue();
        VectorQuery walk = walk(mask(row -> row % 2 == 0), vector(0));
        assertThat(index.search(walk).exact()).isFalse();
        assertThat(index.search(walk.withExactBudget(VectorQuery.EXACT_BUDGET_NANOS))
                        .exact())
                .isTrue();
        assertThat(index.search(walk.withAccuracy(Accuracy.EXACT)).exact()).isTrue();
        assertThat(index.search(walk.withAccuracy(Accuracy.STRICT)).exact()).isTrue();
    }

    @Test
    void aPoolKeepsTheBestMatchesOnceEach() {
        MatchPool pool = new MatchPool();
        BitSet mask = mask(row -> row % 2 == 0);
        pool.reset(walk(mask, vector(0)), mask.toLongArray(), ROWS);
        for (int round = 0; round < 2; round++) {
            for (int row = 0; row < 2_000; row++) {
                pool.offer(row, row);
            }
        }
        int[] kept = new int[pool.size()];
        assertThat(pool.rows(kept)).isEqualTo(MatchPool.MIN_ROWS);
        assertThat(kept)
                .containsExactly(IntStream.range(0, MatchPool.MIN_ROWS)
                        .map(i -> 1_998 - 2 * i)
                        .toArray());
        pool.drop(1_998);
        assertThat(pool.rows(kept)).isEqualTo(MatchPool.MIN_ROWS - 1);
        pool.reset(walk(mask, vector(0)), mask.toLongArray(), ROWS);
        pool.offer(1, 1_996);
        assertThat(pool.rows(kept)).isEqualTo(1);
    }

    private void append(int count) {
        for (int i = 0; i < count; i++) {
            int cluster = random.nextInt(CLUSTERS);
            clusterOf[index.append(vector(cluster))] = cluster;
        }
    }

    private float[] vector(int cluster) {
        float[] vector = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] = (float) (centres[cluster][i] + 0.6 * random.nextGaussian());
        }
        return vector;
    }

    private BitSet mask(IntPredicate matching) {
        BitSet mask = new BitSet();
        IntStream.range(0, index.rowCount()).filter(matching).forEach(mask::set);
        return mask;
    }

    private VectorQuery walk(BitSet mask, float[] query) {
        long[] words = new long[index.rowCount() / Long.SIZE + 1];
        long[] set = mask.toLongArray();
        System.arraycopy(set, 0, words, 0, set.length);
        return VectorQuery.of(query, index.rowCount(), LIMIT)
                .withMask(words, mask.cardinality())
                .withAccuracy(Accuracy.APPROXIMATE)
                .withExactBudget(0);
    }

    /** Returns the recall of queries from the first clusters. */
    private double recall(BitSet mask, int clusters) {
        int found = 0;
        int queries = 60;
        for (int i = 0; i < queries; i++) {
            VectorQuery walk = walk(mask, vector(i % clusters));
            Set<Integer> exact = rows(index.search(walk.withAccuracy(Accuracy.STRICT)));
            Set<Integer> near = rows(index.search(walk));
            assertThat(near).hasSize(LIMIT).allMatch(mask::get);
            exact.retainAll(near);
            found += exact.size();
        }
        return found / (double) (queries * LIMIT);
    }

    private static Set<Integer> rows(SearchOutcome outcome) {
        Set<Integer> rows = new HashSet<>();
        for (int rank = 0; rank < outcome.size(); rank++) {
            rows.add(outcome.row(rank));
        }
        return rows;
    }
}
