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
    private record Offered(float score, int row) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void keepsWhatSortingWouldKeepHoweverOften(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            Similarity similarity = List.of(Similarity.values()).get(random.nextInt(3));
            RowOrder order = random.nextBoolean() ? RowOrder.ASCENDING : (first, second) -> second - first;
            int limit = 1 + random.nextInt(50);
            TopRows top = new TopRows(limit, similarity, order);
            List<Offered> offered = new ArrayList<>();
            int count = random.nextInt(120);
            for (int row = 0; row < count; row++) {
                // Few different scores, so that many are equal.
                Offered next = new Offered(random.nextInt(-5, 6), row);
                offered.add(next);
                top.offer(next.score(), next.row());
            }
            Comparator<Offered> byScore = Comparator.comparingDouble(Offered::score);
            List<Offered> expected = offered.stream()
                    .sorted((similarity.largerIsNearer() ? byScore.reversed() : byScore)
                            .thenComparing((first, second) -> order.compare(first.row(), second.row())))
                    .limit(limit)
                    .toList();
            // Twice, since ranking keeps what is there.
            for (int twice = 0; twice < 2; twice++) {
                RankedRows ranked = top.ranked();
                assertThat(ranked.size()).isEqualTo(expected.size());
                for (int rank = 0; rank < expected.size(); rank++) {
                    assertThat(new Offered(ranked.score(rank), ranked.row(rank)))
                            .isEqualTo(expected.get(rank));
                }
            }
        }
    }

    @Test
    void anInfiniteScoreIsRankedAndNaNIsRefused() {
        TopRows top = new TopRows(2, Similarity.DOT, RowOrder.ASCENDING);
        assertThat(top.offer(Float.NEGATIVE_INFINITY, 7)).isTrue();
        assertThat(top.offer(Float.POSITIVE_INFINITY, 8)).isTrue();
        assertThat(top.offer(0, 9)).isTrue();
        assertThat(top.ranked().rows()).containsExactly(8, 9);
        assertThatThrownBy(() -> top.offer(Float.NaN, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void bothZerosAreOneScoreAndThePositiveOneIsReturned() {
        for (Similarity similarity : Similarity.values()) {
            TopRows top = new TopRows(2, similarity, RowOrder.ASCENDING);
            top.offer(0f, 5);
            top.offer(-0f, 3);
            assertThat(top.ranked().rows()).containsExactly(3, 5);
            assertThat(Float.floatToRawIntBits(top.ranked().score(0))).isZero();
            assertThat(Float.floatToRawIntBits(top.ranked().score(1))).isZero();
        }
    }

    @Test
    void aHugeLimitTakesNoMemoryByItself() {
        TopRows top = new TopRows(Integer.MAX_VALUE, Similarity.DOT, RowOrder.ASCENDING);
        for (int row = 0; row < 100; row++) {
            top.offer(row, row);
        }
        assertThat(top.size()).isEqualTo(100);
        assertThat(top.ranked().row(0)).isEqualTo(99);
    }

    @Test
    void aLimitOfNothingIsRefused() {
        assertThatThrownBy(() -> new TopRows(0, Similarity.DOT, RowOrder.ASCENDING))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
