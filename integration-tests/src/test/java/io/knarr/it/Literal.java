package io.knarr.it;

/** Text as Java source would write it, so that a test's name shows what cannot be printed. */
final class Literal {
    private Literal() {}

    static String of(String text) {
        StringBuilder literal = new StringBuilder("\"");
        text.chars()
                .forEach(c -> literal.append(c >= ' ' && c <= '~' ? String.valueOf((char) c) : "\\u%04x".formatted(c)));
        return literal.append('"').toString();
    }
}
