package io.knarr.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Measures contenders in turn, round after round, so that what else the machine does meets all of them alike. A figure is the median of
 * the rounds; a first round warms up and measures recall.
 */
final class Alternation {
    private static final double ALL_FOUND = 0.9995;
    private static final double LEAST_GAIN = 0.0005;

    private final Neighbours truth;
    private final int rounds;
    private final Progress progress;

    Alternation(Neighbours truth, int rounds, Progress progress) {
        this.truth = truth;
        this.rounds = rounds;
        this.progress = progress;
    }

    /** Returns the points of each contender by its name. One that fails is left out, and named in the progress. */
    Map<String, List<Curve.Point>> measure(List<? extends Contender> contenders) {
        Map<Contender, List<Timings>> measured = new LinkedHashMap<>();
        for (Contender contender : contenders) {
            attempt(measured, contender, () -> measured.put(contender, warmUp(contender)));
        }
        return inTurn(measured, 1);
    }

    /**
     * Measures again with so many threads those points of each contender that reach a recall that is asked about first, or its last point
     * where it reaches none. Contenders that have no use for threads are left out.
     */
    Map<String, List<Curve.Point>> measure(
            List<? extends Contender> contenders, Map<String, List<Curve.Point>> points, int threads) {
        Map<Contender, List<Timings>> measured = new LinkedHashMap<>();
        for (Contender contender : contenders) {
            List<Curve.Point> known = points.getOrDefault(contender.name(), List.of());
            if (contender.isThreaded() && !known.isEmpty()) {
                attempt(measured, contender, () -> {
                    List<Timings> few = new ArrayList<>();
                    for (Curve.Point point : telling(known)) {
                        few.add(new Timings(point.parameter(), point.recall()));
                        contender.run(point.parameter(), threads); // for the compiler, and whoever starts threads
                    }
                    measured.put(contender, few);
                });
            }
        }
        return inTurn(measured, threads);
    }

    static List<Curve.Point> telling(List<Curve.Point> points) {
        Set<Curve.Point> few = new LinkedHashSet<>();
        for (double recall : EngineResult.RECALLS) {
            points.stream()
                    .filter(point -> point.recall() >= recall)
                    .min(Comparator.comparingInt(Curve.Point::parameter))
                    .ifPresent(few::add);
        }
        return few.isEmpty() ? List.of(points.getLast()) : List.copyOf(few);
    }

    private Map<String, List<Curve.Point>> inTurn(Map<Contender, List<Timings>> measured, int threads) {
        for (int round = 0; round < rounds; round++) {
            List<Contender> left = new ArrayList<>(measured.keySet());
            progress.step("round %d of %d".formatted(round + 1, rounds));
            for (int turn = 0; turn < left.size(); turn++) {
                Contender contender = left.get((turn + round) % left.size());
                attempt(measured, contender, () -> {
                    for (Timings timings : measured.getOrDefault(contender, List.of())) {
                        timings.add(contender.run(timings.parameter, threads));
                    }
                });
            }
        }
        Map<String, List<Curve.Point>> points = new LinkedHashMap<>();
        measured.forEach((contender, timings) -> points.put(
                contender.name(), timings.stream().map(Timings::point).toList()));
        return points;
    }

    private void attempt(Map<Contender, List<Timings>> measured, Contender contender, Turn turn) {
        try {
            turn.take();
        } catch (IOException e) {
            measured.remove(contender);
            progress.step("%s is left out: %s".formatted(contender.name(), e.getMessage()));
        }
    }

    /** Runs each parameter once, up to the first that finds everything, or as much as it will. */
    private List<Timings> warmUp(Contender contender) throws IOException {
        List<Timings> all = new ArrayList<>();
        for (int parameter : contender.parameters()) {
            double recall = truth.recall(contender.run(parameter, 1).found());
            all.add(new Timings(parameter, recall));
            progress.step("%s, parameter %d: recall %.4f".formatted(contender.name(), parameter, recall));
            if (recall >= ALL_FOUND || stalled(all)) {
                break;
            }
        }
        return all;
    }

    /** Returns whether the last two parameters found nothing more: what is missing is lost to codes, and a wider beam finds it no better. */
    private static boolean stalled(List<Timings> all) {
        return all.size() > 2 && all.getLast().recall - all.get(all.size() - 3).recall < LEAST_GAIN;
    }

    /** Returns the middle of some numbers, at least one; of an even count the mean of the two in the middle. */
    static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    @FunctionalInterface
    private interface Turn {
        void take() throws IOException;
    }

    /** What was measured of one parameter. */
    private static final class Timings {
        private final int parameter;
        private final double recall;
        private final List<Double> qpsCpu = new ArrayList<>();
        private final List<Double> qpsWall = new ArrayList<>();

        Timings(int parameter, double recall) {
            this.parameter = parameter;
            this.recall = recall;
        }

        void add(Contender.Run run) {
            qpsCpu.add(run.found().length / run.cpuSeconds());
            qpsWall.add(run.found().length / run.wallSeconds());
        }

        Curve.Point point() {
            return new Curve.Point(parameter, recall, median(qpsCpu), median(qpsWall));
        }
    }
}
