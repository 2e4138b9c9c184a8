package io.knarr.server.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The definition of the transforms, written for reading; also for machines without vectors. */
public final class ScalarTransformKernel implements TransformKernel {
    ScalarTransformKernel() {}

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public void flip(float[] values, float[] signs, int from) {
        for (int i = 0; i < values.length; i++) {
            values[i] *= signs[from + i];
        }
    }

    @Override
    public void hadamard(float[] values, int from, int size) {
        for (int half = 1; half < size; half <<= 1) {
            for (int block = from; block < from + size; block += 2 * half) {
                for (int i = block; i < block + half; i++) {
                    float sum = values[i] + values[i + half];
                    values[i + half] = values[i] - values[i + half];
                    values[i] = sum;
                }
            }
        }
        float scale = (float) (1 / Math.sqrt(size));
        for (int i = from; i < from + size; i++) {
            values[i] *= scale;
        }
    }

    @Override
    public void measure(float[] values, float[] other, float[] measures) {
        double squares = 0;
        double magnitudes = 0;
        double product = 0;
        double signed = 0;
        float greatest = 0;
        for (int i = 0; i < values.length; i++) {
            squares += (double) values[i] * values[i];
            magnitudes += Math.abs(values[i]);
            greatest = Math.max(greatest, Math.abs(values[i]));
            product += (double) values[i] * other[i];
            signed += values[i] < 0 ? -other[i] : other[i];
        }
        measures[SQUARES] = (float) squares;
        measures[MAGNITUDES] = (float) magnitudes;
        measures[GREATEST] = greatest;
        measures[PRODUCT] = (float) product;
        measures[SIGNED] = (float) signed;
    }

    @Override
    public void signs(float[] values, int[] words) {
        Arrays.fill(words, 0, values.length / Integer.SIZE, 0);
        for (int i = 0; i < values.length; i++) {
            if (!(values[i] < 0)) {
                words[i / Integer.SIZE] |= 1 << i;
            }
        }
    }

    @Override
    public int quantise(float[] values, float inverse, int[] codes) {
        int sum = 0;
        for (int i = 0; i < values.length; i++) {
            float level = Math.max(-63f, Math.min(63f, values[i] * inverse));
            codes[i] = (int) (level + 64.5f);
            sum += codes[i];
        }
        return sum;
    }

    @Override
    public float squaredError(float[] values, int[] codes, float scale) {
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            double error = (double) values[i] - (double) scale * (codes[i] - 64);
            sum += error * error;
        }
        return (float) sum;
    }

    @Override
    public void restore(MemorySegment memory, long offset, float scale, float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = scale * (memory.get(ValueLayout.JAVA_BYTE, offset + i) - 64);
        }
    }

    @Override
    public void subtract(float[] first, float[] second, float[] difference) {
        for (int i = 0; i < difference.length; i++) {
            difference[i] = first[i] - second[i];
        }
    }

    @Override
    public float planes(float[] values, float inverse, int[] planes, int words) {
        Arrays.fill(planes, 0, SignKernel.PLANES * words, 0);
        double half = 0.5 / inverse;
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            float level = Math.max(0f, Math.min(15f, values[i] * inverse + 8));
            int u = (int) level;
            for (int plane = 0; plane < SignKernel.PLANES; plane++) {
                planes[plane * words + i / Integer.SIZE] |= ((u >>> plane) & 1) << i;
            }
            double error = values[i] - (2 * u - 15) * half;
            sum += error * error;
        }
        return (float) sum;
    }

    @Override
    public int select(float[] estimates, int from, int to, float threshold, int[] selected) {
        int count = 0;
        for (int i = from; i < to; i++) {
            if (estimates[i] >= threshold) {
                selected[count++] = i;
            }
        }
        return count;
    }

    @Override
    public long reaching(float[] estimates, int count, float threshold) {
        long bits = 0;
        for (int i = 0; i < count; i++) {
            bits |= estimates[i] >= threshold ? 1L << i : 0;
        }
        return bits;
    }

    @Override
    public int selectWithin(
            float[] estimates,
            int from,
            int to,
            MemorySegment spreads,
            long offset,
            float width,
            float threshold,
            int[] selected,
            int at) {
        int count = at;
        for (int i = from; i < to; i++) {
            float spread = spreads.get(ValueLayout.JAVA_FLOAT, offset + 4L * (i - from));
            if (Math.fma(width, spread, estimates[i]) >= threshold) {
                selected[count++] = i;
            }
        }
        return count - at;
    }
}
