package io.knarr.server.lexical;

import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.engine.RowOrder;
import io.knarr.server.engine.StopSignal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an inverted index of sparse vectors finds, beside what a loop over all of them finds. */
final class SparseIndexTest {
    private static final int ROWS = 20_000;
    private static final int DIMENSIONS = 300;

    /** A sparse vector, indices ascending. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Entries(int[] indices, float[] values) {}

    /** Every index with a chance that falls with its number, a few of them with values much greater than others. */
    static Entries randomEntries(Random random, boolean negatives) {
        int[] indices = IntStream.range(0, DIMENSIONS)
                .filter(index -> random.nextDouble() < 4.0 / (index + 8))
                .toArray();
        float[] values = new float[indices.length];
        for (int i = 0; i < values.length; i++) {
            float value = (float) Math.exp(random.nextGaussian());
            values[i] = negatives && random.nextInt(3) == 0 ? -value : value;
        }
        return new Entries(indices, values);
    }

    static double score(Entries query, Entries row, double @Nullable [] weights) {
        double sum = 0;
        for (int i = 0; i < query.indices.length; i++) {
            int at = Arrays.binarySearch(row.indices, query.indices[i]);
            if (at >= 0) {
                sum += (double) query.values[i] * row.values[at] * (weights == null ? 1 : weights[i]);
            }
        }
        return sum + 0.0;
    }

    private static boolean share(Entries query, Entries row) {
        return Arrays.stream(query.indices).anyMatch(index -> Arrays.binarySearch(row.indices, index) >= 0);
    }

    static RowScope scope(int rowCount, boolean[] dead, long @Nullable [] mask, int limit) {
        int count =
                mask == null ? 0 : Arrays.stream(mask).mapToInt(Long::bitCount).sum();
        int[] deadRows = IntStream.range(0, rowCount).filter(row -> dead[row]).toArray();
        return new RowScope(
                rowCount, row -> !dead[row], deadRows, mask, count, limit, RowOrder.ASCENDING, StopSignal.NEVER);
    }

    private static void requireSame(
            SparseIndex index, List<Entries> rows, Entries query, boolean idf, boolean[] dead, RowScope scope) {
        double[] weights = null;
        if (idf) {
            weights = new double[query.indices.length];
            long living = IntStream.range(0, scope.rowCount())
                    .filter(row -> !dead[row])
                    .count();
            for (int i = 0; i < weights.length; i++) {
                int wanted = query.indices[i];
                long having = IntStream.range(0, scope.rowCount())
                        .filter(row -> !dead[row] && Arrays.binarySearch(rows.get(row).indices, wanted) >= 0)
                        .count();
                weights[i] = SparseIndex.inverseFrequency(having, living);
            }
        }
        double[] scores = new double[scope.rowCount()];
        List<Integer> expected = new ArrayList<>();
        for (int row = 0; row < scope.rowCount(); row++) {
            if (scope.allows(row) && share(query, rows.get(row))) {
                scores[row] = score(query, rows.get(row), weights);
                expected.add(row);
            }
        }
        expected.sort(Comparator.<Integer>comparingDouble(row -> -scores[row]).thenComparing(row -> row));
        LexicalOutcome outcome = index.search(query.indices, query.values, idf, scope);
        List<Integer> best = expected.subList(0, Math.min(scope.limit(), expected.size()));
        assertThat(Arrays.stream(outcome.rows()).boxed().toList()).isEqualTo(best);
        assertThat(outcome.scores())
                .isEqualTo(best.stream().mapToDouble(row -> scores[row]).toArray());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void findsWhatALoopFinds(long seed) {
        Random random = new Random(seed);
        boolean negatives = seed % 2 == 0;
        SparseIndex index = new SparseIndex();
        List<Entries> rows = new ArrayList<>();
        boolean[] dead = new boolean[ROWS];
        for (int row = 0; row < ROWS; row++) {
            rows.add(randomEntries(random, negatives));
            index.append(row, rows.get(row).indices, rows.get(row).values);
            dead[row] = seed > 2 && random.nextInt(10) == 0;
        }
        for (int limit : new int[] {1, 10, 1_000}) {
            for (boolean idf : new boolean[] {false, true}) {
                Entries query = randomEntries(random, negatives);
                requireSame(index, rows, query, idf, dead, scope(ROWS, dead, null, limit));
                requireSame(index, rows, query, idf, dead, scope(ROWS / 3, dead, null, limit));
                for (double share : new double[] {0.5, 0.01, 0.0005}) {
                    long[] mask = new long[(ROWS + 63) / 64];
                    for (int row = 0; row < ROWS; row++) {
                        if (!dead[row] && random.nextDouble() < share) {
                            mask[row / 64] |= 1L << row;
                        }
                    }
                    requireSame(index, rows, query, idf, dead, scope(ROWS, dead, mask, limit));
                }
            }
        }
    }

    @Test
    void itLooksAtAFewOfTheRowsOnly() {
        Random random = new Random(9);
        SparseIndex index = new SparseIndex();
        for (int row = 0; row < ROWS; row++) {
            Entries entries = randomEntries(random, false);
            index.append(row, entries.indices, entries.values);
        }
        // A common index that says little and a rare one that says much: rows that have only the first cannot win.
        int[] indices = {0, 200};
        float[] values = {0.01f, 10};
        LexicalOutcome few = index.search(indices, values, false, scope(ROWS, new boolean[ROWS], null, 1));
        LexicalOutcome all = index.search(indices, values, false, scope(ROWS, new boolean[ROWS], null, ROWS));
        assertThat(few.scoredCount()).isLessThan(all.scoredCount() / 2);
    }

    @Test
    void equalScoresAreInTheOrderOfTheirTiesAlsoWhereTheyAreTheThreshold() {
        SparseIndex index = new SparseIndex();
        for (int row = 0; row < ROWS; row++) {
            index.append(row, new int[] {7}, new float[] {0.1f});
        }
        RowScope descending = new RowScope(
                ROWS, _ -> true, new int[0], null, 0, 3, (a, b) -> Integer.compare(b, a), StopSignal.NEVER);
        assertThat(index.search(new int[] {7}, new float[] {3}, false, descending)
                        .rows())
                .containsExactly(ROWS - 1, ROWS - 2, ROWS - 3);
    }

    @Test
    void movedRowsAreFoundUnderTheirNewNumbersAndThoseLeftBehindAreNot() {
        Random random = new Random(3);
        SparseIndex before = new SparseIndex();
        List<Entries> kept = new ArrayList<>();
        int[] moved = new int[1_000];
        for (int row = 0; row < moved.length; row++) {
            Entries entries = randomEntries(random, true);
            before.append(row, entries.indices, entries.values);
            moved[row] = random.nextBoolean() ? kept.size() : -1;
            if (moved[row] >= 0) {
                kept.add(entries);
            }
        }
        SparseIndex after = new SparseIndex();
        after.appendMoved(before, 0, Arrays.copyOf(moved, 600));
        after.appendMoved(before, 600, Arrays.copyOfRange(moved, 600, 1_000));
        boolean[] dead = new boolean[kept.size()];
        requireSame(after, kept, randomEntries(random, true), true, dead, scope(kept.size(), dead, null, 50));
    }

    @Test
    void aStoppedSearchSaysSo() {
        SparseIndex index = new SparseIndex();
        index.append(0, new int[] {1}, new float[] {1});
        RowScope stopped = new RowScope(1, _ -> true, new int[0], null, 0, 1, RowOrder.ASCENDING, () -> true);
        assertThat(index.search(new int[] {1}, new float[] {1}, false, stopped).stopped())
                .isTrue();
    }
}
