package io.knarr.server.model;

/** What each component of the stored vectors of one name is. */
public enum VectorElement {
    /** IEEE 754 binary32. */
    FLOAT32,
    /** IEEE 754 binary16: eleven bits of precision, magnitudes up to 65,504. */
    FLOAT16,
    /** Whole numbers from -128 to 127. */
    INT8
}
