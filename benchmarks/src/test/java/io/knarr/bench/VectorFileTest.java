package io.knarr.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VectorFileTest {
    @TempDir
    private Path directory;

    @Test
    void readsRowsAsLittleEndianFloats() throws IOException {
        try (VectorFile file = VectorFile.open(write(1, 2, 3, 4, 5, 6), 3)) {
            float[] row = new float[3];
            file.read(1, row);

            assertThat(file.rows()).isEqualTo(2);
            assertThat(row).containsExactly(4, 5, 6);
        }
    }

    @Test
    void refusesAFileThatIsNotAWholeNumberOfRows() throws IOException {
        Path path = write(1, 2, 3, 4);

        assertThatThrownBy(() -> VectorFile.open(path, 3))
                .isInstanceOf(UnusableInputException.class)
                .hasMessageContaining("bytes=16, dim=3");
    }

    @Test
    void refusesAnEmptyFile() throws IOException {
        Path path = write();

        assertThatThrownBy(() -> VectorFile.open(path, 3)).isInstanceOf(UnusableInputException.class);
    }

    @Test
    void refusesAMissingFile() {
        assertThatThrownBy(() -> VectorFile.open(directory.resolve("none"), 3))
                .isInstanceOf(UnusableInputException.class)
                .hasMessageContaining("none");
    }

    @Test
    void refusesValuesThatAreNotFiniteAndSaysWhere() throws IOException {
        Path nan = write(1, 2, 3, 4, Float.NaN, 6);
        assertThatThrownBy(() -> VectorFile.open(nan, 3))
                .isInstanceOf(UnusableInputException.class)
                .hasMessageContaining("row=1, column=1");

        Path infinite = write(1, 2, Float.NEGATIVE_INFINITY);
        assertThatThrownBy(() -> VectorFile.open(infinite, 3))
                .isInstanceOf(UnusableInputException.class)
                .hasMessageContaining("row=0, column=2");
    }

    @Test
    void syntheticVectorsAreUnitLengthAndRepeatable() throws IOException {
        Path first = directory.resolve("first");
        Path second = directory.resolve("second");
        new SyntheticVectors(24, 3).write(first, 50, 1);
        new SyntheticVectors(24, 3).write(second, 50, 1);

        assertThat(second).hasSameBinaryContentAs(first);
        try (VectorFile file = VectorFile.open(first, 24)) {
            float[] row = new float[24];
            for (int i = 0; i < 50; i++) {
                file.read(i, row);
                double squares = 0;
                for (float value : row) {
                    squares += (double) value * value;
                }
                assertThat(squares).isBetween(1 - 1e-5, 1 + 1e-5);
            }
        }
    }

    private Path write(float... values) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        Path path = directory.resolve("vectors.f32");
        Files.write(path, bytes.array());
        return path;
    }
}
