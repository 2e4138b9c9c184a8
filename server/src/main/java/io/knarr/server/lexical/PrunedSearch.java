package io.knarr.server.lexical;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the rows whose postings add up to the most, without looking at all of them: MaxScore by windows of rows. For one search.
 *
 * <p>In each window every key has a bound, from the summaries of its blocks. Once as many rows are kept as are wanted, the worst of them
 * is a threshold. Keys whose bounds together stay below it cannot bring a row in by themselves: only rows of the other keys are
 * candidates, and their postings are looked up for those alone. Where even all bounds together stay below it the window is passed over.
 * [Turtle and Flood 1995, "Query evaluation: strategies and optimizations"; Ding and Suel 2011, "Faster top-k document retrieval using
 * block-max indexes".]
 *
 * <p>A candidate that is not ruled out is scored anew, its keys always in the same order, so that a row's score does not depend on what
 * else was found. Bounds are compared with a slack that is greater than what rounding can make of a sum.
 */
final class PrunedSearch {
    private static final int WINDOW = 4_096;

    /** A mask is walked in place of the postings where these are so many times more. */
    private static final int POSTINGS_PER_PICK = 8;

    private static final int PICKS_PER_CHECK = 1_024;

    private final TermCursor[] cursors;
    private final TermCursor[] byBound;
    private final double[] boundsUpTo;
    private final RowScope scope;
    private final boolean asFloat;
    private final double slack;
    private final BestRows kept;
    private final double[] sums = new double[WINDOW];
    private final long[] seen = new long[WINDOW / Long.SIZE];
    private long scoredCount;

    /**
     * @param cursors one for each key, in the order in which scores are added up
     * @param asFloat whether a score is rounded to a float in the end
     */
    private PrunedSearch(List<TermCursor> cursors, RowScope scope, boolean asFloat) {
        this.cursors = cursors.toArray(TermCursor[]::new);
        this.byBound = this.cursors.clone();
        this.boundsUpTo = new double[this.cursors.length + 1];
        this.scope = scope;
        this.asFloat = asFloat;
        double magnitude = 0;
        for (TermCursor cursor : this.cursors) {
            magnitude += cursor.magnitude();
        }
        // A sum of n doubles is off by less than n units in the last place of the sum of their amounts; twice, and for
        // both sides.
        this.slack = magnitude * (asFloat ? 0x1p-22 : (this.cursors.length + 2) * 0x1p-50);
        this.kept = new BestRows(scope.limit(), scope.ties());
    }

    static LexicalOutcome search(List<TermCursor> cursors, RowScope scope, boolean asFloat) {
        PrunedSearch search = new PrunedSearch(cursors, scope, asFloat);
        long postings = 0;
        for (TermCursor cursor : cursors) {
            postings += cursor.end;
        }
        long @Nullable [] mask = scope.mask();
        boolean picked = mask != null && (long) scope.maskCount() * POSTINGS_PER_PICK < postings;
        boolean whole = (mask != null && picked) ? search.pick(mask) : search.walk();
        int[] rows = new int[search.kept.size()];
        double[] scores = new double[rows.length];
        search.kept.drain(rows, scores);
        return new LexicalOutcome(rows, scores, search.scoredCount, picked ? "picked" : "pruned", !whole);
    }

    /** Looks up the rows of a small mask. Returns whether it came to the end. */
    private boolean pick(long[] mask) {
        for (TermCursor cursor : cursors) {
            cursor.from = 0;
            cursor.to = cursor.end;
        }
        int picked = 0;
        for (int word = 0; word < mask.length; word++) {
            for (long rest = mask[word]; rest != 0; rest &= rest - 1) {
                int row = word * Long.SIZE + Long.numberOfTrailingZeros(rest);
                if (++picked % PICKS_PER_CHECK == 0 && scope.stop().stopped()) {
                    return false;
                }
                boolean found = false;
                for (TermCursor cursor : cursors) {
                    cursor.from = cursor.list.seek(row, Math.min(cursor.from, cursor.end), cursor.end);
                    found |= cursor.from < cursor.end && cursor.rows[cursor.from] == row;
                }
                if (found) {
                    scoredCount++;
                    kept.offer(row, score(row));
                }
            }
        }
        return true;
    }

    private boolean walk() {
        for (int first = 0; first < scope.rowCount(); first += WINDOW) {
            if (scope.stop().stopped()) {
                return false;
            }
            window(first, Math.min(scope.rowCount(), first + WINDOW));
        }
        return true;
    }

    private void window(int first, int end) {
        for (TermCursor cursor : cursors) {
            cursor.advance(first, end);
        }
        sortByBound();
        double total = 0;
        for (int i = 0; i < byBound.length; i++) {
            total += byBound[i].bound;
            boundsUpTo[i + 1] = total;
        }
        if (isHopeless(total)) {
            return;
        }
        int rest = 0;
        while (rest < byBound.length && isHopeless(boundsUpTo[rest + 1])) {
            rest++;
        }
        for (int i = rest; i < byBound.length; i++) {
            add(byBound[i], first, total - byBound[i].bound);
        }
        candidates(first, rest);
    }

    /** By insertion: there are few keys, and they are nearly in order from the window before. */
    private void sortByBound() {
        for (int i = 1; i < byBound.length; i++) {
            TermCursor cursor = byBound[i];
            int place = i;
            for (; place > 0 && byBound[place - 1].bound > cursor.bound; place--) {
                byBound[place] = byBound[place - 1];
            }
            byBound[place] = cursor;
        }
    }

    /** Adds up what a key's postings of the window give, but for blocks that cannot matter. */
    private void add(TermCursor cursor, int first, double boundOfOthers) {
        int at = cursor.from;
        while (at < cursor.to) {
            int block = at / PostingList.BLOCK;
            int blockEnd = Math.min(cursor.to, (block + 1) * PostingList.BLOCK);
            if (!isHopeless(cursor.boundOf(block) + boundOfOthers)) {
                cursor.scorer.add(cursor.rows, cursor.values, at, blockEnd, first, sums, seen);
            }
            at = blockEnd;
        }
    }

    private void candidates(int first, int rest) {
        long @Nullable [] mask = scope.mask();
        for (int word = 0; word < seen.length; word++) {
            long bits = seen[word];
            if (bits == 0) {
                continue;
            }
            seen[word] = 0;
            if (mask != null) {
                bits = masked(bits, mask[first / Long.SIZE + word], word);
            }
            for (; bits != 0; bits &= bits - 1) {
                int place = word * Long.SIZE + Long.numberOfTrailingZeros(bits);
                double sum = sums[place];
                sums[place] = 0;
                scoredCount++;
                if (mayMatter(first + place, sum, rest) && scope.allows(first + place)) {
                    kept.offer(first + place, score(first + place));
                }
            }
        }
    }

    /** Forgets what was added up for rows that may not be found. */
    private long masked(long bits, long allowed, int word) {
        for (long refused = bits & ~allowed; refused != 0; refused &= refused - 1) {
            sums[word * Long.SIZE + Long.numberOfTrailingZeros(refused)] = 0;
        }
        return bits & allowed;
    }

    /** Returns whether a row may be among the best, by what has been added up for it and what the rest of its keys may give. */
    private boolean mayMatter(int row, double sum, int rest) {
        double known = sum;
        for (int i = rest - 1; i >= 0; i--) {
            if (isHopeless(known + boundsUpTo[i + 1])) {
                return false;
            }
            int at = byBound[i].findAscending(row);
            if (at >= 0) {
                known += byBound[i].scorer.score(byBound[i].values[at]);
            }
        }
        return !isHopeless(known);
    }

    private boolean isHopeless(double bound) {
        return bound + slack < kept.threshold();
    }

    /** Returns a row's score, of its postings in the window. */
    private double score(int row) {
        double sum = 0;
        for (TermCursor cursor : cursors) {
            int at = cursor.find(row);
            if (at >= 0) {
                sum += cursor.scorer.score(cursor.values[at]);
            }
        }
        return asFloat ? (float) sum : sum + 0.0; // a negative zero would differ from a positive one
    }
}
