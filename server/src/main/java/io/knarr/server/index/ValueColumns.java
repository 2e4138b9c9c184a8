package io.knarr.server.index;

import io.knarr.server.index.ValueColumn.Dictionary;
import io.knarr.server.index.ValueColumn.Encoded;
import io.knarr.server.index.ValueColumn.Numbers;
import io.knarr.server.index.ValueColumn.Sparse;
import io.knarr.server.index.ValueColumn.Unit;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.TimestampValue;
import java.time.Instant;
import java.time.temporal.ChronoField;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Chooses the form of a {@link ValueColumn} that takes the least memory for some values, and makes it. */
final class ValueColumns {
    /** Values of fewer than one in so many rows are kept with their rows. */
    private static final int MIN_SPARSE_SHARE = 8;

    /** A dictionary is worth its objects where each value comes so many times. */
    private static final int ROWS_PER_DICTIONARY_VALUE = 8;

    /** Where there are so few values, a dictionary costs nothing to speak of. */
    private static final int SMALL_DICTIONARY = 4;

    private static final int MAX_DICTIONARY = 1 << 16;

    private static final List<Unit> TIME_UNITS =
            List.of(Unit.SECONDS, Unit.MILLISECONDS, Unit.MICROSECONDS, Unit.NANOSECONDS);
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private ValueColumns() {}

    /** Returns the column of these values, by row. */
    static ValueColumn of(@Nullable FieldValue[] values) {
        int count = 0;
        for (FieldValue value : values) {
            count += value == null ? 0 : 1;
        }
        if (count >= Math.ceilDiv(values.length, MIN_SPARSE_SHARE)) {
            return dense(values, count);
        }
        int[] rows = new int[count];
        @Nullable FieldValue[] present = new FieldValue[count];
        int place = 0;
        for (int row = 0; row < values.length; row++) {
            if (values[row] != null) {
                rows[place] = row;
                present[place++] = values[row];
            }
        }
        return new Sparse(rows, dense(present, count));
    }

    private static ValueColumn dense(@Nullable FieldValue[] values, int count) {
        Dictionary dictionary = dictionary(values, count);
        if (dictionary != null) {
            return dictionary;
        }
        Numbers numbers = numbers(values, count);
        return numbers != null ? numbers : encoded(values);
    }

    private static @Nullable Dictionary dictionary(@Nullable FieldValue[] values, int count) {
        int most = Math.min(MAX_DICTIONARY, Math.max(SMALL_DICTIONARY, count / ROWS_PER_DICTIONARY_VALUE));
        Map<FieldValue, Integer> codes = new HashMap<>();
        long[] codeOf = new long[values.length];
        for (int row = 0; row < values.length; row++) {
            FieldValue value = values[row];
            if (value != null) {
                Integer known = codes.putIfAbsent(value, codes.size() + 1);
                codeOf[row] = known == null ? codes.size() : known;
                if (codes.size() > most) {
                    return null;
                }
            }
        }
        FieldValue[] distinct = new FieldValue[codes.size()];
        codes.forEach((value, code) -> distinct[code - 1] = value);
        return new Dictionary(distinct, PackedLongs.of(codeOf));
    }

    private static @Nullable Numbers numbers(@Nullable FieldValue[] values, int count) {
        Unit unit = unit(values);
        if (unit == null) {
            return null;
        }
        long[] numbers = new long[values.length];
        long[] present = new long[Math.ceilDiv(values.length, Long.SIZE)];
        long known = 0;
        for (int row = 0; row < values.length; row++) {
            FieldValue value = values[row];
            if (value != null) {
                known = number(value, unit);
                present[row / Long.SIZE] |= 1L << row;
            }
            // A row without a value repeats one that there is, so that it makes none wider.
            numbers[row] = known;
        }
        for (int row = 0; row < values.length && values[row] == null; row++) {
            numbers[row] = known;
        }
        return new Numbers(unit, PackedLongs.of(numbers), count == values.length ? null : present);
    }

    /** Returns what all the values are, {@code null} where they are different things or none of numbers. */
    private static @Nullable Unit unit(@Nullable FieldValue[] values) {
        Unit unit = null;
        for (FieldValue value : values) {
            if (value != null) {
                Unit own = unit(value);
                if (own == null) {
                    return null;
                }
                Unit both = unit == null || unit == own ? own : finer(unit, own);
                if (both == null) {
                    return null;
                }
                unit = both;
            }
        }
        return unit == null || fits(values, unit) ? unit : null;
    }

    private static @Nullable Unit unit(FieldValue value) {
        if (value instanceof IntValue) {
            return Unit.INTEGER;
        }
        if (value instanceof DoubleValue) {
            return Unit.DOUBLE_BITS;
        }
        if (value instanceof TimestampValue(Instant instant)) {
            int nanos = instant.get(ChronoField.NANO_OF_SECOND);
            for (Unit unit : TIME_UNITS) {
                if (nanos % (NANOS_PER_SECOND / unit.perSecond()) == 0) {
                    return unit;
                }
            }
        }
        return null;
    }

    private static @Nullable Unit finer(Unit left, Unit right) {
        boolean times = left.compareTo(Unit.SECONDS) >= 0 && right.compareTo(Unit.SECONDS) >= 0;
        return times ? (left.compareTo(right) > 0 ? left : right) : null;
    }

    /** Returns whether all values have a number in 64 bits: times to the nanosecond have it from the year 1677 to 2262. */
    private static boolean fits(@Nullable FieldValue[] values, Unit unit) {
        if (unit.compareTo(Unit.SECONDS) < 0) {
            return true;
        }
        try {
            for (FieldValue value : values) {
                if (value != null) {
                    var _ = number(value, unit);
                }
            }
            return true;
        } catch (ArithmeticException _) {
            return false;
        }
    }

    private static long number(FieldValue value, Unit unit) {
        return switch (value) {
            case IntValue(long integer) -> integer;
            case DoubleValue(double number) -> Double.doubleToRawLongBits(number);
            case TimestampValue(Instant instant) ->
                Math.addExact(
                        Math.multiplyExact(instant.getEpochSecond(), unit.perSecond()),
                        instant.getNano() / (NANOS_PER_SECOND / unit.perSecond()));
            default -> throw new IllegalArgumentException("Value is no number");
        };
    }

    private static Encoded encoded(@Nullable FieldValue[] values) {
        BinaryWriter writer = new BinaryWriter(16 * values.length);
        long[] ends = new long[values.length];
        for (int row = 0; row < values.length; row++) {
            FieldValue value = values[row];
            if (value != null) {
                FieldValueCodec.write(writer, value);
            }
            ends[row] = writer.size();
        }
        return new Encoded(writer.toByteArray(), PackedLongs.of(ends));
    }
}
