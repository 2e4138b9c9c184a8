package io.knarr.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.knarr.server.model.Metric;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NeighboursTest {
    @TempDir
    private Path directory;

    private final Progress progress =
            new Progress(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));

    @ParameterizedTest
    @EnumSource
    void bruteForceFindsWhatSortingFinds(Metric metric) throws IOException {
        Path path = directory.resolve("rows");
        new SyntheticVectors(13, 11).write(path, 700, 5);
        try (VectorFile rows = VectorFile.open(path, 13)) {
            float[][] queries = EngineRows.prepared(rows, 70, metric);
            RowMask all = RowMask.all(500);
            RowMask some = RowMask.random(500, "0.1");
            List<int[][]> found = new BruteForce(rows, 500, metric, 7).nearest(queries, List.of(all, some), progress);

            for (int query : new int[] {0, 63, 64, 69}) {
                assertThat(found.get(0)[query]).isEqualTo(sorted(rows, metric, queries[query], all));
                assertThat(found.get(1)[query]).isEqualTo(sorted(rows, metric, queries[query], some));
            }
        }
    }

    private static int[] sorted(VectorFile rows, Metric metric, float[] query, RowMask mask) {
        GroundTruth truth = new GroundTruth(rows, metric);
        float[] row = new float[query.length];
        return IntStream.range(0, 500)
                .filter(mask::allows)
                .boxed()
                .sorted(Comparator.comparingDouble(number -> {
                    rows.read(number, row);
                    return -truth.nearness(query, row);
                }))
                .limit(7)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    @Test
    void recallCountsWhatWasFound() throws IOException {
        try (VectorFile rows = rows(0, 1, 2, 3, 4, 5)) {
            Neighbours truth = truth(rows, RowMask.all(6), 4.9f, 5, 4);

            assertThat(truth.recall(0, new int[] {4, 5})).isEqualTo(1);
            assertThat(truth.recall(0, new int[] {5, 0})).isEqualTo(0.5);
            assertThat(truth.recall(0, new int[] {5, 5})).isEqualTo(0.5);
            assertThat(truth.recall(0, new int[] {-1, 99_999})).isZero();
            assertThat(truth.recall(new int[][] {{5, 1}})).isEqualTo(0.5);
        }
    }

    @Test
    void aRowThatTiesWithTheLastCountsUnlessTheFilterKeepsItOut() throws IOException {
        try (VectorFile rows = rows(2, 2, 2, 9)) {
            assertThat(truth(rows, RowMask.all(4), 2, 0, 1).recall(0, new int[] {1, 2}))
                    .isEqualTo(1);
            RowMask without = new RowMask("first two", new long[] {0b0011}, 2);
            assertThat(truth(rows, without, 2, 0, 1).recall(0, new int[] {1, 2}))
                    .isEqualTo(0.5);
        }
    }

    @Test
    void aFileOfNeighboursIsReadAsItWasWritten() throws IOException {
        Path file = directory.resolve("truth");
        Neighbours.write(file, new int[][] {{3, 1, 2}, {4}, {0, 1, 2}}, 3);

        assertThat(Neighbours.read(file, 3, 2, 2, 5)).isDeepEqualTo(new int[][] {{3, 1}, {4}});
        assertThatThrownBy(() -> Neighbours.read(file, 3, 3, 4, 5))
                .isInstanceOf(UnusableInputException.class)
                .hasMessageContaining("at least 4");
        assertThatThrownBy(() -> Neighbours.read(file, 3, 3, 3, 4))
                .isInstanceOf(UnusableInputException.class)
                .hasMessageContaining("row=4");
    }

    @Test
    void aRandomMaskLetsAboutItsShareThroughAndNeverNothing() {
        RowMask tenth = RowMask.random(10_000, "0.1");

        assertThat(tenth.count()).isBetween(900, 1_100);
        assertThat(IntStream.range(0, 10_000).filter(tenth::allows)).hasSize(tenth.count());
        assertThat(RowMask.random(100, "0").count()).isEqualTo(1);
        assertThat(RowMask.all(65).count()).isEqualTo(65);
        assertThat(RowMask.all(65).allows(64)).isTrue();
    }

    private static Neighbours truth(VectorFile rows, RowMask mask, float query, int... nearest) {
        return new Neighbours(rows, Metric.EUCLID, mask, new float[][] {{query}}, new int[][] {nearest});
    }

    private VectorFile rows(float... values) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        Path path = directory.resolve("rows.f32");
        Files.write(path, bytes.array());
        return VectorFile.open(path, 1);
    }
}
