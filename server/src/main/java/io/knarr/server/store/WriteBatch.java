package io.knarr.server.store;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Changes that are applied together, in their order. Built by one thread; arrays given to it must not change until it is committed. */
public final class WriteBatch {
    /** One change. */
    public sealed interface Change {
        /** Returns the table that is changed. */
        Table table();
    }

    /** Sets a key's value. */
    @SuppressWarnings("ArrayRecordComponent") // never compared; a pair of arrays on its way to the store
    public record Put(Table table, byte[] key, byte[] value) implements Change {}

    /** Removes a key; one that is not there is no error. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Delete(Table table, byte[] key) implements Change {}

    /** Removes all keys of a range. */
    public record DeleteRange(Table table, KeyRange range) implements Change {}

    private final List<Change> changes = new ArrayList<>();
    private long byteCount;

    /** Sets the value at {@code key}. Returns this. */
    public WriteBatch put(Table table, byte[] key, byte[] value) {
        changes.add(new Put(requireNonNull(table, "table is null"), key, value));
        byteCount += key.length + (long) value.length;
        return this;
    }

    /** Removes {@code key}. Returns this. */
    public WriteBatch delete(Table table, byte[] key) {
        changes.add(new Delete(requireNonNull(table, "table is null"), key));
        byteCount += key.length;
        return this;
    }

    /** Removes all keys of {@code range}. Returns this. */
    public WriteBatch deleteRange(Table table, KeyRange range) {
        changes.add(new DeleteRange(requireNonNull(table, "table is null"), range));
        return this;
    }

    /** Returns the changes in their order. */
    public List<Change> changes() {
        return Collections.unmodifiableList(changes);
    }

    /** Returns whether there is nothing to change. */
    public boolean isEmpty() {
        return changes.isEmpty();
    }

    /** Returns the bytes of all keys and values put or deleted. */
    public long byteCount() {
        return byteCount;
    }
}
