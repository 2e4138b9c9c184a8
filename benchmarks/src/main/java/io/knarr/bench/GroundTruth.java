package io.knarr.bench;

import io.knarr.server.model.Metric;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;

/** Exact neighbours by brute force in double precision: what recall is measured against. Uses all cores. */
final class GroundTruth {
    private static final int CHUNK_ROWS = 4_096;
    // Sums of the same numbers in another order differ by less than this, relative to their size; it is far below
    // float32.
    private static final double TIE = 1e-12;

    private final VectorFile rows;
    private final Metric metric;

    GroundTruth(VectorFile rows, Metric metric) {
        this.rows = rows;
        this.metric = metric;
    }

    /** Returns how near {@code row} is to {@code query} by the metric; larger is nearer, whatever the metric. */
    double nearness(float[] query, float[] row) {
        return switch (metric) {
            case COSINE -> {
                double squares = dot(query, query) * dot(row, row);
                yield squares == 0 ? 0 : dot(query, row) / Math.sqrt(squares);
            }
            case DOT -> dot(query, row);
            case EUCLID -> -Math.sqrt(squaredDistance(query, row));
            case MANHATTAN -> -absoluteDistance(query, row);
        };
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    private static double squaredDistance(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (double) a[i] - b[i];
            sum += difference * difference;
        }
        return sum;
    }

    private static double absoluteDistance(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += Math.abs((double) a[i] - b[i]);
        }
        return sum;
    }

    /**
     * Returns recall at {@code k} of an answer over the rows {@code [first, first + count)}: the share of the nearest
     * {@code min(k, count)} that was found. A returned row that ties with the k-th counts, a row returned twice counts once, and a
     * row outside of the range counts as missed.
     */
    double recall(float[] query, long first, long count, int k, Collection<Long> returned) {
        int wanted = (int) Math.min(k, count);
        List<Long> inside = returned.stream()
                .filter(id -> id >= first && id < first + count)
                .toList();
        return share(query, nearnessOfLast(query, first, count, wanted), wanted, inside);
    }

    /** Returns how near the {@code wanted}-th nearest of the rows {@code [first, first + count)} is, which are at least as many. */
    double nearnessOfLast(float[] query, long first, long count, int wanted) {
        return nearestScores(query, first, count, wanted)[0];
    }

    /** Returns how many rows of an answer are at least as near as the last one that is {@code wanted}, as a share of what was wanted. */
    double share(float[] query, double worst, int wanted, Collection<Long> returned) {
        float[] row = new float[query.length];
        int found = 0;
        for (long id : new HashSet<>(returned)) {
            rows.read(id, row);
            if (nearness(query, row) >= worst - TIE * Math.max(1, Math.abs(worst))) {
                found++;
            }
        }
        return (double) Math.min(found, wanted) / wanted;
    }

    /** Returns the {@code wanted} largest scores of those rows, ascending. */
    private double[] nearestScores(float[] query, long first, long count, int wanted) {
        int chunks = Math.toIntExact((count + CHUNK_ROWS - 1) / CHUNK_ROWS);
        double[] candidates = IntStream.range(0, chunks)
                .parallel()
                .mapToObj(chunk -> {
                    long from = first + (long) chunk * CHUNK_ROWS;
                    return nearestOfChunk(query, from, Math.min(from + CHUNK_ROWS, first + count), wanted);
                })
                .flatMapToDouble(Arrays::stream)
                .sorted()
                .toArray();
        return Arrays.copyOfRange(candidates, candidates.length - wanted, candidates.length);
    }

    private double[] nearestOfChunk(float[] query, long from, long to, int wanted) {
        double[] scores = new double[(int) (to - from)];
        float[] row = new float[query.length];
        for (long index = from; index < to; index++) {
            rows.read(index, row);
            scores[(int) (index - from)] = nearness(query, row);
        }
        Arrays.sort(scores);
        return Arrays.copyOfRange(scores, Math.max(0, scores.length - wanted), scores.length);
    }
}
