package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.knarr.server.engine.kernel.ElementType;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class VectorRowsTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 16, 100, 384, 1025, 65_536})
    void everyRowComesBackAsItWasWritten(int dimension) {
        int count = dimension > 10_000 ? 70 : 3_000;
        try (VectorRows rows = new VectorRows(dimension)) {
            for (int row = 0; row < count; row++) {
                assertThat(row % 5 == 4 ? rows.appendZero() : rows.append(vector(dimension, row)))
                        .isEqualTo(row);
            }
            assertThat(rows.rowCount()).isEqualTo(count);
            float[] copy = new float[dimension];
            for (int row = 0; row < count; row++) {
                rows.copyRow(row, copy);
                assertThat(copy).isEqualTo(row % 5 == 4 ? new float[dimension] : vector(dimension, row));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 384, 1536})
    void twentyRowsTakeLittleMoreThanTheirBytes(int dimension) {
        try (VectorRows rows = new VectorRows(dimension)) {
            assertThat(rows.footprintBytes()).isZero();
            for (int row = 0; row < 20; row++) {
                rows.append(new float[dimension]);
            }
            assertThat(rows.footprintBytes()).isLessThan(20L * dimension * Float.BYTES * 13 / 10 + 1200);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 384, 1536, 65_536})
    void atMostASixteenthOfManyRowsMemoryIsUnused(int dimension) {
        long rowBytes = (long) dimension * Float.BYTES;
        int count = (int) Math.min(200_000, (32L << 20) / rowBytes);
        try (VectorRows rows = new VectorRows(dimension)) {
            for (int row = 0; row < count; row++) {
                rows.appendZero();
            }
            // The heap's bytes of a block count for little, but where the rows are small.
            assertThat(rows.footprintBytes()).isBetween(count * rowBytes, count * rowBytes * 108 / 100);
        }
    }

    @Test
    void reservedRoomIsExactAndUsed() {
        try (VectorRows rows = new VectorRows(384)) {
            rows.reserve(20);
            long reserved = rows.footprintBytes();
            assertThat(reserved).isBetween(20L * 1536, 20L * 1536 + 200);
            for (int row = 0; row < 20; row++) {
                rows.append(vector(384, row));
            }
            rows.reserve(0);
            assertThat(rows.footprintBytes()).isEqualTo(reserved);
            rows.reserve(10_000);
            float[] copy = new float[384];
            rows.copyRow(19, copy);
            assertThat(copy).isEqualTo(vector(384, 19));
        }
    }

    @Test
    void wrongSizesAreRefused() {
        assertThatThrownBy(() -> new VectorRows(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new VectorRows(65_537)).isInstanceOf(IllegalArgumentException.class);
        try (VectorRows rows = new VectorRows(4)) {
            assertThatThrownBy(() -> rows.append(new float[3])).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> rows.reserve(-1)).isInstanceOf(IllegalArgumentException.class);
            assertThat(rows.rowCount()).isZero();
            assertThatThrownBy(() -> rows.copyRow(0, new float[4])).isInstanceOf(IndexOutOfBoundsException.class);
            rows.append(new float[4]);
            assertThatThrownBy(() -> rows.copyRow(0, new float[5])).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> rows.copyRow(-1, new float[4])).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void afterClosingAccessFailsAndClosingAgainDoesNothing() {
        VectorRows rows = new VectorRows(4);
        rows.append(new float[4]);
        rows.close();
        assertThatCode(rows::close).doesNotThrowAnyException();
        assertThatThrownBy(() -> rows.copyRow(0, new float[4])).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void readersSeeEveryPublishedRowWholeWhileTheWriterAppends() throws InterruptedException, ExecutionException {
        int count = 20_000;
        int dimension = 24;
        AtomicInteger published = new AtomicInteger();
        try (VectorRows rows = new VectorRows(dimension);
                ExecutorService reader = Executors.newSingleThreadExecutor()) {
            Future<Integer> wrong = reader.submit(() -> {
                int wrongScores = 0;
                for (int seen = 0; seen < count; ) {
                    seen = published.get();
                    if (seen == 0) {
                        continue;
                    }
                    float[] last = new float[dimension];
                    rows.copyRow(seen - 1, last);
                    wrongScores += Arrays.equals(last, vector(dimension, seen - 1)) ? 0 : 1;
                }
                return wrongScores;
            });
            for (int row = 0; row < count; row++) {
                rows.append(vector(dimension, row));
                published.set(row + 1);
            }
            assertThat(wrong.get()).isZero();
        }
    }

    private static float[] vector(int dimension, int row) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = row * 2 + i % 7;
        }
        return vector;
    }

    @Test
    void rowsOfSmallComponentsTakeFewerBytesAndKeepTheirValues() {
        for (ElementType type : ElementType.values()) {
            try (VectorRows rows = new VectorRows(64, type)) {
                float[] vector = new float[64];
                vector[3] = -5;
                rows.reserve(1000);
                assertThat(rows.type()).isEqualTo(type);
                assertThat(rows.footprintBytes()).isBetween(64_000L * type.bytes(), 66_000L * type.bytes());
                int row = rows.append(vector);
                float[] copy = new float[64];
                rows.copyRow(row, copy);
                assertThat(copy).isEqualTo(vector);
            }
        }
    }

    @Test
    void aValueThatTheTypeHasNotIsRefusedAndNoRowAppended() {
        try (VectorRows rows = new VectorRows(2, ElementType.INT8)) {
            assertThatThrownBy(() -> rows.append(new float[] {1f, 0.5f})).isInstanceOf(IllegalArgumentException.class);
            assertThat(rows.rowCount()).isZero();
        }
    }
}
