package io.knarr.server.engine;

import static java.util.Objects.requireNonNull;

/** A segment file cannot be used: never an answer from bytes that are not what was written. What it held can be made anew. */
public final class SegmentException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What is wrong. */
    public enum Kind {
        /** Bytes are missing, or are not those that were written. */
        DAMAGED,
        /** Written by another version, or on a machine of another byte order. */
        OTHER_VERSION
    }

    private final Kind kind;

    SegmentException(Kind kind, String message) {
        super(message);
        this.kind = requireNonNull(kind, "kind is null");
    }

    /** Returns a failure of bytes that are not those that were written. */
    public static SegmentException damaged(String message) {
        return new SegmentException(Kind.DAMAGED, message);
    }

    /** Returns what is wrong. */
    public Kind kind() {
        return kind;
    }
}
