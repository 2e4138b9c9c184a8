package io.knarr.server.lexical;

import java.io.IOException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.ar.ArabicAnalyzer;
import org.apache.lucene.analysis.bg.BulgarianAnalyzer;
import org.apache.lucene.analysis.bn.BengaliAnalyzer;
import org.apache.lucene.analysis.br.BrazilianAnalyzer;
import org.apache.lucene.analysis.ca.CatalanAnalyzer;
import org.apache.lucene.analysis.cjk.CJKAnalyzer;
import org.apache.lucene.analysis.ckb.SoraniAnalyzer;
import org.apache.lucene.analysis.cn.smart.SmartChineseAnalyzer;
import org.apache.lucene.analysis.core.KeywordAnalyzer;
import org.apache.lucene.analysis.core.SimpleAnalyzer;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.analysis.cz.CzechAnalyzer;
import org.apache.lucene.analysis.da.DanishAnalyzer;
import org.apache.lucene.analysis.de.GermanAnalyzer;
import org.apache.lucene.analysis.el.GreekAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.es.SpanishAnalyzer;
import org.apache.lucene.analysis.et.EstonianAnalyzer;
import org.apache.lucene.analysis.eu.BasqueAnalyzer;
import org.apache.lucene.analysis.fa.PersianAnalyzer;
import org.apache.lucene.analysis.fi.FinnishAnalyzer;
import org.apache.lucene.analysis.fr.FrenchAnalyzer;
import org.apache.lucene.analysis.ga.IrishAnalyzer;
import org.apache.lucene.analysis.gl.GalicianAnalyzer;
import org.apache.lucene.analysis.hi.HindiAnalyzer;
import org.apache.lucene.analysis.hu.HungarianAnalyzer;
import org.apache.lucene.analysis.hy.ArmenianAnalyzer;
import org.apache.lucene.analysis.id.IndonesianAnalyzer;
import org.apache.lucene.analysis.it.ItalianAnalyzer;
import org.apache.lucene.analysis.lt.LithuanianAnalyzer;
import org.apache.lucene.analysis.lv.LatvianAnalyzer;
import org.apache.lucene.analysis.ne.NepaliAnalyzer;
import org.apache.lucene.analysis.nl.DutchAnalyzer;
import org.apache.lucene.analysis.no.NorwegianAnalyzer;
import org.apache.lucene.analysis.pt.PortugueseAnalyzer;
import org.apache.lucene.analysis.ro.RomanianAnalyzer;
import org.apache.lucene.analysis.ru.RussianAnalyzer;
import org.apache.lucene.analysis.sr.SerbianAnalyzer;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.analysis.sv.SwedishAnalyzer;
import org.apache.lucene.analysis.ta.TamilAnalyzer;
import org.apache.lucene.analysis.te.TeluguAnalyzer;
import org.apache.lucene.analysis.th.ThaiAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.apache.lucene.analysis.tr.TurkishAnalyzer;

/**
 * Makes words of texts, by one of Lucene's analyzers: {@code standard} (Unicode's rules for words, lower case, no stop words), {@code
 * simple}, {@code whitespace}, {@code keyword}, {@code cjk}, {@code chinese} (smartcn), or a language by its English name, with its stop
 * words and its stemming as Lucene has them. Text is composed (Unicode's form C) before, so that a letter and its accent are one.
 * Immutable and thread-safe.
 */
public final class TextAnalyzer {
    /** The analyzer of a field that does not say. */
    public static final String DEFAULT_NAME = "standard";

    private static final String FIELD = "";
    private static final Map<String, Supplier<Analyzer>> ANALYZERS = analyzers();

    // Loading a language's words takes a while and some memory; each is loaded when it is first used, once.
    private static final Map<String, TextAnalyzer> LOADED = new ConcurrentHashMap<>();

    private final Analyzer analyzer;

    /**
     * A word of a text.
     *
     * @param text the word as it is indexed
     * @param position its place among the words, from 0; several may be at one place, and there is none where a stop word was
     */
    public record Word(String text, int position) {}

    private TextAnalyzer(Analyzer analyzer) {
        this.analyzer = analyzer;
    }

