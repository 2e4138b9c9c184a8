package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The beam against a sorted list. */
final class BeamTest {
    private static final int ROWS = 5_000;

    private final Beam beam = new Beam();

    @ParameterizedTest
    @CsvSource({
        "0.5, 0.1", // about where the keys lie
        "0.0001, 0", // far below: every key is better than expected
        "900, 800", // far above: every key is worse
        "1e9, -1e9", // so wide that all keys share a bucket
        "0.5, 0.5", // nothing is known of their range
        "0, 0",
        "-1e30, -1e30",
    })
    void takesAllThatThereIsRoomForWhateverWasExpected(float best, float usual) {
        for (int width : new int[] {1, 2, 10, 100, 1_000}) {
            Random random = new Random(width);
            float[] keys = keys(i -> random.nextGaussian() / 5);
            beam.reset(width, width, ROWS);
            beam.expect(best, usual);
            for (int row = 0; row < ROWS; row++) {
                beam.offer(keys[row], row);
            }
            List<Integer> taken = takeAll();
            assertThat(taken).doesNotHaveDuplicates().containsAll(best(keys, width));
            assertThat(taken.size())
                    .as("rows beyond the room for %d", width)
                    .isLessThanOrEqualTo(2 * Math.max(width, 64));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 100, 1_000})
    void takesTheBetterOnesFirstToABucketsWidth(int width) {
        Random random = new Random(5);
        float[] keys = keys(i -> random.nextGaussian() / 5);
        beam.reset(width, width, ROWS);
        beam.expect(0.5f, 0);
        for (int row = 0; row < ROWS; row++) {
            beam.offer(keys[row], row);
        }
        List<Integer> taken = takeAll();
        float bucket = 2f / 2_047 + 1e-6f;
        for (int i = 1; i < taken.size(); i++) {
            assertThat(keys[taken.get(i)]).isLessThanOrEqualTo(keys[taken.get(i - 1)] + bucket);
        }
    }

    @Test
    void whatIsTakenCountsAndWhatComesAfterwardsMayStillBeBetter() {
        beam.reset(3, 3, ROWS);
        beam.expect(1, 0);
        beam.offer(0.5f, 5);
        beam.offer(0.4f, 4);
        assertThat(beam.take()).isEqualTo(5);
        beam.offer(0.9f, 9);
        assertThat(beam.take()).isEqualTo(9);
        beam.offer(0.8f, 8);
        // Three better ones are there, two of them taken, so there is no more room for this one.
        assertThat(beam.worstKey()).isGreaterThan(0.4f);
        assertThat(takeAll()).containsExactly(8);
    }

    @Test
    void aWalkOverEqualRowsComesToAnEnd() {
        for (float key : new float[] {0, 1, -1, 1e-30f, 1e30f, -1e30f}) {
            beam.reset(20, 20, ROWS);
            beam.expect(key, key);
            int taken = 0;
            for (int row = 0; row < ROWS; ) {
                for (int i = 0; i < 32; i++, row++) {
                    beam.offer(key, row % ROWS);
                }
                taken += beam.take() < 0 ? 0 : 1;
            }
            taken += takeAll().size();
            assertThat(taken).isBetween(20, 200);
        }
    }

    @Test
    void keysWithoutBoundsAreKeptInOrder() {
        beam.reset(4, 4, ROWS);
        beam.expect(1, 0);
        float[] keys = {Float.NEGATIVE_INFINITY, -1e30f, -1, 0, 1, 1e30f, 1e-40f};
        for (int row = 0; row < keys.length; row++) {
            beam.offer(keys[row], row);
        }
        assertThat(takeAll()).contains(5, 4, 6, 3).doesNotContain(0);
    }

