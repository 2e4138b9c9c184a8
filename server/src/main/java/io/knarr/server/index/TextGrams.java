package io.knarr.server.index;

import io.knarr.server.index.ValueColumn.Encoded;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which texts of a column may have some letters in them: each text has a signature in which a bit stands for each three bytes of it that
 * follow each other, and the signatures lie as slices, a bit of all texts after another, so that a question reads only the slices of its
 * own bytes. A bit stands for many such threes, so what is found may be no match; what is not found is none. Immutable.
 */
final class TextGrams {
    /** Bytes that a question must have, at least. */
    static final int LENGTH = 3;

    /** About a quarter of the bits are set then. */
    private static final int BITS_PER_GRAM = 3;

    private static final int MIN_BITS = 64;
    private static final int MAX_BITS = 512;

    private final long[][] slices;

    private TextGrams(long[][] slices) {
        this.slices = slices;
    }

    static TextGrams of(Encoded column) {
        int count = column.ends().size();
        int mean = column.bytes().length / Math.max(1, count);
        int wanted = Math.clamp((long) mean * BITS_PER_GRAM, MIN_BITS, MAX_BITS);
        long[][] slices = new long[Integer.highestOneBit(wanted)][Math.ceilDiv(count, Long.SIZE)];
        byte[] bytes = column.bytes();
        int from = 0;
        for (int place = 0; place < count; place++) {
            int to = (int) column.ends().get(place);
            int text = from == to ? -1 : FieldValueCodec.textFrom(bytes, from);
            for (int at = text; at >= 0 && at + LENGTH <= to; at++) {
                slices[slice(bytes, at, slices.length)][place / Long.SIZE] |= 1L << place;
            }
            from = to;
        }
        return new TextGrams(slices);
    }

    private static int slice(byte[] bytes, int at, int count) {
        int gram = ((bytes[at] & 0xff) << 16) | ((bytes[at + 1] & 0xff) << 8) | (bytes[at + 2] & 0xff);
        return (gram * 0x9e3779b1) >>> Integer.numberOfLeadingZeros(count - 1);
    }

    /** Returns the places of texts that may have all of these in them, a bit each; {@code null} where none of them is long enough. */
    long @Nullable [] places(Collection<byte[]> literals) {
        Set<Integer> asked = new TreeSet<>();
        for (byte[] literal : literals) {
            for (int at = 0; at + LENGTH <= literal.length; at++) {
                asked.add(slice(literal, at, slices.length));
            }
        }
        long[] places = null;
        for (int slice : asked) {
            if (places == null) {
                places = slices[slice].clone();
            } else {
                for (int word = 0; word < places.length; word++) {
                    places[word] &= slices[slice][word];
                }
            }
        }
        return places;
    }

    long footprintBytes() {
        return 32 + slices.length * (20L + 8L * slices[0].length);
    }
}