    private static Map<String, Supplier<Analyzer>> analyzers() {
        Map<String, Supplier<Analyzer>> analyzers = new TreeMap<>();
        analyzers.put(DEFAULT_NAME, StandardAnalyzer::new);
        analyzers.put("simple", SimpleAnalyzer::new);
        analyzers.put("whitespace", WhitespaceAnalyzer::new);
        analyzers.put("keyword", KeywordAnalyzer::new);
        analyzers.put("cjk", CJKAnalyzer::new);
        analyzers.put("chinese", SmartChineseAnalyzer::new);
        analyzers.put("arabic", ArabicAnalyzer::new);
        analyzers.put("armenian", ArmenianAnalyzer::new);
        analyzers.put("basque", BasqueAnalyzer::new);
        analyzers.put("bengali", BengaliAnalyzer::new);
        analyzers.put("brazilian", BrazilianAnalyzer::new);
        analyzers.put("bulgarian", BulgarianAnalyzer::new);
        analyzers.put("catalan", CatalanAnalyzer::new);
        analyzers.put("czech", CzechAnalyzer::new);
        analyzers.put("danish", DanishAnalyzer::new);
        analyzers.put("dutch", DutchAnalyzer::new);
        analyzers.put("english", EnglishAnalyzer::new);
        analyzers.put("estonian", EstonianAnalyzer::new);
        analyzers.put("finnish", FinnishAnalyzer::new);
        analyzers.put("french", FrenchAnalyzer::new);
        analyzers.put("galician", GalicianAnalyzer::new);
        analyzers.put("german", GermanAnalyzer::new);
        analyzers.put("greek", GreekAnalyzer::new);
        analyzers.put("hindi", HindiAnalyzer::new);
        analyzers.put("hungarian", HungarianAnalyzer::new);
        analyzers.put("indonesian", IndonesianAnalyzer::new);
        analyzers.put("irish", IrishAnalyzer::new);
        analyzers.put("italian", ItalianAnalyzer::new);
        analyzers.put("latvian", LatvianAnalyzer::new);
        analyzers.put("lithuanian", LithuanianAnalyzer::new);
        analyzers.put("nepali", NepaliAnalyzer::new);
        analyzers.put("norwegian", NorwegianAnalyzer::new);
        analyzers.put("persian", PersianAnalyzer::new);
        analyzers.put("portuguese", PortugueseAnalyzer::new);
        analyzers.put("romanian", RomanianAnalyzer::new);
        analyzers.put("russian", RussianAnalyzer::new);
        analyzers.put("serbian", SerbianAnalyzer::new);
        analyzers.put("sorani", SoraniAnalyzer::new);
        analyzers.put("spanish", SpanishAnalyzer::new);
        analyzers.put("swedish", SwedishAnalyzer::new);
        analyzers.put("tamil", TamilAnalyzer::new);
        analyzers.put("telugu", TeluguAnalyzer::new);
        analyzers.put("thai", ThaiAnalyzer::new);
        analyzers.put("turkish", TurkishAnalyzer::new);
        return analyzers;
    }

    /** Returns the names there are. */
    public static SortedSet<String> names() {
        return new TreeSet<>(ANALYZERS.keySet());
    }

    /** Returns the analyzer of a name, if there is one. */
    public static Optional<TextAnalyzer> named(String name) {
        Supplier<Analyzer> maker = ANALYZERS.get(name);
        return maker == null
                ? Optional.empty()
                : Optional.of(LOADED.computeIfAbsent(name, _ -> new TextAnalyzer(maker.get())));
    }

    /** Returns the analyzer of fields that ask for no other. */
    public static TextAnalyzer standard() {
        return named(DEFAULT_NAME).orElseThrow();
    }

    /** Returns the words of a text, in their order. */
    public List<Word> words(String text) {
        List<Word> words = new ArrayList<>();
        try (TokenStream tokens = analyzer.tokenStream(FIELD, Normalizer.normalize(text, Normalizer.Form.NFC))) {
            CharTermAttribute term = tokens.addAttribute(CharTermAttribute.class);
            PositionIncrementAttribute increment = tokens.addAttribute(PositionIncrementAttribute.class);
            int position = -1;
            tokens.reset();
            while (tokens.incrementToken()) {
                position += increment.getPositionIncrement();
                words.add(new Word(term.toString(), Math.max(0, position)));
            }
            tokens.end();
        } catch (IOException e) {
            throw new IllegalStateException("Text in memory could not be read", e);
        }
        return words;
    }

    /** Returns each word of a text with how often it occurs, in the order of their first places. */
    public Map<String, Integer> frequencies(String text) {
        Map<String, Integer> frequencies = new LinkedHashMap<>();
        words(text).forEach(word -> frequencies.merge(word.text(), 1, Integer::sum));
        return frequencies;
    }

    /** Returns what an index keeps of the texts of one record, which count as one. */
    public AnalysedText analyse(List<String> texts) {
        Map<String, Integer> frequencies = new LinkedHashMap<>();
        int wordCount = 0;
        int length = 0;
        for (String text : texts) {
            int lastPosition = -1;
            for (Word word : words(text)) {
                frequencies.merge(word.text(), 1, Integer::sum);
                wordCount++;
                length += word.position() > lastPosition ? 1 : 0;
                lastPosition = word.position();
            }
        }
        String[] words = frequencies.keySet().toArray(String[]::new);
        int[] counts = new int[words.length];
        for (int i = 0; i < words.length; i++) {
            counts[i] = frequencies.getOrDefault(words[i], 0);
        }
        return new AnalysedText(words, counts, wordCount, length);
    }
}
