package io.knarr.client;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Several dense vectors of one dimension that stand for one thing, such as one for each word of a text. A record scores, for each row of a query,
 * the greatest similarity that one of its own rows has to it; their sum is its score. Immutable.
 */
public final class MultiVector {
    private final float[][] rows;

    private MultiVector(float[][] rows) {
        this.rows = rows;
    }

    /** Returns a multi-vector of rows, which are copied. @throws IllegalArgumentException without rows, or where their lengths differ */
    public static MultiVector of(float[]... rows) {
        if (rows.length == 0 || Stream.of(rows).anyMatch(row -> row.length == 0 || row.length != rows[0].length)) {
            throw new IllegalArgumentException("a multi-vector needs rows of one length");
        }
        return new MultiVector(Stream.of(rows).map(float[]::clone).toArray(float[][]::new));
    }

    /** Returns copies of the rows, in their order. */
    public List<float[]> rows() {
        return Stream.of(rows).map(float[]::clone).toList();
    }

    /** Returns how many rows there are. */
    public int rowCount() {
        return rows.length;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof MultiVector multi && Arrays.deepEquals(rows, multi.rows);
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(rows);
    }

    @Override
    public String toString() {
        return "MultiVector[rows=" + rows.length + ", dimension=" + rows[0].length + "]";
    }
}
