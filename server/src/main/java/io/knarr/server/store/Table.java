package io.knarr.server.store;

/** The fixed set of tables, each a key space of its own in every view. Not per account: a table costs memory, a key does not. */
public enum Table {
    /** What exists: accounts in the server's own view, collections in an account's. */
    CATALOG,
    /** The records themselves. */
    RECORDS,
    /** What leads from the images of indexes to the present: derived, may be lost. */
    SNAPSHOTS,
    /** Results of idempotent calls, expiry times and other bookkeeping of operations. */
    OPERATIONS
}
