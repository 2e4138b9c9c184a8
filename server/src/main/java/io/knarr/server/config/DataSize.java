package io.knarr.server.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes, written as {@code 512}, {@code 64 KiB}, {@code 8 MiB}, {@code 2 GiB} or {@code 1 TiB}.
 *
 * @param bytes not negative
 */
public record DataSize(long bytes) {
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,18})\\s*(B|KiB|MiB|GiB|TiB)?");
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};
    private static final int BITS_PER_UNIT = 10;

    public DataSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("A size must not be negative: " + bytes);
        }
    }

    /** Returns so many KiB. */
    public static DataSize ofKibibytes(long count) {
        return new DataSize(Math.multiplyExact(count, 1L << 10));
    }

    /** Returns so many MiB. */
    public static DataSize ofMebibytes(long count) {
        return new DataSize(Math.multiplyExact(count, 1L << 20));
    }

    /** Returns so many GiB. */
    public static DataSize ofGibibytes(long count) {
        return new DataSize(Math.multiplyExact(count, 1L << 30));
    }

    /**
     * Reads a size.
     *
     * @throws IllegalArgumentException if the text is no size, or one of more than 2^63-1 bytes
     */
    public static DataSize parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("a size such as 512, 64 KiB, 8 MiB or 2 GiB");
        }
        long count = Long.parseLong(matcher.group(1));
        int shift = shiftOf(matcher.group(2) == null ? "B" : matcher.group(2));
        if (count > Long.MAX_VALUE >> shift) {
            throw new IllegalArgumentException("a size of less than 8192 PiB");
        }
        return new DataSize(count << shift);
    }

    private static int shiftOf(String unit) {
        for (int i = 0; i < UNITS.length; i++) {
            if (UNITS[i].equals(unit)) {
                return i * BITS_PER_UNIT;
            }
        }
        throw new IllegalStateException("Unit without a size: " + unit);
    }

    /** Returns the size in the largest unit that needs no fraction; {@link #parse} reads it back. */
    @Override
    public String toString() {
        int unit = 0;
        long count = bytes;
        while (count != 0 && unit < UNITS.length - 1 && count % (1L << BITS_PER_UNIT) == 0) {
            count >>= BITS_PER_UNIT;
            unit++;
        }
        return count + " " + UNITS[unit];
    }
}
