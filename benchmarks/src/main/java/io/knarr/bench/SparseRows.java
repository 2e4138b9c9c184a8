package io.knarr.bench;

import io.knarr.server.model.VectorData;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Made sparse vectors, whose indices are as unequal as words are, and a search that looks at all of them. */
final class SparseRows {
    private static final int INDICES = 30_000;
    private static final int ENTRIES = 16;

    private final int[] indices;
    private final float[] values;
    private final int rowCount;

    SparseRows(int rowCount) {
        this.rowCount = rowCount;
        this.indices = new int[rowCount * ENTRIES];
        this.values = new float[rowCount * ENTRIES];
        for (int row = 0; row < rowCount; row++) {
            fill(new SplittableRandom(QueryRecords.mixed(row, 61)), row * ENTRIES, indices, values);
        }
    }

    private static void fill(SplittableRandom random, int from, int[] indices, float[] values) {
        TreeMap<Integer, Float> entries = new TreeMap<>();
        while (entries.size() < ENTRIES) {
            int index = (int) Math.pow(INDICES, random.nextDouble());
            entries.put(index, (float) (-Math.log(1 - random.nextDouble()) * Math.log1p(index)));
        }
        int at = from;
        for (var entry : entries.entrySet()) {
            indices[at] = entry.getKey();
            values[at++] = entry.getValue();
        }
    }

    VectorData.Sparse of(int row) {
        int from = row * ENTRIES;
        return new VectorData.Sparse(
                Arrays.copyOfRange(indices, from, from + ENTRIES), Arrays.copyOfRange(values, from, from + ENTRIES));
    }

    /** Returns a vector to ask for. */
    static VectorData.Sparse query(int number) {
        int[] indices = new int[ENTRIES];
        float[] values = new float[ENTRIES];
        fill(new SplittableRandom(number), 0, indices, values);
        return new VectorData.Sparse(indices, values);
    }

    /** Returns the greatest inner products, the greatest first, by looking at all rows. */
    double[] best(VectorData.Sparse query, int limit) {
        float[] weights = new float[INDICES];
        for (int i = 0; i < query.indices().length; i++) {
            weights[query.indices()[i]] = query.values()[i];
        }
        double[] best = new double[limit];
        for (int row = 0; row < rowCount; row++) {
            double sum = 0;
            for (int at = row * ENTRIES; at < (row + 1) * ENTRIES; at++) {
                sum += (double) weights[indices[at]] * values[at];
            }
            if (sum > best[limit - 1]) {
                int place = limit - 1;
                for (; place > 0 && best[place - 1] < sum; place--) {
                    best[place] = best[place - 1];
                }
                best[place] = sum;
            }
        }
        return best;
    }
}
