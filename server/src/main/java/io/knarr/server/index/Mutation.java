package io.knarr.server.index;

import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.ChunkOutcome;
import io.knarr.server.model.ChunkRefusal;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.IngestPlace;
import io.knarr.server.model.Precondition;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.RecordPatch;
import io.knarr.server.model.RequestKey;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.WriteTerms;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A write that waits for its turn, and its result once it had it. Results are set and read under the writer's lock. */
abstract sealed class Mutation<R> {
    private final CallDeadline deadline;
    private final List<Precondition> preconditions;
    private final Optional<RequestKey> request;
    private long schemaEpoch;
    private @Nullable R result;
    private @Nullable RuntimeException failure;

    /** @param terms with filters that are checked */
    private Mutation(CallDeadline deadline, WriteTerms terms) {
        this.deadline = deadline;
        this.preconditions = terms.preconditions();
        this.request = terms.request();
    }

    /**
     * A record ready to be written but for its version and times.
     *
     * @param id the id
     * @param key its key in the store
     * @param encoded its bytes, with room for the head; sealed by the writer
     * @param fields as stored
     * @param vectors by place in the schema, as given, {@code null} where there is none
     * @param expireMicros from when on nobody sees it, or {@link RecordCodec#NEVER}
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Prepared(
            RecordId id,
            byte[] key,
            byte[] encoded,
            SequencedMap<String, FieldValue> fields,
            @Nullable VectorData[] vectors,
            long expireMicros) {}

    /** A mutation whose result has an outcome for each record it names. */
    abstract static sealed class Written extends Mutation<List<UpsertOutcome>> {
        private Written(CallDeadline deadline, WriteTerms terms) {
            super(deadline, terms);
        }

        @Override
        void writeAnswer(List<UpsertOutcome> outcomes, BinaryWriter writer) {
            StoredAnswer.write(outcomes, writer);
        }

        @Override
        List<UpsertOutcome> readAnswer(BinaryReader reader) {
            return StoredAnswer.readOutcomes(reader);
        }
    }

    /** A mutation whose result is a number of records. */
    abstract static sealed class Counted extends Mutation<Long> {
        private Counted(CallDeadline deadline, WriteTerms terms) {
            super(deadline, terms);
        }

        @Override
        void writeAnswer(Long count, BinaryWriter writer) {
            writer.writeUnsigned(count);
        }

        @Override
        Long readAnswer(BinaryReader reader) {
            return reader.readUnsigned();
        }
    }

    /** Records to write; of those with the same id the last one wins, and all of them have its outcome. */
    static final class Upsert extends Written {
        private final UpsertMode mode;
        private final List<Prepared> records;

        Upsert(CallDeadline deadline, WriteTerms terms, UpsertMode mode, List<Prepared> records) {
            super(deadline, terms);
            this.mode = mode;
            this.records = records;
        }

        UpsertMode mode() {
            return mode;
        }

        List<Prepared> records() {
            return records;
        }

        @Override
        long byteCount() {
            return bytesOf(records);
        }
    }

    /** A chunk of an ingest: records to write, or why they are refused. Written, refused, or known from before, it has an outcome. */
    static final class Chunk extends Mutation<ChunkOutcome> {
        private final IngestPlace place;
        private final UpsertMode mode;
        private final List<Prepared> records;
        private final Optional<ChunkRefusal> refusal;

        /** @param records what to write; nothing where it is refused */
        Chunk(
                CallDeadline deadline,
                IngestPlace place,
                UpsertMode mode,
                List<Prepared> records,
                Optional<ChunkRefusal> refusal) {
            super(deadline, WriteTerms.NONE);
            this.place = place;
            this.mode = mode;
            this.records = records;
            this.refusal = refusal;
        }

        IngestPlace place() {
            return place;
        }

        UpsertMode mode() {
            return mode;
        }

        List<Prepared> records() {
            return records;
        }

        /** Returns what is wrong with it, as far as can be told without looking at other records. */
        Optional<ChunkRefusal> refusal() {
            return refusal;
        }

        @Override
        Optional<UUID> ingest() {
            return Optional.of(place.ingest());
        }

        @Override
        void writeAnswer(ChunkOutcome value, BinaryWriter writer) {
            throw new IllegalStateException("A chunk is known by its place");
        }

        @Override
        ChunkOutcome readAnswer(BinaryReader reader) {
            throw new IllegalStateException("A chunk is known by its place");
        }

        @Override
        long byteCount() {
            return bytesOf(records);
        }
    }

    private static long bytesOf(List<Prepared> records) {
        long bytes = 0;
        for (Prepared prepared : records) {
            bytes += prepared.encoded().length;
        }
        return bytes;
    }

