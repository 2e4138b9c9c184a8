package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CodedRowsTest {
    @ParameterizedTest
    @ValueSource(ints = {48, 384, 1_536, 65_536})
    void blocksFollowOneAnotherAndGrowWithTheRows(int dimension) {
        int count = dimension > 10_000 ? 40 : 3_000;
        float[][] vectors = VectorSet.SPARSE.vectors(dimension, 16, 1, 2);
        try (CodedRows rows = new CodedRows(dimension, Similarity.DOT, new Centre(new float[dimension]))) {
            for (int row = 0; row < count; row++) {
                rows.append(vectors[row % vectors.length]);
            }
            CodeBlock[] blocks = rows.blocks();
            int next = 0;
            for (int i = 0; i < blocks.length; i++) {
                CodeBlock block = blocks[i];
                assertThat(block.firstRow()).isEqualTo(next);
                assertThat(block.capacity()).isPositive().matches(capacity -> capacity % 16 == 0);
                assertThat(CodedRows.blockOf(blocks, block.firstRow())).isEqualTo(i);
                assertThat(CodedRows.blockOf(blocks, block.endRow() - 1)).isEqualTo(i);
                next = block.endRow();
            }
            assertThat(next)
                    .isBetween(
                            count,
                            count
                                    + count / 16
                                    + 16
                                    + (64 << 10) / (int) rows.layout().rowBytes());
            assertThat(rows.footprintBytes())
                    .isBetween(
                            next * rows.layout().rowBytes(),
                            (next + 64L) * rows.layout().rowBytes());
        }
    }

    /** Codes of a row do not depend on where they lie, and no row writes into another's. */
    @ParameterizedTest
    @ValueSource(ints = {48, 200})
    void everyRowHasItsOwnPlace(int dimension) {
        float[][] vectors = VectorSet.NORMAL.vectors(dimension, 7, 1, 2);
        try (CodedRows rows = new CodedRows(dimension, Similarity.SQUARED_EUCLID, new Centre(new float[dimension]))) {
            for (int row = 0; row < 1_500; row++) {
                rows.append(vectors[row % vectors.length]);
            }
            for (int row = vectors.length; row < 1_500; row++) {
                assertThat(codes(rows, row)).isEqualTo(codes(rows, row % vectors.length));
                assertThat(spread(rows, row)).isEqualTo(spread(rows, row % vectors.length));
            }
        }
    }

    @Test
    void roomMadeBeforeIsWhatTheNextRowTakes() {
        float[] vector = VectorSet.NORMAL.vectors(64, 1, 1, 2)[0];
        try (CodedRows rows = new CodedRows(64, Similarity.DOT, new Centre(new float[64]))) {
            for (int row = 0; row < 3_000; row++) {
                rows.makeRoom();
                long bytes = rows.footprintBytes();
                rows.makeRoom();
                rows.append(vector);
                assertThat(rows.footprintBytes()).isEqualTo(bytes).isPositive();
            }
        }
    }

    /** What a writer says before is what is taken, and rows go to all blocks of it. */
    @Test
    void reservedRoomIsExactAndUsed() {
        float[] vector = VectorSet.NORMAL.vectors(2_048, 1, 1, 2)[0];
        int count = 20_000;
        try (CodedRows rows = new CodedRows(2_048, Similarity.DOT, new Centre(new float[2_048]))) {
            rows.reserve(count);
            long bytes = rows.footprintBytes();
            assertThat(bytes)
                    .isBetween(
                            count * rows.layout().rowBytes(),
                            (count + 64) * rows.layout().rowBytes());
            for (int row = 0; row < count; row++) {
                rows.append(vector);
            }
            rows.reserve(count);
            assertThat(rows.footprintBytes()).isEqualTo(bytes);
            assertThat(rows.blocks()).hasSizeGreaterThan(1);
            assertThat(codes(rows, 0)).isEqualTo(codes(rows, count - 1));
        }
    }

    private static byte[] codes(CodedRows rows, int row) {
        CodeBlock block = rows.blocks()[CodedRows.blockOf(rows.blocks(), row)];
        long bytes = rows.layout().codeBytes();
        return block.codes().asSlice((row - block.firstRow()) * bytes, bytes).toArray(ValueLayout.JAVA_BYTE);
    }

    private static float spread(CodedRows rows, int row) {
        CodeBlock block = rows.blocks()[CodedRows.blockOf(rows.blocks(), row)];
        return block.spreads().getAtIndex(ValueLayout.JAVA_FLOAT, row - block.firstRow());
    }
}
