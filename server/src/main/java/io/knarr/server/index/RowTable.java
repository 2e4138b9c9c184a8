package io.knarr.server.index;

import io.knarr.server.engine.Similarity;
import io.knarr.server.engine.VectorIndex;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.VectorSpec;
import java.util.Arrays;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * All versions of all records of a collection that are in memory, one row each, in the order they were written. A row never changes but
 * for the moment it dies: when a newer version or a deletion takes its place. Its number is the ordinal that the engine knows.
 *
 * <p>One writer appends and kills under its lock, then {@linkplain #publish publishes} a {@link View}. A view sees the rows below its
 * count that had not died by its sequence: a bound on what was there, not a copy. Rows that die later have a greater sequence and stay
 * visible in it, so a write of many records becomes visible whole or not at all.
 *
 * <p>Native memory is freed when the owner and all {@linkplain #tryHold holders} have let go.
 */
final class RowTable {
    private static final long ALIVE = Long.MAX_VALUE;
    private static final int FIRST_CAPACITY = 16;
    private static final int REFERENCE_BYTES = 4;
    private static final int ID_OVERHEAD_BYTES = 64; // the id, its array's head, and its entry in the writer's map
    private static final int ROW_BYTES = 2 * Long.BYTES + Short.BYTES + Long.BYTES + REFERENCE_BYTES;

    private final Schema schema;
    private final VectorIndex[] vectors;
    private final FieldColumns columns = new FieldColumns();
    private final HolderCount holders = new HolderCount(this::free);

    // Replaced by longer copies as rows come. Readers find them in their view, which is published after the rows it
    // counts are written.
    private RecordId[] ids = new RecordId[FIRST_CAPACITY];
    private long[] versions = new long[FIRST_CAPACITY];
    private long[] createMicros = new long[FIRST_CAPACITY];
    private long[] diedAt = new long[FIRST_CAPACITY];
    private short[] presence = new short[FIRST_CAPACITY];
    private int rowCount;
    private int liveCount;
    private long idBytes;

    RowTable(Schema schema) {
        this.schema = schema;
        this.vectors = schema.vectors().stream()
                .map(spec -> new VectorIndex(spec.dimension(), similarityOf(spec.metric())))
                .toArray(VectorIndex[]::new);
    }

    /**
     * What one reader sees.
     *
     * @param table the rows; held by the reader
     * @param ids ids by row
     * @param versions versions by row
     * @param diedAt by row, the sequence from which it is no longer seen
     * @param presence by row, a bit for each vector of the schema that the record has
     * @param rowCount rows below this are looked at
     * @param liveCount how many of them are visible
     * @param sequence the last write that is seen
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared; shares the table's arrays on purpose
    record View(
            RowTable table,
            RecordId[] ids,
            long[] versions,
            long[] diedAt,
            short[] presence,
            int rowCount,
            int liveCount,
            long sequence)
            implements RowMatcher.Source {
        boolean isVisible(int row) {
            return diedAt[row] > sequence;
        }

        boolean hasVector(int row, int place) {
            return ((presence[row] >> place) & 1) != 0;
        }

        VectorIndex vectors(int place) {
            return table.vectors[place];
        }

        @Override
        public RowMatcher.Column column(String path) {
            return table.columns.at(path);
        }

        @Override
        public RecordId id(int row) {
            return ids[row];
        }
    }

    /**
     * Appends a row. Writer only.
     *
     * @param given vectors by place, as the caller gave them, {@code null} where there is none
     * @return the row's number
     */
    int append(
            RecordId id,
            long version,
            long created,
            SequencedMap<String, FieldValue> fields,
            float[] @Nullable [] given) {
        int row = rowCount;
        reserve(row + 1);
        short present = 0;
        List<VectorSpec> specs = schema.vectors();
        for (int place = 0; place < vectors.length; place++) {
            VectorSpec spec = specs.get(place);
            float[] vector = given[place];
            if (vector == null) {
                vectors[place].appendZero();
            } else {
                present |= (short) (1 << place);
                vectors[place].append(spec.metric() == Metric.COSINE ? Vectors.normalised(vector) : vector);
            }
        }
        columns.append(row, fields);
        ids[row] = id;
        versions[row] = version;
        createMicros[row] = created;
        diedAt[row] = ALIVE;
        presence[row] = present;
        idBytes += id.sortKeyLength();
        rowCount = row + 1;
        liveCount++;
        return row;
    }

    /** Makes a row invisible to views from {@code sequence} on. Writer only. */
    void kill(int row, long sequence) {
        diedAt[row] = sequence;
        liveCount--;
    }

    /** Returns a view of everything appended and killed so far; the caller publishes it. Writer only. */
    View publish(long sequence) {
        return new View(this, ids, versions, diedAt, presence, rowCount, liveCount, sequence);
    }

    /** Appends every row of another table that is alive, in order. Writer of both only. */
    void appendLive(RowTable other, ObjIntConsumer<RecordId> moved) {
        float[] @Nullable [] copies = new float[vectors.length][];
        for (int row = 0; row < other.rowCount; row++) {
            if (other.diedAt[row] != ALIVE) {
                continue;
            }
            appendCopy(other, row, copies);
            moved.accept(other.ids[row], rowCount - 1);
        }
    }

    private void appendCopy(RowTable other, int row, float[] @Nullable [] buffers) {
        int target = rowCount;
        reserve(target + 1);
        for (int place = 0; place < vectors.length; place++) {
            float[] buffer = buffers[place];
            if (buffer == null) {
                buffer = new float[vectors[place].dimension()];
                buffers[place] = buffer;
            }
            other.vectors[place].copyRow(row, buffer);
            vectors[place].append(buffer);
        }
        columns.append(target, other.columns.fieldsOf(row));
        ids[target] = other.ids[row];
        versions[target] = other.versions[row];
        createMicros[target] = other.createMicros[row];
        diedAt[target] = ALIVE;
        presence[target] = other.presence[row];
        idBytes += ids[target].sortKeyLength();
        rowCount = target + 1;
        liveCount++;
    }

    long version(int row) {
        return versions[row];
    }

    long createMicros(int row) {
        return createMicros[row];
    }

    int rowCount() {
        return rowCount;
    }

    int liveCount() {
        return liveCount;
    }

    /** Returns the bytes taken, heap (an estimate) and native. Writer only. */
    long footprintBytes() {
        long bytes = columns.footprintBytes() + idBytes + (long) rowCount * ID_OVERHEAD_BYTES;
        bytes += (long) ids.length * ROW_BYTES;
        for (VectorIndex index : vectors) {
            bytes += index.footprint().residentBytes();
        }
        return bytes;
    }

    boolean tryHold() {
        return holders.tryHold();
    }

    void release() {
        holders.release();
    }

    private void free() {
        for (VectorIndex index : vectors) {
            index.close();
        }
    }

    private static Similarity similarityOf(Metric metric) {
        return switch (metric) {
            case COSINE, DOT -> Similarity.DOT;
            case EUCLID -> Similarity.SQUARED_EUCLID;
            case MANHATTAN -> Similarity.MANHATTAN;
        };
    }

    private void reserve(int rows) {
        if (rows > ids.length) {
            int capacity = Math.max(rows, ids.length + (ids.length >> 1));
            ids = Arrays.copyOf(ids, capacity);
            versions = Arrays.copyOf(versions, capacity);
            createMicros = Arrays.copyOf(createMicros, capacity);
            diedAt = Arrays.copyOf(diedAt, capacity);
            presence = Arrays.copyOf(presence, capacity);
        }
    }
}
