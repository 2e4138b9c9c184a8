package io.knarr.server.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Hashes of ids that spread evenly over 64 bits: two rounds of multiplication and shift for each eight bytes, the finalizer of
 * MurmurHash3 at the end. Not against somebody who chooses ids to collide, for whom only the shares become uneven. Slices and samples
 * follow from it, so it never changes.
 */
public final class IdHash {
    private static final long FIRST_FACTOR = 0x87c37b91114253d5L;
    private static final long SECOND_FACTOR = 0x4cf5ad432745937fL;
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();

    private IdHash() {}

    /** Returns the hash of the sort key of an id. */
    public static long of(byte[] sortKey, long seed) {
        long hash = finish(seed + FIRST_FACTOR) ^ sortKey.length;
        int at = 0;
        for (; at + Long.BYTES <= sortKey.length; at += Long.BYTES) {
            hash = mix(hash, (long) LONG.get(sortKey, at));
        }
        long rest = 0;
        for (; at < sortKey.length; at++) {
            rest = rest << Byte.SIZE | (sortKey[at] & 0xff);
        }
        return finish(mix(hash, rest));
    }

    private static long mix(long hash, long block) {
        long mixed = Long.rotateLeft(block * FIRST_FACTOR, 31) * SECOND_FACTOR;
        return Long.rotateLeft(hash ^ mixed, 27) * 5 + 0x52dce729;
    }

    private static long finish(long hash) {
        long mixed = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ (mixed >>> 33);
    }
}
