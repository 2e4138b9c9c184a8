package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An index written to a file and opened again: the same answers, from rows and codes that stay in the file. */
final class VectorIndexImageTest {
    private static final int DIMENSION = 70;
    private static final String PREFIX = "v0.";

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"DOT, 0", "DOT, 17", "DOT, 1023", "DOT, 1024", "DOT, 6007", "SQUARED_EUCLID, 6007", "MANHATTAN, 2000"})
    void answersAsBeforeAndTakesMoreRows(Similarity similarity, int count) throws IOException {
        Random random = new Random(count);
        Path file = directory.resolve("index");
        try (VectorIndex whole = new VectorIndex(DIMENSION, similarity)) {
            append(whole, count, random);
            write(whole, count, file);
            try (SegmentFile segment = SegmentFile.open(file);
                    VectorIndex opened = VectorIndex.open(DIMENSION, similarity, segment, PREFIX, count)) {
                compare(whole, opened, random);
                long mapped = opened.footprint().mapped();
                assertThat(mapped).isGreaterThanOrEqualTo((long) count * DIMENSION * Float.BYTES);
                for (int row = 0; row < 2_500; row++) {
                    float[] vector = vector(random);
                    whole.append(vector);
                    opened.append(vector);
                }
                compare(whole, opened, random);
                assertThat(opened.footprint().mapped()).isEqualTo(mapped);
                assertThat(opened.buildGraph(GraphMode.FAST, 1, StopSignal.NEVER))
                        .isEqualTo(similarity == Similarity.SQUARED_EUCLID);
                compare(whole, opened, random);
            }
        }
    }

    @Test
    void everyPartOfTheFileIsVerifiedBeforeItIsUsed() throws IOException {
        int count = 6_000;
        Random random = new Random(1);
        Path file = directory.resolve("index");
        try (VectorIndex whole = new VectorIndex(DIMENSION, Similarity.DOT)) {
            append(whole, count, random);
            write(whole, count, file);
        }
        byte[] written = Files.readAllBytes(file);
        for (int at = 5_000; at < written.length; at += 50_021) {
            byte[] damaged = written.clone();
            damaged[at] ^= 0x10;
            Path copy = directory.resolve("damaged" + at);
            Files.write(copy, damaged);
            if (!isPadding(written, at)) {
                assertThatThrownBy(() -> useAll(copy, count)).isInstanceOf(SegmentException.class);
            }
        }
    }

    private static boolean isPadding(byte[] file, int at) {
        for (int i = Math.max(0, at - 32); i < Math.min(file.length, at + 32); i++) {
            if (file[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private static void useAll(Path file, int count) throws IOException {
        try (SegmentFile segment = SegmentFile.open(file);
                VectorIndex opened = VectorIndex.open(DIMENSION, Similarity.DOT, segment, PREFIX, count)) {
            float[] query = vector(new Random(2));
            var _ = opened.search(VectorQuery.of(query, count, count));
            var _ = opened.search(VectorQuery.of(query, count, 10).withAccuracy(Accuracy.STRICT));
        }
    }

    private static void compare(VectorIndex expected, VectorIndex actual, Random random) {
        int count = expected.rowCount();
        assertThat(actual.rowCount()).isEqualTo(count);
        for (Accuracy accuracy : new Accuracy[] {Accuracy.EXACT, Accuracy.STRICT}) {
            for (int i = 0; i < 5; i++) {
                VectorQuery query = VectorQuery.of(vector(random), count, 12).withAccuracy(accuracy);
                SearchOutcome wanted = expected.search(query);
                SearchOutcome found = actual.search(query);
                assertThat(found.size()).isEqualTo(wanted.size());
                assertThat(found.plan()).isEqualTo(wanted.plan());
                for (int rank = 0; rank < wanted.size(); rank++) {
                    assertThat(found.row(rank)).isEqualTo(wanted.row(rank));
                    assertThat(found.score(rank)).isEqualTo(wanted.score(rank));
                }
            }
        }
    }

    private static void append(VectorIndex index, int count, Random random) {
        for (int row = 0; row < count; row++) {
            index.append(vector(random));
        }
    }

    private static float[] vector(Random random) {
        float[] vector = new float[DIMENSION];
        double scale = 1 + 3 * random.nextDouble();
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] = (float) (scale * random.nextGaussian());
        }
        return vector;
    }

    private static void write(VectorIndex index, int count, Path file) throws IOException {
        try (SegmentWriter writer = SegmentWriter.create(file)) {
            index.writeSections(writer, PREFIX, count);
            writer.commit();
        }
    }
}
