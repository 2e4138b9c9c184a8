package io.knarr.server.index;

/** Stored bytes that cannot be what was written. Caught where it is known whose bytes they are, and told to the caller from there. */
final class CorruptBytesException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CorruptBytesException(String message) {
        super(message);
    }
}
