package io.knarr.server.engine;

import java.util.Arrays;

/**
 * Ranks the rows that a scan found anew, by scores in double precision.
 *
 * <p>A scan adds float32 products in an order that depends on the machine's vector width and on how rows were grouped, so its scores
 * differ in the last digit from machine to machine and from load to load. These do not: each is the sum over the components in their
 * order, of the float32 values as stored, in float64.
 */
public final class PreciseRanking {
    /** How many more rows than wanted a scan should keep, so that rounding does not cut off one that belongs to them. */
    public static final int MARGIN = 16;

    private final int[] rows;
    private final double[] scores;

    private PreciseRanking(int[] rows, double[] scores) {
        this.rows = rows;
        this.scores = scores;
    }

    /**
     * Ranks rows.
     *
     * @param candidates what the scan found
     * @param query shape {@code [dimension]}
     * @param order of rows whose scores are equal
     * @param limit how many to keep, at least 0
     */
    public static PreciseRanking of(
            RankedRows candidates,
            VectorRows vectors,
            float[] query,
            Similarity similarity,
            RowOrder order,
            int limit) {
        int count = candidates.size();
        double[] found = new double[count];
        Integer[] ranks = new Integer[count];
        float[] row = new float[vectors.dimension()];
        for (int i = 0; i < count; i++) {
            vectors.copyRow(candidates.row(i), row);
            found[i] = score(row, query, similarity);
            ranks[i] = i;
        }
        boolean largerFirst = similarity.largerIsNearer();
        Arrays.sort(ranks, (a, b) -> {
            int byScore = largerFirst ? Double.compare(found[b], found[a]) : Double.compare(found[a], found[b]);
            return byScore != 0 ? byScore : order.compare(candidates.row(a), candidates.row(b));
        });
        int kept = Math.min(limit, count);
        int[] rows = new int[kept];
        double[] scores = new double[kept];
        for (int i = 0; i < kept; i++) {
            rows[i] = candidates.row(ranks[i]);
            scores[i] = found[ranks[i]];
        }
        return new PreciseRanking(rows, scores);
    }

    private static double score(float[] row, float[] query, Similarity similarity) {
        double sum = 0;
        switch (similarity) {
            case DOT -> {
                for (int i = 0; i < row.length; i++) {
                    sum += (double) row[i] * query[i];
                }
            }
            case SQUARED_EUCLID -> {
                for (int i = 0; i < row.length; i++) {
                    double difference = (double) row[i] - query[i];
                    sum += difference * difference;
                }
            }
            case MANHATTAN -> {
                for (int i = 0; i < row.length; i++) {
                    sum += Math.abs((double) row[i] - query[i]);
                }
            }
        }
        return sum + 0.0; // a negative zero would differ from a positive one
    }

    /** Returns how many rows there are. */
    public int size() {
        return rows.length;
    }

    /** Returns the row at a rank; rank 0 is the nearest. */
    public int row(int rank) {
        return rows[rank];
    }

    /** Returns the score of the row at a rank. */
    public double score(int rank) {
        return scores[rank];
    }
}
