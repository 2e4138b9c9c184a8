package io.knarr.server.rpc;

import io.knarr.server.model.ChunkOutcome;
import io.knarr.server.model.ChunkRefusal;
import io.knarr.v1.IngestAck;
import io.knarr.v1.IngestError;
import io.knarr.v1.IngestResponse;

/** Writes what becomes of chunks. */
final class IngestMapper {
    private IngestMapper() {}

    /** Returns the message that acknowledges a chunk. */
    static IngestResponse toResponse(ChunkOutcome outcome) {
        return IngestResponse.newBuilder().setAck(toAck(outcome)).build();
    }

    /** Returns what became of a chunk, as protobuf. */
    static IngestAck toAck(ChunkOutcome outcome) {
        IngestAck.Builder ack = IngestAck.newBuilder()
                .setSequence(outcome.sequence())
                .setVersion(outcome.version())
                .setCreatedCount(outcome.created())
                .setReplacedCount(outcome.replaced());
        outcome.refusal().map(IngestMapper::toError).ifPresent(ack::setError);
        return ack.build();
    }

    private static IngestError toError(ChunkRefusal refusal) {
        return IngestError.newBuilder()
                .setCode(StatusMapper.toCode(refusal.code().remedy()).getNumber())
                .setReason(refusal.code().name())
                .setMessage(refusal.sentence())
                .setField(refusal.field().orElse(""))
                .putAllMetadata(refusal.details())
                .build();
    }
}
