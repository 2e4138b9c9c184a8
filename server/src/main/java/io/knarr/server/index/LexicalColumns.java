package io.knarr.server.index;

import io.knarr.server.engine.SectionSink;
import io.knarr.server.engine.SectionSource;
import io.knarr.server.lexical.SparseIndex;
import io.knarr.server.model.Schema;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorKind;
import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The inverted indexes of a table's rows. One writer appends; readers look at rows below a count that was published after they were
 * appended. An image has them whole, and they are read from it when it is opened.
 */
final class LexicalColumns {
    private final SortedMap<Integer, SparseIndex> sparse = new TreeMap<>();

    /** Makes empty ones. */
    LexicalColumns(Schema schema) {
        for (int place = 0; place < schema.vectors().size(); place++) {
            if (schema.vectors().get(place).kind() == VectorKind.SPARSE) {
                sparse.put(place, new SparseIndex());
            }
        }
    }

    /** Reads those of an image. @throws io.knarr.server.engine.SegmentException if it has others */
    static LexicalColumns open(Schema schema, SectionSource image) {
        LexicalColumns columns = new LexicalColumns(schema);
        columns.sparse.replaceAll((place, _) -> SparseIndex.open(image, RowTable.vectorPrefix(place)));
        return columns;
    }

    /** Writes the first rows. For any thread, while the writer goes on. */
    void writeSections(SectionSink sink, int rowCount) throws IOException {
        for (var index : sparse.entrySet()) {
            index.getValue().writeSections(sink, RowTable.vectorPrefix(index.getKey()), rowCount);
        }
    }

    /** Appends what a row has. Writer only. */
    void append(int row, @Nullable VectorData[] given) {
        sparse.forEach((place, index) -> {
            if (given[place] instanceof VectorData.Sparse(int[] indices, float[] values)) {
                index.append(row, indices, values);
            }
        });
    }

    /**
     * Appends rows of another table's under new numbers. Writer only.
     *
     * @param moved new numbers of the rows from {@code firstRow} on, which ascend; negative where a row is left behind
     */
    void appendMoved(LexicalColumns from, int firstRow, int[] moved) {
        sparse.forEach((place, index) -> index.appendMoved(from.sparse(place), firstRow, moved));
    }

    /** Returns the sparse vectors at a place of the schema. */
    SparseIndex sparse(int place) {
        SparseIndex index = sparse.get(place);
        if (index == null) {
            throw new IllegalStateException("The schema has no sparse vector there");
        }
        return index;
    }

    /** Returns an estimate of the heap taken. Writer only. */
    long footprintBytes() {
        return sparse.values().stream().mapToLong(SparseIndex::footprintBytes).sum();
    }
}
