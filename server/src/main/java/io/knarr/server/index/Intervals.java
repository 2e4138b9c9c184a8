package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.Aggregation;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.TimestampValue;
import java.math.BigInteger;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Intervals of equal length, numbered in their order. Immutable. */
sealed interface Intervals {
    /** Returns the number of the interval a value lies in, {@code null} for a value of another kind. @throws ServiceException INVALID_FIELD */
    @Nullable
    Long number(FieldValue value);

    /** Returns where an interval begins. */
    FieldValue start(long number);

    static Intervals of(Aggregation.Histogram histogram, String path) {
        boolean whole = isWhole(histogram.interval()) && isWhole(histogram.offset());
        return whole
                ? new Whole(
                        (long) histogram.interval(),
                        Math.floorMod((long) histogram.offset(), (long) histogram.interval()),
                        path)
                : new Real(histogram.interval(), histogram.offset(), path);
    }

    static Intervals of(Aggregation.TimeHistogram histogram, String path) {
        return new Time(
                Aggregation.TimeHistogram.nanos(histogram.interval()),
                Aggregation.TimeHistogram.nanos(histogram.offset()),
                path);
    }

    private static boolean isWhole(double value) {
        return value == Math.rint(value) && Math.abs(value) < 0x1p53;
    }

    private static ServiceException tooShort(String path) {
        return ServiceException.atField(
                ErrorCode.INVALID_FIELD, path + ".interval", "The interval is too short for the values of the field");
    }

    private static long numberOf(double value, double interval, double offset, String path) {
        double number = Math.floor((value - offset) / interval);
        if (Math.abs(number) > 0x1p53) { // beyond which doubles skip integers
            throw tooShort(path);
        }
        return (long) number;
    }

    private static DoubleValue finite(double value) {
        return new DoubleValue(Math.clamp(value, -Double.MAX_VALUE, Double.MAX_VALUE));
    }

    /**
     * Of whole length, so that integers are put into them exactly, over all 64 bits.
     *
     * @param phase where the first interval from 0 on begins; 0 or more, less than {@code interval}
     */
    record Whole(long interval, long phase, String path) implements Intervals {
        @Override
        public @Nullable Long number(FieldValue value) {
            return switch (value) {
                case IntValue(long integer) ->
                    // No overflow: where intervals are of length 1 the phase is 0.
                    Math.floorDiv(integer, interval) - (Math.floorMod(integer, interval) < phase ? 1 : 0);
                case DoubleValue(double number) -> numberOf(number, (double) interval, (double) phase, path);
                default -> null;
            };
        }

        @Override
        public FieldValue start(long number) {
            BigInteger start = BigInteger.valueOf(number)
                    .multiply(BigInteger.valueOf(interval))
                    .add(BigInteger.valueOf(phase));
            return start.bitLength() < Long.SIZE ? new IntValue(start.longValueExact()) : finite(start.doubleValue());
        }
    }

    /** Of any length, in the arithmetic of doubles. */
    record Real(double interval, double offset, String path) implements Intervals {
        @Override
        public @Nullable Long number(FieldValue value) {
            return switch (value) {
                case IntValue(long integer) -> numberOf((double) integer, interval, offset, path);
                case DoubleValue(double number) -> numberOf(number, interval, offset, path);
                default -> null;
            };
        }

        @Override
        public FieldValue start(long number) {
            return finite((double) number * interval + offset);
        }
    }

    /** Of time, in nanoseconds since 1970, exactly. */
    record Time(BigInteger interval, BigInteger offset, String path) implements Intervals {
        private static final BigInteger NANOS_PER_SECOND = BigInteger.valueOf(1_000_000_000);
        private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");

        @Override
        public @Nullable Long number(FieldValue value) {
            if (!(value instanceof TimestampValue(Instant instant))) {
                return null;
            }
            BigInteger nanos = BigInteger.valueOf(instant.getEpochSecond())
                    .multiply(NANOS_PER_SECOND)
                    .add(BigInteger.valueOf(instant.getNano()));
            BigInteger[] parts = nanos.subtract(offset).divideAndRemainder(interval);
            BigInteger number = parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0];
            if (number.bitLength() >= Long.SIZE) {
                throw tooShort(path);
            }
            return number.longValueExact();
        }

        /** No earlier than timestamps may be. */
        @Override
        public FieldValue start(long number) {
            BigInteger[] parts =
                    BigInteger.valueOf(number).multiply(interval).add(offset).divideAndRemainder(NANOS_PER_SECOND);
            Instant start = Instant.ofEpochSecond(parts[0].longValueExact(), parts[1].longValueExact());
            return new TimestampValue(start.isBefore(FIRST) ? FIRST : start);
        }
    }
}
