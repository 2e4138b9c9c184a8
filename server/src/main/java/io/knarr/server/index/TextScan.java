package io.knarr.server.index;

import io.knarr.server.index.ValueColumn.Encoded;
import java.util.function.IntConsumer;

/** Looks through the texts of a column as the bytes they are, in their order, without making an object of any. */
final class TextScan {
    private static final int VALUES_PER_CHECK = 1_024;
    private static final int BYTES_PER_CHECK = 1 << 18;

    private TextScan() {}

    /** Whether a text passes, which is given as its UTF-8. */
    @FunctionalInterface
    interface Test {
        boolean holds(byte[] bytes, int from, int to);
    }

    /**
     * Gives the places of texts that pass.
     *
     * @param check called from time to time
     */
    static void passing(Encoded column, Test test, Runnable check, IntConsumer found) {
        int count = column.ends().size();
        int from = 0;
        for (int place = 0; place < count; place++) {
            int to = (int) column.ends().get(place);
            if (passes(column.bytes(), from, to, test)) {
                found.accept(place);
            }
            if (place % VALUES_PER_CHECK == 0) {
                check.run();
            }
            from = to;
        }
    }

    /**
     * Gives those places among some that pass.
     *
     * @param places a bit each
     */
    static void passing(Encoded column, long[] places, Test test, Runnable check, IntConsumer found) {
        int looked = 0;
        for (int word = 0; word < places.length; word++) {
            for (long rest = places[word]; rest != 0; rest &= rest - 1) {
                int place = word * Long.SIZE + Long.numberOfTrailingZeros(rest);
                if (passes(column, place, test)) {
                    found.accept(place);
                }
                if (looked++ % VALUES_PER_CHECK == 0) {
                    check.run();
                }
            }
        }
    }

    /** Returns whether the value at a place is a text that passes. */
    static boolean passes(Encoded column, int place, Test test) {
        int from = place == 0 ? 0 : (int) column.ends().get(place - 1);
        return passes(column.bytes(), from, (int) column.ends().get(place), test);
    }

    private static boolean passes(byte[] bytes, int from, int to, Test test) {
        int text = from == to ? -1 : FieldValueCodec.textFrom(bytes, from);
        return text >= 0 && test.holds(bytes, text, to);
    }

    /** Gives the places of texts that have a needle in them: all values are searched as one, and what is found is looked at. */
    static void containing(Encoded column, ByteNeedle needle, Runnable check, IntConsumer found) {
        byte[] bytes = column.bytes();
        int from = 0;
        int place = 0;
        while (from < bytes.length) {
            int limit = Math.min(bytes.length, from + BYTES_PER_CHECK + needle.length());
            int hit = needle.find(bytes, from, limit);
            if (hit < 0) {
                check.run();
                from = limit == bytes.length ? limit : limit - needle.length() + 1;
                continue;
            }
            place = firstEndingAfter(column.ends(), hit, place);
            int begin = place == 0 ? 0 : (int) column.ends().get(place - 1);
            int end = (int) column.ends().get(place);
            int text = FieldValueCodec.textFrom(bytes, begin);
            boolean within = text >= 0 && hit >= text && hit + needle.length() <= end;
            if (within) {
                found.accept(place);
            }
            if (place % VALUES_PER_CHECK == 0) {
                check.run();
            }
            from = within ? end : hit + 1;
        }
    }

    /** Returns the first place from {@code from} on whose value ends after a byte; most often it is near. */
    private static int firstEndingAfter(PackedLongs ends, int at, int from) {
        int step = 1;
        int low = from;
        while (low + step < ends.size() && ends.get(low + step) <= at) {
            low += step;
            step <<= 1;
        }
        int high = Math.min(ends.size() - 1, low + step);
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ends.get(middle) > at) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
