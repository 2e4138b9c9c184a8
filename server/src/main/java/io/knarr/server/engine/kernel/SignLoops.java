package io.knarr.server.engine.kernel;

import static jdk.incubator.vector.VectorOperators.BIT_COUNT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The sign estimates in vectors, in each of the forms. Counting comes first and leaves S in the array of estimates; the factors come
 * after. Nobody uses this class by name.
 *
 * <p>No vector crosses the border of a method: where the compiler stops inlining it would be an object, and the call twenty times slower.
 * That is why the methods that count are long.
 */
final class SignLoops extends SimdSignKernel {
    private static final VectorSpecies<Float> FLOATS = VectorLoops.species(MethodHandles.lookup());
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    private static final VectorSpecies<Byte> BYTES = VectorSpecies.of(byte.class, FLOATS.vectorShape());
    private static final SignForm FORM = VectorLoops.variant(MethodHandles.lookup(), SignForm.class);
    private static final int LANES = INTS.length();
    private static final int EVEN_BYTES = 0x00ff00ff;

    /** Words after which bytes of eight bits each could overflow; even. */
    private static final int WORDS_PER_BYTE_SUM = 30;

    /** Words after which bytes of eight carries per two words could overflow; even. */
    private static final int WORDS_PER_CARRY_SUM = 62;

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    @Override
    public String name() {
        return FORM.label() + "-" + FLOATS.vectorBitSize();
    }

    @Override
    public void estimate(
            int[] planes,
            int words,
            float k0,
            float k1,
            MemorySegment memory,
            long offset,
            int blocks,
            float[] estimates,
            int first) {
        long factorsAt = (long) words * WORD_BYTES;
        long blockBytes = factorsAt + 2 * WORD_BYTES;
        for (int block = 0; block < blocks; block++) {
            long at = offset + block * blockBytes;
            for (int lane = 0; lane < ROWS_PER_BLOCK; lane += LANES) {
                count(planes, words, memory, at + 4L * lane, estimates, first + block * ROWS_PER_BLOCK + lane);
            }
        }
        for (int block = 0; block < blocks; block++) {
            long at = offset + block * blockBytes + factorsAt;
            for (int lane = 0; lane < ROWS_PER_BLOCK; lane += LANES) {
                int row = first + block * ROWS_PER_BLOCK + lane;
                FloatVector f = FloatVector.fromMemorySegment(FLOATS, memory, at + 4L * lane, ORDER);
                FloatVector a = FloatVector.fromMemorySegment(FLOATS, memory, at + WORD_BYTES + 4L * lane, ORDER);
                FloatVector counted = FloatVector.fromArray(FLOATS, estimates, row);
                counted.mul(-k1).add(k0).fma(f, a).intoArray(estimates, row);
            }
        }
    }

    @Override
    public void estimateNeighbours(
            int[] planes,
            int words,
            float k0,
            float k1,
            float base,
            MemorySegment memory,
            long codes,
            long factors,
            float[] estimates) {
        for (int neighbour = 0; neighbour < 2 * ROWS_PER_BLOCK; neighbour += LANES) {
            long block = codes + (long) (neighbour / ROWS_PER_BLOCK) * words * WORD_BYTES;
            count(planes, words, memory, block + 4L * (neighbour % ROWS_PER_BLOCK), estimates, neighbour);
        }
        for (int neighbour = 0; neighbour < 2 * ROWS_PER_BLOCK; neighbour += LANES) {
            IntVector packed = IntVector.fromMemorySegment(INTS, memory, factors + 4L * neighbour, ORDER);
            FloatVector f = packed.lanewise(LSHL, 16).reinterpretAsFloats();
            FloatVector a = packed.and(0xffff0000).reinterpretAsFloats();
            FloatVector counted = FloatVector.fromArray(FLOATS, estimates, neighbour);
            counted.mul(-k1).add(k0).fma(f, a).add(base).intoArray(estimates, neighbour);
        }
    }

    /** Writes S of as many rows as there are lanes. The form is a constant of the class, so that one call remains. */
    private static void count(int[] planes, int words, MemorySegment memory, long column, float[] counts, int first) {
        if (FORM == SignForm.POPCOUNT) {
            countInLanes(planes, words, memory, column, counts, first);
        } else if (FORM == SignForm.BYTE_POPCOUNT) {
            countInBytes(planes, words, memory, column, counts, first);
        } else {
            countByAdders(planes, words, memory, column, counts, first);
        }
    }

