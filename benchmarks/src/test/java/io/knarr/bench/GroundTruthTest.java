package io.knarr.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.model.Metric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GroundTruthTest {
    @TempDir
    private Path directory;

    @Test
    void theNearestRowsHaveRecallOneAndOthersNone() throws IOException {
        try (VectorFile rows = rows(0, 1, 2, 3, 4, 5)) {
            GroundTruth truth = new GroundTruth(rows, Metric.EUCLID);
            float[] query = {4.9f};

            assertThat(truth.recall(query, 0, 6, 2, List.of(5L, 4L))).isEqualTo(1);
            assertThat(truth.recall(query, 0, 6, 2, List.of(5L, 0L))).isEqualTo(0.5);
            assertThat(truth.recall(query, 0, 6, 2, List.of(0L, 1L))).isZero();
        }
    }

    @Test
    void aRowThatTiesWithTheLastCounts() throws IOException {
        try (VectorFile rows = rows(0, 2, 2, 2, 9)) {
            GroundTruth truth = new GroundTruth(rows, Metric.EUCLID);

            assertThat(truth.recall(new float[] {2}, 0, 5, 2, List.of(2L, 3L))).isEqualTo(1);
        }
    }

    @Test
    void aRowReturnedTwiceCountsOnceAndARowOutsideOfTheRangeDoesNotCount() throws IOException {
        try (VectorFile rows = rows(7, 0, 2, 2, 9)) {
            GroundTruth truth = new GroundTruth(rows, Metric.EUCLID);

            assertThat(truth.recall(new float[] {2}, 1, 4, 2, List.of(2L, 2L))).isEqualTo(0.5);
            assertThat(truth.recall(new float[] {7}, 1, 4, 2, List.of(0L, 4L))).isEqualTo(0.5);
        }
    }

    @Test
    void fewerRowsThanWantedCanStillBeFoundInFull() throws IOException {
        try (VectorFile rows = rows(1, 2, 3)) {
            GroundTruth truth = new GroundTruth(rows, Metric.DOT);

            assertThat(truth.recall(new float[] {1}, 0, 3, 10, List.of(2L, 1L, 0L)))
                    .isEqualTo(1);
            assertThat(truth.recall(new float[] {1}, 0, 3, 10, List.of())).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void agreesWithSortingAllRowsAcrossChunks(Metric metric) throws IOException {
        int count = 9_001;
        Path path = directory.resolve("many");
        new SyntheticVectors(8, 11).write(path, count, 5);
        try (VectorFile rows = VectorFile.open(path, 8)) {
            GroundTruth truth = new GroundTruth(rows, metric);
            float[] query = new float[8];
            rows.read(17, query);
            List<Long> ids = new ArrayList<>(LongStream.range(0, count).boxed().toList());
            float[] row = new float[8];
            ids.sort(Comparator.comparingDouble(id -> {
                rows.read(id, row);
                return -truth.nearness(query, row);
            }));

            assertThat(truth.recall(query, 0, count, 10, ids.subList(0, 10))).isEqualTo(1);
            assertThat(truth.recall(query, 0, count, 10, ids.subList(10, 20))).isZero();
        }
    }

    private VectorFile rows(float... values) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        Path path = directory.resolve("rows.f32");
        Files.write(path, bytes.array());
        return VectorFile.open(path, 1);
    }
}
