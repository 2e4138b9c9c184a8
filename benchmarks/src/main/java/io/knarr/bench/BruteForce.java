package io.knarr.bench;

import io.knarr.server.model.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * The nearest rows of many queries, by definition: every row is compared, all sums are in double precision. Uses all cores.
 *
 * <p>A block of queries is compared with a row at once, component by component, so that the compiler can use SIMD without changing the
 * order of any sum.
 */
final class BruteForce {
    private static final int BLOCK = 64;

    private final VectorFile rows;
    private final int rowCount;
    private final Metric metric;
    private final int k;

    /** Compares the first {@code rowCount} rows and keeps {@code k} per query. */
    BruteForce(VectorFile rows, int rowCount, Metric metric, int k) {
        this.rows = rows;
        this.rowCount = rowCount;
        this.metric = metric;
        this.k = k;
    }

    /**
     * Returns for each mask, for each query the numbers of the nearest rows that the mask allows, nearest first; shape
     * {@code [masks][queries][min(k, allowed)]}.
     */
    List<int[][]> nearest(float[][] queries, List<RowMask> masks, Progress progress) {
        List<int[][]> found = new ArrayList<>();
        masks.forEach(mask -> found.add(new int[queries.length][]));
        int blocks = (queries.length + BLOCK - 1) / BLOCK;
        AtomicInteger done = new AtomicInteger();
        long start = System.nanoTime();
        IntStream.range(0, blocks).parallel().forEach(block -> {
            int from = block * BLOCK;
            int to = Math.min(from + BLOCK, queries.length);
            int[][][] nearest = nearestOfBlock(Arrays.copyOfRange(queries, from, to), masks);
            for (int mask = 0; mask < nearest.length; mask++) {
                System.arraycopy(nearest[mask], 0, found.get(mask), from, to - from);
            }
            progress.count("brute force, blocks of queries", done.incrementAndGet(), blocks, start);
        });
        return found;
    }

    private int[][][] nearestOfBlock(float[][] queries, List<RowMask> masks) {
        double[][] turned = turned(queries);
        Best[][] best = new Best[masks.size()][BLOCK];
        for (Best[] ofMask : best) {
            Arrays.setAll(ofMask, query -> new Best(k));
        }
        float[] row = new float[rows.dimension()];
        double[] scores = new double[BLOCK];
        for (int number = 0; number < rowCount; number++) {
            rows.read(number, row);
            score(turned, row, scores);
            for (int mask = 0; mask < best.length; mask++) {
                if (masks.get(mask).allows(number)) {
                    offer(best[mask], scores, number);
                }
            }
        }
        int[][][] found = new int[best.length][queries.length][];
        for (int mask = 0; mask < best.length; mask++) {
            for (int query = 0; query < queries.length; query++) {
                found[mask][query] = best[mask][query].rows();
            }
        }
        return found;
    }

    private static double[][] turned(float[][] queries) {
        double[][] turned = new double[queries[0].length][BLOCK];
        for (int query = 0; query < queries.length; query++) {
            for (int i = 0; i < turned.length; i++) {
                turned[i][query] = queries[query][i];
            }
        }
        return turned;
    }

    private static void offer(Best[] best, double[] scores, int row) {
        for (int query = 0; query < BLOCK; query++) {
            if (scores[query] > best[query].worst) {
                best[query].add(scores[query], row);
            }
        }
    }

    /** Computes how near a row is to each query: larger is nearer. For cosine the query's own length is left out: it changes no order. */
    private void score(double[][] turned, float[] row, double[] scores) {
        Arrays.fill(scores, 0);
        switch (metric) {
            case COSINE -> {
                addProducts(turned, row, scores);
                double squares = 0;
                for (float value : row) {
                    squares += (double) value * value;
                }
                double length = Math.sqrt(squares);
                for (int query = 0; query < BLOCK; query++) {
                    scores[query] = length == 0 ? 0 : scores[query] / length;
                }
            }
            case DOT -> addProducts(turned, row, scores);
            case EUCLID -> subtractSquares(turned, row, scores);
            case MANHATTAN -> subtractDistances(turned, row, scores);
        }
    }

    private static void addProducts(double[][] turned, float[] row, double[] scores) {
        for (int i = 0; i < row.length; i++) {
            double value = row[i];
            double[] queries = turned[i];
            for (int query = 0; query < BLOCK; query++) {
                scores[query] += value * queries[query];
            }
        }
    }

    private static void subtractSquares(double[][] turned, float[] row, double[] scores) {
        for (int i = 0; i < row.length; i++) {
            double value = row[i];
            double[] queries = turned[i];
            for (int query = 0; query < BLOCK; query++) {
                double difference = value - queries[query];
                scores[query] -= difference * difference;
            }
        }
    }

    private static void subtractDistances(double[][] turned, float[] row, double[] scores) {
        for (int i = 0; i < row.length; i++) {
            double value = row[i];
            double[] queries = turned[i];
            for (int query = 0; query < BLOCK; query++) {
                scores[query] -= Math.abs(value - queries[query]);
            }
        }
    }

    /** The best rows so far, nearest first. */
    private static final class Best {
        private final double[] scores;
        private final int[] found;
        private int size;
        private double worst = Double.NEGATIVE_INFINITY;

        Best(int k) {
            scores = new double[k];
            found = new int[k];
        }

        void add(double score, int row) {
            int at = size < scores.length ? size++ : size - 1;
            while (at > 0 && scores[at - 1] < score) {
                scores[at] = scores[at - 1];
                found[at] = found[at - 1];
                at--;
            }
            scores[at] = score;
            found[at] = row;
            if (size == scores.length) {
                worst = scores[size - 1];
            }
        }

        int[] rows() {
            return Arrays.copyOf(found, size);
        }
    }
}