    private static void countInLanes(
            int[] planes, int words, MemorySegment memory, long column, float[] counts, int first) {
        IntVector ones = IntVector.zero(INTS);
        IntVector twos = IntVector.zero(INTS);
        IntVector fours = IntVector.zero(INTS);
        IntVector eights = IntVector.zero(INTS);
        int second = 2 * words;
        int third = 3 * words;
        for (int word = 0; word < words; word++) {
            IntVector code = IntVector.fromMemorySegment(INTS, memory, column + (long) word * WORD_BYTES, ORDER);
            ones = ones.add(code.lanewise(XOR, planes[word]).lanewise(BIT_COUNT));
            twos = twos.add(code.lanewise(XOR, planes[words + word]).lanewise(BIT_COUNT));
            fours = fours.add(code.lanewise(XOR, planes[second + word]).lanewise(BIT_COUNT));
            eights = eights.add(code.lanewise(XOR, planes[third + word]).lanewise(BIT_COUNT));
        }
        IntVector sum =
                ones.add(twos.lanewise(LSHL, 1)).add(fours.lanewise(LSHL, 2)).add(eights.lanewise(LSHL, 3));
        ((FloatVector) sum.convertShape(VectorOperators.I2F, FLOATS, 0)).intoArray(counts, first);
    }

    private static void countInBytes(
            int[] planes, int words, MemorySegment memory, long column, float[] counts, int first) {
        IntVector sum = IntVector.zero(INTS);
        for (int from = 0; from < words; from += WORDS_PER_BYTE_SUM) {
            int to = Math.min(words, from + WORDS_PER_BYTE_SUM);
            ByteVector ones = ByteVector.zero(BYTES);
            ByteVector twos = ByteVector.zero(BYTES);
            ByteVector fours = ByteVector.zero(BYTES);
            ByteVector eights = ByteVector.zero(BYTES);
            for (int word = from; word < to; word++) {
                IntVector code = IntVector.fromMemorySegment(INTS, memory, column + (long) word * WORD_BYTES, ORDER);
                ones = ones.add(
                        code.lanewise(XOR, planes[word]).reinterpretAsBytes().lanewise(BIT_COUNT));
                twos = twos.add(code.lanewise(XOR, planes[words + word])
                        .reinterpretAsBytes()
                        .lanewise(BIT_COUNT));
                fours = fours.add(code.lanewise(XOR, planes[2 * words + word])
                        .reinterpretAsBytes()
                        .lanewise(BIT_COUNT));
                eights = eights.add(code.lanewise(XOR, planes[3 * words + word])
                        .reinterpretAsBytes()
                        .lanewise(BIT_COUNT));
            }
            // By Horner's rule, in 16-bit halves: at most 2 * 15 * 240 there.
            IntVector weighed = eights.reinterpretAsInts().and(EVEN_BYTES);
            weighed = weighed.add(eights.reinterpretAsInts().lanewise(LSHR, 8).and(EVEN_BYTES));
            weighed = weighed.add(weighed).add(fours.reinterpretAsInts().and(EVEN_BYTES));
            weighed = weighed.add(fours.reinterpretAsInts().lanewise(LSHR, 8).and(EVEN_BYTES));
            weighed = weighed.add(weighed).add(twos.reinterpretAsInts().and(EVEN_BYTES));
            weighed = weighed.add(twos.reinterpretAsInts().lanewise(LSHR, 8).and(EVEN_BYTES));
            weighed = weighed.add(weighed).add(ones.reinterpretAsInts().and(EVEN_BYTES));
            weighed = weighed.add(ones.reinterpretAsInts().lanewise(LSHR, 8).and(EVEN_BYTES));
            sum = sum.add(weighed.and(0xffff)).add(weighed.lanewise(LSHR, 16));
        }
        ((FloatVector) sum.convertShape(VectorOperators.I2F, FLOATS, 0)).intoArray(counts, first);
    }

