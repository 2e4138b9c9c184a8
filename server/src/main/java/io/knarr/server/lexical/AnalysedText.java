package io.knarr.server.lexical;

/**
 * The words of a text, as an index keeps them.
 *
 * @param words distinct
 * @param frequencies how often each occurs, beside the words
 * @param wordCount how many words there are, repeated ones and ones at the same place included
 * @param length how many places they take
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record AnalysedText(String[] words, int[] frequencies, int wordCount, int length) {}
