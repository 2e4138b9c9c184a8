package io.knarr.server.index;

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
    private final List<TextAnalyzer.Token> wanted;
    private final Set<String> terms = new HashSet<>();

    WordQuery(TextMatch filter, TextAnalyzer analyzer) {
        this.analyzer = analyzer;
        this.mode = filter.mode();
        this.wanted = List.copyOf(analyzer.tokens(filter.query()));
        wanted.forEach(token -> terms.add(token.term()));
    }

    /** Returns whether there are no words at all. */
    boolean isEmpty() {
        return wanted.isEmpty();
    }

    boolean matches(String text) {
        Map<String, List<Integer>> positions = HashMap.newHashMap(terms.size());
        for (TextAnalyzer.Token token : analyzer.tokens(text)) {
            if (terms.contains(token.term())) {
                if (mode == TextMode.ANY) {
                    return true;
                }
                positions.computeIfAbsent(token.term(), _ -> new ArrayList<>()).add(token.position());
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
        TextAnalyzer.Token first = wanted.getFirst();
        for (int start : positions.getOrDefault(first.term(), List.of())) {
            if (isPhraseAt(start - first.position(), lookup)) {
                return true;
            }
        }
        return false;
    }

    private boolean isPhraseAt(int origin, Map<String, Set<Integer>> positions) {
        for (TextAnalyzer.Token token : wanted) {
            if (!positions.getOrDefault(token.term(), Set.of()).contains(origin + token.position())) {
                return false;
            }
        }
        return true;
    }
}
