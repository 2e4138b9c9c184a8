package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.ChunkOutcome;
import io.knarr.server.model.ChunkRefusal;
import io.knarr.server.model.IngestState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * How far an ingest has come, kept in the batch of each of its chunks. Format version 1, little-endian:
 *
 * <pre>
 * [format: 1 byte = 1]
 * [when its last chunk was dealt with, microseconds since 1970: int64]
 * [last sequence: unsigned]
 * [outcomes, of the last sequences in their order: unsigned] (
 *     [refused: 1 byte]
 *     0: [version: unsigned][created: unsigned][replaced: unsigned]
 *     1: [code: string][sentence: string][has a field: 1 byte][field: string]?[details: unsigned]([key: string][value: string])*
 * )*
 * [CRC32C of all bytes before: int64]
 * </pre>
 *
 * @param micros when its last chunk was dealt with, microseconds since 1970
 * @param state how far it has come
 */
record StoredIngest(long micros, IngestState state) {
    /** How long an ingest is known after its last chunk, if nothing newer takes its place. */
    static final Duration KEPT = Duration.ofHours(24);

    private static final int FORMAT = 1;

    /** Returns when an ingest that had a chunk at that time may be forgotten, in microseconds since 1970. */
    static long due(long micros) {
        return micros + RecordCodec.toMicros(KEPT);
    }

    byte[] encode() {
        BinaryWriter writer = new BinaryWriter(64 + 8 * state.recent().size())
                .writeByte(FORMAT)
                .writeLong(micros)
                .writeUnsigned(state.lastSequence())
                .writeUnsigned(state.recent().size());
        state.recent().forEach(outcome -> write(outcome, writer));
        byte[] unchecked = writer.toByteArray();
        return writer.writeLong(checksum(unchecked, unchecked.length)).toByteArray();
    }

    private static void write(ChunkOutcome outcome, BinaryWriter writer) {
        if (outcome.refusal().isEmpty()) {
            writer.writeByte(0)
                    .writeUnsigned(outcome.version())
                    .writeUnsigned(outcome.created())
                    .writeUnsigned(outcome.replaced());
            return;
        }
        ChunkRefusal refusal = outcome.refusal().get();
        writer.writeByte(1).writeString(refusal.code().name()).writeString(refusal.sentence());
        writer.writeByte(refusal.field().isPresent() ? 1 : 0);
        refusal.field().ifPresent(writer::writeString);
        writer.writeUnsigned(refusal.details().size());
        refusal.details().forEach((key, value) -> writer.writeString(key).writeString(value));
    }

    /** Reads what {@link #encode} wrote. @throws CorruptBytesException if these bytes are not that */
    static StoredIngest decode(byte[] encoded) {
        int end = encoded.length - Long.BYTES;
        if (end < 1 || new BinaryReader(encoded, end, encoded.length).readLong() != checksum(encoded, end)) {
            throw new CorruptBytesException("State of an ingest fails its checksum");
        }
        BinaryReader reader = new BinaryReader(encoded, 0, end);
        if (reader.readByte() != FORMAT) {
            throw new CorruptBytesException("State of an ingest has an unknown format");
        }
        long micros = reader.readLong();
        long last = reader.readUnsigned();
        int count = reader.readCount(1);
        List<ChunkOutcome> recent = new ArrayList<>(count);
        for (long sequence = last - count + 1; sequence <= last; sequence++) {
            recent.add(readOutcome(sequence, reader));
        }
        return new StoredIngest(micros, new IngestState(last, recent));
    }

    private static ChunkOutcome readOutcome(long sequence, BinaryReader reader) {
        if (reader.readByte() == 0) {
            return new ChunkOutcome(
                    sequence,
                    reader.readUnsigned(),
                    (int) reader.readUnsigned(),
                    (int) reader.readUnsigned(),
                    Optional.empty());
        }
        ErrorCode code = readCode(reader);
        String sentence = reader.readString();
        Optional<String> field = reader.readByte() == 0 ? Optional.empty() : Optional.of(reader.readString());
        Map<String, String> details = new LinkedHashMap<>();
        for (int left = reader.readCount(2); left > 0; left--) {
            details.put(reader.readString(), reader.readString());
        }
        return ChunkOutcome.refused(sequence, new ChunkRefusal(code, sentence, field, details));
    }

    private static ErrorCode readCode(BinaryReader reader) {
        try {
            return ErrorCode.valueOf(reader.readString());
        } catch (IllegalArgumentException e) {
            throw new CorruptBytesException("State of an ingest has an unknown code");
        }
    }

    private static long checksum(byte[] bytes, int end) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, end);
        return crc.getValue();
    }
}
