package io.knarr.server.store.memory;

import io.knarr.server.store.KeyRange;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One owner's keys of one table, sorted. Keeps copies of what it is given and hands out copies. Any number of threads may read and take
 * snapshots at once; a writer must be alone.
 */
final class SortedBytes {
    private NavigableMap<byte[], byte[]> entries = empty();
    // Set by readers, hence volatile: somebody walks over the entries, so the next writer leaves them as they are.
    private volatile boolean shared;
    private long byteCount;

    byte @Nullable [] get(byte[] key) {
        byte[] value = entries.get(key);
        return value == null ? null : value.clone();
    }

    void put(byte[] key, byte[] value) {
        NavigableMap<byte[], byte[]> own = own();
        byte[] old = own.put(key.clone(), value.clone());
        byteCount += value.length + (old == null ? key.length : -(long) old.length);
    }

    void delete(byte[] key) {
        byte[] old = own().remove(key);
        if (old != null) {
            byteCount -= key.length + (long) old.length;
        }
    }

    void deleteRange(KeyRange range) {
        Map<byte[], byte[]> doomed = part(own(), range);
        for (Map.Entry<byte[], byte[]> entry : doomed.entrySet()) {
            byteCount -= entry.getKey().length + (long) entry.getValue().length;
        }
        doomed.clear();
    }

    /** Returns the entries of a range as they are now, for good. */
    Collection<Map.Entry<byte[], byte[]>> snapshot(KeyRange range) {
        shared = true;
        return part(entries, range).entrySet();
    }

    /** Returns all entries as they are now, for good. */
    NavigableMap<byte[], byte[]> pinned() {
        shared = true;
        return entries;
    }

    long byteCount() {
        return byteCount;
    }

    private NavigableMap<byte[], byte[]> own() {
        if (shared) {
            entries = copyOf(entries);
            shared = false;
        }
        return entries;
    }

    static NavigableMap<byte[], byte[]> part(NavigableMap<byte[], byte[]> entries, KeyRange range) {
        if (range.isEmpty()) {
            return empty();
        }
        byte[] to = range.to();
        return to == null ? entries.tailMap(range.from(), true) : entries.subMap(range.from(), true, to, false);
    }

    static NavigableMap<byte[], byte[]> empty() {
        return new TreeMap<>(Arrays::compareUnsigned);
    }

    private static NavigableMap<byte[], byte[]> copyOf(NavigableMap<byte[], byte[]> entries) {
        NavigableMap<byte[], byte[]> copy = empty();
        copy.putAll(entries);
        return copy;
    }
}
