package io.knarr.server.engine;

import java.util.Arrays;

/**
 * The best nodes that a search of a graph has seen, best first, and which of them were visited. An entry is one long: the key in the
 * upper half, so ordered that better ones are smaller, then the row, then whether it was expanded. For one thread; reused.
 */
final class Beam {
    private long[] entries = new long[0];
    private int size;
    private int width;

    /** Entries before this one were expanded. */
    private int next;

    private long[] seen = new long[0];
    private int[] touched = new int[1_024];
    private int touchedCount;

    /** Empties the beam, for a search of {@code rowCount} rows with room for {@code candidates}. */
    void reset(int candidates, int rowCount) {
        if (entries.length < candidates + 1) {
            entries = new long[candidates + 1];
        }
        int words = (rowCount >>> 6) + 1;
        if (seen.length < words) {
            seen = new long[words];
            touchedCount = 0;
        }
        for (int i = 0; i < touchedCount; i++) {
            seen[touched[i]] = 0;
        }
        touchedCount = 0;
        size = 0;
        width = candidates;
        next = 0;
    }

    /** Returns whether a row is met for the first time. */
    boolean meet(int row) {
        int word = row >>> 6;
        long bit = 1L << row;
        long bits = seen[word];
        if ((bits & bit) != 0) {
            return false;
        }
        if (bits == 0) {
            if (touchedCount == touched.length) {
                touched = Arrays.copyOf(touched, 2 * touchedCount);
            }
            touched[touchedCount++] = word;
        }
        seen[word] = bits | bit;
        return true;
    }

    /** Returns the key that a row must exceed to enter. */
    float worstKey() {
        return size < width ? -Float.MAX_VALUE : key(entries[size - 1]);
    }

    /** Puts a row in its place; the worst falls out where there is no room. */
    void insert(float key, int row) {
        long entry = entry(key, row);
        if (size == width) {
            if (entry >= entries[size - 1]) {
                return;
            }
            size--;
        }
        // Which way the search turns cannot be foreseen, so there is no branch.
        int low = 0;
        for (int left = size; left > 0; ) {
            int half = (left + 1) >>> 1;
            low += entries[low + half - 1] < entry ? half : 0;
            left -= half;
        }
        System.arraycopy(entries, low, entries, low + 1, size - low);
        entries[low] = entry;
        size++;
        if (low < next) {
            next = low;
        }
    }

    /** Returns the best row that was not expanded yet, which it is then, or -1. */
    int expandNext() {
        while (next < size) {
            long entry = entries[next];
            if ((entry & 1) == 0) {
                entries[next++] = entry | 1;
                return (int) entry >>> 1;
            }
            next++;
        }
        return -1;
    }

    int size() {
        return size;
    }

    int row(int place) {
        return (int) entries[place] >>> 1;
    }

    float key(int place) {
        return key(entries[place]);
    }

    private static long entry(float key, int row) {
        int bits = Float.floatToRawIntBits(-key);
        int ordered = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
        return ((long) ordered << 32) | ((long) row << 1);
    }

    private static float key(long entry) {
        int ordered = (int) (entry >> 32);
        return -Float.intBitsToFloat(ordered ^ ((ordered >> 31) & Integer.MAX_VALUE));
    }
}
