package io.knarr.server.model;

/** What an upsert expects of the ids it is given. */
public enum UpsertMode {
    /** Inserts what is new, replaces what exists. */
    UPSERT,
    /** Every id must be new. */
    INSERT_ONLY,
    /** Every id must exist. */
    UPDATE_ONLY
}
