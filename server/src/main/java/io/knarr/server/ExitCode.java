package io.knarr.server;

/** What the process says to whoever started it. Scripts rely on the numbers. */
public enum ExitCode {
    /** The server ran and was stopped, or only help was asked for. */
    OK(0),
    /** Anything that has no code of its own, such as a port that is taken. */
    FAILED(1),
    /** The arguments, the settings or the machine are not such that the server could run. */
    USAGE(2),
    /** Another process holds the data directory. */
    DATA_IN_USE(3),
    /** The data directory is damaged, or was written by another version that this one cannot read. */
    DATA_UNREADABLE(4);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    /** Returns the number that the process ends with. */
    public int number() {
        return number;
    }
}
