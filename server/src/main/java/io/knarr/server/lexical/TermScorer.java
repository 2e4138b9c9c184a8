package io.knarr.server.lexical;

/** What the postings of one key add to scores. */
interface TermScorer {
    /** Returns what a posting of this value adds. */
    double score(int value);

    /** Returns a number that no posting of a block adds more than, 0 or more: a row may have none. */
    double bound(long summary);

    /** Returns a number that the amount of what any posting of a block adds does not exceed. */
    double magnitude(long summary);
}
