package io.knarr.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * The nouns of WordNet 3.1, read from the data file that its package ships.
 *
 * <p>A line is {@code offset category type count word lex [word lex ...] pointers | gloss}; the category is two digits, the count
 * of words two hexadecimal ones. Lines that begin with a blank hold the licence.
 */
final class WordNetNouns {
    private static final String RESOURCE = "/net/sf/extjwnl/data/wordnet/wn31/data.noun";
    private static final int MIN_MEANING_CHARACTERS = 24;

    private WordNetNouns() {}

    /**
     * Returns entries of a category: those of the wanted words, and others up to {@code count}, always the same ones.
     *
     * @param category the two digits that WordNet files the entry under, for example 05 for animals
     * @throws IOException if the package is missing, or has fewer entries
     */
    static List<Gloss> ofCategory(String category, int count, Set<String> wantedWords) throws IOException {
        List<Gloss> wanted = new ArrayList<>();
        List<Gloss> others = new ArrayList<>();
        try (InputStream stream = WordNetNouns.class.getResourceAsStream(RESOURCE)) {
            if (stream == null) {
                throw new IOException("WordNet is not on the class path, resource=" + RESOURCE);
            }
            BufferedReader reader = new BufferedReader(new InputStreamReader(stream, UTF_8));
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith(" ") || !category(line).equals(category)) {
                    continue;
                }
                Gloss gloss = gloss(line);
                if (wantedWords.contains(gloss.words().getFirst())) {
                    wanted.add(gloss);
                } else if (isPlain(gloss)) {
                    others.add(gloss);
                }
            }
        }
        // A scattered choice that is the same on every machine: by a hash of the id, not by the file's order of
        // kinship.
        others.sort(Comparator.comparingInt(
                        (Gloss gloss) -> Integer.reverse(gloss.id().hashCode() * 0x9E3779B9))
                .thenComparing(Gloss::id));
        if (wanted.size() + others.size() < count) {
            throw new IOException("WordNet has %d usable entries of category %s, fewer than %d"
                    .formatted(wanted.size() + others.size(), category, count));
        }
        List<Gloss> chosen = new ArrayList<>(wanted.subList(0, Math.min(count, wanted.size())));
        chosen.addAll(others.subList(0, count - chosen.size()));
        return chosen;
    }

    private static String category(String line) {
        int blank = line.indexOf(' ');
        return line.substring(blank + 1, blank + 3);
    }

    /** Everyday words: no names of families and species, and a meaning that says something. */
    private static boolean isPlain(Gloss gloss) {
        return Character.isLowerCase(gloss.words().getFirst().charAt(0))
                && gloss.meaning().length() >= MIN_MEANING_CHARACTERS;
    }

    private static Gloss gloss(String line) {
        String[] parts = line.split(" ", -1);
        int wordCount = Integer.parseInt(parts[3], 16);
        List<String> words = new ArrayList<>();
        for (int i = 0; i < wordCount; i++) {
            words.add(parts[4 + 2 * i].replace('_', ' '));
        }
        String meaning = line.substring(line.indexOf('|') + 1).strip();
        int examples = meaning.indexOf("; \"");
        return new Gloss("n" + parts[0], words, examples < 0 ? meaning : meaning.substring(0, examples));
    }
}
