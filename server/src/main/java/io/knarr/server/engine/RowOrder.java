package io.knarr.server.engine;

/** The order of rows whose scores are equal: a total order, so that the same rows and query give the same result every time. */
@FunctionalInterface
public interface RowOrder {
    /** Smaller row numbers come first. */
    RowOrder ASCENDING = Integer::compare;

    /** Returns a negative number if {@code first} comes before {@code second}, a positive one if after, 0 only for the same row. */
    int compare(int first, int second);
}
