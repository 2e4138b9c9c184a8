package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.knarr.server.engine.kernel.DistanceKernel;
import io.knarr.server.engine.kernel.DistanceKernels;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Exact search against an oracle that sorts everything. Coordinates are small whole numbers, so every kernel's sums are exact. */
final class ExactScanTest {
    private static final int[] BORDERS = {0, 1, 7, 63, 64, 65, 127, 128, 300, 500};
    private static final int ROWS = 500;

    static Stream<Arguments> kernelsAndSimilarities() {
        return DistanceKernels.supported().stream()
                .flatMap(kernel -> Stream.of(Similarity.values()).flatMap(similarity -> IntStream.of(1, 5, 37, 64)
                        .mapToObj(dimension -> Arguments.of(kernel, similarity, dimension, 7L))));
    }

    @ParameterizedTest
    @MethodSource("kernelsAndSimilarities")
    void findsWhatSortingEverythingFinds(DistanceKernel kernel, Similarity similarity, int dimension, long seed) {
        Random random = new Random(seed);
        try (VectorRows rows = new VectorRows(dimension)) {
            float[][] vectors = fill(rows, ROWS, random);
            float[] query = wholeNumbers(dimension, random);
            for (int from : BORDERS) {
                for (int to : BORDERS) {
                    if (from > to) {
                        continue;
                    }
                    for (int limit : new int[] {1, 10, ROWS + 3}) {
                        TopRows top = new TopRows(limit, similarity, RowOrder.ASCENDING);
                        ScanReport report = ExactScan.scan(
                                rows, from, to, query, similarity, row -> row % 3 != 0, top, StopSignal.NEVER, kernel);
                        assertThat(report).isEqualTo(new ScanReport(to - from, false));
                        assertRanked(
                                top.ranked(),
                                oracle(
                                        vectors,
                                        from,
                                        to,
                                        query,
                                        similarity,
                                        row -> row % 3 != 0,
                                        RowOrder.ASCENDING,
                                        limit),
                                vectors,
                                query,
                                similarity);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernelsAndSimilarities")
    void aMaskLeavesOnlyItsRows(DistanceKernel kernel, Similarity similarity, int dimension, long seed) {
        Random random = new Random(seed);
        try (VectorRows rows = new VectorRows(dimension)) {
            float[][] vectors = fill(rows, ROWS, random);
            float[] query = wholeNumbers(dimension, random);
            for (BitSet mask : masks(random)) {
                for (int from : BORDERS) {
                    for (int to : BORDERS) {
                        if (from > to) {
                            continue;
                        }
                        TopRows top = new TopRows(9, similarity, RowOrder.ASCENDING);
                        ScanReport report = ExactScan.scanMasked(
                                rows, from, to, mask.toLongArray(), query, similarity, top, StopSignal.NEVER, kernel);
                        assertThat(report)
                                .isEqualTo(new ScanReport(mask.get(from, to).cardinality(), false));
                        assertRanked(
                                top.ranked(),
                                oracle(vectors, from, to, query, similarity, mask::get, RowOrder.ASCENDING, 9),
                                vectors,
                                query,
                                similarity);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Similarity.class)
    void equalScoresAreOrderedAndCutByTheOrderOfRows(Similarity similarity) {
        RowOrder descending = (first, second) -> Integer.compare(second, first);
        try (VectorRows rows = new VectorRows(3)) {
            for (int row = 0; row < 100; row++) {
                rows.append(new float[] {row % 2, 1, 0});
            }
            for (RowOrder order : List.of(RowOrder.ASCENDING, descending)) {
                for (int limit : new int[] {1, 20, 50, 51, 70}) {
                    float[] query = {1, 1, 0};
                    TopRows top = new TopRows(limit, similarity, order);
                    ExactScan.scan(rows, 0, 100, query, similarity, RowFilter.ALL, top, StopSignal.NEVER);
                    int[] expected = IntStream.range(0, 100)
                            .boxed()
                            .sorted(Comparator.comparing((Integer row) -> row % 2 == 0)
                                    .thenComparing(order::compare))
                            .limit(limit)
                            .mapToInt(row -> row)
                            .toArray();
                    assertThat(top.ranked().rows()).containsExactly(expected);
                }
            }
        }
    }

    @Test
    void theFilterIsAskedOnlyAboutRowsThatWouldEnter() {
        try (VectorRows rows = new VectorRows(1)) {
            for (int row = 0; row < 1000; row++) {
                rows.append(new float[] {row});
            }
            List<Integer> asked = new ArrayList<>();
            TopRows top = new TopRows(2, Similarity.SQUARED_EUCLID, RowOrder.ASCENDING);
            RowFilter remembering = row -> {
                asked.add(row);
                return row != 1;
            };
            ExactScan.scan(
                    rows, 0, 1000, new float[] {0}, Similarity.SQUARED_EUCLID, remembering, top, StopSignal.NEVER);
            assertThat(asked).containsExactly(0, 1, 2);
            assertThat(top.ranked().rows()).containsExactly(0, 2);
        }
    }

    @Test
    void twoScansFillOneResult() {
        try (VectorRows rows = new VectorRows(1)) {
            for (int row = 0; row < 10; row++) {
                rows.append(new float[] {row});
            }
            TopRows top = new TopRows(3, Similarity.DOT, RowOrder.ASCENDING);
            ExactScan.scan(rows, 5, 10, new float[] {1}, Similarity.DOT, row -> row < 8, top, StopSignal.NEVER);
            ExactScan.scan(rows, 0, 5, new float[] {1}, Similarity.DOT, RowFilter.ALL, top, StopSignal.NEVER);
            assertThat(top.ranked().rows()).containsExactly(7, 6, 5);
            assertThat(top.ranked().scores()).containsExactly(7, 6, 5);
        }
    }

    @Test
    void aScanStopsWithinAMegabyteOfTheSignal() {
        int dimension = 1024;
        try (VectorRows rows = new VectorRows(dimension)) {
            for (int row = 0; row < 2000; row++) {
                rows.appendZero();
            }
            long[] everyRow = new long[2000 / 64 + 1];
            Arrays.fill(everyRow, -1L);
            int[] asked = new int[1];
            StopSignal atTheThirdQuestion = () -> ++asked[0] == 3;
            float[] query = new float[dimension];
            TopRows top = new TopRows(1, Similarity.DOT, RowOrder.ASCENDING);

            ScanReport report =
                    ExactScan.scan(rows, 0, 2000, query, Similarity.DOT, RowFilter.ALL, top, atTheThirdQuestion);
            assertThat(report.stopped()).isTrue();
            assertThat(report.rowsScored()).isBetween(512L, 1024L);

            asked[0] = 0;
            report = ExactScan.scanMasked(rows, 0, 2000, everyRow, query, Similarity.DOT, top, atTheThirdQuestion);
            assertThat(report.stopped()).isTrue();
            assertThat(report.rowsScored()).isBetween(512L, 1024L);

            report = ExactScan.scan(rows, 0, 2000, query, Similarity.DOT, RowFilter.ALL, top, () -> true);
            assertThat(report).isEqualTo(new ScanReport(0, true));
        }
    }

    @Test
    void aFilterThatRefusesEverythingIsStoppedAsWell() {
        try (VectorRows rows = new VectorRows(1)) {
            for (int row = 0; row < 100_000; row++) {
                rows.appendZero();
            }
            int[] asked = new int[1];
            TopRows top = new TopRows(1, Similarity.DOT, RowOrder.ASCENDING);
            ScanReport report = ExactScan.scan(
                    rows, 0, 100_000, new float[1], Similarity.DOT, row -> false, top, () -> ++asked[0] == 2);
            assertThat(report.stopped()).isTrue();
            assertThat(report.rowsScored()).isLessThan(10_000);
        }
    }

    static Stream<DistanceKernel> kernels() {
        return DistanceKernels.supported().stream();
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void sumsThatOverflowOnTheWayAreSettledAndNeverNaN(DistanceKernel kernel) {
        float huge = 3e38f;
        int dimension = 68;
        try (VectorRows rows = new VectorRows(dimension)) {
            rows.append(pattern(dimension, huge, -huge));
            rows.append(pattern(dimension, -huge, huge));
            rows.append(pattern(dimension, huge, huge));
            rows.append(pattern(dimension, -huge, -huge));
            rows.append(pattern(dimension, 1, 1));
            for (Similarity similarity : Similarity.values()) {
                float[] query = pattern(dimension, huge, huge);
                // The result is full when the overflow comes, so that nothing enters for want of others.
                for (int from : new int[] {0, 1, 2}) {
                    TopRows top = new TopRows(1, similarity, RowOrder.ASCENDING);
                    ExactScan.scan(rows, 4, 5, query, similarity, RowFilter.ALL, top, StopSignal.NEVER, kernel);
                    ExactScan.scan(rows, from, 5, query, similarity, RowFilter.ALL, top, StopSignal.NEVER, kernel);
                    assertThat(top.ranked().score(0)).isNotNaN();
                    assertThat(top.ranked().row(0)).isEqualTo(2);
                }
            }
            // The definition gives 0, float32 sums in any other order an infinity or NaN.
            TopRows top = new TopRows(1, Similarity.DOT, RowOrder.ASCENDING);
            ExactScan.scan(
                    rows,
                    0,
                    1,
                    pattern(dimension, huge, huge),
                    Similarity.DOT,
                    RowFilter.ALL,
                    top,
                    StopSignal.NEVER,
                    kernel);
            assertThat(top.ranked().scores()).containsExactly(0);
        }
    }

    @Test
    void aNegativeOverflowOnTheWayDoesNotHideTheNearestRow() {
        float[] query = {2e19f, 2e19f, 2e19f};
        try (VectorRows rows = new VectorRows(3)) {
            rows.append(new float[] {1, 0, 0});
            // -4e38 is minus infinity in float32 and stays so whatever is added; the true sum is 2e38.
            rows.append(new float[] {-2e19f, 1.5e19f, 1.5e19f});
            for (DistanceKernel kernel : DistanceKernels.supported()) {
                TopRows top = new TopRows(1, Similarity.DOT, RowOrder.ASCENDING);
                ExactScan.scan(rows, 0, 2, query, Similarity.DOT, RowFilter.ALL, top, StopSignal.NEVER, kernel);
                assertThat(top.ranked().row(0)).isEqualTo(1);
                assertThat(top.ranked().score(0)).isBetween(1.9e38f, 2.1e38f);
            }
        }
    }

    @Test
    void aRangeBeyondTheRowsIsRefused() {
        try (VectorRows rows = new VectorRows(4)) {
            rows.appendZero();
            TopRows top = new TopRows(1, Similarity.DOT, RowOrder.ASCENDING);
            for (int[] range : new int[][] {{-1, 0}, {1, 0}, {0, 1_000_000}}) {
                assertThatThrownBy(() -> ExactScan.scan(
                                rows,
                                range[0],
                                range[1],
                                new float[4],
                                Similarity.DOT,
                                RowFilter.ALL,
                                top,
                                StopSignal.NEVER))
                        .isInstanceOf(IndexOutOfBoundsException.class)
                        .hasMessageContaining("not within the rows");
            }
            assertThatThrownBy(() -> ExactScan.scan(
                            rows, 0, 1, new float[3], Similarity.DOT, RowFilter.ALL, top, StopSignal.NEVER))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> ExactScan.scan(
                            rows, 0, 1, new float[4], Similarity.MANHATTAN, RowFilter.ALL, top, StopSignal.NEVER))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** A boxed vector in a hot loop is an allocation per row; the loops have none once compiled. */
    @ParameterizedTest
    @EnumSource(Similarity.class)
    void aWarmScanAllocatesNothingPerRow(Similarity similarity) {
        int count = 4_003;
        try (VectorRows rows = new VectorRows(131)) {
            fill(rows, count, new Random(3));
            float[] query = wholeNumbers(131, new Random(4));
            long[] half = new long[count / 64 + 1];
            Arrays.fill(half, 0x5555_5555_7777_7777L);
            var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            long least = Long.MAX_VALUE;
            // Compilation runs beside us, so this goes on until it has caught up, within a bound.
            for (int round = 0; round < 4_000 && least > 16_000; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                TopRows top = new TopRows(10, similarity, RowOrder.ASCENDING);
                ExactScan.scan(rows, 0, count, query, similarity, RowFilter.ALL, top, StopSignal.NEVER);
                ExactScan.scanMasked(rows, 0, count, half, query, similarity, top, StopSignal.NEVER);
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertThat(least).isLessThanOrEqualTo(16_000);
        }
    }

    private static void assertRanked(
            RankedRows ranked, int[] expected, float[][] vectors, float[] query, Similarity similarity) {
        assertThat(ranked.rows()).containsExactly(expected);
        for (int rank = 0; rank < expected.length; rank++) {
            assertThat((double) ranked.score(rank)).isEqualTo(score(query, vectors[expected[rank]], similarity));
        }
    }

    private static int[] oracle(
            float[][] vectors,
            int from,
            int to,
            float[] query,
            Similarity similarity,
            IntPredicate accepted,
            RowOrder order,
            int limit) {
        double sign = similarity.largerIsNearer() ? -1 : 1;
        return IntStream.range(from, to)
                .filter(accepted)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer row) -> 0.0 + sign * score(query, vectors[row], similarity))
                        .thenComparing(order::compare))
                .limit(limit)
                .mapToInt(row -> row)
                .toArray();
    }

    private static double score(float[] query, float[] stored, Similarity similarity) {
        return IntStream.range(0, query.length)
                .mapToDouble(i -> switch (similarity) {
                    case DOT -> (double) query[i] * stored[i];
                    case SQUARED_EUCLID -> Math.pow((double) query[i] - stored[i], 2);
                    case MANHATTAN -> Math.abs((double) query[i] - stored[i]);
                })
                .sum();
    }

    private static List<BitSet> masks(Random random) {
        BitSet empty = new BitSet();
        BitSet full = new BitSet();
        full.set(0, ROWS);
        BitSet beyond = new BitSet();
        beyond.set(0, ROWS + 200);
        BitSet acrossWords = new BitSet();
        acrossWords.set(60, 70);
        acrossWords.set(127, 129);
        acrossWords.set(499);
        BitSet sparse = new BitSet();
        BitSet dense = new BitSet();
        for (int row = 0; row < ROWS; row++) {
            sparse.set(row, random.nextInt(20) == 0);
            dense.set(row, random.nextInt(20) != 0);
        }
        return List.of(empty, full, beyond, acrossWords, sparse, dense);
    }

    private static float[][] fill(VectorRows rows, int count, Random random) {
        float[][] vectors = new float[count][];
        for (int row = 0; row < count; row++) {
            vectors[row] = wholeNumbers(rows.dimension(), random);
            rows.append(vectors[row]);
        }
        return vectors;
    }

    private static float[] wholeNumbers(int dimension, Random random) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = random.nextInt(-8, 9);
        }
        return vector;
    }

    private static float[] pattern(int dimension, float even, float odd) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = i % 2 == 0 ? even : odd;
        }
        return vector;
    }
}
