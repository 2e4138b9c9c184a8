package io.knarr.server.store.rocksdb;

import io.knarr.server.store.KeyRange;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The part of the key space that belongs to one account, or to the server itself.
 *
 * <p>A stored key is {@code shard [uint16] | account number [uint64] | key}, big-endian. The shard is a hash of the account number, 0 to
 * 255; tables are cut at its borders, so that the space of what is dropped comes back in whole files. The server's own keys have the
 * account number 0, which no account has. This layout is the store's format: see {@link StoreFormat}.
 */
final class OwnerKeys {
    static final int SHARD_LENGTH = Short.BYTES;
    static final int PREFIX_LENGTH = SHARD_LENGTH + Long.BYTES;
    static final long SYSTEM = 0;

    private final byte[] prefix;
    private final byte[] end;

    OwnerKeys(long accountNumber) {
        prefix = ByteBuffer.allocate(PREFIX_LENGTH)
                .putShort(shard(accountNumber))
                .putLong(accountNumber)
                .array();
        // Always there: the first byte of the shard is 0, so the prefix is never all ones.
        end = successor(prefix);
    }

    /** Returns the first stored key of the owner. */
    byte[] first() {
        return prefix.clone();
    }

    /** Returns the first stored key past all of the owner's. */
    byte[] end() {
        return end.clone();
    }

    /** Returns the stored form of the owner's key. */
    byte[] stored(byte[] key) {
        byte[] stored = Arrays.copyOf(prefix, PREFIX_LENGTH + key.length);
        System.arraycopy(key, 0, stored, PREFIX_LENGTH, key.length);
        return stored;
    }

    /** Returns where the owner's range begins in the store. */
    byte[] storedFrom(KeyRange range) {
        return stored(range.from());
    }

    /** Returns where the owner's range ends in the store, at the latest where the owner's keys end. */
    byte[] storedTo(KeyRange range) {
        byte[] to = range.to();
        return to == null ? end() : stored(to);
    }

    /** Returns the owner's key of a stored key. */
    static byte[] unstored(byte[] stored) {
        return Arrays.copyOfRange(stored, PREFIX_LENGTH, stored.length);
    }

    // The finalizer of SplitMix64 (Steele, Lea, Flood 2014): every bit of the number moves the top byte.
    private static short shard(long accountNumber) {
        long hash = accountNumber;
        hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
        hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
        hash ^= hash >>> 31;
        return (short) (hash >>> 56);
    }

    private static byte[] successor(byte[] prefix) {
        byte[] next = prefix.clone();
        int last = next.length - 1;
        while (++next[last] == 0) {
            last--;
        }
        return next;
    }
}
