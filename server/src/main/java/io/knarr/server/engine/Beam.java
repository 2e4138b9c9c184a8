package io.knarr.server.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The best nodes that a search of a graph has found, in buckets by their keys, and which rows were visited. What is found goes to its bucket in a
 * few steps without a branch that depends on it; the best bucket is found by two words of bits. Within a bucket there is no
 * order, and the worst key is known to a bucket's width: a walk needs no more, and an array that is kept in order costs it more than the
 * estimates do.
 *
 * <p>Buckets are of equal width over the range of keys that is expected. Where keys turn out to lie otherwise, so that too many share a
 * bucket, the range is set anew by the keys that are there, which happens at most once for as many rows as there is room for.
 *
 * <p>For one thread; reused.
 */
final class Beam {
    private static final int BUCKETS = 2_048;

    /** The expected range ends so many times as far above the best key known at first as that is above usual ones. */
    private static final float HEADROOM = 3;

    /** Rows that go beyond the room before the range is set anew are as many as the room, and at least so many. */
    private static final int MIN_OVERFLOW = 64;

    /** So many rows may be beyond the range before it is set anew. */
    private static final int MAX_BEYOND = 32;

    /** In one word of found rows. */
    private static final int MOST_AT_ONCE = Long.SIZE;

    private static final int NONE = -1;
    private static final long LOWER = 0xffffffffL;

    // The parts of what is known of a bucket.
    private static final long PLACE = (1L << 28) - 1;
    private static final long NO_ROWS = PLACE;
    private static final int COUNT_SHIFT = 28;
    private static final int REPEATED_SHIFT = 46;
    private static final int COUNT_MASK = (1 << (REPEATED_SHIFT - COUNT_SHIFT)) - 1;
    private static final long ONE_MORE = 1L << COUNT_SHIFT;
    private static final long ONE_MORE_REPEATED = 1L << REPEATED_SHIFT;

    /** Bits for each row that there is room for, of those that were in the beam. */
    private static final int BITS_PER_CANDIDATE = 128;

    /**
     * By bucket, from the lowest bits on: the place of the first of its rows that were not taken, how many it has had, and how many of these
     * were in the beam before.
     */
    private final long[] buckets = new long[BUCKETS];

    /** A bit for each bucket that has a row that was not taken, and a bit for each word of these that is not 0. */
    private final long[] open = new long[BUCKETS / Long.SIZE];

    private long openWords;

    /**
     * What was found, in the order it was: the bits of the key in the upper half, the row in the lower, or its complement once it was taken.
     */
    private long[] entries = new long[1_024];

    /** The place of the next row in the bucket of each. */
    private int[] nexts = new int[1_024];

    private int size;

    private int width;
    private int mostRepeated;
    private float top;
    private float scale;

    /** The last bucket that counts, how many rows the buckets up to it have, and its lower end. */
    private int worst;

    private int kept;
    private float worstKey;

    /** How many of these were in the beam before, by another estimate. */
    private int repeated;

    // Which rows were visited, and the words to clear afterwards.
    private long[] visited = new long[0];
    private int[] touched = new int[1_024];
    private int touchedCount;
    private long[] sorted = new long[0];

    // Which rows were in the beam, by their lowest bits, so that a few are taken for others.
    private long[] offered = new long[0];
    private int lastBit;

    /**
     * Empties the beam, for a search of {@code rowCount} rows with room for {@code candidates}, of which up to {@code repetitions} may be rows
     * that are there already.
     */
    void reset(int candidates, int repetitions, int rowCount) {
        int words = (rowCount >>> 6) + 1;
        if (visited.length < words) {
            visited = new long[words];
            touchedCount = 0;
        }
        for (int i = 0; i < touchedCount; i++) {
            visited[touched[i]] = 0;
        }
        touchedCount = 0;
        size = 0;
        width = candidates;
        mostRepeated = repetitions;
        // A power of two, of which no more are needed than there are rows.
        int bits = Math.max(Long.SIZE, 2 * Integer.highestOneBit(Math.min(BITS_PER_CANDIDATE / 2 * width, rowCount)));
        lastBit = bits - 1;
        if (offered.length < bits >>> 6) {
            offered = new long[bits >>> 6];
        } else {
            Arrays.fill(offered, 0, bits >>> 6, 0);
        }
    }

