package io.knarr.bench;

import java.util.Arrays;
import java.util.function.IntConsumer;

/** The times that calls of one kind took, in microseconds. */
final class QueryTimes {
    static final int MIN_REPEATS = 5;

    /** Seconds after which a kind is measured no longer, however few times it was. */
    private static final double MAX_SECONDS = 3;

    private final double[] sorted;

    private QueryTimes(double[] sorted) {
        this.sorted = sorted;
    }

    /**
     * Measures a call so many times.
     *
     * @param call gets the number of each
     */
    static QueryTimes of(int repeats, IntConsumer call) {
        double[] times = new double[repeats];
        int count = 0;
        long startedAt = System.nanoTime();
        while (count < repeats && (count < MIN_REPEATS || micros(startedAt) < MAX_SECONDS * 1e6)) {
            long callAt = System.nanoTime();
            call.accept(count);
            times[count++] = micros(callAt);
        }
        double[] sorted = Arrays.copyOf(times, count);
        Arrays.sort(sorted);
        return new QueryTimes(sorted);
    }

    static double micros(long startedAt) {
        return (System.nanoTime() - startedAt) / 1e3;
    }

    /** Returns the time that such a share of the calls does not exceed. */
    Double percentile(double share) {
        return ResultLine.rounded(sorted[(int) Math.min(sorted.length - 1L, Math.round(share * sorted.length))]);
    }
}
