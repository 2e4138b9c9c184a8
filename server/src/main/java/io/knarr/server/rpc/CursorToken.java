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

    static byte[] encode(CursorPosition position) {
        byte[] after = position.after().map(RecordId::toSortKey).orElse(new byte[0]);
        return ByteBuffer.allocate(HEAD_BYTES + after.length)
                .putLong(position.cursor().getMostSignificantBits())
                .putLong(position.cursor().getLeastSignificantBits())
                .putInt(position.rank())
                .put(after)
                .array();
    }

    /** Returns the position. @throws ServiceException INVALID_PAGE_TOKEN if it is none, whatever its check says */
    static CursorPosition decode(byte[] key) {
        if (key.length < HEAD_BYTES) {
            throw PageToken.invalid();
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
            throw PageToken.invalid();
        }
    }
}
