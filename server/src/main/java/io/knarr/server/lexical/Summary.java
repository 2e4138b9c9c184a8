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
    /**
     * How often a word occurs and in how long texts: the greatest frequency in the high half, and in the low one a byte each for the
     * frequencies 1, 2, 3 and all above, the shortest text that has so many; {@link #NO_LENGTH} where there is none.
     */
    FREQUENCIES {
        @Override
        long add(long summary, boolean first, int value) {
            int frequency = WordPosting.frequency(value);
            long greatest = Math.max(first ? 0 : summary >>> Integer.SIZE, frequency);
            long lengths = first ? 0xFFFF_FFFFL : summary & 0xFFFF_FFFFL;
            int shift = Byte.SIZE * (Math.min(frequency, FREQUENCY_CLASSES) - 1);
            long shortest = Math.min((lengths >>> shift) & 0xFF, WordPosting.length(value));
            lengths = (lengths & ~(0xFFL << shift)) | (shortest << shift);
            return (greatest << Integer.SIZE) | lengths;
        }
    },
    /** The sum of integers. */
    SUM {
        @Override
        long add(long summary, boolean first, int value) {
            return first ? value : summary + value;
        }
    };

    static final int FREQUENCY_CLASSES = 4;
    static final int NO_LENGTH = 0xFF;

    /** Returns the summary with one more value. */
    abstract long add(long summary, boolean first, int value);

    static float greatest(long floats) {
        return Float.intBitsToFloat((int) (floats >>> Integer.SIZE));
    }

    static float least(long floats) {
        return Float.intBitsToFloat((int) floats);
    }
}
