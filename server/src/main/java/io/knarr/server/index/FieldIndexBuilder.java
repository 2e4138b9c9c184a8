package io.knarr.server.index;

import io.knarr.server.index.FieldIndex.Keys;
import io.knarr.server.index.ValueColumn.Numbers;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.ListValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;
import org.roaringbitmap.RoaringBitmapWriter;

/** Makes the {@link FieldIndex} of one path of a segment. For one thread. */
final class FieldIndexBuilder {
    /** Keys of fewer rows have no bitmap of their own. */
    private static final int MIN_LARGE_ROWS = 64;

    private final ValueColumn column;
    private final @Nullable String rest;
    private final int rowCount;

    // What is gathered: entries in the order of keys, rows of a key in their order.
    private int[] rows = new int[0];
    private long[] starts = new long[] {0};
    private int keyCount;
    private final List<FieldValue> storedKeys = new ArrayList<>();
    private boolean severalKeys;
    private final RoaringBitmapWriter<RoaringBitmap> existing =
            RoaringBitmapWriter.writer().get();

    private final RoaringBitmapWriter<RoaringBitmap> emptyLists =
            RoaringBitmapWriter.writer().get();

    private FieldIndexBuilder(ValueColumn column, @Nullable String rest, int rowCount) {
        this.column = column;
        this.rest = rest;
        this.rowCount = rowCount;
    }

    /**
     * Returns the index of a path.
     *
     * @param column of the path's first name
     * @param rest of the path, {@code null} where there is none
     */
    static FieldIndex build(ValueColumn column, @Nullable String rest, int rowCount) {
        FieldIndexBuilder builder = new FieldIndexBuilder(column, rest, rowCount);
        if (rest == null && column instanceof Numbers numbers && numbers.unit().isOrdered()) {
            builder.gather(numbers);
        } else {
            builder.gatherByValue();
        }
        return builder.finish();
    }

    private record Entry(FieldValue key, int row) {}

    /** Sorts integers by themselves. */
    private void gather(Numbers column) {
        long[] order = new long[rowCount];
        int count = 0;
        for (int row = 0; row < rowCount; row++) {
            if (column.has(row)) {
                existing.add(row);
                order[count++] = row;
            }
        }
        order = Arrays.copyOf(order, count);
        sort(column.numbers(), order);
        rows = new int[count];
        starts = new long[count + 1];
        for (int i = 0; i < count; i++) {
            rows[i] = (int) order[i];
            if (i == 0 || column.numbers().get(rows[i]) != column.numbers().get(rows[i - 1])) {
                starts[keyCount++] = i;
            }
        }
        starts[keyCount] = count;
    }

    /** Sorts rows by their numbers, then by themselves. */
    private static void sort(PackedLongs numbers, long[] rows) {
        int rowBits = Integer.SIZE - Integer.numberOfLeadingZeros(numbers.size());
        if (numbers.width() <= Integer.BYTES && rowBits < Integer.SIZE) {
            // The number and the row in one word.
            for (int i = 0; i < rows.length; i++) {
                rows[i] |= (numbers.get((int) rows[i]) - numbers.least()) << Integer.SIZE;
            }
            sortUnsigned(rows);
            for (int i = 0; i < rows.length; i++) {
                rows[i] &= 0xffff_ffffL;
            }
            return;
        }
        Long[] boxed = new Long[rows.length];
        for (int i = 0; i < rows.length; i++) {
            boxed[i] = rows[i];
        }
        Arrays.sort(
                boxed,
                Comparator.comparingLong((Long row) -> numbers.get(row.intValue()))
                        .thenComparingLong(row -> row));
        for (int i = 0; i < rows.length; i++) {
            rows[i] = boxed[i];
        }
    }

    private static void sortUnsigned(long[] words) {
        for (int i = 0; i < words.length; i++) {
            words[i] ^= Long.MIN_VALUE;
        }
        Arrays.sort(words);
        for (int i = 0; i < words.length; i++) {
            words[i] ^= Long.MIN_VALUE;
        }
    }

    private void gatherByValue() {
        if (column instanceof ValueColumn.Dictionary dictionary) {
            gather(dictionary);
            return;
        }
        List<Entry> entries = new ArrayList<>();
        for (int row = 0; row < rowCount; row++) {
            FieldValue value = at(column.value(row));
            if (!FieldCondition.isEmpty(value)) {
                existing.add(row);
            } else if (!FieldCondition.isNull(value)) {
                emptyLists.add(row);
            }
            severalKeys |= value instanceof ListValue;
            int current = row;
            FieldKeys.forEach(value, key -> entries.add(new Entry(key, current)));
        }
        entries.sort(Comparator.comparing(Entry::key, FieldKeys.ORDER).thenComparingInt(Entry::row));
        rows = new int[entries.size()];
        starts = new long[entries.size() + 1];
        int size = 0;
        Entry last = null;
        for (Entry entry : entries) {
            if (last == null || FieldKeys.compare(last.key(), entry.key()) != 0) {
                storedKeys.add(entry.key());
                starts[keyCount++] = size;
                rows[size++] = entry.row();
            } else if (last.row() != entry.row()) {
                rows[size++] = entry.row();
            }
            last = entry;
        }
        starts[keyCount] = size;
        rows = Arrays.copyOf(rows, size);
    }

