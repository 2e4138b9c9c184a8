package io.knarr.server.index;

import io.knarr.server.model.Metric;
import java.util.Map;
import java.util.Optional;

/** Ranks rows by BM25, among those whose texts have at least one of some words. Always exact. */
final class TextRanker implements Ranker {
    private final String field;
    private final Map<String, Integer> words;

    /**
     * @param field the path of a declared text
     * @param words analysed, each with how often it is asked for
     */
    TextRanker(String field, Map<String, Integer> words) {
        this.field = field;
        this.words = words;
    }

    @Override
    public RankedRows rank(SearchMoment moment, Optional<RowMask> mask, int limit, StageTimes times) {
        return LexicalAnswers.ranked(
                moment, mask, limit, times, scope -> moment.view().text(field).search(words, scope), "text");
    }

    @Override
    public boolean largerIsNearer() {
        return true;
    }

    @Override
    public Optional<Metric> metric() {
        return Optional.empty();
    }
}
