package io.knarr.server.index;

import java.util.Arrays;

/**
 * Finds some bytes within others. It looks at the last byte first, which says how far to go on where it does not fit.
 * [Horspool 1980, "Practical fast searching in strings".] Immutable.
 */
final class ByteNeedle {
    private final byte[] needle;
    private final int[] shifts = new int[256];

    /** @param needle one byte or more */
    ByteNeedle(byte[] needle) {
        this.needle = needle.clone();
        Arrays.fill(shifts, needle.length);
        for (int i = 0; i + 1 < needle.length; i++) {
            shifts[needle[i] & 0xff] = needle.length - 1 - i;
        }
    }

    int length() {
        return needle.length;
    }

    /** Returns the first place from {@code from} on where the needle is, and ends before {@code to} or there; -1 where there is none. */
    int find(byte[] bytes, int from, int to) {
        int last = needle.length - 1;
        byte ending = needle[last];
        for (int end = from + last; end < to; end += shifts[bytes[end] & 0xff]) {
            if (bytes[end] == ending && (last == 0 || Arrays.equals(bytes, end - last, end, needle, 0, last))) {
                return end - last;
            }
        }
        return -1;
    }
}
