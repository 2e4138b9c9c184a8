package io.knarr.client;

/** The type of a declared field's values. */
public enum FieldType {
    /** UTF-8 text, compared byte by byte. */
    STRING,
    /** A signed 64-bit integer. */
    INT64,
    /** A finite double. */
    FLOAT64,
    /** True or false. */
    BOOL,
    /** An instant, UTC, nanoseconds. */
    TIMESTAMP,
    /** A UUID, written as text. */
    UUID,
    /** A place on the earth: {@link GeoPoint}. */
    GEO,
    /** A place in a tree, written as text: {@code /a/b/c}. */
    PATH,
    /** Text that is looked for by its words. */
    TEXT,
    /** Nested fields: {@link Fields}. */
    OBJECT
}
