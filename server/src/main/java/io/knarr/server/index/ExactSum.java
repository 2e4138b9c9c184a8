package io.knarr.server.index;

import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.IntValue;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Optional;

/**
 * A sum of integers and numbers, exact whatever their sizes and their order. Integers are summed in 128 bits. Numbers are kept as a sum of
 * partial sums that do not overlap, of which each addition leaves none of its bits out: J. R. Shewchuk, Adaptive Precision
 * Floating-Point Arithmetic and Fast Robust Geometric Predicates, 1997, figure 6.
 */
final class ExactSum {
    /** Partial sums above this are put aside, long before one could overflow. */
    private static final double LARGE = 0x1p1000;

    private long high;
    private long low;
    private double[] partials = new double[4];
    private int partialCount;
    private BigDecimal aside = BigDecimal.ZERO;
    private long integers;
    private long numbers;

    void add(long value) {
        long before = low;
        low += value;
        high += (value >> 63) + (Long.compareUnsigned(low, before) < 0 ? 1 : 0);
        integers++;
    }

    void add(double value) {
        numbers++;
        if (Math.abs(value) > LARGE) {
            aside = aside.add(new BigDecimal(value));
            return;
        }
        double rest = value;
        int kept = 0;
        for (int i = 0; i < partialCount; i++) {
            double greater = Math.abs(rest) >= Math.abs(partials[i]) ? rest : partials[i];
            double lesser = Math.abs(rest) >= Math.abs(partials[i]) ? partials[i] : rest;
            rest = greater + lesser;
            double lost = lesser - (rest - greater);
            if (lost != 0) {
                partials[kept++] = lost;
            }
        }
        if (Math.abs(rest) > LARGE) {
            aside = aside.add(new BigDecimal(rest));
            rest = 0;
        }
        if (kept == partials.length) {
            partials = Arrays.copyOf(partials, 2 * kept);
        }
        partials[kept] = rest;
        partialCount = kept + 1;
    }

    long count() {
        return integers + numbers;
    }

    /**
     * Returns the sum: an integer where only integers were added and it fits into 64 bits, the nearest double otherwise.
     *
     * @return empty where it is beyond what a double holds
     */
    Optional<FieldValue> sum() {
        BigInteger whole = whole();
        if (numbers == 0 && whole.bitLength() < Long.SIZE) {
            return Optional.of(new IntValue(whole.longValueExact()));
        }
        double nearest = total(whole).doubleValue();
        return Double.isFinite(nearest) ? Optional.of(new DoubleValue(nearest)) : Optional.empty();
    }

    /** Returns the mean; some values must have been added. It lies between them, whatever their sum. */
    FieldValue mean() {
        return new DoubleValue(total(whole())
                .divide(BigDecimal.valueOf(count()), MathContext.DECIMAL128)
                .doubleValue());
    }

    private BigInteger whole() {
        // The unsigned low half and the signed high half, which begins at the 65th bit.
        BigInteger unsignedLow = new BigInteger(Long.toUnsignedString(low));
        return BigInteger.valueOf(high).shiftLeft(Long.SIZE).add(unsignedLow);
    }

    private BigDecimal total(BigInteger whole) {
        BigDecimal total = aside.add(new BigDecimal(whole));
        for (int i = 0; i < partialCount; i++) {
            total = total.add(new BigDecimal(partials[i]));
        }
        return total;
    }
}
