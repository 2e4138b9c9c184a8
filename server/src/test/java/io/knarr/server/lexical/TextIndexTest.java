package io.knarr.server.lexical;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How texts rank by words, beside how Lucene ranks them. */
final class TextIndexTest {
    private static final int TEXTS = 6_000;
    private static final int WORDS = 2_000;

    /** A text of words as frequent as in a language, short or long; some have none. */
    private static String randomText(Random random) {
        int length = random.nextInt(20) == 0 ? 0 : (int) Math.exp(1 + random.nextDouble() * 5);
        List<String> words = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            words.add(randomWord(random));
        }
        return String.join(" ", words);
    }

    private static String randomWord(Random random) {
        return "w" + (int) (Math.pow(WORDS, random.nextDouble()) - 1);
    }

    private static void requireLucenesRanking(
            TextIndex index, IndexSearcher lucene, List<Integer> rowsOfDocs, String query, RowScope scope)
            throws IOException {
        BooleanQuery.Builder any = new BooleanQuery.Builder();
        for (String word : query.split(" ", -1)) {
            any.add(new TermQuery(new Term("text", word)), BooleanClause.Occur.SHOULD);
        }
        ScoreDoc[] expected = lucene.search(any.build(), TEXTS).scoreDocs;
        LexicalOutcome outcome = index.search(analyzer().frequencies(query), scope);
        assertThat(outcome.rows()).hasSize(Math.min(scope.limit(), expected.length));
        Map<Integer, Float> scores = new HashMap<>();
        for (ScoreDoc doc : expected) {
            scores.put(rowsOfDocs.get(doc.doc), doc.score);
        }
        for (int rank = 0; rank < outcome.rows().length; rank++) {
            // Ties apart, rank by rank; and each row with the very score that it has there.
            assertThat((float) outcome.scores()[rank]).as("rank %d", rank).isEqualTo(expected[rank].score);
            assertThat(scores).containsEntry(outcome.rows()[rank], (float) outcome.scores()[rank]);
        }
    }

    private static TextAnalyzer analyzer() {
        return TextAnalyzer.named("whitespace").orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void ranksAsLuceneDoes(long seed) throws IOException {
        Random random = new Random(seed);
        TextIndex index = new TextIndex();
        boolean[] dead = new boolean[TEXTS];
        List<Integer> rowsOfDocs = new ArrayList<>();
        try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(new WhitespaceAnalyzer()))) {
                for (int row = 0; row < TEXTS; row++) {
                    String text = randomText(random);
                    index.append(row, analyzer().analyse(List.of(text)));
                    dead[row] = random.nextInt(10) == 0;
                    if (!dead[row]) {
                        Document document = new Document();
                        document.add(new TextField("text", text, Field.Store.NO));
                        writer.addDocument(document);
                        rowsOfDocs.add(row);
                    }
                }
                writer.forceMerge(1);
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                IndexSearcher lucene = new IndexSearcher(reader);
                lucene.setSimilarity(new BM25Similarity(1.2f, 0.75f));
                for (int i = 0; i < 60; i++) {
                    String query = random.ints(1 + i % 6)
                            .mapToObj(_ -> randomWord(random))
                            .collect(Collectors.joining(" "));
                    int limit = i % 3 == 0 ? 1 : i % 3 == 1 ? 10 : 500;
                    requireLucenesRanking(
                            index, lucene, rowsOfDocs, query, SparseIndexTest.scope(TEXTS, dead, null, limit));
                }
                // A word asked for twice counts twice.
                requireLucenesRanking(
                        index, lucene, rowsOfDocs, "w1 w9 w9", SparseIndexTest.scope(TEXTS, dead, null, 100));
            }
        }
    }

    @Test
    void textsOfOneRecordCountAsOne() {
        AnalysedText text = analyzer().analyse(List.of("a b", "b c"));
        assertThat(text.words()).containsExactly("a", "b", "c");
        assertThat(text.frequencies()).containsExactly(1, 2, 1);
        assertThat(text.length()).isEqualTo(4);
    }

    @Test
    void languagesHaveTheirStemsAndStopWords() {
        assertThat(words("english", "The running dogs")).containsExactly("run", "dog");
        assertThat(words("german", "die schönen Häuser")).containsExactly("schon", "haus");
        assertThat(words("chinese", "我是中国人")).containsExactly("我", "是", "中国", "人");
        assertThat(words("standard", "The running DOGS")).containsExactly("the", "running", "dogs");
    }

    private static List<String> words(String analyzer, String text) {
        return TextAnalyzer.named(analyzer).orElseThrow().words(text).stream()
                .map(TextAnalyzer.Word::text)
                .toList();
    }

    @Test
    void everyAnalyzerCanBeUsed() {
        assertThat(TextAnalyzer.names()).hasSizeGreaterThan(40).allSatisfy(name -> assertThat(
                        words(name, "Knarr 1 навигация 船"))
                .isNotEmpty());
    }

    @Test
    void anUnknownAnalyzerIsNone() {
        assertThat(TextAnalyzer.named("klingon")).isEmpty();
    }
}
