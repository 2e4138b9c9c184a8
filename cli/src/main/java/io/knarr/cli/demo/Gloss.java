package io.knarr.cli.demo;

import java.util.List;

/**
 * One entry of the dictionary: a set of words that mean the same, and what they mean.
 *
 * @param id its name in WordNet 3.1: {@code n} and the entry's offset
 * @param words the words, the most common first, with blanks
 * @param meaning the definition, without the examples
 */
record Gloss(String id, List<String> words, String meaning) {
    Gloss {
        words = List.copyOf(words);
    }

    /** Returns what is embedded: the first word and the meaning. */
    String text() {
        return words.getFirst() + ": " + meaning;
    }
}
