package io.knarr.server.index;

import io.knarr.server.lexical.TextAnalyzer;
import io.knarr.server.model.Filter.TextMatch;
import io.knarr.server.model.Filter.TextMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Words that a text is asked for. Immutable. */
final class WordQuery {
    private final TextAnalyzer analyzer;
    private final TextMode mode;
    private final List<TextAnalyzer.Word> wanted;
    private final Set<String> terms = new HashSet<>();

    WordQuery(TextMatch filter) {
        this.analyzer = TextAnalyzer.named(filter.analyzer()).orElseThrow();
        this.mode = filter.mode();
        this.wanted = List.copyOf(analyzer.words(filter.query()));
        wanted.forEach(token -> terms.add(token.text()));
    }

    /** Returns whether there are no words at all. */
    boolean isEmpty() {
        return wanted.isEmpty();
    }

    /** Returns the different words. */
    Set<String> terms() {
        return terms;
    }

    TextMode mode() {
        return mode;
    }

    /** Returns whether words are made in the same way. */
    boolean isOf(TextAnalyzer other) {
        return analyzer.equals(other);
    }

    boolean matches(String text) {
        Map<String, List<Integer>> positions = HashMap.newHashMap(terms.size());
        for (TextAnalyzer.Word token : analyzer.words(text)) {
            if (terms.contains(token.text())) {
                if (mode == TextMode.ANY) {
                    return true;
                }
                positions.computeIfAbsent(token.text(), _ -> new ArrayList<>()).add(token.position());
            }
        }
        if (wanted.isEmpty() || positions.size() < terms.size()) {
            return false;
        }
        return switch (mode) {
            case ANY -> false;
            case ALL -> true;
            case PHRASE -> hasPhrase(positions);
        };
    }

    private boolean hasPhrase(Map<String, List<Integer>> positions) {
        Map<String, Set<Integer>> lookup = HashMap.newHashMap(positions.size());
        positions.forEach((term, found) -> lookup.put(term, new HashSet<>(found)));
        TextAnalyzer.Word first = wanted.getFirst();
        for (int start : positions.getOrDefault(first.text(), List.of())) {
            if (isPhraseAt(start - first.position(), lookup)) {
                return true;
            }
        }
        return false;
    }

    private boolean isPhraseAt(int origin, Map<String, Set<Integer>> positions) {
        for (TextAnalyzer.Word token : wanted) {
            if (!positions.getOrDefault(token.text(), Set.of()).contains(origin + token.position())) {
                return false;
            }
        }
        return true;
    }
}
