package io.knarr.server.store;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An interval of keys in unsigned byte order: {@code from} included, {@code to} not; {@code null} to has no end. */
public final class KeyRange {
    private static final KeyRange ALL = new KeyRange(new byte[0], null);

    private final byte[] from;
    private final byte @Nullable [] to;

    private KeyRange(byte[] from, byte @Nullable [] to) {
        this.from = from.clone();
        this.to = to == null ? null : to.clone();
    }

    /** Returns the range of all keys. */
    public static KeyRange all() {
        return ALL;
    }

    /** Returns the range of the keys that start with {@code prefix}. */
    public static KeyRange startingWith(byte[] prefix) {
        return new KeyRange(prefix, firstKeyAfterPrefix(prefix));
    }

    /** Returns the part of this range that comes after {@code key}. */
    public KeyRange after(byte[] key) {
        byte[] next = Arrays.copyOf(key, key.length + 1);
        return Arrays.compareUnsigned(next, from) <= 0 ? this : new KeyRange(next, to);
    }

    /** Returns the part of this range that comes before {@code key}. */
    public KeyRange before(byte[] key) {
        return to != null && Arrays.compareUnsigned(to, key) <= 0 ? this : new KeyRange(from, key);
    }

    /** Returns the first key of the range; empty: from the beginning. */
    public byte[] from() {
        return from.clone();
    }

    /** Returns the first key past the range, or {@code null} where it has no end. */
    public byte @Nullable [] to() {
        return to == null ? null : to.clone();
    }

    /** Returns whether no key at all can lie in the range. */
    public boolean isEmpty() {
        return to != null && Arrays.compareUnsigned(from, to) >= 0;
    }

    /** Returns whether {@code key} lies in the range. */
    public boolean contains(byte[] key) {
        return Arrays.compareUnsigned(key, from) >= 0 && (to == null || Arrays.compareUnsigned(key, to) < 0);
    }

    private static byte @Nullable [] firstKeyAfterPrefix(byte[] prefix) {
        for (int last = prefix.length - 1; last >= 0; last--) {
            if (prefix[last] != (byte) 0xff) {
                byte[] next = Arrays.copyOf(prefix, last + 1);
                next[last]++;
                return next;
            }
        }
        return null;
    }
}
