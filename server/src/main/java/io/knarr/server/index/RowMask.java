package io.knarr.server.index;

/** The visible rows of a view that match a filter, a bit each. Immutable. */
final class RowMask {
    private final long[] bits;
    private final int count;

    private RowMask(long[] bits, int count) {
        this.bits = bits;
        this.count = count;
    }

    /** Gathers rows, each once. */
    static final class Builder {
        private final long[] bits;
        private int count;

        Builder(int rowCount) {
            this.bits = new long[Math.ceilDiv(rowCount, Long.SIZE)];
        }

        void add(int row) {
            bits[row / Long.SIZE] |= 1L << row;
            count++;
        }

        /** Adds rows that are counted from {@code from}. */
        void add(RowSet rows, int from) {
            rows.copyTo(bits, from);
            count += rows.count();
        }

        /** Returns the mask; nothing is added afterwards. */
        RowMask build() {
            return new RowMask(bits, count);
        }
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
        if (view.table().allHaveVector(place)) {
            return this;
        }
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
