package io.knarr.it;

import io.knarr.v1.FieldSpec;
import io.knarr.v1.Record;
import io.knarr.v1.TextMatchFilter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Words of texts, and BM25 over them. */
final class ModelWords {
    static final String STANDARD = "standard";
    static final String WHITESPACE = "whitespace";

    /** Letters and digits, with a full stop in between: what Unicode's rules come to for the texts that there are here. */
    private static final Pattern STANDARD_WORD = Pattern.compile("[\\p{L}\\p{N}]+([.][\\p{L}\\p{N}]+)*");

    private static final double K1 = 1.2;
    private static final double B = 0.75;

    private ModelWords() {}

    static List<String> words(String text, String analyzer) {
        return analyzer.equals(WHITESPACE)
                ? Arrays.stream(text.split("\\s+", -1))
                        .filter(word -> !word.isEmpty())
                        .toList()
                : STANDARD_WORD
                        .matcher(text.toLowerCase(Locale.ROOT))
                        .results()
                        .map(MatchResult::group)
                        .toList();
    }

    static String analyzer(FieldSpec spec) {
        String name = spec.getText().getAnalyzer();
        return name.isEmpty() ? STANDARD : name;
    }

    static boolean matches(String text, TextMatchFilter filter, String analyzer) {
        List<String> words = words(text, analyzer);
        List<String> wanted = words(filter.getQuery(), analyzer);
        return switch (filter.getMode()) {
            case TEXT_MATCH_MODE_ALL -> words.containsAll(wanted);
            case TEXT_MATCH_MODE_ANY -> wanted.stream().anyMatch(words::contains);
            case TEXT_MATCH_MODE_PHRASE -> Collections.indexOfSubList(words, wanted) >= 0;
            case TEXT_MATCH_MODE_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException("The model does not know it");
        };
    }

    /** Returns the words of all texts that a record has in a field. */
    private static List<String> wordsOf(Record record, FieldSpec spec) {
        List<String> words = new ArrayList<>();
        ModelValues.at(record.getFieldsMap(), spec.getName())
                .forEach(text -> words.addAll(words(text.getStringValue(), analyzer(spec))));
        return words;
    }

    /** Returns the records that match and have one of the words, those of the best score first. Words are counted over all records. */
    static List<ModelSearch.Scored> rank(Collection<Record> all, List<Record> matching, FieldSpec spec, String query) {
        List<List<String>> texts = all.stream()
                .map(record -> wordsOf(record, spec))
                .filter(words -> !words.isEmpty())
                .toList();
        double average = texts.stream().mapToInt(List::size).average().orElse(0);
        List<ModelSearch.Scored> ranked = new ArrayList<>();
        for (Record record : matching) {
            List<String> words = wordsOf(record, spec);
            double score = 0;
            for (String word : words(query, analyzer(spec))) {
                long frequency = words.stream().filter(word::equals).count();
                long holders =
                        texts.stream().filter(text -> text.contains(word)).count();
                double rarity = Math.log(1 + (texts.size() - holders + 0.5) / (holders + 0.5));
                score += frequency == 0
                        ? 0
                        : rarity * frequency / (frequency + K1 * (1 - B + B * words.size() / average));
            }
            Set<String> shared = new TreeSet<>(words);
            shared.retainAll(words(query, analyzer(spec)));
            if (!shared.isEmpty()) {
                ranked.add(new ModelSearch.Scored(record.getId(), score));
            }
        }
        ranked.sort(Comparator.comparingDouble(ModelSearch.Scored::score).reversed());
        return ranked;
    }
}
