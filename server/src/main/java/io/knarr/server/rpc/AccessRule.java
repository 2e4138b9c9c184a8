package io.knarr.server.rpc;

/** Who may make a call. */
enum AccessRule {
    /** Everybody, without a credential. */
    ANYBODY,
    /** Every known caller. */
    KNOWN_CALLER,
    /** Every known caller, on the account it acts on; root must name one. */
    ACCOUNT_CALLER,
    /** Root alone. */
    ROOT
}
