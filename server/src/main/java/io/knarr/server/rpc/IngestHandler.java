package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.ChunkOutcome;
import io.knarr.server.model.IngestPlace;
import io.knarr.server.model.IngestState;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.WriteReceipt;
import io.knarr.v1.IngestChunk;
import io.knarr.v1.IngestOpening;
import java.util.Optional;
import java.util.UUID;

/**
 * Opens ingests and writes their chunks: plain and blocking. The account is borrowed for each chunk and not in between, so a stream holds
 * up neither its eviction nor its deletion. Thread-safe.
 */
final class IngestHandler {
    private final AccountAccess accounts;
    private final Limits limits;

    @Inject
    IngestHandler(AccountAccess accounts, Limits limits) {
        this.accounts = requireNonNull(accounts, "accounts is null");
        this.limits = requireNonNull(limits, "limits is null");
    }

    /**
     * An ingest that is open: all that its chunks need to know of it.
     *
     * @param identity whose it is, in the life that the account has
     * @param collectionIncarnation the life of the collection
     */
    record Opened(Identity identity, String collection, UUID collectionIncarnation, UpsertMode mode, UUID ingest) {}

    /** Checks an opening. The ingest's id is made where there is none. */
    Opened open(Identity identity, IngestOpening opening, CallDeadline deadline) {
        String collection = NameMapper.collection(
                opening.getCollection(), FieldPath.of("open").field("collection"));
        Optional<UUID> incarnation = NameMapper.incarnation(
                opening.getCollectionIncarnation(), FieldPath.of("open").field("collection_incarnation"));
        UpsertMode mode =
                RecordMapper.toMode(opening.getMode(), FieldPath.of("open").field("mode"));
        UUID ingest = opening.getIngestId().isEmpty()
                ? UUID.randomUUID()
                : NameMapper.uuid(
                        opening.getIngestId(), FieldPath.of("open").field("ingest_id"), ErrorCode.INVALID_FIELD);
        try (AccountLease lease = accounts.existingOrNew(identity, deadline)) {
            WriteReceipt<IngestState> receipt = lease.backend().openIngest(collection, incarnation, ingest, deadline);
            Identity sameLife = new Identity(
                    identity.account(),
                    identity.root(),
                    Optional.of(lease.backend().account().incarnation()));
            return new Opened(sameLife, collection, receipt.collectionIncarnation(), mode, ingest);
        }
    }

    /** Says how far an ingest has come. */
    IngestState state(Opened opened, CallDeadline deadline) {
        try (AccountLease lease = accounts.existing(opened.identity(), deadline)) {
            return lease.backend()
                    .openIngest(
                            opened.collection(), Optional.of(opened.collectionIncarnation()), opened.ingest(), deadline)
                    .result();
        }
    }

    /** Writes a chunk. */
    ChunkOutcome write(Opened opened, IngestChunk chunk, CallDeadline deadline) {
        IngestPlace place = new IngestPlace(opened.ingest(), chunk.getSequence());
        try (AccountLease lease = accounts.existing(opened.identity(), deadline)) {
            return lease.backend()
                    .ingest(
                            opened.collection(),
                            opened.collectionIncarnation(),
                            place,
                            opened.mode(),
                            () -> RecordMapper.toDrafts(chunk.getRecordsList(), FieldPath.of("records"), limits),
                            deadline);
        }
    }
}
