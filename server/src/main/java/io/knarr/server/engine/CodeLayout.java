package io.knarr.server.engine;

import io.knarr.server.engine.kernel.SignKernel;

/**
 * Where the codes of rows lie in memory, for one dimension. Three sections, each by row in blocks of sixteen rows:
 *
 * <ul>
 *   <li>signs: for each sixteen rows their sign codes, their factors f and their terms a (see {@link SignKernel});
 *   <li>spreads: for each row the float32 standard deviation of its estimate, for a query one away from the centre;
 *   <li>codes: for each row its 7-bit codes, then {@link #TRAILER_BYTES}: float32 scale, int32 sum of the codes, float32 error, float32 norm.
 * </ul>
 *
 * @param size components of a rotated vector, a multiple of 64
 */
record CodeLayout(int size) {
    static final int TRAILER_BYTES = 16;
    static final int SCALE = 0;
    static final int SUM = 4;
    static final int ERROR = 8;
    static final int NORM = 12;

    static CodeLayout of(int dimension) {
        return new CodeLayout(Rotation.of(dimension).size());
    }

    /** Returns the 32-bit words of a row's signs. */
    int words() {
        return size / Integer.SIZE;
    }

    /** Returns the bytes of sixteen rows in the section of signs. */
    long signBlockBytes() {
        return (long) (words() + 2) * SignKernel.WORD_BYTES;
    }

    /** Returns the bytes of a row in the section of codes. */
    long codeBytes() {
        return size + (long) TRAILER_BYTES;
    }

    /** Returns the bytes of the section of signs; {@code rows} is a multiple of sixteen. */
    long signBytes(int rows) {
        return rows / SignKernel.ROWS_PER_BLOCK * signBlockBytes();
    }

    /** Returns the bytes of the section of spreads. */
    long spreadBytes(int rows) {
        return (long) rows * Float.BYTES;
    }

    /** Returns the bytes of the section of codes. */
    long codeBytes(int rows) {
        return rows * codeBytes();
    }

    /** Returns the bytes of a row in all sections. */
    long rowBytes() {
        return signBlockBytes() / SignKernel.ROWS_PER_BLOCK + Float.BYTES + codeBytes();
    }
}
