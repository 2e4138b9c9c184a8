package io.knarr.it;

/**
 * Something a crash did that it must not.
 *
 * @param kind what
 * @param detail where, and what was expected
 */
record Finding(Kind kind, String detail) {
    /** What can be wrong after a crash. */
    enum Kind {
        /** An acknowledged write is absent, or an older version is there. */
        LOST,
        /** A record's bytes are not those that were written. */
        CORRUPT,
        /** A record or version that nobody ever tried to write, or that was known to have failed. */
        GHOST,
        /** A record whose delete was acknowledged. */
        REVIVED,
        /** A part of a batch, or of a delete of several ids. */
        TORN,
        /** A call failed while the server was well. */
        FAILED_CALL
    }

    @Override
    public String toString() {
        return kind + " " + detail;
    }
}
