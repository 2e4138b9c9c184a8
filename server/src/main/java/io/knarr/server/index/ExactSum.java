package io.knarr.server.index;

import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.IntValue;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Optional;

/**
 * A sum of integers and numbers. Integers are summed exactly, in 128 bits; numbers with their rounding errors kept aside (Neumaier), so
 * that the result hardly depends on their order.
 */
final class ExactSum {
    private long high;
    private long low;
    private double sum;
    private double lost;
    private long integers;
    private long numbers;

    void add(long value) {
        long before = low;
        low += value;
        high += (value >> 63) + (Long.compareUnsigned(low, before) < 0 ? 1 : 0);
        integers++;
    }

    void add(double value) {
        double next = sum + value;
        lost += Math.abs(sum) >= Math.abs(value) ? (sum - next) + value : (value - next) + sum;
        sum = next;
        numbers++;
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
        return finite(
                numbers == 0
                        ? whole.doubleValue()
                        : total(whole).map(BigDecimal::doubleValue).orElse(Double.NaN));
    }

    /** Returns the mean; some values must have been added. Empty where the sum is beyond what a double holds. */
    Optional<FieldValue> mean() {
        return total(whole())
                .map(total -> total.divide(BigDecimal.valueOf(count()), MathContext.DECIMAL128))
                .flatMap(mean -> finite(mean.doubleValue()));
    }

    private BigInteger whole() {
        // The unsigned low half and the signed high half, which begins at the 65th bit.
        BigInteger unsignedLow = new BigInteger(Long.toUnsignedString(low));
        return BigInteger.valueOf(high).shiftLeft(Long.SIZE).add(unsignedLow);
    }

    private Optional<BigDecimal> total(BigInteger whole) {
        double compensated = sum + lost;
        return Double.isFinite(compensated)
                ? Optional.of(new BigDecimal(whole).add(new BigDecimal(compensated)))
                : Optional.empty();
    }

    private static Optional<FieldValue> finite(double value) {
        return Double.isFinite(value) ? Optional.of(new DoubleValue(value)) : Optional.empty();
    }
}
