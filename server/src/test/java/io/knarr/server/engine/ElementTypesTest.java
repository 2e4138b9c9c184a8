package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.knarr.server.engine.kernel.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Indexes of rows that are not float32: exact answers are those of brute force over the stored values, before and after a file. */
final class ElementTypesTest {
    private static final int DIMENSION = 66;
    private static final int LIMIT = 11;
    private static final String PREFIX = "v1.";

    @TempDir
    private Path directory;

    static Stream<Arguments> cases() {
        return Stream.of(ElementType.values()).flatMap(type -> Stream.of(Similarity.values())
                .flatMap(similarity -> Stream.of(700, 5_003).map(count -> Arguments.of(type, similarity, count))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void answersAreThoseOfBruteForce(ElementType type, Similarity similarity, int count) throws IOException {
        Random random = new Random(count);
        Path file = directory.resolve("index");
        float[][] rows = new float[count][];
        try (VectorIndex index = new VectorIndex(DIMENSION, similarity, type)) {
            for (int row = 0; row < count; row++) {
                rows[row] = vector(random);
                type.round(rows[row]);
                index.append(rows[row]);
            }
            compare(index, rows, random);
            try (SegmentWriter writer = SegmentWriter.create(file)) {
                index.writeSections(writer, PREFIX, count);
                writer.commit();
            }
        }
        try (SegmentFile segment = SegmentFile.open(file);
                VectorIndex opened = VectorIndex.open(DIMENSION, similarity, type, segment, PREFIX, count)) {
            assertThat(opened.type()).isEqualTo(type);
            assertThat(opened.footprint().vectors())
                    .isBetween(
                            (long) count * DIMENSION * type.bytes(), (long) count * DIMENSION * type.bytes() + 1_000);
            compare(opened, rows, random);
        }
    }

    static Stream<Arguments> unitCases() {
        return Stream.of(ElementType.values()).flatMap(type -> Stream.of(12, 66)
                .flatMap(dimension -> Stream.of(700, 5_003).map(count -> Arguments.of(type, dimension, count))));
    }

    @ParameterizedTest
    @MethodSource("unitCases")
    void rowsComparedAtUnitLengthAreStoredAsTheyCome(ElementType type, int dimension, int count) throws IOException {
        Random random = new Random(count);
        Path file = directory.resolve("index");
        RowForm form = new RowForm(dimension, type, true);
        float[][] stored = new float[count][];
        float[][] compared = new float[count][];
        try (VectorIndex index = new VectorIndex(form, Similarity.DOT)) {
            for (int row = 0; row < count; row++) {
                stored[row] = vector(random, dimension);
                type.round(stored[row]);
                if (row % 50 == 0) {
                    stored[row] = new float[dimension];
                    index.appendZero();
                } else {
                    index.append(stored[row]);
                }
                compared[row] = UnitVectors.of(stored[row]);
            }
            compare(index, compared, random);
            requireStored(index, stored);
            try (SegmentWriter writer = SegmentWriter.create(file)) {
                index.writeSections(writer, PREFIX, count);
                writer.commit();
            }
        }
        try (SegmentFile segment = SegmentFile.open(file);
                VectorIndex opened = VectorIndex.open(form, Similarity.DOT, segment, PREFIX, count)) {
            compare(opened, compared, random);
            requireStored(opened, stored);
            float[] later = vector(random, dimension);
            type.round(later);
            assertThat(opened.append(later)).isEqualTo(count);
            float[][] more = Arrays.copyOf(compared, count + 1);
            more[count] = UnitVectors.of(later);
            compare(opened, more, random);
        }
    }

    private static void requireStored(VectorIndex index, float[][] stored) {
        float[] row = new float[index.dimension()];
        for (int i = 0; i < stored.length; i += 7) {
            index.copyStored(i, row);
            assertThat(row).isEqualTo(stored[i]);
        }
    }

    @Test
    void onlyInnerProductsAreOfUnitLength() {
        RowForm form = new RowForm(3, ElementType.INT8, true);
        assertThatThrownBy(() -> new VectorIndex(form, Similarity.MANHATTAN))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void rowsOfAnotherTypeAreNotOpened() throws IOException {
        Path file = directory.resolve("index");
        try (VectorIndex index = new VectorIndex(DIMENSION, Similarity.DOT, ElementType.FLOAT16);
                SegmentWriter writer = SegmentWriter.create(file)) {
            index.append(new float[DIMENSION]);
            index.writeSections(writer, PREFIX, 1);
            writer.commit();
        }
        try (SegmentFile segment = SegmentFile.open(file)) {
            assertThatThrownBy(() -> VectorIndex.open(DIMENSION, Similarity.DOT, ElementType.INT8, segment, PREFIX, 1))
                    .isInstanceOf(SegmentException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("smallTypes")
    void graphsOfSmallerTypesAreOpenedToo(ElementType type) throws IOException {
        Random random = new Random(5);
        Path file = directory.resolve("index");
        try (VectorIndex index = new VectorIndex(DIMENSION, Similarity.SQUARED_EUCLID, type)) {
            for (int row = 0; row < 2_000; row++) {
                float[] vector = vector(random);
                type.round(vector);
                index.append(vector);
            }
            assertThat(index.buildGraph(GraphMode.FAST, 2, StopSignal.NEVER)).isTrue();
            try (SegmentWriter writer = SegmentWriter.create(file)) {
                index.writeSections(writer, PREFIX, 2_000);
                writer.commit();
            }
        }
        try (SegmentFile segment = SegmentFile.open(file);
                VectorIndex opened =
                        VectorIndex.open(DIMENSION, Similarity.SQUARED_EUCLID, type, segment, PREFIX, 2_000)) {
            float[] row = new float[DIMENSION];
            for (int wanted = 0; wanted < 2_000; wanted += 97) {
                opened.copyRow(wanted, row);
                SearchOutcome outcome = opened.search(VectorQuery.of(row, 2_000, LIMIT)
                        .withAccuracy(Accuracy.APPROXIMATE)
                        .withExactBudget(0));
                assertThat(outcome.plan()).isEqualTo("graph-compact");
                assertThat(outcome.row(0)).isEqualTo(wanted);
            }
        }
    }

    static Stream<ElementType> smallTypes() {
        return Stream.of(ElementType.FLOAT16, ElementType.INT8);
    }

    private static void compare(VectorIndex index, float[][] rows, Random random) {
        Similarity similarity = index.similarity();
        for (Accuracy accuracy : new Accuracy[] {Accuracy.EXACT, Accuracy.STRICT}) {
            for (int i = 0; i < 4; i++) {
                float[] query = vector(random, index.dimension());
                TopRows top = new TopRows(LIMIT, RowOrder.ASCENDING);
                for (int row = 0; row < rows.length; row++) {
                    top.offer(PreciseScore.key(similarity, PreciseScore.of(similarity, query, rows[row])), row);
                }
                int[] wanted = new int[LIMIT];
                top.drain(wanted, new double[LIMIT]);
                SearchOutcome found =
                        index.search(VectorQuery.of(query, rows.length, LIMIT).withAccuracy(accuracy));
                assertThat(found.size()).isEqualTo(LIMIT);
                for (int rank = 0; rank < LIMIT; rank++) {
                    assertThat(found.row(rank)).isEqualTo(wanted[rank]);
                    assertThat(found.score(rank)).isEqualTo(PreciseScore.of(similarity, query, rows[wanted[rank]]));
                }
            }
        }
    }

    /** Components of up to about a hundred: whole numbers say much of them, and int8 holds them. */
    private static float[] vector(Random random) {
        return vector(random, DIMENSION);
    }

    private static float[] vector(Random random, int dimension) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = (float) Math.clamp(30 * random.nextGaussian(), -120, 120);
        }
        return vector;
    }
}
