package io.knarr.server.model;

/**
 * One of several parts of a collection that together hold every record once. Which part a record is in follows from its id alone.
 *
 * @param index which part, from 0
 * @param count how many parts there are; 1 to {@value #MAX_COUNT}
 */
public record Slice(int index, int count) {
    /** The most parts. */
    public static final int MAX_COUNT = 1_024;

    /** The whole collection. */
    public static final Slice WHOLE = new Slice(0, 1);

    /** Seed of the hash that puts ids into slices. Callers keep slices between calls, so it never changes. */
    private static final long SEED = 0x6b6e617272L;

    public Slice {
        if (count < 1 || count > MAX_COUNT || index < 0 || index >= count) {
            throw new IllegalArgumentException("Not a slice: " + index + " of " + count);
        }
    }

    /** Returns whether the record with that sort key of its id is in this part. */
    public boolean includes(byte[] sortKey) {
        return count == 1 || Long.remainderUnsigned(IdHash.of(sortKey, SEED), count) == index;
    }
}
