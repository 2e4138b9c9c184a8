package io.knarr.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/** How fast one contender is at which recall: the points that no other of its points beats in both. Immutable. */
final class Curve {
    /**
     * One setting of a contender.
     *
     * @param parameter its beam, or what it calls that
     * @param recall mean recall at k
     * @param qpsCpu queries per second of processor time
     * @param qpsWall queries per second by the clock
     */
    record Point(int parameter, double recall, double qpsCpu, double qpsWall) {}

    private final List<Point> front;

    Curve(List<Point> points) {
        List<Point> rising = new ArrayList<>(points);
        rising.sort(Comparator.comparingDouble(Point::recall).thenComparingDouble(Point::qpsCpu));
        List<Point> kept = new ArrayList<>();
        for (Point point : rising.reversed()) {
            if (kept.isEmpty() || point.qpsCpu() > kept.getLast().qpsCpu()) {
                kept.add(point);
            }
        }
        this.front = List.copyOf(kept.reversed());
    }

    /** Returns the points, recall rising and speed falling. */
    List<Point> front() {
        return front;
    }

    /**
     * Returns the queries per second of processor time at a recall; empty where it is not reached. Between two points the logarithm of
     * the speed is interpolated linearly; below the first the first counts, which is better than asked for.
     */
    OptionalDouble qpsAt(double recall) {
        if (front.isEmpty() || recall > front.getLast().recall()) {
            return OptionalDouble.empty();
        }
        Point below = front.getFirst();
        for (Point above : front) {
            if (above.recall() >= recall) {
                double width = above.recall() - below.recall();
                double share = width <= 0 ? 1 : Math.max(0, (recall - below.recall()) / width);
                return OptionalDouble.of(
                        Math.exp(Math.log(below.qpsCpu()) * (1 - share) + Math.log(above.qpsCpu()) * share));
            }
            below = above;
        }
        return OptionalDouble.empty();
    }

    /** Returns how many times as fast as {@code other} this is at a recall; empty where one of them does not reach it. */
    OptionalDouble ratioTo(Curve other, double recall) {
        OptionalDouble ours = qpsAt(recall);
        OptionalDouble theirs = other.qpsAt(recall);
        return ours.isPresent() && theirs.isPresent()
                ? OptionalDouble.of(ours.getAsDouble() / theirs.getAsDouble())
                : OptionalDouble.empty();
    }
}
