package io.knarr.server.engine;

/** Which rows may be in a result. Asked only for rows near enough to enter it, on the thread of the scan. */
@FunctionalInterface
public interface RowFilter {
    /** Lets every row through. */
    RowFilter ALL = row -> true;

    /** Returns whether the row may be in the result; the answer for a row does not change during a scan. */
    boolean accepts(int row);
}
