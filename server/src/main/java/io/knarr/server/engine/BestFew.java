package io.knarr.server.engine;

import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.engine.kernel.TransformKernel;

/** The few best of many estimates, by their places among them. For one thread; reused. */
final class BestFew {
    /** Between two looks at how good an estimate has to be. */
    private static final int STEP = 64;

    private final TransformKernel transform = Kernels.transform();
    private final long[] entries;
    private final int[] selected = new int[STEP];
    private int count;

    BestFew(int limit) {
        this.entries = new long[limit];
    }

    /** Finds the best of the first {@code total} estimates, none of which is NaN. */
    void find(float[] estimates, int total) {
        count = 0;
        float threshold = Float.NEGATIVE_INFINITY;
        for (int from = 0; from < total; from += STEP) {
            int found = transform.select(estimates, from, Math.min(total, from + STEP), threshold, selected);
            for (int i = 0; i < found; i++) {
                insert(Candidates.entry(estimates[selected[i]], selected[i]));
            }
            if (count == entries.length) {
                threshold = Candidates.key(entries[count - 1]);
            }
        }
    }

    /** Returns how many were found: as many as there is room for, or all. */
    int count() {
        return count;
    }

    /** Returns the place of one of them among the estimates, best first. */
    int place(int rank) {
        return (int) entries[rank];
    }

    float estimate(int rank) {
        return Candidates.key(entries[rank]);
    }

    private void insert(long entry) {
        if (count == entries.length) {
            if (entry >= entries[count - 1]) {
                return;
            }
            count--;
        }
        int at = count++;
        while (at > 0 && entries[at - 1] > entry) {
            entries[at] = entries[at - 1];
            at--;
        }
        entries[at] = entry;
    }
}