    /**
     * Keeps, for each bit position, a number in five vectors, its bits of weight 1 to 16; each two words add four pairs of bits of weight
     * 1, 2, 4 and 8. A full adder makes of three bits of a weight one of that weight, and a carry of twice the weight.
     */
    private static void countByAdders(
            int[] planes, int words, MemorySegment memory, long column, float[] counts, int first) {
        IntVector sum = IntVector.zero(INTS);
        for (int from = 0; from < words; from += WORDS_PER_CARRY_SUM) {
            int to = Math.min(words, from + WORDS_PER_CARRY_SUM);
            IntVector ones = IntVector.zero(INTS);
            IntVector twos = IntVector.zero(INTS);
            IntVector fours = IntVector.zero(INTS);
            IntVector eights = IntVector.zero(INTS);
            IntVector sixteens = IntVector.zero(INTS);
            ByteVector carries = ByteVector.zero(BYTES);
            for (int word = from; word < to; word += 2) {
                long at = column + (long) word * WORD_BYTES;
                IntVector code0 = IntVector.fromMemorySegment(INTS, memory, at, ORDER);
                IntVector code1 = IntVector.fromMemorySegment(INTS, memory, at + WORD_BYTES, ORDER);

                IntVector a = code0.lanewise(XOR, planes[word]);
                IntVector b = code1.lanewise(XOR, planes[word + 1]);
                IntVector either = a.lanewise(XOR, b);
                IntVector two0 = either.and(ones).or(a.and(b));
                ones = either.lanewise(XOR, ones);

                a = code0.lanewise(XOR, planes[words + word]);
                b = code1.lanewise(XOR, planes[words + word + 1]);
                either = a.lanewise(XOR, b);
                IntVector four0 = either.and(twos).or(a.and(b));
                twos = either.lanewise(XOR, twos);
                IntVector four1 = twos.and(two0);
                twos = twos.lanewise(XOR, two0);

                a = code0.lanewise(XOR, planes[2 * words + word]);
                b = code1.lanewise(XOR, planes[2 * words + word + 1]);
                either = a.lanewise(XOR, b);
                IntVector eight0 = either.and(fours).or(a.and(b));
                fours = either.lanewise(XOR, fours);
                either = four0.lanewise(XOR, four1);
                IntVector eight1 = either.and(fours).or(four0.and(four1));
                fours = either.lanewise(XOR, fours);

                a = code0.lanewise(XOR, planes[3 * words + word]);
                b = code1.lanewise(XOR, planes[3 * words + word + 1]);
                either = a.lanewise(XOR, b);
                IntVector sixteen0 = either.and(eights).or(a.and(b));
                eights = either.lanewise(XOR, eights);
                either = eight0.lanewise(XOR, eight1);
                IntVector sixteen1 = either.and(eights).or(eight0.and(eight1));
                eights = either.lanewise(XOR, eights);

                either = sixteen0.lanewise(XOR, sixteen1);
                IntVector carry = either.and(sixteens).or(sixteen0.and(sixteen1));
                sixteens = either.lanewise(XOR, sixteens);
                carries = carries.add(carry.reinterpretAsBytes().lanewise(BIT_COUNT));
            }
            // By Horner's rule, in bytes: at most 31 * 8 there.
            ByteVector weighed = sixteens.reinterpretAsBytes().lanewise(BIT_COUNT);
            weighed = weighed.add(weighed).add(eights.reinterpretAsBytes().lanewise(BIT_COUNT));
            weighed = weighed.add(weighed).add(fours.reinterpretAsBytes().lanewise(BIT_COUNT));
            weighed = weighed.add(weighed).add(twos.reinterpretAsBytes().lanewise(BIT_COUNT));
            weighed = weighed.add(weighed).add(ones.reinterpretAsBytes().lanewise(BIT_COUNT));
            IntVector low = weighed.reinterpretAsInts();
            IntVector high = carries.reinterpretAsInts();
            IntVector both = high.and(EVEN_BYTES).add(high.lanewise(LSHR, 8).and(EVEN_BYTES));
            both = both.lanewise(LSHL, 5).add(low.and(EVEN_BYTES));
            both = both.add(low.lanewise(LSHR, 8).and(EVEN_BYTES));
            sum = sum.add(both.and(0xffff)).add(both.lanewise(LSHR, 16));
        }
        ((FloatVector) sum.convertShape(VectorOperators.I2F, FLOATS, 0)).intoArray(counts, first);
    }
}
