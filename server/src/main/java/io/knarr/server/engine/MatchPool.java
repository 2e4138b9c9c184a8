package io.knarr.server.engine;

import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.engine.kernel.TransformKernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The best rows that a walk came by and a filter lets through, by the estimate of their keys, whether or not the walk got to them. The
 * walk itself takes no notice of the filter: rows that do not match are the way to those that do. For one thread; reused.
 */
final class MatchPool {
    /** Rows that are kept at least. */
    static final int MIN_ROWS = 200;

    private final TransformKernel transform = Kernels.transform();
    private final int[] selected = new int[GraphLayout.DEGREE];
    private long[] entries = new long[0];
    private int size;
    private int capacity;
    private long[] mask = new long[0];
    private VectorQuery query = VectorQuery.of(new float[0], 0, 1);

    // Rows that were kept once, and the words to clear afterwards.
    private long[] kept = new long[0];
    private int[] touched = new int[256];
    private int touchedCount;

    /** Empties the pool for the matches of a query that has a mask, in a graph of {@code rowCount} rows. */
    void reset(VectorQuery filtered, long[] filter, int rowCount) {
        query = filtered;
        mask = filter;
        capacity = Math.max(MIN_ROWS, 4 * filtered.limit());
        if (entries.length < capacity) {
            entries = new long[capacity];
        }
        int words = (rowCount >>> 6) + 1;
        if (kept.length < words) {
            kept = new long[words];
        } else {
            for (int i = 0; i < touchedCount; i++) {
                kept[touched[i]] = 0;
            }
        }
        touchedCount = 0;
        size = 0;
    }

    /** Returns whether a row may be found. */
    boolean matches(int row) {
        return ExactSearch.isSet(mask, row)
                && row < query.rowCount()
                && query.filter().accepts(row);
    }

    /** Offers the neighbours of a node, whose row numbers lie at {@code neighboursAt}, by their estimates. */
    void offer(float[] estimates, MemorySegment memory, long neighboursAt) {
        int near = transform.select(estimates, 0, GraphLayout.DEGREE, worstKey(), selected);
        for (int i = 0; i < near; i++) {
            int place = selected[i];
            offer(estimates[place], memory.get(ValueLayout.JAVA_INT, neighboursAt + 4L * place));
        }
    }

    /** Keeps a row if it matches, is better than the worst kept one, and was not kept before. */
    void offer(float key, int row) {
        if (key <= worstKey() || row < 0 || !matches(row)) {
            return;
        }
        int word = row >>> 6;
        long bits = kept[word];
        if ((bits & (1L << row)) != 0) {
            return;
        }
        if (bits == 0) {
            if (touchedCount == touched.length) {
                touched = Arrays.copyOf(touched, 2 * touchedCount);
            }
            touched[touchedCount++] = word;
        }
        kept[word] = bits | (1L << row);
        insert(Candidates.entry(key, row));
    }

    /** Leaves a row out from now on: what it was kept by is better known otherwise. */
    void drop(int row) {
        kept[row >>> 6] &= ~(1L << row);
    }

    /** Writes the rows that are kept, without those that were dropped, into an array of {@link #size} places; returns how many. */
    int rows(int[] found) {
        int count = 0;
        for (int i = 0; i < size; i++) {
            int row = (int) entries[i];
            if ((kept[row >>> 6] & (1L << row)) != 0) {
                found[count++] = row;
            }
        }
        return count;
    }

    int size() {
        return size;
    }

    private float worstKey() {
        return size < capacity ? -Float.MAX_VALUE : Candidates.key(entries[size - 1]);
    }

    private void insert(long entry) {
        if (size == capacity) {
            size--;
        }
        int found = Arrays.binarySearch(entries, 0, size, entry);
        int at = found < 0 ? -found - 1 : found;
        System.arraycopy(entries, at, entries, at + 1, size - at);
        entries[at] = entry;
        size++;
    }
}
