package io.knarr.cli.filter;

import io.knarr.cli.filter.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/** Cuts a filter expression into tokens. */
final class Tokenizer {
    private static final String TWO_CHARACTER_SYMBOLS = "<= >= != <> ==";
    private static final int UNICODE_ESCAPE_DIGITS = 4;

    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private int position;

    private Tokenizer(String text) {
        this.text = text;
    }

    /** Returns the tokens, the last of which is the end. */
    static List<Token> tokens(String text) {
        Tokenizer tokenizer = new Tokenizer(text);
        tokenizer.run();
        return tokenizer.tokens;
    }

    private void run() {
        while (position < text.length()) {
            char c = text.charAt(position);
            if (Character.isWhitespace(c)) {
                position++;
            } else if (c == '"' || c == '\'') {
                quoted(c, Kind.STRING);
            } else if (c == '`') {
                quoted(c, Kind.QUOTED_NAME);
            } else if (isDigit(c) || startsNumber(c)) {
                number();
            } else if (Character.isLetter(c) || c == '_') {
                word();
            } else {
                symbol(c);
            }
        }
        tokens.add(new Token(Kind.END, "", text.length()));
    }

    private boolean startsNumber(char c) {
        return (c == '-' || c == '+' || c == '.')
                && position + 1 < text.length()
                && (isDigit(text.charAt(position + 1)) || text.charAt(position + 1) == '.');
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private void quoted(char quote, Kind kind) {
        int start = position++;
        StringBuilder content = new StringBuilder();
        while (true) {
            if (position >= text.length()) {
                throw new FilterSyntaxException(text, start, "The quote " + quote + " is never closed");
            }
            char c = text.charAt(position++);
            if (c == quote) {
                tokens.add(new Token(kind, content.toString(), start));
                return;
            }
            content.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() {
        int start = position - 1;
        char c = position < text.length() ? text.charAt(position++) : ' ';
        return switch (c) {
            case '\\', '"', '\'', '`' -> c;
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'u' -> unicode(start);
            default ->
                throw new FilterSyntaxException(
                        text, start, "Only \\\\ \\\" \\' \\` \\n \\t \\r \\uXXXX may follow a backslash");
        };
    }

    private char unicode(int start) {
        int end = position + UNICODE_ESCAPE_DIGITS;
        String digits = end <= text.length() ? text.substring(position, end) : "";
        if (!digits.matches("[0-9a-fA-F]{4}")) {
            throw new FilterSyntaxException(text, start, "\\u takes four hexadecimal digits");
        }
        position = end;
        return (char) Integer.parseInt(digits, 16);
    }

    private void number() {
        int start = position++;
        while (position < text.length() && isNumberPart(text.charAt(position))) {
            position++;
        }
        tokens.add(new Token(Kind.NUMBER, text.substring(start, position), start));
    }

    private boolean isNumberPart(char c) {
        char before = text.charAt(position - 1);
        boolean signOfExponent = (c == '-' || c == '+') && (before == 'e' || before == 'E');
        return Character.isLetterOrDigit(c) || c == '.' || c == '_' || signOfExponent;
    }

    private void word() {
        int start = position++;
        while (position < text.length() && isWordPart(text.charAt(position))) {
            position++;
        }
        tokens.add(new Token(Kind.WORD, text.substring(start, position), start));
    }

    private static boolean isWordPart(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '.';
    }

    private void symbol(char c) {
        String two = position + 1 < text.length() ? text.substring(position, position + 2) : "";
        if (two.length() == 2 && !two.contains(" ") && TWO_CHARACTER_SYMBOLS.contains(two)) {
            tokens.add(new Token(Kind.SYMBOL, two, position));
            position += 2;
        } else if ("=<>(),".indexOf(c) >= 0) {
            tokens.add(new Token(Kind.SYMBOL, String.valueOf(c), position));
            position++;
        } else {
            throw new FilterSyntaxException(text, position, "'" + c + "' means nothing here");
        }
    }
}