    /**
     * Says where keys are expected: some above the best that is known, none that matters below a usual one. Before anything is offered.
     *
     * @param best not less than {@code usual}
     */
    void expect(float best, float usual) {
        setRange(best + HEADROOM * (best - usual), usual);
    }

    private void setRange(float highest, float lowest) {
        float least = Math.max(Math.abs(highest) * 0x1p-16f, Float.MIN_NORMAL);
        top = Math.max(highest, lowest + least);
        scale = (BUCKETS - 1) / (top - lowest);
        Arrays.fill(buckets, NO_ROWS);
        Arrays.fill(open, 0);
        openWords = 0;
        worst = BUCKETS - 1;
        worstKey = -Float.MAX_VALUE;
        kept = 0;
        repeated = 0;
    }

    /** Returns whether a row is visited for the first time, and marks it. */
    boolean visit(int row) {
        int word = row >>> 6;
        long bit = 1L << row;
        long bits = visited[word];
        if ((bits & bit) != 0) {
            return false;
        }
        if (bits == 0) {
            if (touchedCount == touched.length) {
                touched = Arrays.copyOf(touched, 2 * touchedCount);
            }
            touched[touchedCount++] = word;
        }
        visited[word] = bits | bit;
        return true;
    }

    /** Returns the key that a row must reach to be kept: no greater than that of the worst that there is room for. */
    float worstKey() {
        return worstKey;
    }

    /** Keeps a row, visited or not, if its key is good enough. */
    void offer(float key, int row) {
        if (key >= worstKey) {
            makeRoom();
            put(key, row);
            trim();
        }
    }

    /**
     * Keeps those of up to 64 rows that were not visited. A row that is in the beam already takes one more place, if its other estimate is good
     * enough, as long as there are fewer repetitions than there may be.
     *
     * @param which a bit for each of them whose key reaches {@link #worstKey}
     * @param found the keys of all of them
     * @param neighboursAt offset of their numbers, int32 each
     */
    void offerUnvisited(long which, float[] found, MemorySegment memory, long neighboursAt) {
        makeRoom();
        int at = size;
        int times = 0;
        long words = openWords;
        long more = repeated < mostRepeated ? 1 : 0;
        for (long left = which; left != 0; left &= left - 1) {
            int i = Long.numberOfTrailingZeros(left);
            float key = found[i];
            int row = memory.get(ValueLayout.JAVA_INT, neighboursAt + 4L * i);
            int bit = row & lastBit;
            long known = offered[bit >>> 6];
            // One or zero each: no processor can foresee which, so there is no branch.
            long before = (known >>> bit) & 1;
            long fresh = (~visited[row >>> 6] >>> row) & (~before | more) & 1;
            long again = fresh & before;
            offered[bit >>> 6] = known | (fresh << bit);
            int bucket = bucketOf(key);
            long held = buckets[bucket];
            entries[at] = entry(key, row);
            nexts[at] = (int) (held & PLACE);
            long after = ((held + ONE_MORE + again * ONE_MORE_REPEATED) & ~PLACE) | at;
            buckets[bucket] = held ^ ((held ^ after) & -fresh);
            times += (int) again;
            open[bucket >>> 6] |= fresh << bucket;
            words |= fresh << (bucket >>> 6);
            at += (int) fresh;
        }
        openWords = words;
        repeated += times;
        kept += at - size;
        size = at;
        trim();
    }

    private int bucketOf(float key) {
        return Math.max(0, Math.min((int) ((top - key) * scale), worst));
    }

