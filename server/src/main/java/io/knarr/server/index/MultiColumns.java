package io.knarr.server.index;

import io.knarr.server.engine.MultiVectorIndex;
import io.knarr.server.engine.SectionSink;
import io.knarr.server.engine.SectionSource;
import io.knarr.server.engine.UnitVectors;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Schema;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorKind;
import io.knarr.server.model.VectorSpec;
import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The multi-vectors of a table's rows. One writer appends; readers look at rows below a count that was published after they were appended.
 * Closed by the table, when nobody reads any more.
 */
final class MultiColumns implements AutoCloseable {
    private final Schema schema;
    private final SortedMap<Integer, MultiVectorIndex> byPlace = new TreeMap<>();

    private MultiColumns(Schema schema) {
        this.schema = schema;
    }

    /** Returns empty ones. */
    static MultiColumns empty(Schema schema) {
        MultiColumns columns = new MultiColumns(schema);
        columns.places()
                .forEach(
                        (place, spec) -> columns.byPlace.put(place, new MultiVectorIndex(VectorElements.formOf(spec))));
        return columns;
    }

    private SortedMap<Integer, VectorSpec> places() {
        SortedMap<Integer, VectorSpec> places = new TreeMap<>();
        for (int place = 0; place < schema.vectors().size(); place++) {
            if (schema.vectors().get(place).kind() == VectorKind.MULTI) {
                places.put(place, schema.vectors().get(place));
            }
        }
        return places;
    }

    /**
     * Opens those of an image.
     *
     * @param vectorCount how many of the schema's vectors the image has, from the first; of the others no row has one
     * @throws io.knarr.server.engine.SegmentException if it has others
     */
    static MultiColumns open(Schema schema, SectionSource image, int rowCount, int vectorCount) {
        MultiColumns columns = new MultiColumns(schema);
        boolean opened = false;
        try {
            columns.places()
                    .forEach((place, spec) -> columns.byPlace.put(
                            place,
                            place < vectorCount
                                    ? MultiVectorIndex.open(
                                            VectorElements.formOf(spec), image, RowTable.vectorPrefix(place), rowCount)
                                    : withoutVectors(spec, rowCount)));
            opened = true;
            return columns;
        } finally {
            if (!opened) {
                columns.close();
            }
        }
    }

    private static MultiVectorIndex withoutVectors(VectorSpec spec, int rowCount) {
        MultiVectorIndex index = new MultiVectorIndex(VectorElements.formOf(spec));
        for (int row = 0; row < rowCount; row++) {
            index.append();
        }
        return index;
    }

    /** Appends what a row has. Writer only. */
    void append(@Nullable VectorData[] given) {
        byPlace.forEach((place, index) -> {
            if (given[place] instanceof VectorData.Multi multi) {
                VectorSpec spec = schema.vectors().get(place);
                boolean scaled = spec.metric() == Metric.COSINE
                        && !VectorElements.formOf(spec).unit();
                index.append(scaled ? scaled(multi) : multi.components());
            } else {
                index.append();
            }
        });
    }

    private static float[] scaled(VectorData.Multi multi) {
        float[] components = new float[multi.components().length];
        for (int row = 0; row < multi.rowCount(); row++) {
            float[] unit = UnitVectors.of(multi.row(row));
            System.arraycopy(unit, 0, components, row * multi.dimension(), multi.dimension());
        }
        return components;
    }

    /** Appends a row of another table's. Writer of this table only. */
    void appendCopy(MultiColumns from, int row) {
        byPlace.forEach((place, index) -> index.append(from.at(place).stored(row)));
    }

    /** Returns the multi-vectors at a place of the schema. */
    MultiVectorIndex at(int place) {
        MultiVectorIndex index = byPlace.get(place);
        if (index == null) {
            throw new IllegalStateException("The schema has no multi-vector there");
        }
        return index;
    }

    /** Writes the first rows. For any thread, while the writer goes on. */
    void writeSections(SectionSink sink, int rowCount) throws IOException {
        for (Map.Entry<Integer, MultiVectorIndex> index : byPlace.entrySet()) {
            index.getValue().writeSections(sink, RowTable.vectorPrefix(index.getKey()), rowCount);
        }
    }

    /** Returns the bytes of memory taken. Writer only. */
    long footprintBytes() {
        return byPlace.values().stream()
                .mapToLong(MultiVectorIndex::residentBytes)
                .sum();
    }

    @Override
    public void close() {
        byPlace.values().forEach(MultiVectorIndex::close);
    }
}
