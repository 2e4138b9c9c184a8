package io.knarr.client;

/** What an upsert expects of the ids it is given. */
public enum UpsertMode {
    /** Inserts what is new, replaces what exists. */
    UPSERT,
    /** Every id must be new: {@code RECORD_EXISTS} where one is not, and nothing is written. */
    INSERT_ONLY,
    /** Every id must exist: {@code RECORD_NOT_FOUND} where one does not, and nothing is written. */
    UPDATE_ONLY;

    io.knarr.v1.UpsertMode encode() {
        return switch (this) {
            case UPSERT -> io.knarr.v1.UpsertMode.UPSERT_MODE_UPSERT;
            case INSERT_ONLY -> io.knarr.v1.UpsertMode.UPSERT_MODE_INSERT_ONLY;
            case UPDATE_ONLY -> io.knarr.v1.UpsertMode.UPSERT_MODE_UPDATE_ONLY;
        };
    }
}