    private void makeRoom() {
        if (size + MOST_AT_ONCE > entries.length) {
            entries = Arrays.copyOf(entries, 2 * entries.length);
            nexts = Arrays.copyOf(nexts, entries.length);
        }
    }

    private void put(float key, int row) {
        int bucket = bucketOf(key);
        long before = buckets[bucket];
        entries[size] = entry(key, row);
        if (row >= 0) {
            nexts[size] = (int) (before & PLACE);
            buckets[bucket] = ((before + ONE_MORE) & ~PLACE) | size;
            open[bucket >>> 6] |= 1L << bucket;
            openWords |= 1L << (bucket >>> 6);
        } else {
            buckets[bucket] = before + ONE_MORE;
        }
        kept++;
        size++;
    }

    private int count(int bucket) {
        return (int) (buckets[bucket] >>> COUNT_SHIFT) & COUNT_MASK;
    }

    private static long entry(float key, int row) {
        return ((long) Float.floatToRawIntBits(key) << 32) | (row & LOWER);
    }

    private static float key(long entry) {
        return Float.intBitsToFloat((int) (entry >>> 32));
    }

    /** Leaves out the worst buckets that there is no room for. */
    private void trim() {
        if (kept <= width) {
            return;
        }
        int last = worst;
        while (kept - count(last) >= width) {
            kept -= count(last);
            repeated -= (int) (buckets[last] >>> REPEATED_SHIFT);
            last--;
        }
        if (last < worst) {
            worst = last;
            worstKey = Math.max(worstKey, Math.nextDown(top - (last + 1) / scale));
        }
        if (kept - width > Math.max(width, MIN_OVERFLOW) || count(0) > MAX_BEYOND) {
            setRangeAnew();
        }
    }

    /** Keeps as many of the best as there is room for, in buckets over the range of their keys. */
    private void setRangeAnew() {
        if (sorted.length < size) {
            sorted = new long[entries.length];
        }
        int count = 0;
        for (int i = 0; i < size; i++) {
            float key = key(entries[i]);
            if (key >= worstKey) {
                sorted[count++] = Candidates.entry(key, (int) entries[i]);
            }
        }
        Arrays.sort(sorted, 0, count);
        size = 0;
        int most = Math.min(count, width);
        float best = Candidates.key(sorted[0]);
        float last = Candidates.key(sorted[most - 1]);
        setRange(best + (best - last), last);
        for (int i = 0; i < most; i++) {
            put(Candidates.key(sorted[i]), (int) sorted[i]);
        }
        if (most == width) {
            // Where many rows have one key, no more of them come in: a walk does not have to visit them all.
            worstKey = Math.nextUp(last);
        }
    }

    /**
     * Takes the best row out that was not visited, to a bucket's width, and marks it as visited; -1 if there is none that counts.
     */
    int takeUnvisited() {
        while (true) {
            int row = take();
            if (row < 0 || visit(row)) {
                return row;
            }
        }
    }

    /** Takes the best row out that was not taken, to a bucket's width; -1 if there is none that counts. */
    int take() {
        if (openWords == 0) {
            return NONE;
        }
        int word = Long.numberOfTrailingZeros(openWords);
        long bits = open[word];
        int bucket = (word << 6) + Long.numberOfTrailingZeros(bits);
        if (bucket > worst) {
            return NONE;
        }
        long held = buckets[bucket];
        int at = (int) (held & PLACE);
        int next = nexts[at];
        buckets[bucket] = (held & ~PLACE) | next;
        // Where that was the last one its bit goes, and that of a word without bits.
        bits &= ~(bits & -bits & -(long) ((next + 1) >>> COUNT_SHIFT));
        open[word] = bits;
        openWords ^= openWords & -openWords & (bits == 0 ? -1L : 0L);
        int row = (int) entries[at];
        entries[at] ^= LOWER;
        return row;
    }
}