    /** Looks at each different value once. */
    private void gather(ValueColumn.Dictionary dictionary) {
        FieldValue[] values = dictionary.values();
        boolean[] exists = new boolean[values.length + 1];
        boolean[] emptyList = new boolean[values.length + 1];
        Map<FieldValue, List<Integer>> codesOf = new HashMap<>();
        for (int code = 1; code <= values.length; code++) {
            FieldValue value = at(values[code - 1]);
            exists[code] = !FieldCondition.isEmpty(value);
            emptyList[code] = !exists[code] && !FieldCondition.isNull(value);
            severalKeys |= value instanceof ListValue;
            int current = code;
            FieldKeys.forEach(value, key -> {
                List<Integer> codes = codesOf.computeIfAbsent(key, _ -> new ArrayList<>());
                if (codes.isEmpty() || codes.getLast() != current) {
                    codes.add(current);
                }
            });
        }
        storedKeys.addAll(codesOf.keySet());
        storedKeys.sort(FieldKeys.ORDER);
        keyCount = storedKeys.size();
        int[][] keysOf = new int[values.length + 1][];
        long[] counts = new long[keyCount + 1];
        fillKeysOf(codesOf, keysOf);
        for (int row = 0; row < rowCount; row++) {
            int code = (int) dictionary.codes().get(row);
            if (exists[code]) {
                existing.add(row);
            } else if (emptyList[code]) {
                emptyLists.add(row);
            }
            if (code != 0 && keysOf[code] != null) {
                for (int key : keysOf[code]) {
                    counts[key + 1]++;
                }
            }
        }
        for (int key = 0; key < keyCount; key++) {
            counts[key + 1] += counts[key];
        }
        starts = counts;
        rows = new int[Math.toIntExact(counts[keyCount])];
        long[] next = counts.clone();
        for (int row = 0; row < rowCount; row++) {
            int code = (int) dictionary.codes().get(row);
            if (code != 0 && keysOf[code] != null) {
                for (int key : keysOf[code]) {
                    rows[(int) next[key]++] = row;
                }
            }
        }
    }

    private void fillKeysOf(Map<FieldValue, List<Integer>> codesOf, int[][] keysOf) {
        for (int key = 0; key < keyCount; key++) {
            for (int code : codesOf.getOrDefault(storedKeys.get(key), List.of())) {
                int[] known = keysOf[code] == null ? new int[0] : keysOf[code];
                known = Arrays.copyOf(known, known.length + 1);
                known[known.length - 1] = key;
                keysOf[code] = known;
            }
        }
    }

    private @Nullable FieldValue at(@Nullable FieldValue value) {
        return value == null || rest == null ? value : FieldValues.findIn(value, rest);
    }

    private FieldIndex finish() {
        List<Integer> largeKeys = new ArrayList<>();
        List<RoaringBitmap> largeRows = new ArrayList<>();
        long[] few = new long[rows.length];
        long[] begins = new long[keyCount + 1];
        int size = 0;
        for (int key = 0; key < keyCount; key++) {
            begins[key] = size;
            int from = (int) starts[key];
            int to = (int) starts[key + 1];
            RoaringBitmap large = to - from < MIN_LARGE_ROWS ? null : bitmap(from, to);
            if (large != null) {
                largeKeys.add(key);
                largeRows.add(large);
            } else {
                for (int i = from; i < to; i++) {
                    few[size++] = rows[i];
                }
            }
        }
        begins[keyCount] = size;
        RoaringBitmap exists = existing.get();
        exists.runOptimize();
        RoaringBitmap empty = emptyLists.get();
        empty.runOptimize();
        return new FieldIndex(
                keys(),
                size == keyCount && largeKeys.isEmpty() ? null : PackedLongs.of(begins),
                PackedLongs.of(Arrays.copyOf(few, size)),
                largeKeys.stream().mapToInt(Integer::intValue).toArray(),
                largeRows.toArray(RoaringBitmap[]::new),
                exists.getLongCardinality() == rowCount ? null : exists,
                empty.isEmpty() ? null : empty,
                rowCount);
    }

    /** Returns the rows as a bitmap, or {@code null} where that is no smaller. */
    private @Nullable RoaringBitmap bitmap(int from, int to) {
        RoaringBitmap bitmap = RoaringBitmap.bitmapOf(Arrays.copyOfRange(rows, from, to));
        bitmap.runOptimize();
        return bitmap.getLongSizeInBytes() < (long) Integer.BYTES * (to - from) ? bitmap : null;
    }

    private Keys keys() {
        if (rest == null && !severalKeys) {
            return new Keys.OfColumn(column, keyCount);
        }
        return new Keys.Stored(ValueColumns.of(storedKeys.toArray(FieldValue[]::new)), keyCount);
    }
}
