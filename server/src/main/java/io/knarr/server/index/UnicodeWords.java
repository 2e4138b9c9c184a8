package io.knarr.server.index;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The words of any language, in lower case: runs of letters, digits and marks. An apostrophe between letters and a point or comma between
 * digits belong to the word; each ideograph is a word of its own, since nothing between them says where words end.
 */
final class UnicodeWords implements TextAnalyzer {
    static final UnicodeWords INSTANCE = new UnicodeWords();

    private UnicodeWords() {}

    @Override
    public List<Token> tokens(String text) {
        String composed = Normalizer.normalize(text, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
        List<Token> tokens = new ArrayList<>();
        int position = 0;
        while (position < composed.length()) {
            int codePoint = composed.codePointAt(position);
            int start = position;
            position += Character.charCount(codePoint);
            if (Character.isIdeographic(codePoint)) {
                tokens.add(new Token(composed.substring(start, position), tokens.size()));
            } else if (isWordPart(codePoint)) {
                position = endOfWord(composed, position);
                tokens.add(new Token(composed.substring(start, position), tokens.size()));
            }
        }
        return tokens;
    }

    private static int endOfWord(String text, int from) {
        int end = from;
        while (end < text.length()) {
            int codePoint = text.codePointAt(end);
            boolean part = isWordPart(codePoint) && !Character.isIdeographic(codePoint);
            if (!part && !joins(text, end, codePoint)) {
                break;
            }
            end += Character.charCount(codePoint);
        }
        return end;
    }

    private static boolean joins(String text, int at, int codePoint) {
        if (at + 1 >= text.length()) {
            return false;
        }
        int before = text.codePointBefore(at);
        int after = text.codePointAt(at + 1);
        return switch (codePoint) {
            case '\'', '\u2019' ->
                Character.isLetter(before) && Character.isLetter(after) && !Character.isIdeographic(after);
            case '.', ',' -> Character.isDigit(before) && Character.isDigit(after);
            default -> false;
        };
    }

    private static boolean isWordPart(int codePoint) {
        return Character.isLetterOrDigit(codePoint)
                || switch (Character.getType(codePoint)) {
                    case Character.NON_SPACING_MARK,
                            Character.COMBINING_SPACING_MARK,
                            Character.ENCLOSING_MARK,
                            Character.LETTER_NUMBER,
                            Character.CONNECTOR_PUNCTUATION -> true;
                    default -> false;
                };
    }
}