    @Test
    void neighboursAreOfferedUnlessTheyWereVisited() {
        Random random = new Random(8);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(8 + 32 * Integer.BYTES);
            for (int width : new int[] {5, 50, 500}) {
                beam.reset(width, width, ROWS);
                beam.expect(0.2f, 0);
                float[] keys = new float[ROWS];
                Arrays.fill(keys, Float.NEGATIVE_INFINITY);
                boolean[] visited = new boolean[ROWS];
                Set<Integer> offered = new HashSet<>();
                for (int round = 0; round < 100; round++) {
                    float[] found = new float[32];
                    long which = 0;
                    for (int i = 0; i < found.length; i++) {
                        int row = random.nextInt(ROWS);
                        found[i] = (float) random.nextGaussian() / 5;
                        memory.set(ValueLayout.JAVA_INT, 8 + 4L * i, row);
                        if (found[i] >= beam.worstKey()) {
                            which |= 1L << i;
                            if (!visited[row]) {
                                offered.add(row);
                                keys[row] = Math.max(keys[row], found[i]);
                            }
                        }
                    }
                    beam.offerUnvisited(which, found, memory, 8);
                    int row = random.nextInt(ROWS);
                    assertThat(beam.visit(row)).isEqualTo(!visited[row]);
                    visited[row] = true;
                }
                List<Integer> taken = takeAll();
                assertThat(offered).containsAll(taken);
                // Rows are offered more than once, so fewer than the room may be there.
                assertThat(taken).containsAll(best(keys, width / 2));
            }
        }
    }

    /** Every row is offered four times by four estimates. */
    @ParameterizedTest
    @CsvSource({"0, 100", "50, 50", "75, 25"})
    void noMoreRowsAreRepeatedThanMayBe(int repetitions, int wanted) {
        Random random = new Random(9);
        int rows = 600;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(32 * Integer.BYTES);
            beam.reset(100, repetitions, ROWS);
            beam.expect(1, 0);
            for (int round = 0; round < 4 * rows / 32; round++) {
                float[] found = new float[32];
                long which = 0;
                for (int i = 0; i < found.length; i++) {
                    int row = (32 * round + i) % rows;
                    found[i] = (rows - row) / (float) rows + random.nextFloat() / 50;
                    memory.set(ValueLayout.JAVA_INT, 4L * i, row);
                    which |= found[i] >= beam.worstKey() ? 1L << i : 0;
                }
                beam.offerUnvisited(which, found, memory, 0);
            }
            List<Integer> taken = new ArrayList<>();
            for (int row = beam.takeUnvisited(); row >= 0; row = beam.takeUnvisited()) {
                taken.add(row);
            }
            assertThat(taken).doesNotHaveDuplicates().hasSizeBetween(wanted * 9 / 10, 110);
            assertThat(taken).containsAll(IntStream.range(0, wanted / 2).boxed().toList());
        }
    }

    @Test
    void isEmptyAfterAReset() {
        beam.reset(10, 10, ROWS);
        beam.expect(1, 0);
        for (int row = 0; row < ROWS; row++) {
            beam.visit(row);
            beam.offer(row, row);
        }
        beam.reset(10, 10, ROWS);
        beam.expect(1, 0);
        assertThat(beam.take()).isNegative();
        assertThat(beam.visit(17)).isTrue();
        assertThat(beam.visit(17)).isFalse();
        beam.offer(-5, 17);
        assertThat(takeAll()).containsExactly(17);
    }

    private List<Integer> takeAll() {
        List<Integer> taken = new ArrayList<>();
        for (int row = beam.take(); row >= 0; row = beam.take()) {
            taken.add(row);
        }
        return taken;
    }

    private static float[] keys(IntToDoubleFunction key) {
        float[] keys = new float[ROWS];
        for (int row = 0; row < ROWS; row++) {
            keys[row] = (float) key.applyAsDouble(row);
        }
        return keys;
    }

    private static List<Integer> best(float[] keys, int count) {
        return IntStream.range(0, keys.length)
                .boxed()
                .sorted((a, b) -> Float.compare(keys[b], keys[a]))
                .limit(count)
                .toList();
    }
}
