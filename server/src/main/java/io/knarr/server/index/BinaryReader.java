package io.knarr.server.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Reads what {@link BinaryWriter} wrote. Every length is checked against what is left, so damaged bytes end in a
 * {@link CorruptBytesException} and never in a wrong value's allocation. Not thread-safe.
 */
final class BinaryReader {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();

    private final byte[] bytes;
    private final int end;
    private int position;

    BinaryReader(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.position = from;
        this.end = end;
    }

    int position() {
        return position;
    }

    boolean atEnd() {
        return position == end;
    }

    int readByte() {
        need(1);
        return bytes[position++] & 0xff;
    }

    long readLong() {
        need(Long.BYTES);
        long value = (long) LONG.get(bytes, position);
        position += Long.BYTES;
        return value;
    }

    long readUnsigned() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            int next = readByte();
            value |= (long) (next & 0x7f) << shift;
            if ((next & 0x80) == 0) {
                return value;
            }
        }
        throw new CorruptBytesException("Variable-length integer has no end");
    }

    /** Reads a count of things that take at least {@code minBytesEach}, so it cannot promise more than there is. */
    int readCount(int minBytesEach) {
        long count = readUnsigned();
        if (count < 0 || count > (end - position) / Math.max(1, minBytesEach)) {
            throw new CorruptBytesException("Count is larger than the bytes left");
        }
        return (int) count;
    }

    byte[] readBytes(int count) {
        need(count);
        byte[] value = Arrays.copyOfRange(bytes, position, position + count);
        position += count;
        return value;
    }

    String readString() {
        int length = readCount(1);
        String value = new String(bytes, position, length, UTF_8);
        position += length;
        return value;
    }

    float[] readFloats(int count) {
        int byteCount = Math.multiplyExact(count, Float.BYTES);
        need(byteCount);
        float[] values = new float[count];
        ByteBuffer.wrap(bytes, position, byteCount)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        position += byteCount;
        return values;
    }

    /** Reads what {@link BinaryWriter#writeHalves} wrote. */
    float[] readHalves(int count) {
        need(Math.multiplyExact(count, Short.BYTES));
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            int low = bytes[position++] & 0xff;
            values[i] = Float.float16ToFloat((short) (low | bytes[position++] << Byte.SIZE));
        }
        return values;
    }

    /** Reads what {@link BinaryWriter#writeInt8s} wrote. */
    float[] readInt8s(int count) {
        need(count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = bytes[position++];
        }
        return values;
    }

    void skip(long count) {
        if (count < 0 || count > end - position) {
            throw new CorruptBytesException("Length is larger than the bytes left");
        }
        position += (int) count;
    }

    private void need(int count) {
        if (count < 0 || count > end - position) {
            throw new CorruptBytesException("Bytes end too early");
        }
    }
}
