package io.knarr.server.model;

/** The bounds of single conditions that follow from what it costs to evaluate them. */
public final class FilterBounds {
    /** The most characters of a prefix or a substring. */
    public static final int MAX_TEXT_LENGTH = 4_096;
    /** The most characters of a regular expression. */
    public static final int MAX_PATTERN_LENGTH = 1_024;
    /** The most instructions of a compiled regular expression; each may be looked at for each character of a text. */
    public static final int MAX_PATTERN_SIZE = 4_000;

    private FilterBounds() {}
}
