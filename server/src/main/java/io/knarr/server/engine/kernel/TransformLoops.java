package io.knarr.server.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The transforms in vectors. Nobody uses this class by name. */
final class TransformLoops extends SimdTransformKernel {
    private static final VectorSpecies<Float> FLOATS = VectorLoops.species(MethodHandles.lookup());
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    private static final int LANES = FLOATS.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    // A butterfly within a vector: the other one's value, plus the own one with a sign.
    private static final VectorShuffle<Float> SWAP_1 = VectorShuffle.fromOp(FLOATS, lane -> lane ^ 1);
    private static final VectorShuffle<Float> SWAP_2 = VectorShuffle.fromOp(FLOATS, lane -> lane ^ 2);
    private static final VectorShuffle<Float> SWAP_4 = VectorShuffle.fromOp(FLOATS, lane -> (lane ^ 4) % LANES);
    private static final VectorShuffle<Float> SWAP_8 = VectorShuffle.fromOp(FLOATS, lane -> (lane ^ 8) % LANES);
    private static final FloatVector SIGN_1 = signsOf(1);
    private static final FloatVector SIGN_2 = signsOf(2);
    private static final FloatVector SIGN_4 = signsOf(4);
    private static final FloatVector SIGN_8 = signsOf(8);

    private static FloatVector signsOf(int half) {
        float[] signs = new float[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            signs[lane] = (lane & half) == 0 ? 1f : -1f;
        }
        return FloatVector.fromArray(FLOATS, signs, 0);
    }

    @Override
    public String name() {
        return "transform-" + FLOATS.vectorBitSize();
    }

    @Override
    public void flip(float[] values, float[] signs, int from) {
        for (int i = 0; i < values.length; i += LANES) {
            FloatVector.fromArray(FLOATS, values, i)
                    .mul(FloatVector.fromArray(FLOATS, signs, from + i))
                    .intoArray(values, i);
        }
    }

    @Override
    public void hadamard(float[] values, int from, int size) {
        float scale = (float) (1 / Math.sqrt(size));
        for (int i = from; i < from + size; i += LANES) {
            within(FloatVector.fromArray(FLOATS, values, i)).mul(scale).intoArray(values, i);
        }
        for (int half = LANES; half < size; half <<= 1) {
            for (int block = from; block < from + size; block += 2 * half) {
                for (int i = block; i < block + half; i += LANES) {
                    FloatVector first = FloatVector.fromArray(FLOATS, values, i);
                    FloatVector second = FloatVector.fromArray(FLOATS, values, i + half);
                    first.add(second).intoArray(values, i);
                    first.sub(second).intoArray(values, i + half);
                }
            }
        }
    }

    private static FloatVector within(FloatVector values) {
        FloatVector done = values.fma(SIGN_1, values.rearrange(SWAP_1));
        done = done.fma(SIGN_2, done.rearrange(SWAP_2));
        if (LANES > 4) {
            done = done.fma(SIGN_4, done.rearrange(SWAP_4));
        }
        if (LANES > 8) {
            done = done.fma(SIGN_8, done.rearrange(SWAP_8));
        }
        return done;
    }

    @Override
    public void measure(float[] values, float[] other, float[] measures) {
        FloatVector squares = FloatVector.zero(FLOATS);
        FloatVector magnitudes = FloatVector.zero(FLOATS);
        FloatVector greatest = FloatVector.zero(FLOATS);
        FloatVector product = FloatVector.zero(FLOATS);
        FloatVector signed = FloatVector.zero(FLOATS);
        for (int i = 0; i < values.length; i += LANES) {
            FloatVector value = FloatVector.fromArray(FLOATS, values, i);
            FloatVector beside = FloatVector.fromArray(FLOATS, other, i);
            FloatVector magnitude = value.abs();
            squares = value.fma(value, squares);
            magnitudes = magnitudes.add(magnitude);
            greatest = greatest.max(magnitude);
            product = value.fma(beside, product);
            signed = signed.add(beside.blend(beside.neg(), value.compare(VectorOperators.LT, 0f)));
        }
        measures[SQUARES] = squares.reduceLanes(VectorOperators.ADD);
        measures[MAGNITUDES] = magnitudes.reduceLanes(VectorOperators.ADD);
        measures[GREATEST] = greatest.reduceLanes(VectorOperators.MAX);
        measures[PRODUCT] = product.reduceLanes(VectorOperators.ADD);
        measures[SIGNED] = signed.reduceLanes(VectorOperators.ADD);
    }

    @Override
    public void signs(float[] values, int[] words) {
        for (int word = 0; word < values.length / Integer.SIZE; word++) {
            int bits = 0;
            for (int lane = 0; lane < Integer.SIZE; lane += LANES) {
                long negative = FloatVector.fromArray(FLOATS, values, word * Integer.SIZE + lane)
                        .compare(VectorOperators.LT, 0f)
                        .toLong();
                bits |= (int) (negative << lane);
            }
            words[word] = ~bits;
        }
    }

