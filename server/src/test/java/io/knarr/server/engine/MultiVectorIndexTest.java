package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.knarr.server.engine.kernel.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** MaxSim over rows of many vectors is that of brute force by the definition, to the last bit. */
final class MultiVectorIndexTest {
    private static final String PREFIX = "v2.";
    private static final int LIMIT = 9;

    @TempDir
    private Path directory;

    private final Random random = new Random(31);

    static Stream<Arguments> forms() {
        return Stream.of(ElementType.values()).flatMap(type -> Stream.of(true, false)
                .flatMap(unit -> Stream.of(3, 40).map(dimension -> Arguments.of(new RowForm(dimension, type, unit)))));
    }

    private float[] components(int count, ElementType type) {
        float[] components = new float[count];
        for (int i = 0; i < count; i++) {
            components[i] = (float) Math.clamp(30 * random.nextGaussian(), -120, 120);
        }
        type.round(components);
        return components;
    }

    private static double maxSim(RowForm form, float[][] query, float[] components) {
        double sum = 0;
        for (float[] asked : query) {
            double greatest = Double.NEGATIVE_INFINITY;
            for (int at = 0; at < components.length; at += form.dimension()) {
                float[] vector = Arrays.copyOfRange(components, at, at + form.dimension());
                greatest = Math.max(
                        greatest,
                        PreciseScore.of(Similarity.DOT, asked, form.unit() ? UnitVectors.of(vector) : vector));
            }
            sum += greatest;
        }
        return sum;
    }

    private void requireAsByBruteForce(
            MultiVectorIndex index, RowForm form, List<float[]> rows, SearchHelpers helpers) {
        for (int i = 0; i < 4; i++) {
            float[][] query = new float[1 + random.nextInt(6)][];
            for (int j = 0; j < query.length; j++) {
                query[j] = UnitVectors.of(components(form.dimension(), ElementType.FLOAT32));
            }
            int[] picked = IntStream.range(0, rows.size())
                    .filter(row -> rows.get(row).length > 0 && random.nextInt(4) > 0)
                    .toArray();
            TopRows top = new TopRows(LIMIT, RowOrder.ASCENDING);
            for (int row : picked) {
                top.offer(maxSim(form, query, rows.get(row)), row);
            }
            int[] wanted = new int[top.size()];
            double[] scores = new double[wanted.length];
            top.drain(wanted, scores);
            SearchOutcome found = index.search(query, picked, LIMIT, RowOrder.ASCENDING, StopSignal.NEVER, helpers);
            assertThat(found.exact()).isTrue();
            assertThat(found.plan()).isEqualTo("exact-maxsim");
            assertThat(found.scoredCount()).isEqualTo(picked.length);
            assertThat(rowsOf(found)).containsExactly(wanted);
            assertThat(IntStream.range(0, found.size())
                            .mapToDouble(found::score)
                            .toArray())
                    .isEqualTo(scores);
        }
    }

    private static int[] rowsOf(SearchOutcome found) {
        return IntStream.range(0, found.size()).map(found::row).toArray();
    }

    @ParameterizedTest
    @MethodSource("forms")
    void answersAreThoseOfBruteForceBeforeAndAfterAFile(RowForm form) throws IOException {
        Path file = directory.resolve("index");
        List<float[]> rows = new ArrayList<>();
        try (MultiVectorIndex index = new MultiVectorIndex(form)) {
            append(index, form, rows, 900);
            requireAsByBruteForce(index, form, rows, SearchHelpers.NONE);
            try (SegmentWriter writer = SegmentWriter.create(file)) {
                index.writeSections(writer, PREFIX, rows.size());
                writer.commit();
            }
        }
        try (SegmentFile segment = SegmentFile.open(file);
                MultiVectorIndex opened = MultiVectorIndex.open(form, segment, PREFIX, rows.size())) {
            for (int row = 0; row < rows.size(); row++) {
                assertThat(opened.stored(row)).isEqualTo(rows.get(row));
            }
            requireAsByBruteForce(opened, form, rows, SearchHelpers.NONE);
            append(opened, form, rows, 100);
            requireAsByBruteForce(opened, form, rows, SearchHelpers.NONE);
            assertThatThrownBy(() -> MultiVectorIndex.open(form, segment, PREFIX, 12))
                    .isInstanceOf(SegmentException.class);
        }
    }

