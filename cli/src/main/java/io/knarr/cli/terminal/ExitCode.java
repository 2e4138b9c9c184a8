package io.knarr.cli.terminal;

/** How a command ended, for scripts. The numbers never change their meaning. */
public enum ExitCode {
    /** It did what was asked. */
    OK(0, "done"),
    /** A bug, or a failure that has no number of its own. */
    UNEXPECTED(1, "unexpected failure"),
    /** The command line is wrong, a filter expression included. */
    USAGE(2, "wrong usage"),
    /** No server answers at the address. */
    UNREACHABLE(3, "server not reachable"),
    /** What the command names does not exist. */
    NOT_FOUND(4, "not found"),
    /** The server refuses the call: a wrong argument, a missing right, another state. */
    REFUSED(5, "refused by the server"),
    /** What the command would create exists. */
    EXISTS(6, "exists already"),
    /** A file that the command reads or writes cannot be used. */
    FILE(7, "unusable file"),
    /** The server is too busy, or was too slow; the same command may succeed later. */
    TRY_LATER(8, "try again later"),
    /** A check of the demo or of a bench failed. */
    CHECK_FAILED(9, "a check failed");

    private final int number;
    private final String meaning;

    ExitCode(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    /** Returns the number that the process ends with. */
    public int number() {
        return number;
    }

    /** Returns what it means, in a few words. */
    public String meaning() {
        return meaning;
    }
}
