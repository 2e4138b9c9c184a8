package io.knarr.server.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A part of a regular expression, as far as {@link PatternAutomaton} knows them. Immutable. */
sealed interface PatternPart {
    /** No more repetitions than so many, written as a number. */
    int UNBOUNDED = -1;

    /** A single letter, as it is. */
    record Letter(int codePoint) implements PatternPart {
        byte[] utf8() {
            return Character.toString(codePoint).getBytes(UTF_8);
        }
    }

    /**
     * One of some letters.
     *
     * @param low bits of the letters 0 to 63
     * @param high bits of the letters 64 to 127
     * @param others whether all others are among them
     */
    record OneOf(long low, long high, boolean others) implements PatternPart {
        static final OneOf DIGITS = none().with('0', '9');
        static final OneOf SPACES = none().with('\t', '\n').with('\f', '\r').with(' ', ' ');
        static final OneOf WORD = DIGITS.with('A', 'Z').with('_', '_').with('a', 'z');
        static final OneOf ANY_BUT_NEWLINE = none().with('\n', '\n').negated();

        private static OneOf none() {
            return new OneOf(0, 0, false);
        }

        OneOf with(int first, int last) {
            long less = low;
            long more = high;
            for (int letter = first; letter <= last; letter++) {
                less |= letter < Long.SIZE ? 1L << letter : 0;
                more |= letter < Long.SIZE ? 0 : 1L << letter;
            }
            return new OneOf(less, more, others);
        }

        OneOf and(OneOf other) {
            return new OneOf(low | other.low, high | other.high, others || other.others);
        }

        OneOf negated() {
            return new OneOf(~low, ~high, !others);
        }

        /** Returns whether one of the first 128 letters is among them. */
        boolean has(int letter) {
            return ((letter < Long.SIZE ? low : high) & (1L << letter)) != 0;
        }
    }

    /** One after another. */
    record Sequence(List<PatternPart> parts) implements PatternPart {}

    /** One of several. */
    record Choice(List<PatternPart> parts) implements PatternPart {}

    /** Again and again; {@link #UNBOUNDED} for no greatest number. */
    record Repeated(PatternPart part, int least, int most) implements PatternPart {}

    /** The beginning of the text. */
    record Begin() implements PatternPart {}

    /** The end of the text. */
    record End() implements PatternPart {}

    /** Reads an expression that RE2 accepts. Empty where it has what is not known here. */
    static Optional<PatternPart> parse(String expression) {
        try {
            Parser parser = new Parser(expression);
            PatternPart whole = parser.choice();
            return parser.atEnd() ? Optional.of(whole) : Optional.empty();
        } catch (UnknownPartException _) {
            return Optional.empty();
        }
    }

