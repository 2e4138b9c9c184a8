package io.knarr.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.model.Metric;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlternationTest {
    @TempDir
    private Path directory;

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void onlyTheFirstPointsThatReachARecallTellSomething() {
        List<Curve.Point> points =
                List.of(point(10, 0.8), point(20, 0.91), point(30, 0.93), point(40, 0.985), point(50, 0.992));

        assertThat(Alternation.telling(points))
                .extracting(Curve.Point::parameter)
                .containsExactly(20, 40, 50);
    }

    @Test
    void whoReachesNoneIsMeasuredWhereItFindsMost() {
        assertThat(Alternation.telling(List.of(point(10, 0.5), point(20, 0.6))))
                .extracting(Curve.Point::parameter)
                .containsExactly(20);
    }

    @Test
    void severalThreadsAreAskedOfThoseWhoHaveAUseForThem() throws IOException {
        try (VectorFile rows = rows()) {
            Alternation alternation = new Alternation(truth(rows), 3, new Progress(new PrintStream(err, true, UTF_8)));
            Recorded able = new Recorded("able", true);
            Recorded single = new Recorded("single", false);

            Map<String, List<Curve.Point>> one = alternation.measure(List.of(able, single));
            able.threads.clear();
            single.threads.clear();
            Map<String, List<Curve.Point>> two = alternation.measure(List.of(able, single), one, 2);

            assertThat(one.get("able")).containsExactly(new Curve.Point(10, 1, 1, 2));
            assertThat(two).containsOnlyKeys("able");
            assertThat(two.get("able")).containsExactly(new Curve.Point(10, 1, 1, 4));
            assertThat(able.threads).containsExactly(2, 2, 2, 2); // one to warm up
            assertThat(single.threads).isEmpty();
        }
    }

    private VectorFile rows() throws IOException {
        Path path = directory.resolve("rows.f32");
        ByteBuffer bytes = ByteBuffer.allocate(2 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(path, bytes.putFloat(1).putFloat(2).array());
        return VectorFile.open(path, 1);
    }

    private static Neighbours truth(VectorFile rows) {
        return new Neighbours(rows, Metric.DOT, RowMask.all(2), new float[][] {{1}}, new int[][] {{1}});
    }

    private static Curve.Point point(int parameter, double recall) {
        return new Curve.Point(parameter, recall, 1, 1);
    }

    /** Finds everything, in a second of processor time and half of that by the clock for each thread. */
    private static final class Recorded implements Contender {
        private final String name;
        private final boolean threaded;
        private final List<Integer> threads = new ArrayList<>();

        Recorded(String name, boolean threaded) {
            this.name = name;
            this.threaded = threaded;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public List<Integer> parameters() {
            return List.of(10, 20);
        }

        @Override
        public boolean isThreaded() {
            return threaded;
        }

        @Override
        public Run run(int parameter, int wanted) {
            threads.add(wanted);
            return new Run(1, 0.5 / wanted, new int[][] {{1}});
        }
    }
}
