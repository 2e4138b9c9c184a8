package io.knarr.server.index;

import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.BitSetUtil;
import org.roaringbitmap.RoaringBitmap;

/**
 * A set of rows of one range, from zero: a sorted array while it is small, a bit a row otherwise, whichever takes fewer bytes. Its owner
 * changes it in place. For one thread.
 */
final class RowSet {
    /** A row of the array takes as much as so many rows of the bits. */
    private static final int ROWS_PER_ARRAY_ROW = Integer.SIZE;

    private static final int FIRST_CAPACITY = 16;

    private final int range;

    // One of the two; the first "count" of the array.
    private int @Nullable [] array;
    private long @Nullable [] words;
    private int count;

    private RowSet(int range, int @Nullable [] array, long @Nullable [] words, int count) {
        this.range = range;
        this.array = array;
        this.words = words;
        this.count = count;
    }

    /** Returns the set of no row. */
    static RowSet none(int range) {
        return new RowSet(range, new int[0], null, 0);
    }

    /** Returns the set of all rows. */
    static RowSet all(int range) {
        long[] words = new long[Math.ceilDiv(range, Long.SIZE)];
        Arrays.fill(words, -1L);
        if (range % Long.SIZE != 0) {
            words[words.length - 1] >>>= Long.SIZE - range % Long.SIZE;
        }
        return new RowSet(range, null, words, range);
    }

    /** Returns whether a set of so many rows is kept as an array. */
    static boolean isSmall(long rows, int range) {
        return rows * ROWS_PER_ARRAY_ROW <= range;
    }

    /** Gathers rows in any order, some of them perhaps twice. */
    static final class Collector {
        private final int range;
        private int @Nullable [] array;
        private long @Nullable [] words;
        private int size;

        /** For rows of which nobody knows how many will come. */
        Collector(int range) {
            this(range, Math.min(FIRST_CAPACITY, range / ROWS_PER_ARRAY_ROW));
        }

        /** @param expected as many as will come; where there are more it is slower */
        Collector(int range, long expected) {
            this.range = range;
            if (isSmall(expected, range)) {
                array = new int[(int) expected];
            } else {
                words = new long[Math.ceilDiv(range, Long.SIZE)];
            }
        }

        void add(int row) {
            if (words != null) {
                words[row / Long.SIZE] |= 1L << row;
            } else if (array != null) {
                if (size == array.length) {
                    grow(array);
                    add(row);
                    return;
                }
                array[size++] = row;
            }
        }

        private void grow(int[] full) {
            int capacity = Math.max(FIRST_CAPACITY, 2 * size);
            if (isSmall(capacity, range)) {
                array = Arrays.copyOf(full, capacity);
                return;
            }
            long[] bits = new long[Math.ceilDiv(range, Long.SIZE)];
            for (int i = 0; i < size; i++) {
                bits[full[i] / Long.SIZE] |= 1L << full[i];
            }
            array = null;
            words = bits;
        }

        /** Adds rows given as bits. */
        void add(long[] rows) {
            for (int word = 0; word < rows.length; word++) {
                if (words != null) {
                    words[word] |= rows[word];
                } else {
                    for (long rest = rows[word]; rest != 0; rest &= rest - 1) {
                        add(word * Long.SIZE + Long.numberOfTrailingZeros(rest));
                    }
                }
            }
        }

        void add(int[] rows, int from, int to) {
            for (int i = from; i < to; i++) {
                add(rows[i]);
            }
        }

        void add(RoaringBitmap rows) {
            if (words == null) {
                rows.forEach((org.roaringbitmap.IntConsumer) this::add);
                return;
            }
            long[] more = BitSetUtil.toLongArray(rows);
            for (int word = 0; word < more.length; word++) {
                words[word] |= more[word];
            }
        }

        RowSet finish() {
            if (words != null) {
                return new RowSet(range, null, words, cardinality(words));
            }
            int[] rows = array == null ? new int[0] : array;
            Arrays.sort(rows, 0, size);
            int distinct = 0;
            for (int i = 0; i < size; i++) {
                if (distinct == 0 || rows[distinct - 1] != rows[i]) {
                    rows[distinct++] = rows[i];
                }
            }
            return new RowSet(range, rows, null, distinct);
        }
    }

    int count() {
        return count;
    }

