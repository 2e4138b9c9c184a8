package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Searches of more rows than a first round has, alone and with helpers: the same answers, which are those of the bound that cannot fail. */
final class HelpedSearchTest {
    private static final int DIMENSION = 48;

    /** Three rounds, the last of them not a whole slice. */
    private static final int ROWS = ExactSearch.FIRST_ROUND_ROWS * 4 + 3_001;

    private final ThreadPoolExecutor pool = new ThreadPoolExecutor(2, 2, 1, TimeUnit.MINUTES, new SynchronousQueue<>());
    private final MachineCosts costs =
            MachineCosts.ofSize(CodeLayout.of(DIMENSION).size());
    private final AtomicInteger shares = new AtomicInteger();

    private final SearchHelpers helpers = new SearchHelpers() {
        @Override
        public boolean tryRun(Runnable share) {
            try {
                pool.execute(share);
                shares.incrementAndGet();
                return true;
            } catch (RejectedExecutionException _) {
                return false;
            }
        }

        @Override
        public long leastComponents() {
            return 0;
        }
    };

    /** Plans depend on what searches taught before. */
    @BeforeEach
    void forgetCosts() {
        costs.forget();
    }

    @AfterEach
    void close() {
        pool.close();
    }

    static Stream<Arguments> shapes() {
        List<Arguments> shapes = new ArrayList<>();
        for (VectorSet set : List.of(
                VectorSet.NORMAL, VectorSet.CLUSTERED, VectorSet.DUPLICATES, VectorSet.ONE_HOT, VectorSet.ONE_HUGE)) {
            shapes.add(Arguments.of(Similarity.DOT, set));
            shapes.add(Arguments.of(Similarity.SQUARED_EUCLID, set));
        }
        return shapes.stream();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void answersAreThoseOfOneThread(Similarity similarity, VectorSet set) {
        Random random = new Random(1);
        float[][] queries = set.vectors(DIMENSION, 3, 1, 3);
        BitSet half = new BitSet();
        BitSet tenth = new BitSet();
        for (int row = 0; row < ROWS; row++) {
            half.set(row, random.nextInt(2) == 0);
            tenth.set(row, random.nextInt(10) == 0);
        }
        RowOrder descending = (first, second) -> Integer.compare(second, first);
        try (VectorIndex index = index(similarity, set)) {
            for (float[] query : queries) {
                VectorQuery plain = VectorQuery.of(query, ROWS, 10);
                check(index, plain);
                check(index, plain.withOrder(descending));
                check(index, plain.withFilter(row -> row % 500 == 7));
                check(index, plain.withMask(half.toLongArray(), half.cardinality()));
                check(index, plain.withMask(tenth.toLongArray(), tenth.cardinality()));
                check(index, VectorQuery.of(query, ROWS - 17, 700));
                check(index, VectorQuery.of(query, ExactSearch.FIRST_ROUND_ROWS, 10));
                check(index, VectorQuery.of(query, ExactSearch.FIRST_ROUND_ROWS + 1, 1));
            }
        }
        assertThat(shares).hasPositiveValue();
    }

    private void check(VectorIndex index, VectorQuery query) {
        SearchOutcome alone = index.search(query);
        SearchOutcome helped = index.search(query.withHelpers(helpers));
        SearchOutcome strict = index.search(query.withAccuracy(Accuracy.STRICT));
        SearchOutcome strictHelped =
                index.search(query.withAccuracy(Accuracy.STRICT).withHelpers(helpers));
        assertThat(alone.plan()).isEqualTo("exact-estimated");
        assertThat(strict.plan()).isEqualTo("exact-bounded");
        assertThat(rows(alone)).isEqualTo(rows(strict));
        assertThat(scores(alone)).isEqualTo(scores(strict));
        assertThat(rows(helped)).isEqualTo(rows(alone));
        assertThat(scores(helped)).isEqualTo(scores(alone));
        assertThat(helped.scoredCount()).isEqualTo(alone.scoredCount());
        assertThat(rows(strictHelped)).isEqualTo(rows(strict));
        assertThat(scores(strictHelped)).isEqualTo(scores(strict));
    }

    @Test
    void costsAreLearnedFromSearchesThatNobodyHelped() {
        float[] query = VectorSet.NORMAL.vectors(DIMENSION, 1, 1, 3)[0];
        try (VectorIndex index = index(Similarity.DOT, VectorSet.NORMAL)) {
            VectorQuery all = VectorQuery.of(query, ROWS, 10);
            index.search(all.withHelpers(certain(true)));
            assertThat(costs.seenScans()).isZero();
            index.search(all.withHelpers(certain(false)));
            assertThat(costs.seenScans()).isEqualTo(1);
            index.search(all);
            assertThat(costs.seenScans()).isEqualTo(2);
        }
    }

    /** Returns helpers that take every share, and do it at once, or none. */
    private static SearchHelpers certain(boolean taken) {
        return new SearchHelpers() {
            @Override
            public boolean tryRun(Runnable share) {
                if (taken) {
                    share.run();
                }
                return taken;
            }

            @Override
            public long leastComponents() {
                return 0;
            }
        };
    }

    @Test
    void aStopEndsAHelpedSearchAndItsHelpers() {
        float[] query = VectorSet.NORMAL.vectors(DIMENSION, 1, 1, 3)[0];
        try (VectorIndex index = index(Similarity.DOT, VectorSet.NORMAL)) {
            for (Accuracy accuracy : List.of(Accuracy.EXACT, Accuracy.STRICT)) {
                for (int looks : new int[] {1, 2, 7, 15}) {
                    AtomicInteger asked = new AtomicInteger();
                    SearchOutcome outcome = index.search(VectorQuery.of(query, ROWS, 10)
                            .withAccuracy(accuracy)
                            .withHelpers(helpers)
                            .withStop(() -> asked.incrementAndGet() >= looks));
                    // Helpers may leave so little that the caller looks less often; the answer is whole then.
                    assertThat(outcome.stopped()).isEqualTo(asked.get() >= looks);
                    assertThat(outcome.size()).isEqualTo(outcome.stopped() ? 0 : 10);
                    assertThat(asked.get()).isLessThanOrEqualTo(looks);
                }
            }
        }
    }

    private static VectorIndex index(Similarity similarity, VectorSet set) {
        VectorIndex index = new VectorIndex(DIMENSION, similarity);
        for (float[] vector : set.vectors(DIMENSION, ROWS, 1, 2)) {
            index.append(vector);
        }
        return index;
    }

    private static int[] rows(SearchOutcome outcome) {
        return IntStream.range(0, outcome.size()).map(outcome::row).toArray();
    }

    private static double[] scores(SearchOutcome outcome) {
        return IntStream.range(0, outcome.size()).mapToDouble(outcome::score).toArray();
    }
}
