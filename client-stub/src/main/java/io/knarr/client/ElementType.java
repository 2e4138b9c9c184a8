package io.knarr.client;

/** What each component of stored vectors is. What is stored is what is compared and given back. */
public enum ElementType {
    /** IEEE 754 binary32. */
    FLOAT32,
    /** IEEE 754 binary16: components are rounded to the nearest; those of 65,520 and more are refused. */
    FLOAT16,
    /** Whole numbers from -128 to 127; others are refused. */
    INT8
}
