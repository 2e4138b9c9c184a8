package io.knarr.cli.filter;

/** A filter expression that cannot be understood. Its message shows the expression with a mark under the place. */
public final class FilterSyntaxException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int position;

    FilterSyntaxException(String expression, int position, String problem) {
        super("%s, at character %d of the filter%n  %s%n  %s^"
                .formatted(problem, position + 1, expression.replaceAll("\\s", " "), " ".repeat(position)));
        this.position = position;
    }

    /** Returns the index of the first character that is wrong; the expression's length if it ends too early. */
    public int position() {
        return position;
    }
}