    void forEach(IntConsumer consumer) {
        if (array != null) {
            for (int i = 0; i < count; i++) {
                consumer.accept(array[i]);
            }
        } else if (words != null) {
            for (int word = 0; word < words.length; word++) {
                for (long rest = words[word]; rest != 0; rest &= rest - 1) {
                    consumer.accept(word * Long.SIZE + Long.numberOfTrailingZeros(rest));
                }
            }
        }
    }

    boolean contains(int row) {
        return array != null
                ? Arrays.binarySearch(array, 0, count, row) >= 0
                : words != null && (words[row / Long.SIZE] & (1L << row)) != 0;
    }

    /** Keeps the rows for which a condition holds. */
    void retain(IntPredicate condition) {
        if (array != null) {
            int kept = 0;
            for (int i = 0; i < count; i++) {
                if (condition.test(array[i])) {
                    array[kept++] = array[i];
                }
            }
            count = kept;
            return;
        }
        long[] bits = words();
        for (int word = 0; word < bits.length; word++) {
            for (long rest = bits[word]; rest != 0; rest &= rest - 1) {
                if (!condition.test(word * Long.SIZE + Long.numberOfTrailingZeros(rest))) {
                    bits[word] &= ~Long.lowestOneBit(rest);
                }
            }
        }
        counted(bits);
    }

    /** Keeps the rows that the other has too. */
    void retainAll(RowSet other) {
        if (array != null) {
            retain(other::contains);
        } else if (other.array != null) {
            // The smaller one is kept.
            RowSet kept = new RowSet(range, other.array.clone(), null, other.count);
            kept.retain(this::contains);
            array = kept.array;
            count = kept.count;
            words = null;
        } else {
            long[] bits = words();
            long[] others = other.words();
            for (int word = 0; word < bits.length; word++) {
                bits[word] &= others[word];
            }
            counted(bits);
        }
    }

    /** Drops the rows that the other has. */
    void removeAll(RowSet other) {
        if (array != null) {
            retain(row -> !other.contains(row));
            return;
        }
        long[] bits = words();
        if (other.words != null) {
            for (int word = 0; word < bits.length; word++) {
                bits[word] &= ~other.words[word];
            }
        } else {
            other.forEach(row -> bits[row / Long.SIZE] &= ~(1L << row));
        }
        counted(bits);
    }

    /** Takes in the rows of the other. */
    void addAll(RowSet other) {
        if (array != null && other.array != null && isSmall((long) count + other.count, range)) {
            int[] both = Arrays.copyOf(array, count + other.count);
            System.arraycopy(other.array, 0, both, count, other.count);
            Collector collector = new Collector(range, both.length);
            collector.add(both, 0, both.length);
            RowSet union = collector.finish();
            array = union.array;
            count = union.count;
            return;
        }
        long[] bits;
        if (words != null) {
            bits = words;
        } else {
            bits = new long[Math.ceilDiv(range, Long.SIZE)];
            forEach(row -> bits[row / Long.SIZE] |= 1L << row);
            array = null;
            words = bits;
        }
        if (other.words != null) {
            for (int word = 0; word < bits.length; word++) {
                bits[word] |= other.words[word];
            }
        } else {
            other.forEach(row -> bits[row / Long.SIZE] |= 1L << row);
        }
        counted(bits);
    }

    /** Sets the bits of these rows in {@code target}, where row 0 is bit {@code from}. All of them are new there. */
    void copyTo(long[] target, int from) {
        if (words == null) {
            forEach(row -> target[(from + row) / Long.SIZE] |= 1L << (from + row));
            return;
        }
        int shift = from % Long.SIZE;
        int at = from / Long.SIZE;
        for (int word = 0; word < words.length; word++) {
            if (words[word] != 0) {
                target[at + word] |= words[word] << shift;
                if (shift != 0 && words[word] >>> (Long.SIZE - shift) != 0) {
                    target[at + word + 1] |= words[word] >>> (Long.SIZE - shift);
                }
            }
        }
    }

    private long[] words() {
        if (words == null) {
            throw new IllegalStateException("Set of rows has no bits");
        }
        return words;
    }

    private void counted(long[] bits) {
        count = cardinality(bits);
    }

    /** Returns how many bits are set. */
    static int cardinality(long[] bits) {
        int count = 0;
        for (long word : bits) {
            count += Long.bitCount(word);
        }
        return count;
    }
}
