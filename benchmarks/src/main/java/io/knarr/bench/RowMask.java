package io.knarr.bench;

import java.util.SplittableRandom;

/**
 * Which rows a filter lets through.
 *
 * @param label what it is called in a result: the share of rows it lets through, or {@code all}
 * @param words bit r % 64 of word r / 64 is row r
 * @param count how many bits are set
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record RowMask(String label, long[] words, int count) {
    private static final long SEED = 11;

    /** Lets all of so many rows through. */
    static RowMask all(int rows) {
        long[] words = new long[(rows + Long.SIZE - 1) / Long.SIZE];
        for (int row = 0; row < rows; row++) {
            words[row / Long.SIZE] |= 1L << (row % Long.SIZE);
        }
        return new RowMask("all", words, rows);
    }

    /** Lets each row through with a chance, the same rows at every run; at least one. */
    static RowMask random(int rows, String share) {
        SplittableRandom random = new SplittableRandom(SEED);
        double chance = Double.parseDouble(share);
        long[] words = new long[(rows + Long.SIZE - 1) / Long.SIZE];
        int count = 0;
        for (int row = 0; row < rows; row++) {
            if (random.nextDouble() < chance || (row == rows - 1 && count == 0)) {
                words[row / Long.SIZE] |= 1L << (row % Long.SIZE);
                count++;
            }
        }
        return new RowMask(share, words, count);
    }

    boolean allows(int row) {
        return ((words[row / Long.SIZE] >>> (row % Long.SIZE)) & 1) != 0;
    }
}
