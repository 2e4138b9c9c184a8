package io.knarr.server.index;

import io.knarr.server.index.FieldIndex.KeyTexts;
import io.knarr.server.model.FieldValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The fields of rows next to each other: a column for each top-level name, and the indexes of those paths that a filter has asked for.
 * What it says never changes; an index is made when it is first asked for, and stays.
 */
final class FieldSegment {
    private static final int BYTES = 200;
    private static final int BYTES_PER_COLUMN = 100;

    /** Paths within fields are made up by who asks: of more there is no index, and rows are looked at one by one. */
    static final int MAX_NESTED_INDEXES = 64;

    private final int from;
    private final int rowCount;
    private final Map<String, ValueColumn> columns;
    private final long columnBytes;
    private final Map<String, FieldIndex> indexes = new ConcurrentHashMap<>();
    private final Map<String, MappedPart> storedIndexes;
    private final Map<String, TextGrams> grams = new ConcurrentHashMap<>();
    private final Map<String, GeoCells> cells = new ConcurrentHashMap<>();
    private volatile @Nullable IdTable ids;
    private final AtomicLong indexBytes;

    private FieldSegment(int from, int rowCount, Map<String, ValueColumn> columns) {
        this(from, rowCount, columns, Map.of(), new AtomicLong());
    }

    private FieldSegment(
            int from,
            int rowCount,
            Map<String, ValueColumn> columns,
            Map<String, MappedPart> storedIndexes,
            AtomicLong indexBytes) {
        this.from = from;
        this.rowCount = rowCount;
        this.columns = columns;
        this.storedIndexes = storedIndexes;
        this.indexBytes = indexBytes;
        long bytes = BYTES;
        for (Map.Entry<String, ValueColumn> column : columns.entrySet()) {
            bytes += BYTES_PER_COLUMN
                    + column.getKey().length()
                    + column.getValue().footprintBytes();
        }
        this.columnBytes = bytes;
    }

    /** Returns the segment of rows from {@code from} on with these fields; {@code null} for none. */
    static FieldSegment of(int from, List<@Nullable SequencedMap<String, FieldValue>> fields) {
        Map<String, @Nullable FieldValue[]> values = new TreeMap<>();
        for (int row = 0; row < fields.size(); row++) {
            SequencedMap<String, FieldValue> own = fields.get(row);
            if (own != null) {
                int current = row;
                own.forEach((name, value) -> {
                    values.computeIfAbsent(name, _ -> new FieldValue[fields.size()])[current] = value;
                });
            }
        }
        Map<String, ValueColumn> columns = new TreeMap<>();
        values.forEach((name, column) -> columns.put(name, ValueColumns.of(column)));
        return new FieldSegment(from, fields.size(), columns);
    }

    /** Returns the segment of an image; its columns and indexes are read when they are first asked for. */
    static FieldSegment stored(
            int from, int rowCount, Map<String, MappedPart> columns, Map<String, MappedPart> indexes) {
        AtomicLong readBytes = new AtomicLong();
        Map<String, ValueColumn> stored = new TreeMap<>();
        columns.forEach((name, part) -> stored.put(name, new ValueColumn.Stored(part, readBytes)));
        return new FieldSegment(from, rowCount, stored, Map.copyOf(indexes), readBytes);
    }

    /** Returns one segment in place of several next to each other, with the indexes that they had. */
    static FieldSegment merged(List<FieldSegment> parts) {
        return merged(parts, parts.getLast().end());
    }

    /** Returns the same, of the rows before {@code end} alone. */
    static FieldSegment merged(List<FieldSegment> parts, int end) {
        int from = parts.getFirst().from;
        int rowCount = end - from;
        Map<String, ValueColumn> columns = new TreeMap<>();
        Map<String, Boolean> indexed = new TreeMap<>();
        for (FieldSegment part : parts) {
            part.columns
                    .keySet()
                    .forEach(name -> columns.computeIfAbsent(name, _ -> column(name, parts, from, rowCount)));
            part.indexed().forEach(path -> indexed.put(path, true));
        }
        FieldSegment merged = new FieldSegment(from, rowCount, columns);
        for (String path : indexed.keySet()) {
            FieldIndex index = merged.mayIndex(path) ? merged.index(path) : null;
            if (index != null && parts.stream().anyMatch(part -> part.cells.containsKey(path))) {
                var _ = merged.cells(path, index);
            }
            KeyTexts texts = index == null ? null : index.texts();
            if (texts != null && parts.stream().anyMatch(part -> part.grams.containsKey(path))) {
                var _ = merged.grams(path, texts.column());
            }
        }
        return merged;
    }

    private static ValueColumn column(String name, List<FieldSegment> parts, int from, int rowCount) {
        @Nullable FieldValue[] values = new FieldValue[rowCount];
        for (FieldSegment part : parts) {
            ValueColumn column = part.find(name);
            if (column != null) {
                for (int row = 0; row < part.rowCount && part.from - from + row < rowCount; row++) {
                    values[part.from - from + row] = column.value(row);
                }
            }
        }
        return ValueColumns.of(values);
    }

