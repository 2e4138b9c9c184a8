package io.knarr.server.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;

/**
 * The caller's name of a record: an unsigned 64-bit integer, a UUID or a string. The three kinds are distinct ids.
 *
 * <p>Held as its sort key: one byte for the kind ({@code 1} integer, {@code 2} UUID, {@code 3} string), then 8 bytes big-endian, 16 bytes
 * big-endian, or 1 to {@value #MAX_STRING_BYTES} bytes of UTF-8. Unsigned byte order of the sort key is the order of ids everywhere:
 * in pages, in exports, and between hits of equal score. The sort key is stored, so it never changes.
 */
public final class RecordId implements Comparable<RecordId> {
    /** The most bytes of UTF-8 a string id may have. */
    public static final int MAX_STRING_BYTES = 512;

    /** The kinds of ids. */
    public enum Kind {
        /** An unsigned 64-bit integer. */
        UINT64,
        /** A UUID. */
        UUID,
        /** A string. */
        STRING
    }

    private final byte[] sortKey;

    private RecordId(byte[] sortKey) {
        this.sortKey = sortKey;
    }

    /** Returns the id of an unsigned integer, given as its bits. */
    public static RecordId of(long unsigned) {
        return new RecordId(
                ByteBuffer.allocate(9).put((byte) 1).putLong(unsigned).array());
    }

    /** Returns the id of a UUID. */
    public static RecordId of(UUID uuid) {
        return new RecordId(ByteBuffer.allocate(17)
                .put((byte) 2)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array());
    }

    /**
     * Returns the id of a string.
     *
     * @throws IllegalArgumentException if it is empty or longer than {@value #MAX_STRING_BYTES} bytes of UTF-8
     */
    public static RecordId of(String string) {
        byte[] utf8 = string.getBytes(UTF_8);
        byte[] sortKey = new byte[utf8.length + 1];
        sortKey[0] = 3;
        System.arraycopy(utf8, 0, sortKey, 1, utf8.length);
        return fromSortKey(sortKey);
    }

    /**
     * Returns the id with that sort key, which becomes the id's own.
     *
     * @throws IllegalArgumentException if it is not the sort key of any id
     */
    public static RecordId fromSortKey(byte[] sortKey) {
        boolean valid = sortKey.length > 0
                && switch (sortKey[0]) {
                    case 1 -> sortKey.length == 9;
                    case 2 -> sortKey.length == 17;
                    case 3 -> sortKey.length > 1 && sortKey.length <= MAX_STRING_BYTES + 1;
                    default -> false;
                };
        if (!valid) {
            throw new IllegalArgumentException("Not the sort key of an id");
        }
        return new RecordId(sortKey);
    }

    /** Returns the kind of this id. */
    public Kind kind() {
        return switch (sortKey[0]) {
            case 1 -> Kind.UINT64;
            case 2 -> Kind.UUID;
            default -> Kind.STRING;
        };
    }

    /** Returns the bits of the integer; only for {@link Kind#UINT64}. */
    public long asUint64() {
        require(Kind.UINT64);
        return ByteBuffer.wrap(sortKey).getLong(1);
    }

    /** Returns the UUID; only for {@link Kind#UUID}. */
    public UUID asUuid() {
        require(Kind.UUID);
        ByteBuffer bytes = ByteBuffer.wrap(sortKey);
        return new UUID(bytes.getLong(1), bytes.getLong(9));
    }

    /** Returns the string; only for {@link Kind#STRING}. */
    public String asString() {
        require(Kind.STRING);
        return new String(sortKey, 1, sortKey.length - 1, UTF_8);
    }

    private void require(Kind kind) {
        if (kind() != kind) {
            throw new IllegalStateException("Id is of kind " + kind());
        }
    }

    /** Returns a copy of the sort key. */
    public byte[] toSortKey() {
        return sortKey.clone();
    }

    /** Returns the length of the sort key in bytes. */
    public int sortKeyLength() {
        return sortKey.length;
    }

    @Override
    public int compareTo(RecordId other) {
        return Arrays.compareUnsigned(sortKey, other.sortKey);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RecordId that && Arrays.equals(sortKey, that.sortKey);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sortKey);
    }

    @Override
    public String toString() {
        return switch (kind()) {
            case UINT64 -> Long.toUnsignedString(asUint64());
            case UUID -> asUuid().toString();
            case STRING -> asString();
        };
    }
}
