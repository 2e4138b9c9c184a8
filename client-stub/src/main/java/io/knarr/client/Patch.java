package io.knarr.client;

import io.knarr.v1.ListValue;
import io.knarr.v1.RecordPatch;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change of parts of a record; what it does not name stays as it is. Paths lead into nested fields by dots; no two of them may be the same, or
 * one lead into the other. Immutable: each method returns another patch.
 *
 * {@snippet file="io/knarr/client/examples/Quickstart.java" region="patch"}
 */
public final class Patch {
    private final RecordPatch encoded;

    private Patch(RecordPatch.Builder encoded) {
        this.encoded = encoded.build();
    }

    /** Returns a patch of a record that changes nothing yet. */
    public static Patch of(RecordKey id) {
        return new Patch(RecordPatch.newBuilder().setId(WireRecords.encode(id)));
    }

    /** Returns a patch of a record that changes nothing yet. */
    public static Patch of(String id) {
        return of(RecordKey.of(id));
    }

    /** Returns this patch putting a value in the place of what is there; see {@link Fields#of} for what it can be. */
    public Patch set(String path, @Nullable Object value) {
        return new Patch(encoded.toBuilder().putSet(path, FieldValues.encode(path, value)));
    }

    /** Returns this patch taking a field away; one that is not there is no error. */
    public Patch unset(String path) {
        return new Patch(encoded.toBuilder().addUnset(path));
    }

    /** Returns this patch putting the fields of an object into the object that is there, at every level. */
    public Patch merge(String path, Fields fields) {
        return new Patch(encoded.toBuilder().putMerge(path, FieldValues.encode(path, fields)));
    }

    /** Returns this patch replacing a dense vector, which is copied. */
    public Patch vector(String name, float... components) {
        return new Patch(encoded.toBuilder().putVectors(name, WireRecords.encode(components)));
    }

    /** Returns this patch replacing a sparse vector. */
    public Patch vector(String name, SparseVector vector) {
        return new Patch(encoded.toBuilder().putVectors(name, WireRecords.encode(vector)));
    }

    /** Returns this patch replacing a multi-vector. */
    public Patch vector(String name, MultiVector vector) {
        return new Patch(encoded.toBuilder().putVectors(name, WireRecords.encode(vector)));
    }

    /** Returns this patch taking a vector away. One must be left. */
    public Patch removeVector(String name) {
        return new Patch(encoded.toBuilder().addRemoveVectors(name));
    }

    /** Returns this patch adding to an integer; one that is not there counts as zero. */
    public Patch increment(String path, long by) {
        return new Patch(encoded.toBuilder().putIncrement(path, FieldValues.encode(path, by)));
    }

    /** Returns this patch adding to a number; one that is not there counts as zero. */
    public Patch increment(String path, double by) {
        return new Patch(encoded.toBuilder().putIncrement(path, FieldValues.encode(path, by)));
    }

    /** Returns this patch adding values at the end of a list; one that is not there is made. */
    public Patch append(String path, Object... values) {
        return new Patch(encoded.toBuilder().putAppend(path, list(path, values)));
    }

    /** Returns this patch taking out of a list all values that equal one of these; a list that is not there is no error. */
    public Patch remove(String path, Object... values) {
        return new Patch(encoded.toBuilder().putRemove(path, list(path, values)));
    }

    private static ListValue list(String path, Object[] values) {
        return FieldValues.encode(path, List.of(values)).getListValue();
    }

    /** Returns this patch letting the record expire at that moment. Without it the record expires when it did before. */
    public Patch expireAt(Instant moment) {
        return new Patch(encoded.toBuilder().setExpireTime(FieldValues.encode(moment)));
    }

    /** Returns this patch letting the record live for ever. */
    public Patch neverExpire() {
        return new Patch(encoded.toBuilder().setClearExpireTime(true));
    }

    RecordPatch encode() {
        return encoded;
    }
}
