package io.knarr.server.index;

import io.knarr.server.engine.GraphMode;
import io.knarr.server.engine.MultiVectorIndex;
import io.knarr.server.engine.SectionSink;
import io.knarr.server.engine.SegmentException;
import io.knarr.server.engine.SegmentFile;
import io.knarr.server.engine.Similarity;
import io.knarr.server.engine.StopSignal;
import io.knarr.server.engine.UnitVectors;
import io.knarr.server.engine.VectorIndex;
import io.knarr.server.lexical.SparseIndex;
import io.knarr.server.lexical.TextIndex;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorKind;
import io.knarr.server.model.VectorSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * All versions of all records of a collection that are in memory, one row each, in the order they were written. A row never changes but
 * for the moment it dies: when a newer version or a deletion takes its place. Its number is the ordinal that the engine knows.
 *
 * <p>One writer appends and kills under its lock, then {@linkplain #publish publishes} a {@link View}. A view sees the rows below its
 * count that had not died by its sequence: a bound on what was there, not a copy. Rows that die later have a greater sequence and stay
 * visible in it, so a write of many records becomes visible whole or not at all.
 *
 * <p>The first rows may be those of an image: then ids and vectors stay in its file, and fields until somebody asks for them.
 *
 * <p>Native memory and the image's file are let go when the owner and all {@linkplain #tryHold holders} have let go.
 */
final class RowTable {
    private static final long ALIVE = Long.MAX_VALUE;
    private static final int FIRST_CAPACITY = 16;
    private static final int ROWS_PER_NEW_ROW = 8;
    private static final int ROW_BYTES = 3 * Long.BYTES + Short.BYTES;

    private static final String VERSIONS_SECTION = "versions";
    private static final String CREATED_SECTION = "created";
    private static final String PRESENCE_SECTION = "presence";
    private static final String EXPIRY_SECTION = "expiry";
    private static final String DEAD_SECTION = "dead";

    private final Schema schema;
    private final LexicalColumns lexical;
    private final MultiColumns multi;

    /** The dense vectors, in the order of the schema. */
    private final VectorIndex[] vectors;

    /** The place in the schema of each of them. */
    private final int[] places;

    private final IdColumn ids;
    private final @Nullable SegmentFile file;
    private final HolderCount holders = new HolderCount(this::free);

    private final FieldColumns columns;

    // Replaced by longer copies as rows come. Readers find them in their view, which is published after the rows it
    // counts are written.
    private long[] versions;
    private long[] createMicros;
    private long[] diedAt;
    private short[] presence;
    private short commonPresence = -1;

    // Null until a row comes that expires: most collections have none.
    private long @Nullable [] expireMicros;

    /** No row expires before. */
    private long earliestExpiry = RecordCodec.NEVER;

    private int rowCount;
    private int liveCount;

    /** Makes an empty table. */
    RowTable(Schema schema) {
        this(schema, 0);
    }

    private RowTable(Schema schema, int expectedRows) {
        this(
                schema,
                new LexicalColumns(schema),
                MultiColumns.empty(schema),
                schema.vectors().stream()
                        .filter(spec -> spec.kind() == VectorKind.DENSE)
                        .map(RowTable::emptyIndex)
                        .toArray(VectorIndex[]::new),
                new IdColumn(),
                new FieldColumns(),
                null,
                Math.max(FIRST_CAPACITY, expectedRows));
        boolean reserved = false;
        try {
            for (VectorIndex index : vectors) {
                index.reserve(expectedRows);
            }
            reserved = true;
        } finally {
            if (!reserved) {
                free();
            }
        }
    }

    private RowTable(
            Schema schema,
            LexicalColumns lexical,
            MultiColumns multi,
            VectorIndex[] vectors,
            IdColumn ids,
            FieldColumns columns,
            @Nullable SegmentFile file,
            int capacity) {
        this.schema = schema;
        this.lexical = lexical;
        this.multi = multi;
        this.places = densePlaces(schema);
        this.vectors = vectors;
        this.ids = ids;
        this.columns = columns;
        this.file = file;
        this.versions = new long[capacity];
        this.createMicros = new long[capacity];
        this.diedAt = new long[capacity];
        this.presence = new short[capacity];
    }

    /**
     * Opens the rows of an image. The table closes the file in the end, unless this fails.
     *
     * @param vectorCount how many of the schema's vectors the image has, from the first; of the others no row has one
     * @throws SegmentException if the image does not have so many rows of this schema
     */
    static RowTable open(Schema schema, SegmentFile file, int rowCount, int vectorCount) {
        int[] places = densePlaces(schema);
        VectorIndex[] vectors = new VectorIndex[places.length];
        MultiColumns multi = MultiColumns.open(schema, file, rowCount, vectorCount);
        boolean opened = false;
        try {
            for (int i = 0; i < vectors.length; i++) {
                VectorSpec spec = schema.vectors().get(places[i]);
                Similarity similarity = similarityOf(spec.metric());
                if (places[i] < vectorCount) {
                    vectors[i] = VectorIndex.open(
                            VectorElements.formOf(spec), similarity, file, vectorPrefix(places[i]), rowCount);
                } else {
                    vectors[i] = emptyIndex(spec);
                    appendZeros(vectors[i], rowCount);
                }
            }
            RowTable table = new RowTable(
                    schema,
                    LexicalColumns.open(schema, file, vectorCount),
                    multi,
                    vectors,
                    IdColumn.open(file, rowCount),
                    FieldColumns.open(file, rowCount),
                    file,
                    rowCount);
            table.versions = section(file, VERSIONS_SECTION, (long) rowCount * Long.BYTES)
                    .toArray(ValueLayout.JAVA_LONG);
            table.createMicros =
                    section(file, CREATED_SECTION, (long) rowCount * Long.BYTES).toArray(ValueLayout.JAVA_LONG);
            table.presence = section(file, PRESENCE_SECTION, (long) rowCount * Short.BYTES)
                    .toArray(ValueLayout.JAVA_SHORT);
            table.adoptExpiry(file);
            table.adoptDead(
                    section(file, DEAD_SECTION, words(rowCount) * (long) Long.BYTES)
                            .toArray(ValueLayout.JAVA_LONG),
                    rowCount);
            opened = true;
            return table;
        } finally {
            if (!opened) {
                multi.close();
                for (VectorIndex index : vectors) {
                    if (index != null) {
                        index.close();
                    }
                }
            }
        }
    }

    private static void appendZeros(VectorIndex index, int rowCount) {
        index.reserve(rowCount);
        for (int row = 0; row < rowCount; row++) {
            index.appendZero();
        }
    }

    private static MemorySegment section(SegmentFile file, String name, long bytes) {
        MemorySegment section = file.read(name);
        if (section.byteSize() != bytes) {
            throw SegmentException.damaged("Section of the image has another size, section=" + name);
        }
        return section;
    }

    private void adoptExpiry(SegmentFile imageFile) {
        if (imageFile.has(EXPIRY_SECTION)) {
            expireMicros = section(imageFile, EXPIRY_SECTION, (long) versions.length * Long.BYTES)
                    .toArray(ValueLayout.JAVA_LONG);
            for (long micros : expireMicros) {
                earliestExpiry = Math.min(earliestExpiry, micros);
            }
        }
    }

    private void adoptDead(long[] dead, int count) {
        rowCount = count;
        for (int row = 0; row < count; row++) {
            commonPresence &= presence[row];
            boolean alive = (dead[row / Long.SIZE] & (1L << row)) == 0;
            diedAt[row] = alive ? ALIVE : 0;
            liveCount += alive ? 1 : 0;
        }
    }

    private static int words(int rowCount) {
        return Math.ceilDiv(rowCount, Long.SIZE);
    }

    /** Returns what the names of a vector's sections begin with. */
    static String vectorPrefix(int place) {
        return "v" + place + ".";
    }

    private static int[] densePlaces(Schema schema) {
        return IntStream.range(0, schema.vectors().size())
                .filter(place -> schema.vectors().get(place).kind() == VectorKind.DENSE)
                .toArray();
    }

    /**
     * What one reader sees. As {@linkplain #publish published} it is of no moment in particular, and sees all records that are stored; a reader
     * takes it {@linkplain #at at} a moment, and does not see what has expired by then.
     *
     * @param table the rows; held by the reader
     * @param ids ids by row
     * @param versions versions by row
     * @param createMicros create times by row
     * @param diedAt by row, the sequence from which it is no longer seen
     * @param expireMicros by row, the moment from which it is no longer seen; {@code null} where none has such a moment that has come
     * @param presence by row, a bit for each vector of the schema that the record has
     * @param rowCount rows below this are looked at
     * @param liveCount how many of them are stored; {@link #visibleCount} says how many are visible
     * @param sequence the last write that is seen
     * @param earliestExpiry no row expires before
     * @param now the moment, in microseconds since 1970
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared; shares the table's arrays on purpose
    record View(
            RowTable table,
            IdColumn.Snapshot ids,
            long[] versions,
            long[] createMicros,
            long[] diedAt,
            long @Nullable [] expireMicros,
            short[] presence,
            int rowCount,
            int liveCount,
            long sequence,
            long earliestExpiry,
            long now)
            implements RowMatcher.Source {
        /** Returns what is seen at a moment. */
        View at(long moment) {
            return new View(
                    table,
                    ids,
                    versions,
                    createMicros,
                    diedAt,
                    moment < earliestExpiry ? null : expireMicros,
                    presence,
                    rowCount,
                    liveCount,
                    sequence,
                    earliestExpiry,
                    moment);
        }

        boolean isVisible(int row) {
            return diedAt[row] > sequence && (expireMicros == null || expireMicros[row] > now);
        }

        /** Returns whether the store has what the row holds, expired or not. */
        boolean isStored(int row) {
            return diedAt[row] > sequence;
        }

        /** Returns how many rows are visible. */
        int visibleCount() {
            if (expireMicros == null) {
                return liveCount;
            }
            int count = 0;
            for (int row = 0; row < rowCount; row++) {
                count += isVisible(row) ? 1 : 0;
            }
            return count;
        }

        boolean hasVector(int row, int place) {
            return ((presence[row] >> place) & 1) != 0;
        }

        /** Returns the dense vectors at a place of the schema. */
        VectorIndex vectors(int place) {
            return table.vectors[Arrays.binarySearch(table.places, place)];
        }

        /** Returns the multi-vectors at a place of the schema. */
        MultiVectorIndex multi(int place) {
            return table.multi.at(place);
        }

        /** Returns the words of a declared text, by its path. */
        TextIndex text(String path) {
            return table.lexical.text(path);
        }

        /** Returns a declared text, by its path; {@code null} where that is none. */
        @Nullable
        TextColumn textColumn(String path) {
            return table.lexical.textColumn(path);
        }

        /** Returns the sparse vectors at a place of the schema. */
        SparseIndex sparse(int place) {
            return table.lexical.sparse(place);
        }

        /** Returns whether every row is visible, so that nobody need ask for single ones. */
        boolean showsAll() {
            return liveCount == rowCount && expireMicros == null;
        }

        /** Returns the fields of the rows, and what finds rows by them. */
        FieldColumns.Snapshot columns() {
            return table.columns.snapshot();
        }

        @Override
        public RowMatcher.Column column(String path) {
            return columns().at(path);
        }

        /** Returns these rows with columns found in another way. */
        RowMatcher.Source sourceOf(Function<String, RowMatcher.Column> columnsByPath) {
            return new RowMatcher.Source() {
                @Override
                public RowMatcher.Column column(String path) {
                    return columnsByPath.apply(path);
                }

                @Override
                public RecordId id(int row) {
                    return ids.id(row);
                }

                @Override
                public IntPredicate vector(String name) {
                    return View.this.vector(name);
                }
            };
        }

        @Override
        public RecordId id(int row) {
            return ids.id(row);
        }

        @Override
        public IntPredicate vector(String name) {
            int place = table.schema.vectorIndex(name);
            return row -> hasVector(row, place);
        }

        /** Compares the ids of two rows. */
        int compareIds(int first, int second) {
            return ids.compare(first, second);
        }

        /** Writes the sections of an image. For any thread that holds the table. */
        void writeSections(SectionSink sink) throws IOException {
            sink.begin(VERSIONS_SECTION);
            sink.write(MemorySegment.ofArray(versions).asSlice(0, (long) rowCount * Long.BYTES));
            sink.begin(CREATED_SECTION);
            sink.write(MemorySegment.ofArray(createMicros).asSlice(0, (long) rowCount * Long.BYTES));
            sink.begin(PRESENCE_SECTION);
            sink.write(MemorySegment.ofArray(presence).asSlice(0, (long) rowCount * Short.BYTES));
            if (expireMicros != null) {
                sink.begin(EXPIRY_SECTION);
                sink.write(MemorySegment.ofArray(expireMicros).asSlice(0, (long) rowCount * Long.BYTES));
            }
            long[] dead = new long[words(rowCount)];
            for (int row = 0; row < rowCount; row++) {
                if (!isStored(row)) {
                    dead[row / Long.SIZE] |= 1L << row;
                }
            }
            sink.begin(DEAD_SECTION);
            sink.write(MemorySegment.ofArray(dead));
            ids.writeSections(sink, rowCount);
            columns().writeSections(sink, rowCount);
            for (int i = 0; i < table.vectors.length; i++) {
                table.vectors[i].writeSections(sink, vectorPrefix(table.places[i]), rowCount);
            }
            table.multi.writeSections(sink, rowCount);
            table.lexical.writeSections(sink, rowCount);
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
            long expires,
            SequencedMap<String, FieldValue> fields,
            @Nullable VectorData[] given) {
        short present = 0;
        for (int place = 0; place < given.length; place++) {
            present |= (short) (given[place] == null ? 0 : 1 << place);
        }
        for (int i = 0; i < vectors.length; i++) {
            VectorSpec spec = schema.vectors().get(places[i]);
            boolean scaled = spec.metric() == Metric.COSINE
                    && !VectorElements.formOf(spec).unit();
            if (given[places[i]] instanceof VectorData.Dense(float[] vector)) {
                vectors[i].append(scaled ? UnitVectors.of(vector) : vector);
            } else {
                vectors[i].appendZero();
            }
        }
        multi.append(given);
        lexical.append(rowCount, given, fields);
        return appendRow(id.toSortKey(), version, created, expires, present, fields);
    }

    private int appendRow(
            byte[] sortKey,
            long version,
            long created,
            long expires,
            short present,
            SequencedMap<String, FieldValue> fields) {
        int row = rowCount;
        reserve(row + 1);
        columns.append(row, fields);
        ids.append(sortKey);
        versions[row] = version;
        createMicros[row] = created;
        setExpiry(row, expires);
        diedAt[row] = ALIVE;
        presence[row] = present;
        commonPresence &= present;
        rowCount = row + 1;
        liveCount++;
        return row;
    }

    private void setExpiry(int row, long expires) {
        if (expires == RecordCodec.NEVER && expireMicros == null) {
            return;
        }
        if (expireMicros == null) {
            expireMicros = new long[versions.length];
            Arrays.fill(expireMicros, RecordCodec.NEVER);
        }
        expireMicros[row] = expires;
        earliestExpiry = Math.min(earliestExpiry, expires);
    }

    /** Makes a row invisible to views from {@code sequence} on. Writer only. */
    void kill(int row, long sequence) {
        diedAt[row] = sequence;
        liveCount--;
    }

    /** Returns a view of everything appended and killed so far; the caller publishes it. Writer only. */
    View publish(long sequence) {
        return new View(
                this,
                ids.snapshot(),
                versions,
                createMicros,
                diedAt,
                expireMicros,
                presence,
                rowCount,
                liveCount,
                sequence,
                earliestExpiry,
                Long.MIN_VALUE);
    }

    /** Appends the postings of rows that were copied; see {@link LexicalColumns#appendMoved}. Writer of this table only. */
    void appendMovedPostings(View from, int firstRow, int[] moved) {
        lexical.appendMoved(from.table().lexical, firstRow, moved);
    }

    /**
     * Appends a row of another table, of which the view is as it was published, but for its postings: those follow for many rows at once. Writer of this table
     * only.
     */
    void appendCopy(View from, int row) {
        for (int i = 0; i < vectors.length; i++) {
            float[] vector = new float[vectors[i].dimension()];
            from.table().vectors[i].copyStored(row, vector);
            vectors[i].append(vector);
        }
        multi.appendCopy(from.table().multi, row);
        appendRow(
                from.ids().sortKey(row),
                from.versions()[row],
                from.createMicros()[row],
                from.expireMicros() == null ? RecordCodec.NEVER : from.expireMicros()[row],
                from.presence()[row],
                from.columns().fieldsOf(row));
    }

    /**
     * Returns an empty table with room for so many rows, exactly.
     *
     * @throws OutOfMemoryError if the machine has no room
     */
    RowTable emptyLike(int expectedRows) {
        return new RowTable(schema, expectedRows);
    }

    int rowCount() {
        return rowCount;
    }

    int liveCount() {
        return liveCount;
    }

    long version(int row) {
        return versions[row];
    }

    long createMicros(int row) {
        return createMicros[row];
    }

    /** Returns from when on nobody sees a row. Writer only. */
    long expireMicros(int row) {
        return expireMicros == null ? RecordCodec.NEVER : expireMicros[row];
    }

    /** Returns the ids of the rows there are now. Writer only. */
    IdColumn.Snapshot ids() {
        return ids.snapshot();
    }

    /** Returns whether a row is alive. Writer only. */
    boolean isAlive(int row) {
        return diedAt[row] == ALIVE;
    }

    /** Returns the sequence at which a row died. Writer only. */
    long diedAt(int row) {
        return diedAt[row];
    }

    /**
     * Returns the bytes of memory taken, heap (an estimate) and native, but for {@link #indexBytes}; what stays in an image's file does not
     * count. Writer only.
     */
    long footprintBytes() {
        long bytes = ids.footprintBytes() + lexical.footprintBytes() + multi.footprintBytes();
        bytes += (long) versions.length * ROW_BYTES;
        bytes += columns.columnBytes();
        bytes += expireMicros == null ? 0 : (long) expireMicros.length * Long.BYTES;
        for (VectorIndex index : vectors) {
            bytes += index.footprint().residentBytes();
        }
        return bytes;
    }

    /** Returns an estimate of the heap taken by what readers made of fields. For any thread. */
    long indexBytes() {
        return columns.indexBytes();
    }

    /** Returns whether all rows have a vector. For any thread that has taken a view; rows that came after it may make it false. */
    boolean allHaveVector(int place) {
        return ((commonPresence >> place) & 1) != 0;
    }

    /** Makes the fields of all rows compact. Writer only; for when no more are about to come. */
    void freezeFields() {
        columns.freeze(rowCount);
    }

    /** Returns whether {@link #mergeFields} has something to do. For any thread. */
    boolean wantsFieldMerge() {
        return columns.wantsMerge();
    }

    /** Merges what finds rows by their fields, so that there is less to look through; for one thread that holds the table, beside the writer. */
    void mergeFields() {
        columns.mergeLarge();
    }

    /** Takes a hold for somebody whom the owner's own hold covers until then. */
    void hold() {
        if (!holders.tryHold()) {
            throw new IllegalStateException("Rows were let go while their owner held them");
        }
    }

    /** Returns whether a graph, or a faster form of one that there is, would make searches faster. Writer only. */
    boolean wantsGraph(GraphPolicy policy) {
        GraphMode mode = policy.modeFor(vectors);
        for (VectorIndex index : vectors) {
            if (policy.worthABuild().test(index) || wantsFastForm(index, mode)) {
                return true;
            }
        }
        return false;
    }

    /** Graphs of an image are compact at first. */
    private static boolean wantsFastForm(VectorIndex index, GraphMode mode) {
        return mode == GraphMode.FAST && index.graphMode() == GraphMode.COMPACT;
    }

    /**
     * Builds the graphs that are wanted; for one thread that holds the table, beside the writer.
     *
     * @return whether a graph was built, which no image has yet
     */
    boolean buildGraphs(GraphPolicy policy, StopSignal stop) {
        GraphMode mode = policy.modeFor(vectors);
        boolean built = false;
        for (VectorIndex index : vectors) {
            if (policy.worthABuild().test(index)) {
                built |= index.buildGraph(mode, policy.threads(), stop);
            } else if (wantsFastForm(index, mode)) {
                var _ = index.makeGraphFast(policy.threads(), stop);
            }
        }
        return built;
    }

    boolean tryHold() {
        return holders.tryHold();
    }

    void release() {
        holders.release();
    }

    private void free() {
        multi.close();
        for (VectorIndex index : vectors) {
            index.close();
        }
        if (file != null) {
            file.close();
        }
    }

    private static VectorIndex emptyIndex(VectorSpec spec) {
        return new VectorIndex(VectorElements.formOf(spec), similarityOf(spec.metric()));
    }

    private static Similarity similarityOf(Metric metric) {
        return switch (metric) {
            case COSINE, DOT -> Similarity.DOT;
            case EUCLID -> Similarity.SQUARED_EUCLID;
            case MANHATTAN -> Similarity.MANHATTAN;
        };
    }

    private void reserve(int rows) {
        if (rows > versions.length) {
            int capacity =
                    Math.max(rows, versions.length + Math.max(FIRST_CAPACITY, versions.length / ROWS_PER_NEW_ROW));
            versions = Arrays.copyOf(versions, capacity);
            createMicros = Arrays.copyOf(createMicros, capacity);
            diedAt = Arrays.copyOf(diedAt, capacity);
            presence = Arrays.copyOf(presence, capacity);
            if (expireMicros != null) {
                int before = expireMicros.length;
                expireMicros = Arrays.copyOf(expireMicros, capacity);
                Arrays.fill(expireMicros, before, capacity, RecordCodec.NEVER);
            }
        }
    }
}
