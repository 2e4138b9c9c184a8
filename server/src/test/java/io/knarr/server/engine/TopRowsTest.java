package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TopRowsTest {
    private record Offered(double key, int row) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void keepsWhatSortingWouldKeep(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            RowOrder order = random.nextBoolean() ? RowOrder.ASCENDING : (first, second) -> second - first;
            int limit = 1 + random.nextInt(50);
            TopRows top = new TopRows(limit, order);
            List<Offered> offered = new ArrayList<>();
            int count = random.nextInt(120);
            for (int row = 0; row < count; row++) {
                // Few different keys, so that many are equal.
                Offered next = new Offered(random.nextInt(-5, 6), row);
                offered.add(next);
                List<Offered> best = best(offered, order, limit);
                assertThat(top.offer(next.key(), next.row())).isEqualTo(best.contains(next));
                assertThat(top.size()).isEqualTo(best.size());
                assertThat(top.isFull()).isEqualTo(best.size() == limit);
                assertThat(top.worstKey())
                        .isEqualTo(best.size() == limit ? best.getLast().key() : Double.NEGATIVE_INFINITY);
            }
            assertThat(drain(top)).isEqualTo(best(offered, order, limit));
            assertThat(top.size()).isZero();
        }
    }

    @Test
    void infiniteKeysAreRankedAndNotANumberIsRefused() {
        TopRows top = new TopRows(2, RowOrder.ASCENDING);
        assertThat(top.offer(Double.NEGATIVE_INFINITY, 7)).isTrue();
        assertThat(top.offer(Double.POSITIVE_INFINITY, 8)).isTrue();
        assertThat(top.offer(0, 9)).isTrue();
        assertThatThrownBy(() -> top.offer(Double.NaN, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(drain(top)).extracting(Offered::row).containsExactly(8, 9);
    }

    @Test
    void bothZerosAreOneKey() {
        TopRows top = new TopRows(2, RowOrder.ASCENDING);
        top.offer(0.0, 5);
        top.offer(-0.0, 3);
        assertThat(drain(top)).extracting(Offered::row).containsExactly(3, 5);
    }

    @Test
    void aHugeLimitTakesNoMemoryByItself() {
        TopRows top = new TopRows(Integer.MAX_VALUE, RowOrder.ASCENDING);
        for (int row = 0; row < 100; row++) {
            top.offer(row, row);
        }
        assertThat(top.size()).isEqualTo(100);
        assertThat(drain(top).getFirst()).isEqualTo(new Offered(99, 99));
    }

    @Test
    void aLimitOfNothingIsRefused() {
        assertThatThrownBy(() -> new TopRows(0, RowOrder.ASCENDING)).isInstanceOf(IllegalArgumentException.class);
    }

    private static List<Offered> best(List<Offered> offered, RowOrder order, int limit) {
        return offered.stream()
                .sorted(Comparator.comparingDouble(Offered::key)
                        .reversed()
                        .thenComparing((first, second) -> order.compare(first.row(), second.row())))
                .limit(limit)
                .toList();
    }

    private static List<Offered> drain(TopRows top) {
        int[] rows = new int[top.size()];
        double[] keys = new double[rows.length];
        top.drain(rows, keys);
        List<Offered> drained = new ArrayList<>();
        for (int rank = 0; rank < rows.length; rank++) {
            drained.add(new Offered(keys[rank], rows[rank]));
        }
        return drained;
    }
}
