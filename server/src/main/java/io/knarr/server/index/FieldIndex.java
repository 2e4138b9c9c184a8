package io.knarr.server.index;

import io.knarr.server.index.ValueColumn.Numbers;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.StringValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Which rows of a segment have which values at one path: the different {@linkplain FieldKeys keys} in their order, and the rows of each.
 * The rows of keys that few have lie in one array, in the order of their keys, so that a range of keys is a range of the array; those
 * of keys that many have are bitmaps of their own. A row with a list is with each of its elements. Immutable.
 */
final class FieldIndex {
    /** Where so many of the rows are asked for, their numbers are looked through in the order of rows. */
    private static final int ROWS_PER_SCANNED_ROW = 16;

    private final Keys keys;

    // By key and one more, where its rows begin; null where each key has one row.
    private final @Nullable PackedLongs starts;
    private final PackedLongs rows;
    private final int[] largeKeys;
    private final RoaringBitmap[] largeRows;

    // Rows of the large keys before each, and of all.
    private final long[] largeBefore;
    private final @Nullable RoaringBitmap existing;
    private final @Nullable RoaringBitmap emptyLists;
    private final int rowCount;

    // Found out when somebody asks for a path; a race finds the same.
    private volatile @Nullable Boolean hasOddPaths;

    /**
     * @param keys the different keys
     * @param starts by key and one more, where its rows begin in {@code rows}; {@code null} where each key has one row
     * @param rows of keys that few rows have
     * @param largeKeys keys that many rows have, in their order; these have none in {@code rows}
     * @param largeRows their rows
     * @param existing rows for which {@code exists} holds; {@code null} for all
     * @param emptyLists rows with a list of nothing; {@code null} for none
     * @param rowCount of the segment
     */
    FieldIndex(
            Keys keys,
            @Nullable PackedLongs starts,
            PackedLongs rows,
            int[] largeKeys,
            RoaringBitmap[] largeRows,
            @Nullable RoaringBitmap existing,
            @Nullable RoaringBitmap emptyLists,
            int rowCount) {
        this.keys = keys;
        this.starts = starts;
        this.rows = rows;
        this.largeKeys = largeKeys;
        this.largeRows = largeRows;
        this.existing = existing;
        this.emptyLists = emptyLists;
        this.rowCount = rowCount;
        this.largeBefore = new long[largeKeys.length + 1];
        for (int i = 0; i < largeKeys.length; i++) {
            largeBefore[i + 1] = largeBefore[i] + largeRows[i].getLongCardinality();
        }
    }

    /** The different keys, in their order. */
    sealed interface Keys {
        int count();

        /** The keys themselves. */
        record Stored(ValueColumn values, int count) implements Keys {}

        /** Those of a column with single values: what the first row of a key has. */
        record OfColumn(ValueColumn column, int count) implements Keys {}
    }

    /** Keys next to each other, from {@code from} up to but not including {@code to}. */
    record KeyRange(int from, int to) {
        boolean isEmpty() {
            return from >= to;
        }

        int size() {
            return Math.max(0, to - from);
        }
    }

    int keyCount() {
        return keys.count();
    }

    /** Returns a key, by its place in the order. */
    FieldValue key(int place) {
        FieldValue value =
                switch (keys) {
                    case Keys.Stored stored -> stored.values().value(place);
                    case Keys.OfColumn ofColumn -> ofColumn.column().value(firstRow(place));
                };
        if (value == null) {
            throw new IllegalStateException("Index has a key without a value");
        }
        return FieldValues.canonical(value);
    }

    private int firstRow(int key) {
        int large = Arrays.binarySearch(largeKeys, key);
        return large >= 0 ? largeRows[large].first() : row(start(key));
    }

    private int row(int place) {
        return (int) rows.get(place);
    }

    private int start(int key) {
        return starts == null ? key : (int) starts.get(key);
    }

