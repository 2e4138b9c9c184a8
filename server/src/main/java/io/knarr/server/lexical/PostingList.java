package io.knarr.server.lexical;

import java.util.Arrays;

/**
 * The rows that have something, ascending, a value of 32 bits with each, and a summary of each block of values.
 *
 * <p>One writer appends. Readers take the {@linkplain #count count} first: what is below it does not change. A block's summary may speak of
 * values that were appended since; for a bound that is right, for a sum the last block is added up by its values.
 */
final class PostingList {
    static final int BLOCK = 128;

    /** The object, its three arrays and their headers. */
    private static final int FIXED_BYTES = 96;

    private static final int FIRST_CAPACITY = 2;

    private final Summary summary;
    private int[] rows = new int[FIRST_CAPACITY];
    private int[] values = new int[FIRST_CAPACITY];
    private long[] summaries = new long[1];
    private volatile int count;

    PostingList(Summary summary) {
        this.summary = summary;
    }

    /** Takes over postings, ascending by row. */
    PostingList(Summary summary, int[] rows, int[] values) {
        this.summary = summary;
        this.rows = rows;
        this.values = values;
        this.summaries = new long[Math.max(1, Math.ceilDiv(rows.length, BLOCK))];
        for (int at = 0; at < rows.length; at++) {
            summaries[at / BLOCK] = summary.add(summaries[at / BLOCK], at % BLOCK == 0, values[at]);
        }
        this.count = rows.length;
    }

    /** Appends a posting of a row above those before. Writer only. */
    void append(int row, int value) {
        int at = count;
        if (at > 0 && rows[at - 1] >= row) {
            throw new IllegalArgumentException("Rows of postings must ascend");
        }
        if (at == rows.length) {
            int capacity = at + Math.max(FIRST_CAPACITY, at >> 1);
            rows = Arrays.copyOf(rows, capacity);
            values = Arrays.copyOf(values, capacity);
        }
        int block = at / BLOCK;
        if (block == summaries.length) {
            summaries = Arrays.copyOf(summaries, block + Math.max(1, block >> 1));
        }
        rows[at] = row;
        values[at] = value;
        summaries[block] = summary.add(summaries[block], at % BLOCK == 0, value);
        count = at + 1;
    }

    /** Appends the postings of another list's rows under their new numbers; see {@link Postings#appendMoved}. Writer only. */
    void appendMoved(PostingList from, int firstRow, int[] moved) {
        int end = from.countBelow(firstRow + moved.length);
        for (int at = from.find(firstRow, 0, end); at < end; at++) {
            int row = moved[from.row(at) - firstRow];
            if (row >= 0) {
                append(row, from.value(at));
            }
        }
    }

    /** Returns how many there are; to be read before anything else of the list. */
    int count() {
        return count;
    }

    /** Returns how many are of rows below a number. */
    int countBelow(int rowCount) {
        int known = count;
        return known == 0 || rows[known - 1] < rowCount ? known : find(rowCount, 0, known);
    }

    /** Returns the first place from {@code from} on, below {@code end}, whose row is at least {@code row}; or {@code end}. */
    int find(int row, int from, int end) {
        int[] all = rows;
        int low = from;
        int high = end;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (all[middle] < row) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Does the same, faster where it is near. */
    int seek(int row, int from, int end) {
        int[] all = rows;
        int step = 1;
        int low = from;
        while (low + step < end && all[low + step] < row) {
            low += step;
            step <<= 1;
        }
        return find(row, low, Math.min(end, low + step + 1));
    }

    /** Returns whether there is a posting of the row below {@code end}. */
    boolean has(int row, int end) {
        int at = find(row, 0, end);
        return at < end && rows[at] == row;
    }

    int row(int at) {
        return rows[at];
    }

    int value(int at) {
        return values[at];
    }

    /** Returns the rows; readers look below a count that they read before. */
    int[] rows() {
        return rows;
    }

    /** Returns the values, as the rows. */
    int[] values() {
        return values;
    }

    long summary(int block) {
        return summaries[block];
    }

    /** Returns the sum of the first values, of a list of sums. */
    long sum(int end) {
        long sum = 0;
        for (int block = 0; block < end / BLOCK; block++) {
            sum += summaries[block];
        }
        for (int at = end / BLOCK * BLOCK; at < end; at++) {
            sum += values[at];
        }
        return sum;
    }

    long footprintBytes() {
        return FIXED_BYTES + (long) rows.length * 2 * Integer.BYTES + (long) summaries.length * Long.BYTES;
    }
}
