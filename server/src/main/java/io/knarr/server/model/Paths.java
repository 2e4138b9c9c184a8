package io.knarr.server.model;

/** The bounds of values of type {@link FieldType#PATH}. */
public final class Paths {
    /** The most characters a path may have. */
    public static final int MAX_LENGTH = 4_096;
    /** The most segments a path may have. */
    public static final int MAX_SEGMENTS = 256;

    private Paths() {}
}
