package io.knarr.server.index;

import io.knarr.server.model.CallDeadline;

/** The visible rows of a view that match a filter, a bit each. Immutable. */
final class RowMask {
    /** Rows between two looks at the deadline: microseconds of matching, or milliseconds where an expression looks at long texts. */
    private static final int ROWS_PER_CHECK = 64;

    private final long[] bits;
    private final int count;

    private RowMask(long[] bits, int count) {
        this.bits = bits;
        this.count = count;
    }

    /** Matches every row. @throws io.knarr.server.error.ServiceException if the call is over before that is done */
    static RowMask of(RowTable.View view, RowMatcher matcher, CallDeadline deadline) {
        long[] bits = new long[(view.rowCount() + Long.SIZE - 1) / Long.SIZE];
        int count = 0;
        for (int row = 0; row < view.rowCount(); row++) {
            if (row % ROWS_PER_CHECK == 0) {
                deadline.check();
            }
            if (view.isVisible(row) && matcher.matches(row)) {
                bits[row / Long.SIZE] |= 1L << row;
                count++;
            }
        }
        return new RowMask(bits, count);
    }

    /** Returns a mask of these rows, each given once. */
    static RowMask ofRows(int rowCount, int[] rows, int count) {
        long[] bits = new long[(rowCount + Long.SIZE - 1) / Long.SIZE];
        for (int i = 0; i < count; i++) {
            bits[rows[i] / Long.SIZE] |= 1L << rows[i];
        }
        return new RowMask(bits, count);
    }

    /** Returns the rows that are in both masks of one view. */
    RowMask and(RowMask other) {
        long[] both = bits.clone();
        int bothCount = 0;
        for (int word = 0; word < both.length; word++) {
            both[word] &= other.bits[word];
            bothCount += Long.bitCount(both[word]);
        }
        return new RowMask(both, bothCount);
    }

    /** Returns whether a row of the view matched. */
    boolean contains(int row) {
        return (bits[row / Long.SIZE] & (1L << row)) != 0;
    }

    /** Returns the rows that matched and have a vector. */
    RowMask havingVector(RowTable.View view, int place) {
        long[] kept = bits.clone();
        int keptCount = 0;
        for (int word = 0; word < kept.length; word++) {
            for (long rest = kept[word]; rest != 0; rest &= rest - 1) {
                int row = word * Long.SIZE + Long.numberOfTrailingZeros(rest);
                if (view.hasVector(row, place)) {
                    keptCount++;
                } else {
                    kept[word] &= ~Long.lowestOneBit(rest);
                }
            }
        }
        return new RowMask(kept, keptCount);
    }

    /** Returns the bits, row 0 the lowest of the first; not to be changed. */
    long[] bits() {
        return bits;
    }

    int count() {
        return count;
    }
}
