package io.knarr.server.index;

import io.knarr.server.model.RecordId;
import io.knarr.server.model.RequestKey;
import io.knarr.server.model.UpsertOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * What a write that has a name was answered, kept in the write's own batch. Format version 1, little-endian:
 *
 * <pre>
 * [format: 1 byte = 1]
 * [fingerprint of the request: two int64, high bits first]
 * [the answer, see below]
 * [CRC32C of all bytes before: int64]
 * </pre>
 *
 * <p>Of an upsert or a patch the answer is {@code [outcomes: unsigned] ([id: bytes unsigned, sort key][version: unsigned][created: 1 byte])*};
 * of a deletion it is {@code [count: unsigned]}.
 */
final class StoredAnswer {
    private static final int FORMAT = 1;

    private StoredAnswer() {}

    /** Begins the answer of a request. */
    static BinaryWriter begin(RequestKey request) {
        return new BinaryWriter(256)
                .writeByte(FORMAT)
                .writeLong(request.fingerprint().getMostSignificantBits())
                .writeLong(request.fingerprint().getLeastSignificantBits());
    }

    /** Returns the bytes of an answer that has been written. */
    static byte[] end(BinaryWriter writer) {
        byte[] unchecked = writer.toByteArray();
        return writer.writeLong(checksum(unchecked, unchecked.length)).toByteArray();
    }

    /** Returns what reads the answer from its fingerprint on. @throws CorruptBytesException if these bytes are not what was written */
    static BinaryReader open(byte[] encoded) {
        int end = encoded.length - Long.BYTES;
        if (end < 1 || new BinaryReader(encoded, end, encoded.length).readLong() != checksum(encoded, end)) {
            throw new CorruptBytesException("Answer of a request fails its checksum");
        }
        BinaryReader reader = new BinaryReader(encoded, 0, end);
        if (reader.readByte() != FORMAT) {
            throw new CorruptBytesException("Answer of a request has an unknown format");
        }
        return reader;
    }

    /** Reads the fingerprint, which comes first. */
    static UUID readFingerprint(BinaryReader reader) {
        return new UUID(reader.readLong(), reader.readLong());
    }

    static void write(List<UpsertOutcome> outcomes, BinaryWriter writer) {
        writer.writeUnsigned(outcomes.size());
        for (UpsertOutcome outcome : outcomes) {
            writer.writeUnsigned(outcome.id().sortKeyLength())
                    .writeBytes(outcome.id().toSortKey())
                    .writeUnsigned(outcome.version())
                    .writeByte(outcome.created() ? 1 : 0);
        }
    }

    static List<UpsertOutcome> readOutcomes(BinaryReader reader) {
        List<UpsertOutcome> outcomes = new ArrayList<>();
        for (int left = reader.readCount(4); left > 0; left--) {
            RecordId id = RecordId.fromSortKey(reader.readBytes(reader.readCount(1)));
            outcomes.add(new UpsertOutcome(id, reader.readUnsigned(), reader.readByte() == 1));
        }
        return outcomes;
    }

    private static long checksum(byte[] bytes, int end) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, end);
        return crc.getValue();
    }
}
