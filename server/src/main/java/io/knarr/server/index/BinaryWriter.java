package io.knarr.server.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Bytes being written, for our own formats: little-endian, lengths as unsigned variable-length integers. Not thread-safe. */
final class BinaryWriter {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();

    private byte[] bytes;
    private int size;

    BinaryWriter(int expectedSize) {
        this.bytes = new byte[Math.max(16, expectedSize)];
    }

    int size() {
        return size;
    }

    BinaryWriter writeByte(int value) {
        reserve(1);
        bytes[size++] = (byte) value;
        return this;
    }

    BinaryWriter writeLong(long value) {
        reserve(Long.BYTES);
        LONG.set(bytes, size, value);
        size += Long.BYTES;
        return this;
    }

    /** Writes seven bits a byte, low bits first, the top bit set on all bytes but the last. */
    BinaryWriter writeUnsigned(long value) {
        reserve(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[size++] = (byte) ((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
        return this;
    }

    BinaryWriter writeBytes(byte[] value) {
        reserve(value.length);
        System.arraycopy(value, 0, bytes, size, value.length);
        size += value.length;
        return this;
    }

    BinaryWriter writeString(String value) {
        byte[] utf8 = value.getBytes(UTF_8);
        writeUnsigned(utf8.length);
        return writeBytes(utf8);
    }

    BinaryWriter writeFloats(float[] values) {
        int byteCount = Math.multiplyExact(values.length, Float.BYTES);
        reserve(byteCount);
        ByteBuffer.wrap(bytes, size, byteCount)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .put(values);
        size += byteCount;
        return this;
    }

    /** Writes values of float16, two bytes each. */
    BinaryWriter writeHalves(float[] values) {
        reserve(Math.multiplyExact(values.length, Short.BYTES));
        for (float value : values) {
            short half = Float.floatToFloat16(value);
            bytes[size++] = (byte) half;
            bytes[size++] = (byte) (half >> Byte.SIZE);
        }
        return this;
    }

    /** Writes whole numbers of int8, a byte each. */
    BinaryWriter writeInt8s(float[] values) {
        reserve(values.length);
        for (float value : values) {
            bytes[size++] = (byte) value;
        }
        return this;
    }

    byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    private void reserve(int more) {
        int needed = Math.addExact(size, more);
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(needed, bytes.length + (bytes.length >> 1)));
        }
    }
}
