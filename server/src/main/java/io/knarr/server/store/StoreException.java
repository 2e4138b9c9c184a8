package io.knarr.server.store;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/** A failure of the disk or of the store on it. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What failed. */
    public enum Kind {
        /** Another process, or another adapter of this one, holds the directory. */
        IN_USE,
        /** The directory holds something that is no store of ours; nothing in it was touched. */
        NOT_A_STORE,
        /** The store was written by a newer version of the server. */
        TOO_NEW,
        /** The store was written by a version of the server too old to be read. */
        TOO_OLD,
        /** Data is damaged, or acknowledged writes are missing. */
        CORRUPT,
        /** The disk is full; the write did not happen. */
        DISK_FULL,
        /** The disk failed; the outcome of the write is unknown. */
        IO,
        /** The store is closed or closing. */
        CLOSED
    }

    private final Kind kind;

    /** Creates a failure with a sentence that an operator can act on. */
    public StoreException(Kind kind, String message, @Nullable Throwable cause) {
        super(requireNonNull(message, "message is null"), cause);
        this.kind = requireNonNull(kind, "kind is null");
    }

    /** Returns what failed. */
    public Kind kind() {
        return kind;
    }
}