    /** Nothing is known of such a part. */
    final class UnknownPartException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private UnknownPartException() {
            super("Expression has a part that is not known", null, false, false);
        }
    }

    /** Reads one expression. */
    final class Parser {
        private static final int MAX_DEPTH = 100;
        private static final String PUNCTUATION = "\\.+*?()|[]{}^$-/,:;#&~'\"!@%=<>_` ";

        private final String text;
        private int position;
        private int depth;

        private Parser(String text) {
            this.text = text;
        }

        private boolean atEnd() {
            return position == text.length();
        }

        private boolean skips(String wanted) {
            if (text.startsWith(wanted, position)) {
                position += wanted.length();
                return true;
            }
            return false;
        }

        private PatternPart choice() {
            if (++depth > MAX_DEPTH) {
                throw new UnknownPartException();
            }
            List<PatternPart> parts = new ArrayList<>();
            parts.add(sequence());
            while (skips("|")) {
                parts.add(sequence());
            }
            depth--;
            return parts.size() == 1 ? parts.getFirst() : new Choice(parts);
        }

        private PatternPart sequence() {
            List<PatternPart> parts = new ArrayList<>();
            while (!atEnd() && text.charAt(position) != '|' && text.charAt(position) != ')') {
                parts.add(repeated(atom()));
            }
            return new Sequence(parts);
        }

        private PatternPart repeated(PatternPart part) {
            int least;
            int most;
            if (skips("*")) {
                least = 0;
                most = UNBOUNDED;
            } else if (skips("+")) {
                least = 1;
                most = UNBOUNDED;
            } else if (skips("?")) {
                least = 0;
                most = 1;
            } else if (skips("{")) {
                least = number();
                most = skips(",") ? (text.startsWith("}", position) ? UNBOUNDED : number()) : least;
                if (!skips("}")) {
                    throw new UnknownPartException();
                }
            } else {
                return part;
            }
            var _ = skips("?"); // what is preferred does not matter to whether there is something
            if (!atEnd() && "*+?{".indexOf(text.charAt(position)) >= 0) {
                throw new UnknownPartException();
            }
            return new Repeated(part, least, most);
        }

        private int number() {
            int from = position;
            while (!atEnd() && position - from < 6 && text.charAt(position) >= '0' && text.charAt(position) <= '9') {
                position++;
            }
            if (position == from) {
                throw new UnknownPartException();
            }
            return Integer.parseInt(text.substring(from, position));
        }

        private PatternPart atom() {
            int letter = text.codePointAt(position);
            position += Character.charCount(letter);
            return switch (letter) {
                case '(' -> {
                    if (text.startsWith("?", position) && !skips("?:")) {
                        throw new UnknownPartException();
                    }
                    PatternPart inner = choice();
                    if (!skips(")")) {
                        throw new UnknownPartException();
                    }
                    yield inner;
                }
                case '[' -> oneOf();
                case '.' -> OneOf.ANY_BUT_NEWLINE;
                case '^' -> new Begin();
                case '$' -> new End();
                case '\\' -> {
                    OneOf several = severalEscaped();
                    yield several != null ? several : new Letter(escaped());
                }
                case '*', '+', '?', '{', '}', ']', ')' -> throw new UnknownPartException();
                default -> letter(letter);
            };
        }

        private static Letter letter(int codePoint) {
            if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                throw new UnknownPartException();
            }
            return new Letter(codePoint);
        }

        private @Nullable OneOf severalEscaped() {
            if (atEnd()) {
                throw new UnknownPartException();
            }
            OneOf several =
                    switch (text.charAt(position)) {
                        case 'd' -> OneOf.DIGITS;
                        case 'D' -> OneOf.DIGITS.negated();
                        case 's' -> OneOf.SPACES;
                        case 'S' -> OneOf.SPACES.negated();
                        case 'w' -> OneOf.WORD;
                        case 'W' -> OneOf.WORD.negated();
                        default -> null;
                    };
            position += several == null ? 0 : 1;
            return several;
        }

        private int escaped() {
            char letter = text.charAt(position++);
            if (PUNCTUATION.indexOf(letter) < 0) {
                throw new UnknownPartException();
            }
            return letter;
        }

        private OneOf oneOf() {
            boolean negated = skips("^");
            OneOf letters = OneOf.none();
            for (boolean first = true; first || !text.startsWith("]", position); first = false) {
                if (atEnd()) {
                    throw new UnknownPartException();
                }
                OneOf several = text.charAt(position) == '\\' ? severalInClass() : null;
                if (several != null) {
                    letters = letters.and(several);
                    continue;
                }
                int from = inClass(first);
                int to = from;
                if (text.startsWith("-", position) && !text.startsWith("-]", position)) {
                    position++;
                    to = inClass(false);
                }
                letters = letters.with(from, to);
            }
            position++;
            return negated ? letters.negated() : letters;
        }

        private @Nullable OneOf severalInClass() {
            position++;
            OneOf several = severalEscaped();
            position -= several == null ? 1 : 0;
            return several;
        }

        private int inClass(boolean first) {
            if (atEnd()) {
                throw new UnknownPartException();
            }
            char letter = text.charAt(position++);
            if (letter == '\\') {
                if (atEnd()) {
                    throw new UnknownPartException();
                }
                return escaped();
            }
            // Whatever else may mean something; and letters beyond the first 128.
            boolean atEdge = first || text.startsWith("]", position);
            if (letter == '[' || letter >= 128 || (letter == ']' && first) || (letter == '-' && !atEdge)) {
                throw new UnknownPartException();
            }
            return letter;
        }
    }
}
