package io.knarr.server.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Integers in as few bytes each as the farthest apart of them need: 1, 2, 4 or 8, little-endian, as the difference from the least.
 * Immutable.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PackedLongs(long least, int width, byte[] bytes) {
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();

    static PackedLongs of(long[] values) {
        long least = values.length == 0 ? 0 : values[0];
        long greatest = least;
        for (long value : values) {
            least = Math.min(least, value);
            greatest = Math.max(greatest, value);
        }
        int width = width(greatest - least);
        byte[] bytes = new byte[Math.multiplyExact(values.length, width)];
        for (int i = 0; i < values.length; i++) {
            long difference = values[i] - least;
            switch (width) {
                case 1 -> bytes[i] = (byte) difference;
                case 2 -> SHORT.set(bytes, 2 * i, (short) difference);
                case 4 -> INT.set(bytes, 4 * i, (int) difference);
                default -> LONG.set(bytes, 8 * i, difference);
            }
        }
        return new PackedLongs(least, width, bytes);
    }

    static PackedLongs of(int[] values) {
        return of(Arrays.stream(values).asLongStream().toArray());
    }

    int[] toInts() {
        int[] values = new int[size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (int) get(i);
        }
        return values;
    }

    void write(BinaryWriter writer) {
        writer.writeLong(least).writeByte(width).writeUnsigned(bytes.length).writeBytes(bytes);
    }

    static PackedLongs read(BinaryReader reader) {
        long least = reader.readLong();
        int width = reader.readByte();
        byte[] bytes = reader.readBytes(reader.readCount(1));
        if ((width != 1 && width != 2 && width != 4 && width != 8) || bytes.length % width != 0) {
            throw new CorruptBytesException("Packed integers have an unknown width");
        }
        return new PackedLongs(least, width, bytes);
    }

    /** @param span the greatest difference, unsigned: that of the two ends of 64 bits does not fit otherwise */
    private static int width(long span) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(span);
        return bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : 8;
    }

    int size() {
        return bytes.length / width;
    }

    long get(int place) {
        return least
                + switch (width) {
                    case 1 -> bytes[place] & 0xff;
                    case 2 -> (short) SHORT.get(bytes, 2 * place) & 0xffff;
                    case 4 -> (int) INT.get(bytes, 4 * place) & 0xffff_ffffL;
                    default -> (long) LONG.get(bytes, 8 * place);
                };
    }

    /** Returns the places whose integers are from {@code low} up to and including {@code high}, a bit each. */
    long[] within(long low, long high) {
        long[] places = new long[Math.ceilDiv(size(), Long.SIZE)];
        long span = high - low;
        long from = low - least;
        for (int word = 0; word < places.length; word++) {
            int first = word * Long.SIZE;
            int count = Math.min(Long.SIZE, size() - first);
            places[word] = switch (width) {
                case 1 -> bytesWithin(first, count, from, span);
                case 2 -> shortsWithin(first, count, from, span);
                case 4 -> intsWithin(first, count, from, span);
                default -> longsWithin(first, count, from, span);
            };
        }
        return places;
    }

    private static long bit(long difference, long span) {
        return Long.compareUnsigned(difference, span) <= 0 ? 1 : 0;
    }

    private long bytesWithin(int first, int count, long from, long span) {
        long bits = 0;
        for (int i = 0; i < count; i++) {
            bits |= bit((bytes[first + i] & 0xff) - from, span) << i;
        }
        return bits;
    }

    private long shortsWithin(int first, int count, long from, long span) {
        long bits = 0;
        for (int i = 0; i < count; i++) {
            bits |= bit(((short) SHORT.get(bytes, 2 * (first + i)) & 0xffff) - from, span) << i;
        }
        return bits;
    }

    private long intsWithin(int first, int count, long from, long span) {
        long bits = 0;
        for (int i = 0; i < count; i++) {
            bits |= bit(((int) INT.get(bytes, 4 * (first + i)) & 0xffff_ffffL) - from, span) << i;
        }
        return bits;
    }

    private long longsWithin(int first, int count, long from, long span) {
        long bits = 0;
        for (int i = 0; i < count; i++) {
            bits |= bit((long) LONG.get(bytes, 8 * (first + i)) - from, span) << i;
        }
        return bits;
    }

    long footprintBytes() {
        return 48L + bytes.length;
    }
}
