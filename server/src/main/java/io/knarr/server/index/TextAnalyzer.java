package io.knarr.server.index;

import java.util.List;

/** Cuts text into the words by which it is found. A text and the queries on it are cut by the same one. Thread-safe. */
interface TextAnalyzer {
    /**
     * A word at its place.
     *
     * @param term the form in which words are compared
     * @param position which word it is, from 0; words at neighbouring positions stand beside each other
     */
    record Token(String term, int position) {}

    /** Returns the words of a text, in the order of their positions. */
    List<Token> tokens(String text);

    /** Returns the analyzer of fields that ask for no other. */
    static TextAnalyzer standard() {
        return UnicodeWords.INSTANCE;
    }
}