    /** Ids to delete; the result counts those that had a record. */
    static final class Delete extends Counted {
        private final List<RecordId> ids;
        private final boolean validateOnly;

        Delete(CallDeadline deadline, WriteTerms terms, List<RecordId> ids, boolean validateOnly) {
            super(deadline, terms);
            this.ids = ids;
            this.validateOnly = validateOnly;
        }

        /** Returns whether it is only counted, and nothing deleted. */
        boolean validateOnly() {
            return validateOnly;
        }

        List<RecordId> ids() {
            return ids;
        }

        @Override
        long byteCount() {
            return 64L * ids.size();
        }
    }

    /** Records to delete that match when its turn comes; the result counts them. Has a commit of its own. */
    static final class DeleteMatching extends Counted {
        private final MatchingRecords matching;
        private final boolean validateOnly;

        DeleteMatching(CallDeadline deadline, WriteTerms terms, MatchingRecords matching, boolean validateOnly) {
            super(deadline, terms);
            this.matching = matching;
            this.validateOnly = validateOnly;
        }

        MatchingRecords matching() {
            return matching;
        }

        /** Returns whether they are only counted, and not deleted. */
        boolean validateOnly() {
            return validateOnly;
        }

        @Override
        boolean isAlone() {
            return true;
        }

        @Override
        long byteCount() {
            return 0;
        }
    }

    /** Changes of parts of records; each sees what those before it leave. */
    static final class Patch extends Written {
        private static final long EXPECTED_BYTES = 4_096;

        private final List<RecordPatch> patches;
        private final RecordPatcher patcher;

        Patch(CallDeadline deadline, WriteTerms terms, List<RecordPatch> patches, RecordPatcher patcher) {
            super(deadline, terms);
            this.patches = patches;
            this.patcher = patcher;
        }

        List<RecordPatch> patches() {
            return patches;
        }

        RecordPatcher patcher() {
            return patcher;
        }

        @Override
        List<RecordId> looksInto() {
            return Stream.concat(super.looksInto().stream(), patches.stream().map(RecordPatch::id))
                    .distinct()
                    .toList();
        }

        @Override
        long byteCount() {
            return EXPECTED_BYTES * patches.size();
        }
    }

    /**
     * Records to reclaim: those that have expired, by the expire time that is noted for them. The result counts the notes that were settled.
     *
     * @see ExpiryNote
     */
    static final class Expire extends Counted {
        private final List<ExpiryNote> notes;

        Expire(List<ExpiryNote> notes) {
            super(CallDeadline.NONE, WriteTerms.NONE);
            this.notes = notes;
        }

        List<ExpiryNote> notes() {
            return notes;
        }

        @Override
        long byteCount() {
            return 64L * notes.size();
        }
    }

    /** Returns about how many bytes this writes. */
    abstract long byteCount();

    /** Returns whether no other mutation may be in its commit before or after it. */
    boolean isAlone() {
        return false;
    }

    /** Writes a result, to be answered again. */
    abstract void writeAnswer(R value, BinaryWriter writer);

    /** Reads such a result. */
    abstract R readAnswer(BinaryReader reader);

    /** Returns how this is known when it is repeated, if it is. */
    Optional<RequestKey> request() {
        return request;
    }

    /** Returns the ingest that this is a chunk of, if it is one. */
    Optional<UUID> ingest() {
        return Optional.empty();
    }

    /** Returns the records whose content must be known before this can be done; each once. */
    List<RecordId> looksInto() {
        return preconditions.isEmpty()
                ? List.of()
                : preconditions.stream()
                        .filter(wanted -> wanted.filter().isPresent())
                        .map(Precondition::id)
                        .distinct()
                        .toList();
    }

    /** Returns what must hold when its turn comes; filters are checked. */
    List<Precondition> preconditions() {
        return preconditions;
    }

    CallDeadline deadline() {
        return deadline;
    }

    /** Says which schema of the writer's this was checked against. Before it waits. */
    void checkedAgainst(long epoch) {
        schemaEpoch = epoch;
    }

    long schemaEpoch() {
        return schemaEpoch;
    }

    boolean isDone() {
        return result != null || failure != null;
    }

    void succeed(R value) {
        result = value;
    }

    void fail(RuntimeException reason) {
        failure = reason;
    }

    /** Returns the result, or throws the failure. */
    R result() {
        if (failure != null) {
            throw failure;
        }
        if (result == null) {
            throw new IllegalStateException("Mutation has not had its turn");
        }
        return result;
    }
}
