package io.knarr.server.index;

import io.knarr.server.lexical.TextAnalyzer;
import io.knarr.server.lexical.TextIndex;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.StringValue;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The words of a declared text of a table's rows.
 *
 * @param path the field's, with dots
 * @param analyzer makes words of texts
 * @param prefix what the names of its sections begin with
 * @param index what they are in
 */
record TextColumn(String path, TextAnalyzer analyzer, String prefix, TextIndex index) {
    /** Appends a row's text; one that has none is left out. Writer only. */
    void append(int row, SequencedMap<String, FieldValue> fields) {
        List<String> texts = textsOf(FieldValues.find(fields, path));
        if (!texts.isEmpty()) {
            index.append(row, analyzer.analyse(texts));
        }
    }

    private static List<String> textsOf(@Nullable FieldValue value) {
        if (value instanceof StringValue(String text)) {
            return List.of(text);
        }
        List<String> texts = new ArrayList<>();
        if (value instanceof ListValue(List<FieldValue> elements)) {
            for (FieldValue element : elements) {
                if (element instanceof StringValue(String text)) {
                    texts.add(text);
                }
            }
        }
        return texts;
    }
}
