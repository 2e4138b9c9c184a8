package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.ChunkOutcome;
import io.knarr.server.model.IngestPlace;
import io.knarr.server.model.IngestState;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How far ingests come with the chunks of one commit: each sees what those before it leave. Used under the writer's lock. */
final class StagedIngests {
    private final int collectionNumber;
    private final long now;
    private final WriteBatch batch;
    private final Map<UUID, StoredIngest> staged = new HashMap<>();

    /**
     * @param now the moment of the commit, in microseconds since 1970
     * @param batch what is to be committed
     */
    StagedIngests(int collectionNumber, long now, WriteBatch batch) {
        this.collectionNumber = collectionNumber;
        this.now = now;
        this.batch = batch;
    }

    /**
     * Returns the outcome of a chunk that was dealt with before, or empty where it is the next one.
     *
     * @throws ServiceException INGEST_OUT_OF_ORDER where it is neither
     */
    Optional<ChunkOutcome> outcomeOf(IngestPlace place, StoredContents contents) {
        IngestState state = stateOf(stored(place.ingest(), contents));
        if (place.sequence() <= state.lastSequence()) {
            return Optional.of(state.outcomeOf(place.sequence()));
        }
        if (place.sequence() != state.lastSequence() + 1) {
            throw ServiceException.atField(
                            ErrorCode.INGEST_OUT_OF_ORDER, "chunk.sequence", "The chunk does not follow the last one")
                    .with("expected", state.lastSequence() + 1)
                    .with("actual", place.sequence());
        }
        return Optional.empty();
    }

    /** Keeps what becomes of the next chunk, in the commit. */
    void add(IngestPlace place, ChunkOutcome outcome, StoredContents contents) {
        UUID ingest = place.ingest();
        StoredIngest before = stored(ingest, contents);
        if (before != null) {
            batch.delete(Table.OPERATIONS, IndexKeys.ingestTime(collectionNumber, before.micros(), ingest));
        }
        StoredIngest after = new StoredIngest(now, stateOf(before).after(outcome));
        staged.put(ingest, after);
        batch.put(Table.OPERATIONS, IndexKeys.ingest(collectionNumber, ingest), after.encode());
        batch.put(Table.OPERATIONS, IndexKeys.ingestTime(collectionNumber, now, ingest), new byte[0]);
    }

    /** Returns what is stored of an ingest, old or not. */
    private @Nullable StoredIngest stored(UUID ingest, StoredContents contents) {
        StoredIngest earlier = staged.get(ingest);
        byte[] bytes = contents.ingest(ingest);
        return earlier != null || bytes == null ? earlier : StoredIngest.decode(bytes);
    }

    /** What is too old is not there, whether it has been reclaimed by now or not. */
    private IngestState stateOf(@Nullable StoredIngest stored) {
        return stored == null || StoredIngest.due(stored.micros()) <= now ? IngestState.NEW : stored.state();
    }
}
