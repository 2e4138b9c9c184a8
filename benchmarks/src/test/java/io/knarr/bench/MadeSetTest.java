package io.knarr.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MadeSetTest {
    @TempDir
    private Path directory;

    private final PrintStream err = new PrintStream(new ByteArrayOutputStream(), true, UTF_8);

    @Test
    void theSameSeedGivesTheSameVectorsAndAnotherSeedOthers() {
        MadeSet set = new MadeSet(48, MadeSet.Shape.UNIT);
        float[] first = draw(set, 1);

        assertThat(draw(new MadeSet(48, MadeSet.Shape.UNIT), 1)).isEqualTo(first);
        assertThat(draw(set, 2)).isNotEqualTo(first);
    }

    @Test
    void unitVectorsHaveUnitLength() {
        double squares = 0;
        for (float value : draw(new MadeSet(48, MadeSet.Shape.UNIT), 3)) {
            squares += (double) value * value;
        }

        assertThat(squares).isCloseTo(1, within(1e-6));
    }

    @Test
    void histogramsAreSmallIntegers() {
        float[] vector = draw(new MadeSet(128, MadeSet.Shape.HISTOGRAM), 3);

        for (float value : vector) {
            assertThat(value).isBetween(0f, 218f).isEqualTo((float) Math.rint(value));
        }
    }

    @Test
    void neighboursAreNearerThanTheRest() {
        MadeSet set = new MadeSet(96, MadeSet.Shape.UNIT);
        SplittableRandom random = new SplittableRandom(5);
        float[] query = new float[96];
        set.next(random, query);
        double nearest = 0;
        double sum = 0;
        float[] row = new float[96];
        for (int i = 0; i < 5_000; i++) {
            set.next(random, row);
            double similarity = 0;
            for (int j = 0; j < row.length; j++) {
                similarity += (double) row[j] * query[j];
            }
            nearest = Math.max(nearest, similarity);
            sum += similarity;
        }

        assertThat(nearest).isGreaterThan(0.6);
        assertThat(sum / 5_000).isLessThan(0.2);
    }

    @Test
    void whatIsThereIsLeftAlone() throws IOException {
        assertThat(make("20")).isZero();
        Path base = directory.resolve("made-128-euclid.base.f32");
        assertThat(base).hasSize(20L * 128 * Float.BYTES);
        byte[] before = Files.readAllBytes(base);

        assertThat(make("20")).isZero();
        assertThat(base).hasBinaryContent(before);
        assertThat(make("21")).isZero();
        assertThat(base).hasSize(21L * 128 * Float.BYTES);
    }

    @Test
    void anUnknownSetIsRefused() {
        int code = DataBench.run(List.of("--sets", "none", "--out", directory.toString()), err, err);

        assertThat(code).isEqualTo(2);
    }

    private int make(String rows) {
        return DataBench.run(
                List.of("--sets", "made-128-euclid", "--out", directory.toString(), "--rows", rows, "--queries", "5"),
                err,
                err);
    }

    private static float[] draw(MadeSet set, long seed) {
        float[] vector = new float[set.dimension()];
        set.next(new SplittableRandom(seed), vector);
        return vector;
    }
}
