package io.knarr.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.knarr.server.lexical.TextAnalyzer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** Texts by row: those of a file, again from its beginning where there are too few, or made ones whose words are as unequal as real ones. */
final class QueryTexts {
    private static final int VOCABULARY = 50_000;
    private static final int MIN_WORDS = 10;
    private static final int MAX_WORDS = 30;
    private static final int MAX_FILE_TEXTS = 2_000_000;
    private static final int MAX_QUERY_WORDS = 4;

    private final List<String> texts;

    private QueryTexts(List<String> texts) {
        this.texts = texts;
    }

    static QueryTexts made() {
        return new QueryTexts(List.of());
    }

    /** Reads the member {@code text} of each line. @throws UnusableInputException if a line has none */
    static QueryTexts read(Path file) throws IOException {
        List<String> texts = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(file, UTF_8)) {
            for (String line = lines.readLine();
                    line != null && texts.size() < MAX_FILE_TEXTS;
                    line = lines.readLine()) {
                if (!line.isBlank()) {
                    texts.add(Normalizer.normalize(textOf(line, texts.size() + 1), Normalizer.Form.NFC));
                }
            }
        }
        if (texts.isEmpty()) {
            throw new UnusableInputException("--text has no lines: " + file);
        }
        return new QueryTexts(texts);
    }

    private static String textOf(String line, int number) {
        try {
            JsonElement text = JsonParser.parseString(line).getAsJsonObject().get("text");
            if (text != null && text.isJsonPrimitive()) {
                return text.getAsString();
            }
        } catch (JsonParseException | IllegalStateException _) {
            // Said below.
        }
        throw new UnusableInputException("--text needs an object with a member \"text\" in each line: " + number);
    }

    /** Returns what is said of where the texts are from. */
    String source() {
        return texts.isEmpty() ? "made" : "file";
    }

    /** Returns the text of a row. */
    String of(int row) {
        if (!texts.isEmpty()) {
            return texts.get(row % texts.size());
        }
        SplittableRandom random = new SplittableRandom(QueryRecords.mixed(row, 60));
        StringBuilder text = new StringBuilder();
        for (int count = random.nextInt(MIN_WORDS, MAX_WORDS + 1); count > 0; count--) {
            // The share of a word is the less the greater its number is, as Zipf has it.
            text.append(text.isEmpty() ? "" : " ").append("w").append((int) Math.pow(VOCABULARY, random.nextDouble()));
        }
        return text.toString();
    }

    /** Returns queries of two to four words each, of which at least one text has all. */
    List<Map<String, Integer>> queries(int count, int rowCount) {
        SplittableRandom random = new SplittableRandom(17);
        List<Map<String, Integer>> queries = new ArrayList<>();
        while (queries.size() < count) {
            List<TextAnalyzer.Word> words = TextAnalyzer.standard().words(of(random.nextInt(rowCount)));
            Set<String> query = new LinkedHashSet<>();
            int wanted = random.nextInt(2, MAX_QUERY_WORDS + 1);
            for (int tries = 0; tries < 50 && query.size() < wanted && !words.isEmpty(); tries++) {
                query.add(words.get(random.nextInt(words.size())).text());
            }
            if (query.size() == wanted) {
                queries.add(TextAnalyzer.standard().frequencies(String.join(" ", query)));
            }
        }
        return queries;
    }
}
