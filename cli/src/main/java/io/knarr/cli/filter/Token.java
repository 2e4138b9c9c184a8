package io.knarr.cli.filter;

/**
 * One word of a filter expression.
 *
 * @param kind what it is
 * @param text a string's content, a name without its back quotes, anything else as written
 * @param position where it begins, counted from 0
 */
record Token(Kind kind, String text, int position) {
    /** What a token is. */
    enum Kind {
        /** A bare word: a keyword or a field's name. */
        WORD,
        /** A field's name in back quotes: never a keyword. */
        QUOTED_NAME,
        /** A string in single or double quotes. */
        STRING,
        /** An integer or a decimal number. */
        NUMBER,
        /** A comparison, a parenthesis or a comma. */
        SYMBOL,
        /** After the last token. */
        END
    }

    boolean isSymbol(String symbol) {
        return kind == Kind.SYMBOL && text.equals(symbol);
    }

    boolean isKeyword(String keyword) {
        return kind == Kind.WORD && text.equalsIgnoreCase(keyword);
    }

    /** Returns how an error message names this token. */
    String described() {
        return kind == Kind.END ? "the end" : "'" + text + "'";
    }
}