    /** Returns the place of the first key for which a condition holds that, once it holds, holds for all after it. */
    int firstKey(IntPredicate reached) {
        int low = 0;
        int high = keys.count();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (reached.test(middle)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** Returns the place of the first key that is no less than this one. */
    int firstAtLeast(FieldValue key) {
        return firstKey(place -> FieldKeys.compare(key(place), key) >= 0);
    }

    /** Returns the place of the first key that is greater than this one. */
    int firstAfter(FieldValue key) {
        return firstKey(place -> FieldKeys.compare(key(place), key) > 0);
    }

    /** Returns the keys of a kind. */
    KeyRange ofKind(int kind) {
        return new KeyRange(
                firstKey(place -> FieldKeys.kind(key(place)) >= kind),
                firstKey(place -> FieldKeys.kind(key(place)) > kind));
    }

    /** Returns the texts that begin with a prefix: in the order of keys they are next to each other. */
    KeyRange withPrefix(String prefix) {
        FieldValue least = new StringValue(prefix);
        return new KeyRange(
                firstAtLeast(least),
                firstKey(place -> FieldKeys.compare(key(place), least) >= 0
                        && !(key(place) instanceof StringValue(String text) && text.startsWith(prefix))));
    }

    /**
     * Returns the texts that are a path or below it; {@code null} where some texts begin as paths do and are none as they are stored, so
     * that others may mean paths below it as well.
     */
    @Nullable
    List<KeyRange> below(String path) {
        if (hasOddPaths()) {
            return null;
        }
        if (path.equals(PathText.ROOT)) {
            return List.of(withPrefix(path));
        }
        FieldValue itself = new StringValue(path);
        return List.of(new KeyRange(firstAtLeast(itself), firstAfter(itself)), withPrefix(path + PathText.ROOT));
    }

    private boolean hasOddPaths() {
        Boolean odd = hasOddPaths;
        if (odd == null) {
            odd = false;
            KeyRange paths = withPrefix(PathText.ROOT);
            for (int place = paths.from(); place < paths.to() && !odd; place++) {
                odd = !(key(place) instanceof StringValue(String text) && PathText.isNormalised(text));
            }
            hasOddPaths = odd;
        }
        return odd;
    }

    /** Where the texts of keys are, if they are in a column as they were encoded; {@code null} elsewhere. */
    @Nullable
    KeyTexts texts() {
        ValueColumn column =
                switch (keys) {
                    case Keys.Stored stored -> stored.values();
                    case Keys.OfColumn ofColumn -> ofColumn.column();
                };
        if (column instanceof ValueColumn.Stored stored) {
            column = stored.column();
        }
        boolean byRow = keys instanceof Keys.OfColumn;
        return switch (column) {
            case ValueColumn.Encoded encoded -> new KeyTexts(encoded, null, byRow);
            case ValueColumn.Sparse(int[] sparse, ValueColumn.Encoded encoded)
            when byRow -> new KeyTexts(encoded, sparse, true);
            default -> null;
        };
    }

    /**
     * The texts of keys as they were encoded.
     *
     * @param column which has them, and other values
     * @param rows by place in the column, the row; {@code null} where that is the place
     * @param byRow whether a place is a row's; otherwise it is a key's
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record KeyTexts(ValueColumn.Encoded column, int @Nullable [] rows, boolean byRow) {}

    /** Gives the rows of what is at a place of the texts. */
    void collect(KeyTexts texts, int place, RowSet.Collector collector) {
        if (texts.byRow()) {
            int[] sparse = texts.rows();
            collector.add(sparse == null ? place : sparse[place]);
        } else {
            collect(new KeyRange(place, place + 1), collector);
        }
    }

    /** Returns whether each row has one key and each key one row, so that a row stands for its key. */
    boolean hasSingleRows() {
        return keys instanceof Keys.OfColumn && starts == null && largeKeys.length == 0;
    }

    /** Returns the value of a row that stands for its key. */
    FieldValue valueOf(int row) {
        FieldValue value =
                keys instanceof Keys.OfColumn ofColumn ? ofColumn.column().value(row) : null;
        if (value == null) {
            throw new IllegalStateException("Row has no value of its own");
        }
        return value;
    }

    /** Returns where the text of a key is, to be used where places are rows or keys themselves. */
    int placeOf(int key) {
        return keys instanceof Keys.OfColumn ? firstRow(key) : key;
    }

    /** Returns how many rows these keys have, each row once for each of its keys. */
    long entryCount(KeyRange range) {
        if (range.isEmpty()) {
            return 0;
        }
        long large = largeBefore[firstLarge(range.to())] - largeBefore[firstLarge(range.from())];
        return start(range.to()) - start(range.from()) + large;
    }

    private int firstLarge(int key) {
        int place = Arrays.binarySearch(largeKeys, key);
        return place < 0 ? -place - 1 : place;
    }

    /** Gives the rows of these keys. */
    void collect(KeyRange range, RowSet.Collector collector) {
        if (range.isEmpty()) {
            return;
        }
        long few = (long) start(range.to()) - start(range.from());
        Numbers numbers = few * ROWS_PER_SCANNED_ROW >= rowCount ? numbers() : null;
        if (numbers != null) {
            long least = numbers.numbers().get(firstRow(range.from()));
            collector.add(numbers.within(least, numbers.numbers().get(firstRow(range.to() - 1))));
            return;
        }
        int end = start(range.to());
        for (int place = start(range.from()); place < end; place++) {
            collector.add(row(place));
        }
        int lastLarge = firstLarge(range.to());
        for (int large = firstLarge(range.from()); large < lastLarge; large++) {
            collector.add(largeRows[large]);
        }
    }

    /** Returns the numbers whose order is that of the keys, where they are such. */
    private @Nullable Numbers numbers() {
        if (!(keys instanceof Keys.OfColumn(ValueColumn column, int _))) {
            return null;
        }
        ValueColumn own = column instanceof ValueColumn.Stored stored ? stored.column() : column;
        return own instanceof Numbers numbers && numbers.unit().isOrdered() ? numbers : null;
    }

    /** Returns how many rows {@code exists} holds for. */
    long existingCount() {
        return existing == null ? rowCount : existing.getLongCardinality();
    }

    /** Returns the rows for which {@code exists} holds. */
    RowSet existing() {
        if (existing == null) {
            return RowSet.all(rowCount);
        }
        RowSet.Collector collector = new RowSet.Collector(rowCount, existing.getLongCardinality());
        collector.add(existing);
        return collector.finish();
    }

    /** Returns how many rows have a value that is not null. */
    long notNullCount() {
        return existingCount() + (emptyLists == null ? 0 : emptyLists.getLongCardinality());
    }

    /** Returns the rows that have a value that is not null. */
    RowSet notNull() {
        RowSet rows = existing();
        if (emptyLists != null) {
            RowSet.Collector collector = new RowSet.Collector(rowCount, emptyLists.getLongCardinality());
            collector.add(emptyLists);
            rows.addAll(collector.finish());
        }
        return rows;
    }

    /** Returns an estimate of the heap taken beyond the column that the keys are of. */
    long footprintBytes() {
        long bytes = 160 + rows.footprintBytes() + (starts == null ? 0 : starts.footprintBytes());
        bytes += 12L * largeKeys.length;
        for (RoaringBitmap large : largeRows) {
            bytes += footprintBytes(large);
        }
        bytes += existing == null ? 0 : footprintBytes(existing);
        bytes += emptyLists == null ? 0 : footprintBytes(emptyLists);
        return bytes + (keys instanceof Keys.Stored(ValueColumn values, int _) ? values.footprintBytes() : 0);
    }

    /** Writes the index; see {@link FieldSections}. */
    void write(BinaryWriter writer) {
        writer.writeUnsigned(keys.count());
        switch (keys) {
            case Keys.Stored stored -> {
                writer.writeByte(1);
                ValueColumnCodec.write(writer, stored.values());
            }
            case Keys.OfColumn _ -> writer.writeByte(0);
        }
        writer.writeByte(starts == null ? 0 : 1);
        if (starts != null) {
            starts.write(writer);
        }
        rows.write(writer);
        writer.writeUnsigned(largeKeys.length);
        for (int i = 0; i < largeKeys.length; i++) {
            writer.writeUnsigned(largeKeys[i]);
            write(writer, largeRows[i]);
        }
        writer.writeByte(existing == null ? 0 : 1);
        if (existing != null) {
            write(writer, existing);
        }
        writer.writeByte(emptyLists == null ? 0 : 1);
        if (emptyLists != null) {
            write(writer, emptyLists);
        }
    }

    /**
     * Reads what {@link #write(BinaryWriter)} wrote.
     *
     * @param column of the path's first name
     */
    static FieldIndex read(BinaryReader reader, ValueColumn column, int rowCount) {
        int keyCount = (int) reader.readUnsigned();
        Keys keys = reader.readByte() == 1
                ? new Keys.Stored(ValueColumnCodec.read(reader), keyCount)
                : new Keys.OfColumn(column, keyCount);
        PackedLongs starts = reader.readByte() == 1 ? PackedLongs.read(reader) : null;
        PackedLongs rows = PackedLongs.read(reader);
        int[] largeKeys = new int[reader.readCount(2)];
        RoaringBitmap[] largeRows = new RoaringBitmap[largeKeys.length];
        for (int i = 0; i < largeKeys.length; i++) {
            largeKeys[i] = (int) reader.readUnsigned();
            largeRows[i] = readBitmap(reader);
        }
        RoaringBitmap existing = reader.readByte() == 1 ? readBitmap(reader) : null;
        RoaringBitmap emptyLists = reader.readByte() == 1 ? readBitmap(reader) : null;
        return new FieldIndex(keys, starts, rows, largeKeys, largeRows, existing, emptyLists, rowCount);
    }

    private static void write(BinaryWriter writer, RoaringBitmap bitmap) {
        ByteBuffer bytes = ByteBuffer.allocate(bitmap.serializedSizeInBytes());
        bitmap.serialize(bytes);
        writer.writeUnsigned(bytes.capacity()).writeBytes(bytes.array());
    }

    private static RoaringBitmap readBitmap(BinaryReader reader) {
        RoaringBitmap bitmap = new RoaringBitmap();
        try {
            bitmap.deserialize(ByteBuffer.wrap(reader.readBytes(reader.readCount(1))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bitmap;
    }

    private static long footprintBytes(RoaringBitmap bitmap) {
        return 100 + bitmap.getLongSizeInBytes();
    }
}