    private void append(MultiVectorIndex index, RowForm form, List<float[]> rows, int count) {
        for (int i = 0; i < count; i++) {
            // Some have none, some have more than are scored at once.
            int vectors = random.nextInt(50) == 0 ? 150 : random.nextInt(6);
            rows.add(components(vectors * form.dimension(), form.type()));
            index.append(rows.getLast());
        }
    }

    @Test
    void helpersDoSlicesAndChangeNothing() {
        RowForm form = RowForm.of(64, ElementType.FLOAT32);
        List<float[]> rows = new ArrayList<>();
        AtomicInteger helped = new AtomicInteger();
        SearchHelpers helpers = new SearchHelpers() {
            @Override
            public boolean tryRun(Runnable share) {
                helped.incrementAndGet();
                Thread.ofPlatform().start(share);
                return true;
            }

            @Override
            public long leastComponents() {
                return 1;
            }
        };
        try (MultiVectorIndex index = new MultiVectorIndex(form)) {
            append(index, form, rows, 1_000);
            float[][] query = new float[1_000][];
            for (int i = 0; i < query.length; i++) {
                query[i] = components(64, ElementType.FLOAT32);
            }
            int[] picked = IntStream.range(0, rows.size())
                    .filter(row -> rows.get(row).length > 0)
                    .toArray();
            SearchOutcome alone =
                    index.search(query, picked, LIMIT, RowOrder.ASCENDING, StopSignal.NEVER, SearchHelpers.NONE);
            SearchOutcome together = index.search(query, picked, LIMIT, RowOrder.ASCENDING, StopSignal.NEVER, helpers);
            assertThat(helped).hasPositiveValue();
            for (int rank = 0; rank < LIMIT; rank++) {
                assertThat(together.row(rank)).isEqualTo(alone.row(rank));
                assertThat(together.score(rank)).isEqualTo(alone.score(rank));
            }
        }
    }

    @Test
    void aSearchThatIsStoppedIsNoAnswer() {
        RowForm form = RowForm.of(64, ElementType.FLOAT32);
        List<float[]> rows = new ArrayList<>();
        try (MultiVectorIndex index = new MultiVectorIndex(form)) {
            append(index, form, rows, 500);
            float[][] query = new float[][] {components(64, ElementType.FLOAT32)};
            int[] picked = IntStream.range(0, rows.size())
                    .filter(row -> rows.get(row).length > 0)
                    .toArray();
            AtomicInteger looks = new AtomicInteger();
            for (int after : new int[] {1, 2, 5}) {
                looks.set(after);
                StopSignal stop = () -> looks.decrementAndGet() < 0;
                assertThat(index.search(query, picked, 300, RowOrder.ASCENDING, stop, SearchHelpers.NONE)
                                .stopped())
                        .isTrue();
            }
        }
    }

    @Test
    void productsBeyondFloat32AreComparedInFull() {
        RowForm form = RowForm.of(2, ElementType.FLOAT32);
        try (MultiVectorIndex index = new MultiVectorIndex(form)) {
            index.append(3e38f, 3e38f);
            index.append(3e38f, -3e38f);
            index.append(1f, 1f);
            index.append(-3e38f, -3e38f, -2e38f, -3e38f);
            float[][] query = {{3e38f, 3e38f}, {1, 1}};
            SearchOutcome found = index.search(
                    query, new int[] {0, 1, 2, 3}, 2, RowOrder.ASCENDING, StopSignal.NEVER, SearchHelpers.NONE);
            assertThat(found.row(0)).isZero();
            assertThat(found.row(1)).isEqualTo(2);
        }
    }

    @Test
    void equalScoresAreInTheOrderOfRows() {
        RowForm form = RowForm.of(1, ElementType.INT8);
        try (MultiVectorIndex index = new MultiVectorIndex(form)) {
            for (int i = 0; i < 20; i++) {
                index.append(1, (float) (i % 2));
            }
            SearchOutcome found = index.search(
                    new float[][] {{2}},
                    IntStream.range(0, 20).toArray(),
                    5,
                    (first, second) -> Integer.compare(second, first),
                    StopSignal.NEVER,
                    SearchHelpers.NONE);
            assertThat(rowsOf(found)).containsExactly(19, 18, 17, 16, 15);
        }
    }

    @Test
    void componentsThatAreNotWholeVectorsAreRefused() {
        try (MultiVectorIndex index = new MultiVectorIndex(RowForm.of(3, ElementType.FLOAT32))) {
            assertThatThrownBy(() -> index.append(1, 2)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
