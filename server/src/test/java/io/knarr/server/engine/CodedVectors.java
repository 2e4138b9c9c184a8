package io.knarr.server.engine;

import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.engine.kernel.SignKernel;
import java.lang.foreign.ValueLayout;

/** Rows with their codes, and a query: to look at single estimates. */
final class CodedVectors implements AutoCloseable {
    /** What codes say about a row, less the query's offset. */
    record Estimates(double byCodes, double bound, double bySigns, double deviation, float spread, float norm) {}

    private final Similarity similarity;
    final Centre centre;
    final CodedRows rows;
    final QueryCode query;

    CodedVectors(Similarity similarity, float[][] vectors) {
        this(similarity, mean(vectors), vectors);
    }

    CodedVectors(Similarity similarity, Centre centre, float[]... vectors) {
        this.similarity = similarity;
        this.centre = centre;
        int dimension = vectors[0].length;
        this.rows = new CodedRows(dimension, similarity, centre);
        this.query = new QueryCode(dimension, similarity);
        for (float[] vector : vectors) {
            rows.append(vector);
        }
    }

    private static Centre mean(float[][] vectors) {
        try (VectorRows rows = new VectorRows(vectors[0].length)) {
            for (float[] vector : vectors) {
                rows.append(vector);
            }
            return Centre.ofMean(rows, vectors.length);
        }
    }

    boolean prepare(float[] vector) {
        return query.prepare(vector, centre);
    }

    Estimates estimates(int row) {
        CodeBlock[] blocks = rows.blocks();
        CodeBlock block = blocks[CodedRows.blockOf(blocks, row)];
        int place = row - block.firstRow();
        CodeLayout layout = rows.layout();
        int[] dots = new int[1];
        Kernels.code().dots(query.even, query.odd, block.codes(), 0, layout.codeBytes(), new int[] {place}, 0, 1, dots);
        long trailer = place * layout.codeBytes() + layout.size();
        float norm = block.codes().get(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.NORM);
        float error = block.codes().get(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.ERROR);
        float byCodes = query.codeEstimate(
                dots[0],
                block.codes().get(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.SCALE),
                block.codes().get(ValueLayout.JAVA_INT, trailer + CodeLayout.SUM),
                norm);
        float[] bySigns = new float[SignKernel.ROWS_PER_BLOCK];
        Kernels.sign()
                .estimate(
                        query.planes,
                        layout.words(),
                        query.k0,
                        query.k1,
                        block.signs(),
                        place / SignKernel.ROWS_PER_BLOCK * layout.signBlockBytes(),
                        1,
                        bySigns,
                        0);
        return new Estimates(
                byCodes,
                query.codeBound(error, norm),
                bySigns[place % SignKernel.ROWS_PER_BLOCK],
                query.width() * block.spreads().getAtIndex(ValueLayout.JAVA_FLOAT, place),
                block.spreads().getAtIndex(ValueLayout.JAVA_FLOAT, place),
                norm);
    }

    /** Returns the deviation of the estimate from signs of a row that is known to have the key it has, and no other norm. */
    double deviationWhereItBelongs(float[] vector, float[] row, Estimates estimates) {
        double squared = query.squaredDistanceAt(key(vector, row) + query.offset(), Bounds.norm(row));
        return query.widthWithin(squared, Math.nextDown(estimates.norm() * (1 - 0x1p-20f))) * estimates.spread();
    }

    /** Returns the key less the offset, without the cancellation of their difference. */
    double key(float[] vector, float[] row) {
        float[] point = centre.point();
        double product = 0;
        double squares = 0;
        for (int i = 0; i < row.length; i++) {
            double apart = (double) row[i] - point[i];
            product += apart * (similarity == Similarity.DOT ? vector[i] : (double) vector[i] - point[i]);
            squares += apart * apart;
        }
        return similarity == Similarity.DOT ? product : product - squares / 2;
    }

    @Override
    public void close() {
        rows.close();
    }
}
