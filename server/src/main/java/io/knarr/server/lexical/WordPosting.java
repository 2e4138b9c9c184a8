package io.knarr.server.lexical;

/** The value of a word's posting: how often the word occurs in the text, and the text's length as Lucene rounds it, in 8 bits. */
final class WordPosting {
    static final int MAX_FREQUENCY = (1 << 23) - 1;

    private WordPosting() {}

    static int of(int frequency, int lengthByte) {
        return (Math.min(frequency, MAX_FREQUENCY) << Byte.SIZE) | lengthByte;
    }

    static int frequency(int value) {
        return value >>> Byte.SIZE;
    }

    static int length(int value) {
        return value & 0xFF;
    }
}
