package io.knarr.server.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.lexical.TextAnalyzer;
import io.knarr.server.model.Filter.TextMatch;
import io.knarr.server.model.Filter.TextMode;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the words of a text are, and which texts have the words of a query. */
class WordQueryTest {
    private static List<String> words(String text) {
        return TextAnalyzer.standard().words(text).stream()
                .map(TextAnalyzer.Word::text)
                .toList();
    }

    private static boolean matches(TextMode mode, String query, String text) {
        return new WordQuery(new TextMatch("f", query, mode)).matches(text);
    }

    @Test
    void wordsAreRunsOfLettersAndDigitsInLowerCase() {
        assertThat(words("The Quick-brown fox, 2 foxes!"))
                .containsExactly("the", "quick", "brown", "fox", "2", "foxes");
        assertThat(words("don't O\u2019Neil 'quoted' 3.14 1,000 a.b end."))
                .containsExactly("don't", "o\u2019neil", "quoted", "3.14", "1,000", "a.b", "end");
        assertThat(words("\u00c6rlig BL\u00c5B\u00c6R stra\u00dfe"))
                .containsExactly("\u00e6rlig", "bl\u00e5b\u00e6r", "stra\u00dfe");
        assertThat(words("e\u0301t\u00e9")).as("composed").containsExactly("\u00e9t\u00e9");
        assertThat(words("\u4f60\u597d world\u4e16\u754c"))
                .containsExactly("\u4f60", "\u597d", "world", "\u4e16", "\u754c");
        assertThat(words("snake_case \uD83D\uDE00 x")).containsExactly("snake_case", "\uD83D\uDE00", "x");
        assertThat(words("...")).isEmpty();
        assertThat(words("")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "ALL,fox quick,the quick brown fox,true",
        "ALL,fox slow,the quick brown fox,false",
        "ANY,fox slow,the quick brown fox,true",
        "ANY,slow cat,the quick brown fox,false",
        "ANY,fo,the quick brown fox,false",
        "PHRASE,quick brown,the Quick-Brown fox,true",
        "PHRASE,brown quick,the quick brown fox,false",
        "PHRASE,the fox,the quick brown fox,false",
        "PHRASE,fox,the quick brown fox,true",
        "PHRASE,a a b,a a a b,true",
        "PHRASE,a b a b,a b a a b,false",
        "ALL,a,'',false"
    })
    void textsHaveAllAnyOrTheWordsInARow(TextMode mode, String query, String text, boolean expected) {
        assertThat(matches(mode, query, text)).isEqualTo(expected);
    }

    /** Compared with lists of words. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void matchesAreThoseOfListsOfWords(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 5_000; i++) {
            List<String> text = some(random, 8);
            List<String> query = some(random, 4);
            String joined = String.join(" ", text);
            String asked = String.join(", ", query);
            boolean phrase = !query.isEmpty()
                    && IntStream.rangeClosed(0, text.size() - query.size())
                            .anyMatch(start ->
                                    text.subList(start, start + query.size()).equals(query));

            assertThat(matches(TextMode.ALL, asked, joined)).isEqualTo(!query.isEmpty() && text.containsAll(query));
            assertThat(matches(TextMode.ANY, asked, joined))
                    .isEqualTo(query.stream().anyMatch(text::contains));
            assertThat(matches(TextMode.PHRASE, asked, joined))
                    .as("%s in %s", query, text)
                    .isEqualTo(phrase);
        }
    }

    private static List<String> some(SplittableRandom random, int most) {
        return IntStream.range(0, random.nextInt(most))
                .mapToObj(_ -> String.valueOf((char) ('a' + random.nextInt(3))))
                .toList();
    }
}
