package io.knarr.server.lexical;

/** What is kept of the values of a block of postings, in 64 bits. */
enum Summary {
    /** The greatest and the least of floats: the first in the high half, the second in the low one. */
    FLOATS {
        @Override
        long add(long summary, boolean first, int value) {
            float number = Float.intBitsToFloat(value);
            float greatest = first ? number : Math.max(number, greatest(summary));
            float least = first ? number : Math.min(number, least(summary));
            return ((long) Float.floatToRawIntBits(greatest) << Integer.SIZE)
                    | (Float.floatToRawIntBits(least) & 0xFFFF_FFFFL);
        }
    },
    /** The sum of integers. */
    SUM {
        @Override
        long add(long summary, boolean first, int value) {
            return first ? value : summary + value;
        }
    };

    /** Returns the summary with one more value. */
    abstract long add(long summary, boolean first, int value);

    static float greatest(long floats) {
        return Float.intBitsToFloat((int) (floats >>> Integer.SIZE));
    }

    static float least(long floats) {
        return Float.intBitsToFloat((int) floats);
    }
}
