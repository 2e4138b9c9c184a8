package io.knarr.server.index;

import io.knarr.server.engine.SectionSink;
import io.knarr.server.engine.SectionSource;
import io.knarr.server.lexical.SparseIndex;
import io.knarr.server.lexical.TextAnalyzer;
import io.knarr.server.lexical.TextIndex;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.Schema;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorKind;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The inverted indexes of a table's rows: of its sparse vectors, and of its declared texts. One writer appends; readers look at rows below
 * a count that was published after they were appended. An image has them whole, and they are read from it when it is opened.
 */
final class LexicalColumns {
    private final SortedMap<Integer, SparseIndex> sparse = new TreeMap<>();
    private final SortedMap<String, TextColumn> texts = new TreeMap<>();

    /** Makes empty ones. */
    LexicalColumns(Schema schema) {
        this(schema, _ -> new SparseIndex(), _ -> new TextIndex());
    }

    private LexicalColumns(
            Schema schema, Function<String, SparseIndex> sparseIndexes, Function<String, TextIndex> textIndexes) {
        for (int place = 0; place < schema.vectors().size(); place++) {
            if (schema.vectors().get(place).kind() == VectorKind.SPARSE) {
                sparse.put(place, sparseIndexes.apply(RowTable.vectorPrefix(place)));
            }
        }
        addTexts(schema.fields(), "", textIndexes);
    }

    private void addTexts(List<FieldSpec> fields, String within, Function<String, TextIndex> indexes) {
        for (FieldSpec field : fields) {
            String path = within + field.name();
            if (field.type() == FieldType.TEXT) {
                TextAnalyzer analyzer = TextAnalyzer.named(field.analyzer()).orElseThrow();
                // By number: paths may be longer than the name of a section, and an image of another schema is not
                // opened.
                String prefix = "t" + texts.size() + ".";
                texts.put(path, new TextColumn(path, analyzer, prefix, indexes.apply(prefix)));
            }
            addTexts(field.fields(), path + ".", indexes);
        }
    }

    /**
     * Reads those of an image.
     *
     * @param vectorCount how many of the schema's vectors the image has, from the first; of the others no row has one
     * @throws io.knarr.server.engine.SegmentException if it has others
     */
    static LexicalColumns open(Schema schema, SectionSource image, int vectorCount) {
        LexicalColumns columns =
                new LexicalColumns(schema, _ -> new SparseIndex(), prefix -> TextIndex.open(image, prefix));
        columns.sparse.replaceAll(
                (place, empty) -> place < vectorCount ? SparseIndex.open(image, RowTable.vectorPrefix(place)) : empty);
        return columns;
    }

    /** Returns whether the words of a schema's texts are those of another one's, so that the rows of one can be opened for the other. */
    static boolean haveSameTexts(Schema schema, Schema other) {
        return new LexicalColumns(schema).analyzers().equals(new LexicalColumns(other).analyzers());
    }

    private Map<String, TextAnalyzer> analyzers() {
        Map<String, TextAnalyzer> analyzers = new TreeMap<>();
        texts.forEach((path, text) -> analyzers.put(path, text.analyzer()));
        return analyzers;
    }

    /** Writes the first rows. For any thread, while the writer goes on. */
    void writeSections(SectionSink sink, int rowCount) throws IOException {
        for (Map.Entry<Integer, SparseIndex> index : sparse.entrySet()) {
            index.getValue().writeSections(sink, RowTable.vectorPrefix(index.getKey()), rowCount);
        }
        for (TextColumn text : texts.values()) {
            text.index().writeSections(sink, text.prefix(), rowCount);
        }
    }

    /** Appends what a row has. Writer only. */
    void append(int row, @Nullable VectorData[] given, SequencedMap<String, FieldValue> fields) {
        sparse.forEach((place, index) -> {
            if (given[place] instanceof VectorData.Sparse(int[] indices, float[] values)) {
                index.append(row, indices, values);
            }
        });
        texts.values().forEach(text -> text.append(row, fields));
    }

    /**
     * Appends rows of another table's under new numbers. Writer only.
     *
     * @param moved new numbers of the rows from {@code firstRow} on, which ascend; negative where a row is left behind
     */
    void appendMoved(LexicalColumns from, int firstRow, int[] moved) {
        sparse.forEach((place, index) -> index.appendMoved(from.sparse(place), firstRow, moved));
        texts.forEach((path, text) -> text.index().appendMoved(from.text(path), firstRow, moved));
    }

    /** Returns the sparse vectors at a place of the schema. */
    SparseIndex sparse(int place) {
        SparseIndex index = sparse.get(place);
        if (index == null) {
            throw new IllegalStateException("The schema has no sparse vector there");
        }
        return index;
    }

    /** Returns a declared text, by its path; {@code null} where that is none. */
    @Nullable
    TextColumn textColumn(String path) {
        return texts.get(path);
    }

    /** Returns the words of a declared text, by its path. */
    TextIndex text(String path) {
        TextColumn text = texts.get(path);
        if (text == null) {
            throw new IllegalStateException("The schema has no text there");
        }
        return text.index();
    }

    /** Returns an estimate of the heap taken. Writer only. */
    long footprintBytes() {
        return sparse.values().stream().mapToLong(SparseIndex::footprintBytes).sum()
                + texts.values().stream()
                        .mapToLong(text -> text.index().footprintBytes())
                        .sum();
    }
}
