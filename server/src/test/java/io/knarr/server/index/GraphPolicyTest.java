package io.knarr.server.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.knarr.server.engine.GraphMode;
import io.knarr.server.engine.Similarity;
import io.knarr.server.engine.VectorIndex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which graphs are fast, and how many threads build one. */
final class GraphPolicyTest {
    private static final int DIMENSION = 64;
    private static final int ROWS = 10;

    @ParameterizedTest
    @CsvSource({
        // The cache has half of the memory, as by default: both shares are the same.
        "64, 32, 16, 4, 8",
        // A small cache has the last word, and so has a small machine.
        "64, 8, 16, 1, 8",
        "32, 32, 16, 2, 8",
        "64, 32, 3, 4, 1",
        "64, 32, 1, 4, 1"
    })
    void theSmallerShareCounts(long memory, long cache, int cores, long fast, int threads) {
        assertThat(GraphPolicy.of(memory << 30, cache << 30, cores))
                .isEqualTo(new GraphPolicy(fast << 30, threads, 2_000_000));
    }

    @Test
    void theVectorsOfACollectionCountTogether() {
        try (VectorIndex first = filled(Similarity.DOT);
                VectorIndex second = filled(Similarity.SQUARED_EUCLID);
                VectorIndex never = filled(Similarity.MANHATTAN)) {
            long bytes = first.graphBytes(GraphMode.FAST);
            assertThat(bytes).isPositive().isEqualTo(second.graphBytes(GraphMode.FAST));
            GraphPolicy both = new GraphPolicy(2 * bytes, 1, 0);
            GraphPolicy less = new GraphPolicy(2 * bytes - 1, 1, 0);
            assertThat(both.modeFor(first, second)).isEqualTo(GraphMode.FAST);
            assertThat(less.modeFor(first, second)).isEqualTo(GraphMode.COMPACT);
            assertThat(less.modeFor(first)).isEqualTo(GraphMode.FAST);
            // Vectors that never have a graph take no room from those that may.
            assertThat(both.modeFor(first, second, never)).isEqualTo(GraphMode.FAST);
        }
    }

    @Test
    void thisMachineHasAPolicy() {
        GraphPolicy machine = GraphPolicy.ofMachine(Long.MAX_VALUE);
        assertThat(machine.maxFastBytes()).isPositive();
        assertThat(GraphPolicy.ofMachine(1 << 20).maxFastBytes()).isEqualTo(1 << 17);
        assertThatThrownBy(() -> new GraphPolicy(0, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new GraphPolicy(-1, 1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new GraphPolicy(0, 1, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    private static VectorIndex filled(Similarity similarity) {
        VectorIndex index = new VectorIndex(DIMENSION, similarity);
        for (int row = 0; row < ROWS; row++) {
            var _ = index.append(new float[DIMENSION]);
        }
        return index;
    }
}