    @Override
    public int quantise(float[] values, float inverse, int[] codes) {
        IntVector sum = IntVector.zero(INTS);
        for (int i = 0; i < values.length; i += LANES) {
            FloatVector level = FloatVector.fromArray(FLOATS, values, i)
                    .mul(inverse)
                    .min(63f)
                    .max(-63f)
                    .add(64.5f);
            IntVector code = (IntVector) level.convertShape(VectorOperators.F2I, INTS, 0);
            sum = sum.add(code);
            code.intoArray(codes, i);
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }

    @Override
    public float squaredError(float[] values, int[] codes, float scale) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int i = 0; i < values.length; i += LANES) {
            FloatVector level = (FloatVector)
                    IntVector.fromArray(INTS, codes, i).sub(64).convertShape(VectorOperators.I2F, FLOATS, 0);
            FloatVector error =
                    level.fma(FloatVector.broadcast(FLOATS, -scale), FloatVector.fromArray(FLOATS, values, i));
            sum = error.fma(error, sum);
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }

    @Override
    public void restore(MemorySegment memory, long offset, float scale, float[] values) {
        for (int i = 0; i < values.length; i += Integer.BYTES * LANES) {
            IntVector codes = IntVector.fromMemorySegment(INTS, memory, offset + i, ByteOrder.LITTLE_ENDIAN);
            ByteVector bytes = codes.reinterpretAsBytes();
            for (int part = 0; part < Integer.BYTES; part++) {
                IntVector levels = (IntVector) bytes.convertShape(VectorOperators.B2I, INTS, part);
                FloatVector floats = (FloatVector) levels.sub(64).convertShape(VectorOperators.I2F, FLOATS, 0);
                floats.mul(scale).intoArray(values, i + part * LANES);
            }
        }
    }

    @Override
    public void subtract(float[] first, float[] second, float[] difference) {
        for (int i = 0; i < difference.length; i += LANES) {
            FloatVector.fromArray(FLOATS, first, i)
                    .sub(FloatVector.fromArray(FLOATS, second, i))
                    .intoArray(difference, i);
        }
    }

    @Override
    public float planes(float[] values, float inverse, int[] planes, int words) {
        FloatVector half = FloatVector.broadcast(FLOATS, -0.5f / inverse);
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int word = 0; word < words; word++) {
            int ones = 0;
            int twos = 0;
            int fours = 0;
            int eights = 0;
            for (int lane = 0; lane < Integer.SIZE; lane += LANES) {
                FloatVector value = FloatVector.fromArray(FLOATS, values, word * Integer.SIZE + lane);
                FloatVector level = value.mul(inverse).add(8f).min(15f).max(0f);
                IntVector u = (IntVector) level.convertShape(VectorOperators.F2I, INTS, 0);
                ones |= (int) (bit(u, 1) << lane);
                twos |= (int) (bit(u, 2) << lane);
                fours |= (int) (bit(u, 4) << lane);
                eights |= (int) (bit(u, 8) << lane);
                FloatVector odd = (FloatVector) u.add(u).sub(15).convertShape(VectorOperators.I2F, FLOATS, 0);
                FloatVector error = odd.fma(half, value);
                sum = error.fma(error, sum);
            }
            planes[word] = ones;
            planes[words + word] = twos;
            planes[2 * words + word] = fours;
            planes[3 * words + word] = eights;
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }

    private static long bit(IntVector values, int bit) {
        return values.and(bit).compare(VectorOperators.NE, 0).toLong();
    }

    @Override
    public int select(float[] estimates, int from, int to, float threshold, int[] selected) {
        int count = 0;
        int i = from;
        for (; i + LANES <= to; i += LANES) {
            long above = FloatVector.fromArray(FLOATS, estimates, i)
                    .compare(VectorOperators.GE, threshold)
                    .toLong();
            for (; above != 0; above &= above - 1) {
                selected[count++] = i + Long.numberOfTrailingZeros(above);
            }
        }
        for (; i < to; i++) {
            if (estimates[i] >= threshold) {
                selected[count++] = i;
            }
        }
        return count;
    }

    @Override
    public long reaching(float[] estimates, int count, float threshold) {
        long bits = 0;
        for (int i = 0; i < count; i += LANES) {
            bits |= FloatVector.fromArray(FLOATS, estimates, i)
                            .compare(VectorOperators.GE, threshold)
                            .toLong()
                    << i;
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
        int i = from;
        FloatVector widths = FloatVector.broadcast(FLOATS, width);
        for (; i + LANES <= to; i += LANES) {
            VectorMask<Float> within = FloatVector.fromMemorySegment(FLOATS, spreads, offset + 4L * (i - from), ORDER)
                    .fma(widths, FloatVector.fromArray(FLOATS, estimates, i))
                    .compare(VectorOperators.GE, threshold);
            for (long above = within.toLong(); above != 0; above &= above - 1) {
                selected[count++] = i + Long.numberOfTrailingZeros(above);
            }
        }
        for (; i < to; i++) {
            float spread = spreads.get(ValueLayout.JAVA_FLOAT, offset + 4L * (i - from));
            if (Math.fma(width, spread, estimates[i]) >= threshold) {
                selected[count++] = i;
            }
        }
        return count - at;
    }
}
