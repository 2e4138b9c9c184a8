package io.knarr.server.rpc;

import io.knarr.server.model.CursorPosition;
import io.knarr.server.model.RecordId;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;

/**
 * What a {@link PageToken} of a pinned listing holds: the cursor's UUID {@code [16 bytes]}, the rank {@code [int32]}, big-endian, and the
 * sort key of the last record looked at {@code [the rest, may be nothing]}.
 */
final class CursorToken {
    private static final int HEAD_BYTES = 2 * Long.BYTES + Integer.BYTES;

    private CursorToken() {}

    /** Returns the token of a position. */
    static String encode(PageToken tokens, CursorPosition position) {
        byte[] after = position.after().map(RecordId::toSortKey).orElse(new byte[0]);
        byte[] key = ByteBuffer.allocate(HEAD_BYTES + after.length)
                .putLong(position.cursor().getMostSignificantBits())
                .putLong(position.cursor().getLeastSignificantBits())
                .putInt(position.rank())
                .put(after)
                .array();
        return tokens.encode(key);
    }

    /** Returns the position in a token, empty where there is no token. @throws ServiceException INVALID_PAGE_TOKEN if it holds none */
    static Optional<CursorPosition> decode(PageToken tokens, String token) {
        return tokens.decode(token).map(key -> decode(tokens, key));
    }

    /** Whatever the token's check says: it is no secret how to make one. */
    private static CursorPosition decode(PageToken tokens, byte[] key) {
        if (key.length < HEAD_BYTES) {
            throw tokens.invalid();
        }
        ByteBuffer bytes = ByteBuffer.wrap(key);
        UUID cursor = new UUID(bytes.getLong(), bytes.getLong());
        int rank = bytes.getInt();
        byte[] after = new byte[bytes.remaining()];
        bytes.get(after);
        try {
            return new CursorPosition(
                    cursor, after.length == 0 ? Optional.empty() : Optional.of(RecordId.fromSortKey(after)), rank);
        } catch (IllegalArgumentException _) {
            throw tokens.invalid();
        }
    }
}
