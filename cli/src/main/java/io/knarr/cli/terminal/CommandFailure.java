package io.knarr.cli.terminal;

import static java.util.Objects.requireNonNull;

/** A command that cannot go on. Its message is all that a user sees; there is no stack trace. */
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;
    private final String reason;

    /** Says why, in words, and how the process ends. */
    public CommandFailure(ExitCode exitCode, String message) {
        this(exitCode, exitCode.name(), message);
    }

    /**
     * Says why.
     *
     * @param reason a fixed word for programs, for example the server's {@code COLLECTION_NOT_FOUND}
     */
    public CommandFailure(ExitCode exitCode, String reason, String message) {
        super(message);
        this.exitCode = requireNonNull(exitCode, "exitCode is null");
        this.reason = requireNonNull(reason, "reason is null");
    }

    /** Returns how the process ends. */
    public ExitCode exitCode() {
        return exitCode;
    }

    /** Returns a fixed word for programs. */
    public String reason() {
        return reason;
    }

    @Override
    public String getMessage() {
        String message = super.getMessage();
        return message == null ? exitCode.meaning() : message;
    }
}
