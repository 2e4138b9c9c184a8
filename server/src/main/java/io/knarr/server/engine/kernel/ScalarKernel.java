package io.knarr.server.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The definition of every distance, for rows of every type: written for reading, summed in float64 and rounded once to float32. For finite input its answer is
 * never NaN, and infinite only where the true value is beyond float32. Used where the machine has no vectors, and to settle the scores
 * that overflow in a faster kernel.
 */
public final class ScalarKernel implements DistanceKernel {
    ScalarKernel() {}

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public void dot(float[] query, VectorBlock block, int[] rows, int count, float[] scores) {
        block.checkDimension(query.length);
        MemorySegment memory = block.memory();
        for (int i = 0; i < count; i++) {
            long offset = block.rowOffset(rows[i]);
            double sum = 0;
            for (int j = 0; j < query.length; j++) {
                sum += (double) query[j] * VectorBlock.component(memory, block.type(), offset, j);
            }
            scores[i] = (float) sum;
        }
    }

    @Override
    public void squaredDistance(float[] query, VectorBlock block, int[] rows, int count, float[] scores) {
        block.checkDimension(query.length);
        MemorySegment memory = block.memory();
        for (int i = 0; i < count; i++) {
            long offset = block.rowOffset(rows[i]);
            double sum = 0;
            for (int j = 0; j < query.length; j++) {
                double difference = (double) query[j] - VectorBlock.component(memory, block.type(), offset, j);
                sum += difference * difference;
            }
            scores[i] = (float) sum;
        }
    }

    @Override
    public void manhattanDistance(float[] query, VectorBlock block, int[] rows, int count, float[] scores) {
        block.checkDimension(query.length);
        MemorySegment memory = block.memory();
        for (int i = 0; i < count; i++) {
            long offset = block.rowOffset(rows[i]);
            double sum = 0;
            for (int j = 0; j < query.length; j++) {
                sum += Math.abs((double) query[j] - VectorBlock.component(memory, block.type(), offset, j));
            }
            scores[i] = (float) sum;
        }
    }
}
