package io.knarr.server.index;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.FilterBounds;
import org.jspecify.annotations.Nullable;

/**
 * A regular expression of a caller's. It runs in time linear in the text, whatever the expression, and its size is bounded before it is
 * compiled: repetitions within repetitions multiply, and forty characters can ask for more instructions than there is memory.
 */
final class TextPattern {
    /** Groups within groups; the compiler goes down them recursively. */
    private static final int MAX_GROUP_DEPTH = 100;

    private final Pattern pattern;

    private TextPattern(Pattern pattern) {
        this.pattern = pattern;
    }

    /**
     * Compiles an expression.
     *
     * @param path where it is in the request
     * @throws ServiceException INVALID_FILTER if it is none, LIMIT_EXCEEDED if it is too large
     */
    static TextPattern compile(String expression, String path) {
        requireSize(new SizeEstimate(expression).size(), path);
        Pattern compiled;
        try {
            compiled = Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            throw ServiceException.atField(
                            ErrorCode.INVALID_FILTER, path, "The pattern is not a regular expression as RE2 knows them")
                    .with("problem", e.getDescription());
        }
        requireSize(compiled.programSize(), path);
        return new TextPattern(compiled);
    }

    private static void requireSize(long size, String path) {
        if (size > FilterBounds.MAX_PATTERN_SIZE) {
            throw ServiceException.atField(
                            ErrorCode.LIMIT_EXCEEDED, path, "The pattern repeats itself into too many instructions")
                    .with("limit", FilterBounds.MAX_PATTERN_SIZE);
        }
    }

    /** Returns whether the expression matches somewhere in the text. */
    boolean isIn(String text) {
        return pattern.matcher(text).find();
    }

    /**
     * How many instructions an expression becomes, about, told from its text. It need not understand an expression that the compiler
     * refuses, but must not take one for small that the compiler makes large.
     */
    private static final class SizeEstimate {
        private static final long TOO_LARGE = Long.MAX_VALUE;

        private final String text;
        private int position;
        private int depth;

        SizeEstimate(String text) {
            this.text = text;
        }

        long size() {
            long size = 0;
            while (position < text.length()) {
                size = capped(size + alternatives());
                position++; // a closing parenthesis without an opening one, which the compiler will refuse
            }
            return size;
        }

        /** Reads up to the end of the group, or of the text. */
        private long alternatives() {
            long before = 0;
            long last = 0;
            while (position < text.length() && text.charAt(position) != ')') {
                long repeated = repetition(last);
                if (repeated >= 0) {
                    last = repeated;
                } else {
                    before = capped(before + last);
                    last = atom();
                }
                if (capped(before + last) == TOO_LARGE) {
                    position = text.length();
                    return TOO_LARGE;
                }
            }
            return before + last;
        }

        /** Returns the size of what is repeated, or -1 where no repetition begins. */
        private long repetition(long repeated) {
            char c = text.charAt(position);
            if (c == '*' || c == '+' || c == '?') {
                position++;
                return repeated + 1;
            }
            if (c != '{') {
                return -1;
            }
            int end = text.indexOf('}', position);
            @Nullable Long most = end < 0 ? null : greatest(text.substring(position + 1, end));
            if (most == null) {
                return -1; // a brace as such
            }
            position = end + 1;
            return capped((repeated + 1) * Math.max(1, most + 1));
        }

        private static @Nullable Long greatest(String counts) {
            int comma = counts.indexOf(',');
            String least = comma < 0 ? counts : counts.substring(0, comma);
            String most = comma < 0 ? "" : counts.substring(comma + 1);
            if (!isCount(least) || !(most.isEmpty() || isCount(most))) {
                return null;
            }
            return Math.max(Long.parseLong(least), most.isEmpty() ? 0 : Long.parseLong(most));
        }

        private static boolean isCount(String digits) {
            return !digits.isEmpty() && digits.length() <= 6 && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        }

        private long atom() {
            char c = text.charAt(position++);
            return switch (c) {
                case '(' -> group();
                case '[' -> {
                    skipClass();
                    yield 1;
                }
                case '\\' -> escape();
                default -> 1;
            };
        }

        private long group() {
            if (++depth > MAX_GROUP_DEPTH) {
                position = text.length();
                return TOO_LARGE;
            }
            long size = alternatives();
            depth--;
            position++;
            return capped(size + 2);
        }

        private void skipClass() {
            if (position < text.length() && text.charAt(position) == '^') {
                position++;
            }
            // A bracket that comes first stands for itself.
            for (boolean first = true; position < text.length(); first = false) {
                char c = text.charAt(position++);
                if (c == '\\') {
                    position++;
                } else if (c == '[' && text.startsWith(":", position) && text.indexOf(":]", position) >= 0) {
                    position = text.indexOf(":]", position) + 2;
                } else if (c == ']' && !first) {
                    return;
                }
            }
        }

        private long escape() {
            if (position >= text.length()) {
                return 1;
            }
            char c = text.charAt(position++);
            if (c == 'Q') {
                int end = text.indexOf("\\E", position);
                int literalEnd = end < 0 ? text.length() : end;
                long size = (long) literalEnd - position;
                position = end < 0 ? literalEnd : end + 2;
                return size;
            }
            boolean named = (c == 'p' || c == 'P' || c == 'x') && text.startsWith("{", position);
            int end = named ? text.indexOf('}', position) : -1;
            position = end < 0 ? position : end + 1;
            return 1;
        }

        private static long capped(long size) {
            return size < 0 || size > FilterBounds.MAX_PATTERN_SIZE ? TOO_LARGE : size;
        }
    }
}
