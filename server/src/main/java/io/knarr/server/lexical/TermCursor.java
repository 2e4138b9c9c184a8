package io.knarr.server.lexical;

/** The postings of one key on the way of one search through them. */
final class TermCursor {
    final PostingList list;
    final TermScorer scorer;
    final int end;
    final int[] rows;
    final int[] values;

    // The postings of the window of the moment, and a bound on what they add.
    int from;
    int to;
    double bound;

    // Where the last row was that was looked for in ascending order.
    private int near;

    private int boundedBlock = -1;
    private double boundOfBlock;

    TermCursor(PostingList list, TermScorer scorer, int rowCount) {
        this.list = list;
        this.scorer = scorer;
        this.end = list.countBelow(rowCount);
        this.rows = list.rows();
        this.values = list.values();
    }

    /** Goes on to the postings of rows up to before {@code endRow}, from where the last window ended. */
    void advance(int firstRow, int endRow) {
        from = to < end && rows[to] < firstRow ? list.seek(firstRow, to, end) : to;
        to = from < end && rows[from] < endRow ? list.seek(endRow, from, end) : from;
        near = from;
        bound = 0;
        if (from < to) {
            for (int block = from / PostingList.BLOCK; block <= (to - 1) / PostingList.BLOCK; block++) {
                bound = Math.max(bound, boundOf(block));
            }
        }
    }

    double boundOf(int block) {
        if (block != boundedBlock) {
            boundedBlock = block;
            boundOfBlock = scorer.bound(list.summary(block));
        }
        return boundOfBlock;
    }

    /** Returns the greatest amount that any posting adds. */
    double magnitude() {
        double greatest = 0;
        for (int block = 0; block * PostingList.BLOCK < end; block++) {
            greatest = Math.max(greatest, scorer.magnitude(list.summary(block)));
        }
        return greatest;
    }

    /** Returns the same as {@link #find} for rows that ascend within the window; faster where they are near each other. */
    int findAscending(int row) {
        near = near < to && rows[near] < row ? list.seek(row, near, to) : near;
        return near < to && rows[near] == row ? near : -1;
    }

    /** Returns the place of a row's posting in the window, or -1. */
    int find(int row) {
        int at = list.find(row, from, to);
        return at < to && rows[at] == row ? at : -1;
    }
}