    /** Returns the column of a name, {@code null} where no row has it. */
    private @Nullable ValueColumn find(String name) {
        ValueColumn column = columns.get(name);
        return column instanceof ValueColumn.Stored stored ? stored.column() : column;
    }

    /** Returns whether it is an image's, so that looking at it may find the file damaged. */
    boolean isStored() {
        return columns.values().stream().anyMatch(ValueColumn.Stored.class::isInstance);
    }

    int from() {
        return from;
    }

    int rowCount() {
        return rowCount;
    }

    /** Returns the row after the last. */
    int end() {
        return from + rowCount;
    }

    /** Returns how to read a path of this segment's rows, which are counted as the table does. */
    RowMatcher.Column column(String path) {
        ValueColumn column = find(FieldValues.firstName(path));
        if (column == null) {
            return _ -> null;
        }
        String rest = FieldValues.restOf(path);
        if (rest == null) {
            return row -> column.value(row - from);
        }
        return row -> {
            FieldValue value = column.value(row - from);
            return value == null ? null : FieldValues.findIn(value, rest);
        };
    }

    /** Returns the fields of a row, in the order of their names. */
    SequencedMap<String, FieldValue> fieldsOf(int row) {
        SequencedMap<String, FieldValue> fields = new LinkedHashMap<>();
        columns.forEach((name, column) -> {
            FieldValue value = column.value(row - from);
            if (value != null) {
                fields.put(name, value);
            }
        });
        return fields;
    }

    /** Returns the index of a path; {@code null} where no row has its first name. */
    @Nullable
    FieldIndex index(String path) {
        FieldIndex known = indexes.get(path);
        if (known != null) {
            return known;
        }
        ValueColumn column = columns.get(FieldValues.firstName(path));
        return column == null
                ? null
                : indexes.computeIfAbsent(path, _ -> {
                    FieldIndex built = FieldIndexBuilder.build(column, FieldValues.restOf(path), rowCount);
                    indexBytes.addAndGet(BYTES_PER_COLUMN + path.length() + built.footprintBytes());
                    return built;
                });
    }

    /** Returns whether there is an index of a path, or may be one more. */
    boolean mayIndex(String path) {
        return FieldValues.restOf(path) == null
                || indexes.containsKey(path)
                || storedIndexes.containsKey(path)
                || indexes.size() < columns.size() + MAX_NESTED_INDEXES;
    }

    /** Returns the signatures of a path's texts. */
    TextGrams grams(String path, ValueColumn.Encoded texts) {
        TextGrams known = grams.get(path);
        return known != null
                ? known
                : grams.computeIfAbsent(path, _ -> {
                    TextGrams made = TextGrams.of(texts);
                    indexBytes.addAndGet(made.footprintBytes());
                    return made;
                });
    }

    /** Returns the cells of a path's places. */
    GeoCells cells(String path, FieldIndex index) {
        GeoCells known = cells.get(path);
        return known != null
                ? known
                : cells.computeIfAbsent(path, _ -> {
                    GeoCells made = GeoCells.of(index);
                    indexBytes.addAndGet(made.footprintBytes());
                    return made;
                });
    }

    /** Returns which rows have an id, told from the ids of all rows. */
    IdTable ids(IdColumn.Snapshot snapshot) {
        IdTable known = ids;
        if (known == null) {
            synchronized (this) {
                known = ids;
                if (known == null) {
                    known = IdTable.of(snapshot, from, rowCount);
                    indexBytes.addAndGet(known.footprintBytes());
                    ids = known;
                }
            }
        }
        return known;
    }

    /** Returns the column of a path's first name; {@code null} where no row has it. */
    @Nullable
    ValueColumn valuesOf(String path) {
        return find(FieldValues.firstName(path));
    }

    /** Returns the paths that have an index. */
    Set<String> indexed() {
        Set<String> paths = new TreeSet<>(storedIndexes.keySet());
        paths.addAll(indexes.keySet());
        return paths;
    }

    /** Returns an estimate of the heap taken by columns. */
    long columnBytes() {
        return columnBytes;
    }

    /** Returns an estimate of the heap taken by indexes. */
    long indexBytes() {
        return indexBytes.get();
    }

    /** Returns the names of the columns and what each takes with the indexes of its paths. */
    Map<String, Long> bytesByField() {
        Map<String, Long> bytes = new TreeMap<>();
        columns.forEach((name, column) -> bytes.put(name, column.footprintBytes()));
        indexes.forEach((path, index) -> bytes.merge(FieldValues.firstName(path), index.footprintBytes(), Long::sum));
        grams.forEach((path, own) -> bytes.merge(FieldValues.firstName(path), own.footprintBytes(), Long::sum));
        cells.forEach((path, own) -> bytes.merge(FieldValues.firstName(path), own.footprintBytes(), Long::sum));
        return bytes;
    }

    /** Gives the columns by name. */
    Map<String, ValueColumn> columns() {
        return columns;
    }

    /** Writes the index of a path that has one. */
    void writeIndex(String path, BinaryWriter writer) {
        FieldIndex known = indexes.get(path);
        MappedPart stored = storedIndexes.get(path);
        if (known != null) {
            known.write(writer);
        } else if (stored != null) {
            writer.writeBytes(stored.bytes());
        }
    }
}
