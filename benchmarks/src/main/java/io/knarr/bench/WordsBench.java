package io.knarr.bench;

import io.knarr.server.engine.RowFilter;
import io.knarr.server.engine.RowOrder;
import io.knarr.server.engine.StopSignal;
import io.knarr.server.lexical.LexicalOutcome;
import io.knarr.server.lexical.RowScope;
import io.knarr.server.lexical.TextAnalyzer;
import io.knarr.server.lexical.TextIndex;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;

/**
 * BM25 beside Lucene's: the same texts, words and constants, index against index, one thread. Both answer all queries in each round, in
 * turn; a query's time is the median of its rounds.
 */
final class WordsBench {
    private static final int LIMIT = 10;
    private static final int WARM_ROUNDS = 3;

    private final QueryTexts texts;
    private final int rowCount;
    private final List<Map<String, Integer>> queries;
    private final int rounds;
    private final TextIndex index = new TextIndex();

    /** @param queries words, each with how often it is asked for */
    WordsBench(QueryTexts texts, int rowCount, List<Map<String, Integer>> queries, int rounds) {
        this.texts = texts;
        this.rowCount = rowCount;
        this.queries = queries;
        this.rounds = rounds;
    }

    Map<String, Object> measure(Progress progress) throws IOException {
        progress.step("Writing the texts for Lucene");
        try (LuceneTexts lucene = LuceneTexts.of(rowCount, texts::of)) {
            progress.step("Writing the texts");
            for (int row = 0; row < rowCount; row++) {
                index.append(row, TextAnalyzer.standard().analyse(List.of(texts.of(row))));
            }
            progress.step("Asking for words");
            return compare(lucene);
        }
    }

    private Map<String, Object> compare(LuceneTexts lucene) throws IOException {
        List<Query> theirs = queries.stream().map(LuceneTexts::query).toList();
        double[][] ourTimes = new double[queries.size()][rounds];
        double[][] theirTimes = new double[queries.size()][rounds];
        boolean identical = true;
        for (int round = -WARM_ROUNDS; round < rounds; round++) {
            boolean first = round % 2 == 0;
            for (int turn = 0; turn < 2; turn++) {
                boolean ours = first == (turn == 0);
                for (int query = 0; query < queries.size(); query++) {
                    long startedAt = System.nanoTime();
                    if (ours) {
                        var _ = search(query);
                    } else {
                        var _ = lucene.search(theirs.get(query), LIMIT);
                    }
                    double micros = (System.nanoTime() - startedAt) / 1e3;
                    if (round >= 0) {
                        (ours ? ourTimes : theirTimes)[query][round] = micros;
                    }
                }
            }
        }
        for (int query = 0; query < queries.size(); query++) {
            identical &= isIdentical(search(query), lucene.search(theirs.get(query), LIMIT));
        }
        double[] ours = medians(ourTimes);
        double[] our = ours.clone();
        double[] their = medians(theirTimes);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("queries", queries.size());
        figures.put("p50_us", ResultLine.rounded(median(our)));
        figures.put("lucene_p50_us", ResultLine.rounded(median(their)));
        figures.put("ratio", ResultLine.rounded(median(our) / median(their)));
        figures.put("mean_us", ResultLine.rounded(Arrays.stream(our).average().orElse(0)));
        figures.put(
                "lucene_mean_us",
                ResultLine.rounded(Arrays.stream(their).average().orElse(0)));
        figures.put("identical_ranking", identical);
        figures.put("bytes_per_record", ResultLine.rounded((double) index.footprintBytes() / rowCount));
        figures.put("lucene_bytes_per_record", ResultLine.rounded((double) lucene.sizeBytes() / rowCount));
        return figures;
    }

    private LexicalOutcome search(int query) {
        return index.search(
                queries.get(query),
                new RowScope(
                        rowCount, RowFilter.ALL, new int[0], null, 0, LIMIT, RowOrder.ASCENDING, StopSignal.NEVER));
    }

    private static double[] medians(double[][] times) {
        return Arrays.stream(times).mapToDouble(WordsBench::median).toArray();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** Returns whether the scores are the same to the last bit, and the rows where no other has their score. */
    private static boolean isIdentical(LexicalOutcome ours, ScoreDoc[] theirs) {
        if (ours.rows().length != theirs.length) {
            return false;
        }
        for (int rank = 0; rank < theirs.length; rank++) {
            float score = theirs[rank].score;
            boolean tied = rank == theirs.length - 1
                    || theirs[rank + 1].score == score
                    || (rank > 0 && theirs[rank - 1].score == score);
            if ((float) ours.scores()[rank] != score || (!tied && ours.rows()[rank] != theirs[rank].doc)) {
                return false;
            }
        }
        return true;
    }
}
