package io.knarr.server.index;

import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.FieldValue.TimestampValue;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The values of one field in some rows, by row from zero, each exactly as it was given. Immutable. Which form it has follows from the
 * values: see {@link ValueColumns}.
 */
sealed interface ValueColumn {
    /** Returns the value of a row, {@code null} where it has none. */
    @Nullable
    FieldValue value(int row);

    /** Returns whether the value of a row is a single text. */
    default boolean isText(int row) {
        return value(row) instanceof StringValue;
    }

    /** Returns an estimate of the heap taken. */
    long footprintBytes();

    /**
     * Few different values.
     *
     * @param values the different ones
     * @param codes by row, the place of its value plus one; 0 where it has none
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Dictionary(FieldValue[] values, PackedLongs codes) implements ValueColumn {
        @Override
        public @Nullable FieldValue value(int row) {
            int code = (int) codes.get(row);
            return code == 0 ? null : values[code - 1];
        }

        @Override
        public long footprintBytes() {
            long bytes = 48 + 4L * values.length + codes.footprintBytes();
            for (FieldValue value : values) {
                bytes += FieldValues.footprintBytes(value);
            }
            return bytes;
        }
    }

    /** What the numbers of {@link Numbers} are. */
    enum Unit {
        INTEGER(0, 0),
        DOUBLE_BITS(1, 0),
        SECONDS(2, 1),
        MILLISECONDS(3, 1_000),
        MICROSECONDS(4, 1_000_000),
        NANOSECONDS(5, 1_000_000_000);

        private final int code;
        private final long perSecond;

        Unit(int code, long perSecond) {
            this.code = code;
            this.perSecond = perSecond;
        }

        /** Returns the number by which it is stored. */
        int code() {
            return code;
        }

        static Unit of(int code) {
            for (Unit unit : values()) {
                if (unit.code == code) {
                    return unit;
                }
            }
            throw new CorruptBytesException("Numbers have an unknown unit");
        }

        /** Returns how many there are in a second; 0 for what is no time. */
        long perSecond() {
            return perSecond;
        }

        FieldValue value(long number) {
            return switch (this) {
                case INTEGER -> new IntValue(number);
                case DOUBLE_BITS -> new DoubleValue(Double.longBitsToDouble(number));
                case SECONDS, MILLISECONDS, MICROSECONDS, NANOSECONDS -> instant(number, perSecond);
            };
        }

        private static FieldValue instant(long number, long perSecond) {
            return new TimestampValue(Instant.ofEpochSecond(
                    Math.floorDiv(number, perSecond), Math.floorMod(number, perSecond) * (1_000_000_000 / perSecond)));
        }

        /** Returns whether the numbers are in the order of the values. */
        boolean isOrdered() {
            return this != DOUBLE_BITS;
        }
    }

    /**
     * Numbers or timestamps.
     *
     * @param present a bit a row, {@code null} where all have a value
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Numbers(Unit unit, PackedLongs numbers, long @Nullable [] present) implements ValueColumn {
        /** Returns the rows whose numbers are from {@code low} up to and including {@code high}, a bit each. */
        long[] within(long low, long high) {
            long[] rows = numbers.within(low, high);
            for (int word = 0; present != null && word < rows.length; word++) {
                rows[word] &= present[word];
            }
            return rows;
        }

        boolean has(int row) {
            return present == null || (present[row / Long.SIZE] & (1L << row)) != 0;
        }

        @Override
        public @Nullable FieldValue value(int row) {
            return has(row) ? unit.value(numbers.get(row)) : null;
        }

        @Override
        public long footprintBytes() {
            return 32 + numbers.footprintBytes() + (present == null ? 0 : 16 + 8L * present.length);
        }
    }

    /**
     * Any values, one after another as {@link FieldValueCodec} has them.
     *
     * @param ends by row, where its value ends; it begins where the one before ends, and there is none where that is the same
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Encoded(byte[] bytes, PackedLongs ends) implements ValueColumn {
        @Override
        public @Nullable FieldValue value(int row) {
            int from = row == 0 ? 0 : (int) ends.get(row - 1);
            int to = (int) ends.get(row);
            return from == to ? null : FieldValueCodec.read(new BinaryReader(bytes, from, to));
        }

        @Override
        public boolean isText(int row) {
            int from = row == 0 ? 0 : (int) ends.get(row - 1);
            return from < (int) ends.get(row) && FieldValueCodec.textFrom(bytes, from) >= 0;
        }

        @Override
        public long footprintBytes() {
            return 48 + bytes.length + ends.footprintBytes();
        }
    }

    /**
     * Values of few rows.
     *
     * @param rows those that have one, in their order
     * @param values theirs, by place in {@code rows}
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Sparse(int[] rows, ValueColumn values) implements ValueColumn {
        @Override
        public @Nullable FieldValue value(int row) {
            int place = Arrays.binarySearch(rows, row);
            return place < 0 ? null : values.value(place);
        }

        @Override
        public long footprintBytes() {
            return 40 + 4L * rows.length + values.footprintBytes();
        }
    }

    /** A column in an image's file, read when it is first asked for; then it stays in memory. */
    final class Stored implements ValueColumn {
        private final MappedPart part;
        private final AtomicLong readBytes;
        private volatile @Nullable ValueColumn column;

        /** @param readBytes to which what it takes is added once it is read */
        Stored(MappedPart part, AtomicLong readBytes) {
            this.part = part;
            this.readBytes = readBytes;
        }

        /** Returns the column. @throws io.knarr.server.engine.SegmentException if the file is damaged */
        ValueColumn column() {
            ValueColumn known = column;
            return known == null ? read() : known;
        }

        private synchronized ValueColumn read() {
            ValueColumn known = column;
            if (known == null) {
                known = part.read(ValueColumnCodec::read);
                readBytes.addAndGet(known.footprintBytes());
                column = known;
            }
            return known;
        }

        MappedPart part() {
            return part;
        }

        @Override
        public @Nullable FieldValue value(int row) {
            return column().value(row);
        }

        @Override
        public boolean isText(int row) {
            return column().isText(row);
        }

        /** Returns what it takes as long as it is not read. */
        @Override
        public long footprintBytes() {
            return 64;
        }
    }
}
