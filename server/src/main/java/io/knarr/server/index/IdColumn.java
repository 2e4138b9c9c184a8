package io.knarr.server.index;

import io.knarr.server.engine.MappedSection;
import io.knarr.server.engine.SectionSink;
import io.knarr.server.engine.SectionSource;
import io.knarr.server.engine.SegmentException;
import io.knarr.server.model.RecordId;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The ids of a table's rows, by row, as their sort keys: those of an image where they lie in its file, later ones packed in arrays. An
 * object is made of an id when somebody asks for it.
 *
 * <p>One writer appends; readers look through a {@link Snapshot} taken after the rows they ask for were appended.
 */
final class IdColumn {
    private static final String OFFSETS_SECTION = "id-offsets";
    private static final String BYTES_SECTION = "ids";

    /** Ids begin at multiples of this, so that an int says where among 16 GiB. */
    private static final int UNIT_BYTES = 4;

    private static final int FIRST_CHUNK_BYTES = 256;
    private static final int CHUNK_BYTES = 1 << 16;
    private static final int UNITS_PER_CHUNK = CHUNK_BYTES / UNIT_BYTES;
    private static final int FIRST_CAPACITY = 16;
    private static final int ROWS_PER_NEW_ROW = 8;

    private final @Nullable MappedIds mapped;
    private final int mappedCount;

    // Replaced by copies as rows come; what a snapshot has of them does not change.
    private byte[][] chunks = new byte[0][];
    private int[] places = new int[FIRST_CAPACITY];
    private int used = CHUNK_BYTES; // of the last chunk
    private int count;

    /** Makes an empty column. */
    IdColumn() {
        this(null, 0);
    }

    private IdColumn(@Nullable MappedIds mapped, int mappedCount) {
        this.mapped = mapped;
        this.mappedCount = mappedCount;
        this.count = mappedCount;
    }

    /** Returns the column over the ids of an image. @throws SegmentException if it does not have so many */
    static IdColumn open(SectionSource source, int count) {
        MappedSection offsets = source.map(OFFSETS_SECTION);
        if (offsets.byteSize() != (count + 1L) * Long.BYTES) {
            throw SegmentException.damaged("Image has another number of ids than of rows");
        }
        return new IdColumn(new MappedIds(offsets, source.map(BYTES_SECTION)), count);
    }

    /** Ids in a file: where each begins and, one past the last, where they end; then their bytes. */
    private record MappedIds(MappedSection offsets, MappedSection bytes) {
        byte[] sortKey(int row) {
            MemorySegment bounds = offsets.slice((long) row * Long.BYTES, 2L * Long.BYTES);
            long from = bounds.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
            long to = bounds.get(ValueLayout.JAVA_LONG_UNALIGNED, Long.BYTES);
            return bytes.slice(from, to - from).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /**
     * The ids of the rows there were when it was taken. Immutable.
     *
     * @param chunks ids one after another, each with its length, two bytes, before it
     * @param places where each begins, by row from {@code mappedCount} on
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared; shares the column's arrays on purpose
    record Snapshot(@Nullable MappedIds mapped, int mappedCount, byte[][] chunks, int[] places) {
        byte[] sortKey(int row) {
            if (row < mappedCount && mapped != null) {
                return mapped.sortKey(row);
            }
            int place = places[row - mappedCount];
            byte[] chunk = chunks[Integer.divideUnsigned(place, UNITS_PER_CHUNK)];
            int at = Integer.remainderUnsigned(place, UNITS_PER_CHUNK) * UNIT_BYTES;
            int length = ((chunk[at] & 0xff) << 8) | (chunk[at + 1] & 0xff);
            return Arrays.copyOfRange(chunk, at + 2, at + 2 + length);
        }

        RecordId id(int row) {
            return RecordId.fromSortKey(sortKey(row));
        }

        /** Compares the ids of two rows. */
        int compare(int first, int second) {
            return Arrays.compareUnsigned(sortKey(first), sortKey(second));
        }

        /** Writes the sections of the first rows. */
        void writeSections(SectionSink sink, int rowCount) throws IOException {
            sink.begin(OFFSETS_SECTION);
            long[] offset = new long[1];
            sink.write(MemorySegment.ofArray(offset));
            for (int row = 0; row < rowCount; row++) {
                offset[0] += sortKey(row).length;
                sink.write(MemorySegment.ofArray(offset));
            }
            sink.begin(BYTES_SECTION);
            for (int row = 0; row < rowCount; row++) {
                sink.write(MemorySegment.ofArray(sortKey(row)));
            }
        }
    }

    /** Appends the id of the next row. Writer only. */
    void append(byte[] sortKey) {
        int row = count - mappedCount;
        if (row == places.length) {
            places = Arrays.copyOf(places, row + Math.max(FIRST_CAPACITY, row / ROWS_PER_NEW_ROW));
        }
        places[row] = store(sortKey);
        count++;
    }

    private int store(byte[] sortKey) {
        int needed = Math.ceilDiv(sortKey.length + 2, UNIT_BYTES) * UNIT_BYTES;
        if (used + needed > CHUNK_BYTES) {
            chunks = Arrays.copyOf(chunks, chunks.length + 1);
            chunks[chunks.length - 1] = new byte[chunks.length == 1 ? FIRST_CHUNK_BYTES : CHUNK_BYTES];
            used = 0;
        }
        int last = chunks.length - 1;
        if (used + needed > chunks[last].length) {
            // Only the first chunk grows. Snapshots keep the array they have.
            chunks = chunks.clone();
            chunks[last] = Arrays.copyOf(
                    chunks[last], Math.min(CHUNK_BYTES, Math.max(used + needed, 2 * chunks[last].length)));
        }
        byte[] chunk = chunks[last];
        chunk[used] = (byte) (sortKey.length >> 8);
        chunk[used + 1] = (byte) sortKey.length;
        System.arraycopy(sortKey, 0, chunk, used + 2, sortKey.length);
        int place = last * UNITS_PER_CHUNK + used / UNIT_BYTES;
        used += needed;
        return place;
    }

    /** Returns the ids of the rows there are. Writer only; others get it through a volatile. */
    Snapshot snapshot() {
        return new Snapshot(mapped, mappedCount, chunks, places);
    }

    /** Returns the bytes of the heap taken. Writer only. */
    long footprintBytes() {
        long bytes = (long) places.length * Integer.BYTES;
        if (chunks.length > 0) {
            bytes += chunks[0].length + (chunks.length - 1L) * CHUNK_BYTES;
        }
        return bytes;
    }
}
