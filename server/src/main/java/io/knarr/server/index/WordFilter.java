package io.knarr.server.index;

import io.knarr.server.index.FilterStep.Sought;
import io.knarr.server.lexical.TextIndex;
import io.knarr.server.model.Filter.TextMode;
import java.util.Comparator;
import java.util.List;

/**
 * Finds the rows of a segment whose texts have some words, from the postings that ranking has of a declared text. Postings know neither
 * places of words nor which element of a list has them, so phrases, and lists that shall have several words, are looked at: those alone
 * in which all words are.
 */
final class WordFilter {
    /** A row is looked up in postings where it has so many times fewer than they are. */
    private static final int POSTINGS_PER_LOOKUP = 16;

    private final TextIndex texts;
    private final FieldSegment segment;
    private final int end;
    private final WordQuery query;
    private final Runnable check;

    /** @param end the row after the last that is looked at, as the table counts */
    WordFilter(TextIndex texts, FieldSegment segment, int end, WordQuery query, Runnable check) {
        this.texts = texts;
        this.segment = segment;
        this.end = end;
        this.query = query;
        this.check = check;
    }

    private record Word(String text, int count) {}

    /**
     * @param column the values of the field
     * @param test the same condition, row by row
     */
    FilterStep step(ValueColumn column, boolean nested, RowMatcher test) {
        List<Word> words = query.terms().stream()
                .map(term -> new Word(term, texts.rowCount(term, segment.from(), end)))
                .sorted(Comparator.comparingInt(Word::count))
                .toList();
        boolean any = query.mode() == TextMode.ANY;
        long rows = any
                ? Math.min(
                        segment.rowCount(),
                        words.stream().mapToLong(Word::count).sum())
                : words.getFirst().count();
        long postings = words.stream()
                .mapToLong(word -> any ? word.count() : Math.min(word.count(), rows * POSTINGS_PER_LOOKUP))
                .sum();
        boolean exact = any || (query.mode() == TextMode.ALL && words.size() == 1);
        return new Sought(
                rows,
                FilterStep.LOOKUP_COST + postings + (query.mode() == TextMode.PHRASE ? rows * FilterStep.TEST_COST : 0),
                () -> {
                    RowSet found = any ? any(words) : all(words);
                    if (!exact) {
                        boolean phrase = query.mode() == TextMode.PHRASE;
                        found.retain(row -> {
                            check.run();
                            return (!phrase && !nested && column.isText(row)) || test.matches(segment.from() + row);
                        });
                    }
                    return found;
                },
                test);
    }

    private RowSet any(List<Word> words) {
        RowSet.Collector collector = new RowSet.Collector(segment.rowCount());
        words.forEach(word -> collect(word, collector));
        return collector.finish();
    }

    private RowSet all(List<Word> words) {
        RowSet.Collector collector =
                new RowSet.Collector(segment.rowCount(), words.getFirst().count());
        collect(words.getFirst(), collector);
        RowSet rows = collector.finish();
        for (Word word : words.subList(1, words.size())) {
            if ((long) rows.count() * POSTINGS_PER_LOOKUP < word.count()) {
                rows.retain(row -> texts.has(word.text(), segment.from() + row));
            } else {
                RowSet.Collector others = new RowSet.Collector(segment.rowCount(), word.count());
                collect(word, others);
                rows.retainAll(others.finish());
            }
        }
        return rows;
    }

    private void collect(Word word, RowSet.Collector collector) {
        check.run();
        texts.forEachRow(word.text(), segment.from(), end, row -> collector.add(row - segment.from()));
    }
}
