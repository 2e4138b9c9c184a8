package io.knarr.server.index;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.knarr.server.engine.SectionSink;
import io.knarr.server.engine.SectionSource;
import io.knarr.server.model.FieldValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The field values of an index's rows, and what finds rows by them.
 *
 * <p>Rows come one by one to the <em>tail</em>, as they are. When it is full they become a {@link FieldSegment}, compact columns that never
 * change; some small segments become a larger one, as in a log-structured merge tree, so that there are few. Small ones are merged by the
 * writer, at once; large ones by a thread beside it, with {@link #mergeLarge}. A segment has indexes of the paths that filters ask for,
 * made when the first does; the merged have those that their parts had. So a field costs its column, and an index only what somebody uses.
 *
 * <p>One writer appends, rows in their order; readers look only at rows below a count that they read from a volatile after the rows were
 * appended. What dies stays: the view of the rows says who is visible.
 */
final class FieldColumns {
    /** Rows of the tail, which filters look at one by one. */
    static final int TAIL_ROWS = 256;

    /** So many segments of one size become one. */
    static final int MERGED_SEGMENTS = 8;

    /** Up to this many rows the writer merges by itself: some milliseconds. */
    private static final int MAX_ROWS_MERGED_AT_ONCE = TAIL_ROWS * MERGED_SEGMENTS * MERGED_SEGMENTS;

    /** A merged segment is no larger, so that no array of it is too long. */
    private static final long MAX_MERGED_BYTES = 512L << 20;

    private static final int TAIL_BYTES = 64 + 4 * TAIL_ROWS;

    /** Replaced whole; readers take one for the time of a filter. */
    private volatile Snapshot current;

    // Writer only.
    private long tailBytes;

    /** Makes the columns of a table without rows. */
    FieldColumns() {
        this(List.of(), 0);
    }

    private FieldColumns(List<FieldSegment> segments, int rowCount) {
        this.current = new Snapshot(List.copyOf(segments), Tail.from(rowCount));
    }

    /** Opens the columns of an image's rows. @throws io.knarr.server.engine.SegmentException if it has none of so many rows */
    static FieldColumns open(SectionSource source, int rowCount) {
        return new FieldColumns(FieldSections.open(source, rowCount), rowCount);
    }

    /** Rows that are in no segment yet. */
    @SuppressWarnings("ArrayRecordComponent") // never compared; the writer fills it
    private record Tail(int from, @Nullable Fields[] rows) {
        static Tail from(int row) {
            return new Tail(row, new Fields[TAIL_ROWS]);
        }
    }

    private record Fields(SequencedMap<String, FieldValue> values) {}

    /** What a reader looks at: segments in the order of their rows, and what comes after them. */
    static final class Snapshot {
        private final List<FieldSegment> segments;
        private final Tail tail;

        private Snapshot(List<FieldSegment> segments, Tail tail) {
            this.segments = segments;
            this.tail = tail;
        }

        List<FieldSegment> segments() {
            return segments;
        }

        /** Returns the first row that is in no segment. */
        int tailFrom() {
            return tail.from();
        }

        /** Returns how to read the values at a path. */
        RowMatcher.Column at(String path) {
            String name = FieldValues.firstName(path);
            String rest = FieldValues.restOf(path);
            RowMatcher.Column[] columns =
                    segments.stream().map(segment -> segment.column(path)).toArray(RowMatcher.Column[]::new);
            return row -> {
                int segment = segmentOf(row);
                if (segment >= 0) {
                    return columns[segment].value(row);
                }
                Fields fields = tailRow(row);
                FieldValue value = fields == null ? null : fields.values().get(name);
                return value == null || rest == null ? value : FieldValues.findIn(value, rest);
            };
        }

        /** Returns the fields of a row, in the order of their names. */
        SequencedMap<String, FieldValue> fieldsOf(int row) {
            int segment = segmentOf(row);
            if (segment >= 0) {
                return segments.get(segment).fieldsOf(row);
            }
            Fields fields = tailRow(row);
            return fields == null ? new LinkedHashMap<>() : fields.values();
        }

        /** Returns an estimate of what each field takes with its indexes, but for the rows of the tail. */
        Map<String, Long> bytesByField() {
            Map<String, Long> bytes = new TreeMap<>();
            segments.forEach(
                    segment -> segment.bytesByField().forEach((name, own) -> bytes.merge(name, own, Long::sum)));
            return bytes;
        }

        /** Writes the sections of an image of the first rows. For any thread that holds the table. */
        void writeSections(SectionSink sink, int rowCount) throws IOException {
            List<FieldSegment> written = new ArrayList<>();
            List<FieldSegment> last = new ArrayList<>();
            for (FieldSegment segment : segments) {
                if (segment.from() < rowCount) {
                    boolean whole = segment.end() <= rowCount && segment.rowCount() >= MAX_ROWS_MERGED_AT_ONCE;
                    (whole && last.isEmpty() ? written : last).add(segment);
                }
            }
            if (tail.from() < rowCount) {
                last.add(FieldSegment.of(tail.from(), tailRows(rowCount - tail.from())));
            }
            if (bytesOf(last) <= MAX_MERGED_BYTES && !last.isEmpty()) {
                written.add(FieldSegment.merged(last, rowCount));
            } else {
                last.forEach(segment -> written.add(
                        segment.end() <= rowCount ? segment : FieldSegment.merged(List.of(segment), rowCount)));
            }
            FieldSections.write(sink, written);
        }

        private List<@Nullable SequencedMap<String, FieldValue>> tailRows(int count) {
            List<@Nullable SequencedMap<String, FieldValue>> rows = new ArrayList<>(count);
            for (Fields own : Arrays.asList(tail.rows()).subList(0, count)) {
                rows.add(own == null ? null : own.values());
            }
            return rows;
        }

        private @Nullable Fields tailRow(int row) {
            int place = row - tail.from();
            return place < 0 || place >= TAIL_ROWS ? null : tail.rows()[place];
        }

        /** Returns which segment has a row, or a negative number where none has. */
        private int segmentOf(int row) {
            if (row >= tail.from()) {
                return -1;
            }
            int low = 0;
            int high = segments.size() - 1;
            while (low <= high) {
                int middle = (low + high) >>> 1;
                FieldSegment segment = segments.get(middle);
                if (row < segment.from()) {
                    high = middle - 1;
                } else if (row >= segment.end()) {
                    low = middle + 1;
                } else {
                    return middle;
                }
            }
            return -1;
        }
    }

    /** Returns what there is now. Readers; it has all rows of a view that was published before. */
    Snapshot snapshot() {
        return current;
    }

    /** Appends the fields of a row, after all there are. Writer only. */
    void append(int row, SequencedMap<String, FieldValue> fields) {
        if (row - current.tail.from() >= TAIL_ROWS) {
            freeze(row);
        }
        Tail tail = current.tail;
        tail.rows()[row - tail.from()] = new Fields(fields);
        tailBytes += FieldValues.footprintBytes(fields);
    }

    /** Makes a segment of the rows of the tail, those below {@code end}, which are all there are. Writer only. */
    void freeze(int end) {
        synchronized (this) {
            Tail tail = current.tail;
            int rowCount = Math.min(end - tail.from(), TAIL_ROWS);
            if (rowCount <= 0) {
                return;
            }
            List<@Nullable SequencedMap<String, FieldValue>> fields = current.tailRows(rowCount);
            List<FieldSegment> segments = new ArrayList<>(current.segments);
            segments.add(FieldSegment.of(tail.from(), fields));
            mergeSmall(segments);
            current = new Snapshot(List.copyOf(segments), Tail.from(end));
            tailBytes = 0;
        }
    }

    /** Merges the last segments as long as there are enough of one size. */
    private static void mergeSmall(List<FieldSegment> segments) {
        for (int level = 0; rowsOf(level + 1) <= MAX_ROWS_MERGED_AT_ONCE; level++) {
            int first = segments.size();
            int ofLevel = 0;
            // One of an image is left to another thread: its file may be damaged, and the write is made already.
            while (first > 0
                    && level(segments.get(first - 1)) <= level
                    && !segments.get(first - 1).isStored()) {
                first--;
                ofLevel += level(segments.get(first)) == level ? 1 : 0;
            }
            List<FieldSegment> last = segments.subList(first, segments.size());
            if (ofLevel < MERGED_SEGMENTS || bytesOf(last) > MAX_MERGED_BYTES) {
                return;
            }
            FieldSegment merged = FieldSegment.merged(last);
            last.clear();
            segments.add(merged);
        }
    }

    private static long bytesOf(List<FieldSegment> segments) {
        return segments.stream().mapToLong(FieldSegment::columnBytes).sum();
    }

    private static int rowsOf(int level) {
        int rows = TAIL_ROWS;
        for (int i = 0; i < level; i++) {
            rows *= MERGED_SEGMENTS;
        }
        return rows;
    }

    private static int level(FieldSegment segment) {
        return level(segment.rowCount());
    }

    /** Returns whether there are large segments to be merged. For any thread. */
    boolean wantsMerge() {
        return !dueLarge(current.segments).isEmpty();
    }

    /**
     * Returns the first large segments of one size that are to be merged, with smaller ones among them; empty where there are none. These
     * are never the last of all, which the writer may be about to merge.
     */
    private static List<FieldSegment> dueLarge(List<FieldSegment> segments) {
        for (int level = level(MAX_ROWS_MERGED_AT_ONCE); level < 8; level++) {
            int first = 0;
            int ofLevel = 0;
            for (int place = 0; place < segments.size(); place++) {
                int own = level(segments.get(place));
                if (own > level) {
                    first = place + 1;
                    ofLevel = 0;
                } else if (own == level && ++ofLevel == MERGED_SEGMENTS) {
                    List<FieldSegment> due = segments.subList(first, place + 1);
                    return bytesOf(due) > MAX_MERGED_BYTES ? List.of() : List.copyOf(due);
                }
            }
        }
        return List.of();
    }

    private static int level(int rowCount) {
        int level = 0;
        for (long rows = (long) TAIL_ROWS * MERGED_SEGMENTS; rows <= rowCount; rows *= MERGED_SEGMENTS) {
            level++;
        }
        return level;
    }

    /** Merges large segments as long as there are some to be merged; for one thread at a time, beside the writer. */
    void mergeLarge() {
        for (List<FieldSegment> due = dueLarge(current.segments); !due.isEmpty(); due = dueLarge(current.segments)) {
            FieldSegment merged = FieldSegment.merged(due);
            synchronized (this) {
                if (!replace(due, merged)) {
                    return;
                }
            }
        }
    }

    @GuardedBy("this")
    private boolean replace(List<FieldSegment> parts, FieldSegment merged) {
        List<FieldSegment> segments = new ArrayList<>(current.segments);
        int first = segments.indexOf(parts.getFirst());
        if (first < 0 || first + parts.size() > segments.size()) {
            return false;
        }
        List<FieldSegment> replaced = segments.subList(first, first + parts.size());
        if (!replaced.equals(parts)) {
            return false;
        }
        replaced.clear();
        segments.add(first, merged);
        current = new Snapshot(List.copyOf(segments), current.tail);
        return true;
    }

    /** Returns an estimate of the heap taken by values. Writer only. */
    long columnBytes() {
        return TAIL_BYTES + tailBytes + bytesOf(current.segments);
    }

    /** Returns an estimate of the heap taken by indexes, and by columns that were read from an image: readers make both. For any thread. */
    long indexBytes() {
        return current.segments.stream().mapToLong(FieldSegment::indexBytes).sum();
    }
}
