package io.knarr.server;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/** The server cannot start, for a reason that an operator can read and remove. */
public final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ExitCode exitCode;

    /** Creates a failure with a sentence that an operator can act on. */
    public StartException(ExitCode exitCode, String message, @Nullable Throwable cause) {
        super(requireNonNull(message, "message is null"), cause);
        this.exitCode = requireNonNull(exitCode, "exitCode is null");
    }

    /** Returns what the process should end with. */
    public ExitCode exitCode() {
        return exitCode;
    }
}
