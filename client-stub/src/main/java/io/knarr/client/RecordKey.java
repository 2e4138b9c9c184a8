package io.knarr.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.util.UUID;

/**
 * The caller's name of a record, unique in its collection: a string, an unsigned integer or a UUID.
 *
 * <p>The three kinds are different ids: {@code of("7")}, {@code of(7)} and a UUID never name the same record.
 */
public sealed interface RecordKey {
    /** The most bytes of UTF-8 a string key may have. */
    int MAX_STRING_BYTES = 512;

    /** A string, 1 to {@value #MAX_STRING_BYTES} bytes of UTF-8. */
    record StringKey(String value) implements RecordKey {
        public StringKey {
            int bytes = requireNonNull(value, "value is null").getBytes(UTF_8).length;
            if (bytes < 1 || bytes > MAX_STRING_BYTES) {
                throw new IllegalArgumentException("A string key has 1 to 512 bytes of UTF-8: " + bytes);
            }
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /** An unsigned 64-bit integer, given as its bits. */
    record NumberKey(long unsignedValue) implements RecordKey {
        @Override
        public String toString() {
            return Long.toUnsignedString(unsignedValue);
        }
    }

    /** A UUID. */
    record UuidKey(UUID value) implements RecordKey {
        public UuidKey {
            requireNonNull(value, "value is null");
        }

        @Override
        public String toString() {
            return value.toString();
        }
    }

    /** Returns the key of a string, 1 to {@value #MAX_STRING_BYTES} bytes of UTF-8. */
    static RecordKey of(String value) {
        return new StringKey(value);
    }

    /** Returns the key of an unsigned 64-bit integer, given as its bits. */
    static RecordKey of(long unsignedValue) {
        return new NumberKey(unsignedValue);
    }

    /** Returns the key of a UUID. */
    static RecordKey of(UUID value) {
        return new UuidKey(value);
    }
}
