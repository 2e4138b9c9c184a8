package io.knarr.bench;

/** What the user gave cannot be benchmarked: wrong options or an unusable file. The message says what to change. */
final class UnusableInputException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnusableInputException(String message) {
        super(message);
    }
}
