package io.knarr.server.model;

/** The type of a field's values. */
public enum FieldType {
    /** UTF-8 text, compared by code point. */
    STRING,
    /** Signed 64-bit integer. */
    INT64,
    /** Finite IEEE 754 double; an integer is accepted where it converts exactly. */
    FLOAT64,
    /** True or false. */
    BOOL,
    /** An instant, nanoseconds, years 1 to 9999. */
    TIMESTAMP,
    /** A UUID, written as text. */
    UUID,
    /** A place on the earth. */
    GEO,
    /** A place in a tree, {@code /a/b/c}; see {@link Paths}. */
    PATH,
    /** Text that is looked for by its words. */
    TEXT,
    /** Nested fields. */
    OBJECT
}
