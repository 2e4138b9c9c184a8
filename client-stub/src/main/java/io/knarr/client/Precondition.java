package io.knarr.client;

/**
 * What must hold of a record at the moment of a write, which need not be one that is written; where it does not, the whole call fails and
 * changes nothing. Immutable.
 */
public final class Precondition {
    private final io.knarr.v1.Precondition encoded;

    private Precondition(io.knarr.v1.Precondition.Builder encoded) {
        this.encoded = encoded.build();
    }

    private static io.knarr.v1.Precondition.Builder on(RecordKey id) {
        return io.knarr.v1.Precondition.newBuilder().setId(WireRecords.encode(id));
    }

    /** Returns that the record has this version, 1 or more. {@code VERSION_MISMATCH} otherwise: read again and retry. */
    public static Precondition version(RecordKey id, long version) {
        return new Precondition(on(id).setVersion(version));
    }

    /** Returns that the record exists and matches. {@code PRECONDITION_FAILED} otherwise. */
    public static Precondition matches(RecordKey id, Filter filter) {
        return new Precondition(on(id).setFilter(WireFilters.encode(filter)));
    }

    /** Returns that there is such a record. {@code PRECONDITION_FAILED} otherwise. */
    public static Precondition exists(RecordKey id) {
        return new Precondition(on(id).setExists(true));
    }

    /** Returns that there is no such record. {@code PRECONDITION_FAILED} otherwise. */
    public static Precondition absent(RecordKey id) {
        return new Precondition(on(id).setExists(false));
    }

    io.knarr.v1.Precondition encode() {
        return encoded;
    }
}
