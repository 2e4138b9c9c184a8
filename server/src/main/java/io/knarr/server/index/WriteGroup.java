package io.knarr.server.index;

import io.knarr.server.engine.SegmentException;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.index.Mutation.Prepared;
import io.knarr.server.model.ChunkOutcome;
import io.knarr.server.model.ChunkRefusal;
import io.knarr.server.model.Collection;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Precondition;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.RecordPatch;
import io.knarr.server.model.RequestKey;
import io.knarr.server.model.Schema;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.model.VectorData;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the mutations of one commit do, in their order. Each of them sees what those before it leave, and is taken whole or not at all: one
 * that is refused leaves no trace, and does no harm to the others. Made for one commit and used under the writer's lock.
 */
final class WriteGroup {
    /** The last moment that a time to live leads to: what callers can read of time ends there. */
    private static final long LAST_MICROS = RecordCodec.toMicros(Instant.parse("9999-12-31T23:59:59Z"));

    private final Collection collection;
    private final RowsById rows;
    private final RowTable table;
    private final RowTable.View view;
    private final long now;
    private final WriteBatch batch = new WriteBatch();
    private final Map<RecordId, Pending> pending = new LinkedHashMap<>();
    private final Map<UUID, byte[]> answers = new HashMap<>();
    private final List<Runnable> replies = new ArrayList<>();
    private final StagedIngests ingests;
    private long sequence;
    private long nextDue = Reclaimer.NEVER;

    /**
     * A record's state as this group will leave it.
     *
     * @param version the version written; of a deletion, 0
     * @param createMicros when it was first written
     * @param expireMicros from when on nobody sees it
     * @param record what is written, {@code null} for a deletion
     */
    record Pending(
            long version,
            long createMicros,
            long expireMicros,
            @Nullable Prepared record) {
        static final Pending DELETED = new Pending(0, 0, RecordCodec.NEVER, null);
    }

    /** A record that exists, and has not expired, as the mutations before leave it. */
    private record Existing(long version, long createMicros) {}

    /** What a record holds; vectors by place in the schema, {@code null} where it has none. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Content(
            SequencedMap<String, FieldValue> fields,
            @Nullable VectorData[] vectors) {
        Set<String> vectorNames(Schema schema) {
            Set<String> names = new HashSet<>();
            for (int place = 0; place < vectors.length; place++) {
                if (vectors[place] != null) {
                    names.add(schema.vectors().get(place).name());
                }
            }
            return names;
        }
    }

    /** A record that is in the store, expired or not. */
    private record Stored(long version, long createMicros, long expireMicros) {
        static final Stored NOTHING = new Stored(0, 0, RecordCodec.NEVER);
    }

    /**
     * @param rows which row each record is in
     * @param view all that was written before
     * @param now the moment of this commit, in microseconds since 1970
     */
    WriteGroup(Collection collection, RowsById rows, RowTable table, RowTable.View view, long now) {
        this.collection = collection;
        this.rows = rows;
        this.table = table;
        this.view = view;
        this.sequence = view.sequence();
        this.now = now;
        this.ingests = new StagedIngests(collection.number(), now, batch);
    }

    /** Takes a mutation, or fails it. */
    void stage(Mutation<?> mutation, StoredContents contents) {
        try {
            if (isAnswered(mutation, contents)) {
                return;
            }
            if (contents.isTooLargeFor(mutation)) {
                throw new ServiceException(
                                ErrorCode.LIMIT_EXCEEDED, "The call looks into records that are too large together")
                        .with("limit", StoredContents.MAX_BYTES);
            }
            requirePreconditions(mutation.preconditions(), contents);
            switch (mutation) {
                case Mutation.Upsert upsert -> stage(upsert);
                case Mutation.Chunk chunk -> stage(chunk, contents);
                case Mutation.Delete delete -> stage(delete);
                case Mutation.DeleteMatching delete -> stage(delete);
                case Mutation.Patch patch -> stage(patch, contents);
                case Mutation.Expire expire -> stage(expire);
            }
        } catch (ServiceException | IndexClosedException | SegmentException e) {
            mutation.fail(e);
        } catch (CorruptBytesException e) {
            mutation.fail(CollectionIndex.corrupt(e, collection));
        }
    }

    /** Answers a mutation that was made before as it was answered then. Returns whether it was. */
    private <R> boolean isAnswered(Mutation<R> mutation, StoredContents contents) {
        if (mutation.request().isEmpty()) {
            return false;
        }
        RequestKey request = mutation.request().get();
        byte[] answer = answers.getOrDefault(request.id(), contents.answerTo(request.id()));
        if (answer == null) {
            return false;
        }
        BinaryReader reader = StoredAnswer.open(answer);
        if (!StoredAnswer.readFingerprint(reader).equals(request.fingerprint())) {
            throw ServiceException.atField(
                            ErrorCode.REQUEST_ID_REUSED, "request_id", "Another request was made under this id")
                    .with("request_id", request.id());
        }
        R result = mutation.readAnswer(reader);
        replies.add(() -> mutation.succeed(result));
        return true;
    }

    /** Has a mutation answered once the commit is done, and the answer kept where the mutation has a name. */
    private <R> void answer(Mutation<R> mutation, R result) {
        if (mutation.request().isPresent()) {
            RequestKey request = mutation.request().get();
            BinaryWriter writer = StoredAnswer.begin(request);
            mutation.writeAnswer(result, writer);
            byte[] encoded = StoredAnswer.end(writer);
            answers.put(request.id(), encoded);
            batch.put(Table.OPERATIONS, IndexKeys.answer(collection.number(), request.id()), encoded);
            batch.put(Table.OPERATIONS, IndexKeys.answerTime(collection.number(), now, request.id()), new byte[0]);
            nextDue = Math.min(nextDue, Reclaimer.answerDue(now));
        }
        replies.add(() -> mutation.succeed(result));
    }

    private void stage(Mutation.Upsert upsert) {
        answer(upsert, upsert(upsert.mode(), upsert.records()));
    }

    /** A chunk that is refused is dealt with, too: those after it go on, and whoever sends it again is told the same. */
    private void stage(Mutation.Chunk chunk, StoredContents contents) {
        Optional<ChunkOutcome> known = ingests.outcomeOf(chunk.place(), contents);
        if (known.isPresent()) {
            replies.add(() -> chunk.succeed(known.get()));
            return;
        }
        ChunkOutcome outcome = outcomeOf(chunk);
        ingests.add(chunk.place(), outcome, contents);
        nextDue = Math.min(nextDue, StoredIngest.due(now));
        answer(chunk, outcome);
    }

    private ChunkOutcome outcomeOf(Mutation.Chunk chunk) {
        long sequenceOfChunk = chunk.place().sequence();
        if (chunk.refusal().isPresent()) {
            return ChunkOutcome.refused(sequenceOfChunk, chunk.refusal().get());
        }
        try {
            List<UpsertOutcome> outcomes = upsert(chunk.mode(), chunk.records());
            int created = (int) outcomes.stream()
                    .filter(UpsertOutcome::created)
                    .map(UpsertOutcome::id)
                    .distinct()
                    .count();
            int all = (int) outcomes.stream().map(UpsertOutcome::id).distinct().count();
            return new ChunkOutcome(sequenceOfChunk, sequence, created, all - created, Optional.empty());
        } catch (ServiceException e) {
            if (ChunkRefusal.isOf(e)) {
                return ChunkOutcome.refused(sequenceOfChunk, ChunkRefusal.of(e));
            }
            throw e;
        }
    }

    /** Writes records, all or none of them. */
    private List<UpsertOutcome> upsert(UpsertMode mode, List<Prepared> records) {
        requireMode(mode, records);
        long version = sequence + 1;
        Map<RecordId, Prepared> lastOfEach = LinkedHashMap.newLinkedHashMap(records.size());
        for (Prepared record : records) {
            lastOfEach.put(record.id(), record);
        }
        Map<RecordId, UpsertOutcome> outcomes = HashMap.newHashMap(lastOfEach.size());
        lastOfEach.forEach((id, record) -> {
            Existing existing = existing(id);
            write(record, version, existing == null ? now : existing.createMicros(), expiryOf(record));
            outcomes.put(id, new UpsertOutcome(id, version, existing == null));
        });
        sequence = version;
        List<UpsertOutcome> inOrder = new ArrayList<>(records.size());
        for (Prepared record : records) {
            UpsertOutcome outcome = outcomes.get(record.id());
            if (outcome != null) {
                inOrder.add(outcome);
            }
        }
        return inOrder;
    }

    private void requireMode(UpsertMode mode, List<Prepared> records) {
        if (mode == UpsertMode.UPSERT) {
            return;
        }
        for (int i = 0; i < records.size(); i++) {
            Existing existing = existing(records.get(i).id());
            String path = "records[" + i + "].id";
            if (existing != null && mode == UpsertMode.INSERT_ONLY) {
                throw about(
                        ServiceException.atField(
                                ErrorCode.RECORD_EXISTS, path, "The collection has a record of that id"),
                        records.get(i).id(),
                        existing);
            }
            if (existing == null && mode == UpsertMode.UPDATE_ONLY) {
                throw about(
                        ServiceException.atField(
                                ErrorCode.RECORD_NOT_FOUND, path, "The collection has no record of that id"),
                        records.get(i).id(),
                        null);
            }
        }
    }

    private void stage(Mutation.Delete delete) {
        long count = 0;
        boolean removed = false;
        Set<RecordId> counted = new HashSet<>();
        for (RecordId id : delete.ids()) {
            if (existing(id) != null && (!delete.validateOnly() || counted.add(id))) {
                count++;
            }
            if (!delete.validateOnly()) {
                removed |= remove(id); // one that has expired, too: it need not wait for its turn
            }
        }
        sequence += removed ? 1 : 0;
        answer(delete, count);
    }

    /** It is the first of its commit, so the view shows all that was before. */
    private void stage(Mutation.DeleteMatching delete) {
        RowTable.View seen = view.at(now);
        if (delete.validateOnly()) {
            answer(delete, (long) delete.matching().count(seen));
            return;
        }
        List<RecordId> ids = delete.matching().ids(seen);
        ids.forEach(this::remove);
        sequence += ids.isEmpty() ? 0 : 1;
        answer(delete, (long) ids.size());
    }

    private void stage(Mutation.Patch mutation, StoredContents contents) {
        Map<RecordId, Prepared> changed = new LinkedHashMap<>();
        List<RecordPatch> patches = mutation.patches();
        for (int i = 0; i < patches.size(); i++) {
            RecordPatch patch = patches.get(i);
            String path = "patches[" + i + "]";
            Prepared before = changed.get(patch.id());
            if (before == null && existing(patch.id()) == null) {
                throw about(
                        ServiceException.atField(
                                ErrorCode.RECORD_NOT_FOUND, path + ".id", "The collection has no record of that id"),
                        patch.id(),
                        null);
            }
            Content content =
                    before == null ? contentOf(patch.id(), contents) : new Content(before.fields(), before.vectors());
            long expires = before == null ? stored(patch.id()).expireMicros() : before.expireMicros();
            changed.put(
                    patch.id(), mutation.patcher().apply(patch, content.fields(), content.vectors(), expires, path));
        }
        long version = sequence + 1;
        changed.forEach((id, record) -> write(record, version, stored(id).createMicros(), record.expireMicros()));
        sequence = version;
        answer(
                mutation,
                patches.stream()
                        .map(patch -> new UpsertOutcome(patch.id(), version, false))
                        .toList());
    }

    private void stage(Mutation.Expire expire) {
        boolean removed = false;
        for (ExpiryNote note : expire.notes()) {
            if (stored(note.id()).expireMicros() != note.expireMicros()) {
                takeBackExpiry(note.id(), note.expireMicros()); // it should have been, with the record it was of
            } else if (note.expireMicros() <= now) {
                removed |= remove(note.id());
            }
        }
        sequence += removed ? 1 : 0;
        answer(expire, (long) expire.notes().size());
    }

    /** Returns from when on nobody sees a record that is written now. */
    private long expiryOf(Prepared record) {
        if (record.expireMicros() != RecordCodec.NEVER
                || collection.defaultTtl().isEmpty()) {
            return record.expireMicros();
        }
        return Math.min(
                LAST_MICROS, now + RecordCodec.toMicros(collection.defaultTtl().get()));
    }

    private void write(Prepared record, long version, long createMicros, long expireMicros) {
        long before = stored(record.id()).expireMicros();
        if (before != expireMicros) {
            takeBackExpiry(record.id(), before);
            if (expireMicros != RecordCodec.NEVER) {
                batch.put(
                        Table.OPERATIONS,
                        IndexKeys.expiry(collection.number(), expireMicros, record.id()),
                        new byte[0]);
                nextDue = Math.min(nextDue, expireMicros);
            }
        }
        RecordCodec.seal(record.key(), record.encoded(), version, createMicros, now, expireMicros);
        batch.put(Table.RECORDS, record.key(), record.encoded());
        pending.put(record.id(), new Pending(version, createMicros, expireMicros, record));
    }

    /** Deletes a record, expired or not. Returns whether there was one. */
    private boolean remove(RecordId id) {
        Stored stored = stored(id);
        if (stored.version() == 0) {
            return false;
        }
        takeBackExpiry(id, stored.expireMicros());
        batch.delete(Table.RECORDS, IndexKeys.record(collection.number(), id));
        pending.put(id, Pending.DELETED);
        return true;
    }

    private void takeBackExpiry(RecordId id, long expireMicros) {
        if (expireMicros != RecordCodec.NEVER) {
            batch.delete(Table.OPERATIONS, IndexKeys.expiry(collection.number(), expireMicros, id));
        }
    }

    private @Nullable Existing existing(RecordId id) {
        Stored stored = stored(id);
        return stored.version() == 0 || stored.expireMicros() <= now
                ? null
                : new Existing(stored.version(), stored.createMicros());
    }

    /** Returns what the store has of a record, expired or not, as the mutations before leave it. */
    private Stored stored(RecordId id) {
        Pending changed = pending.get(id);
        if (changed != null) {
            return changed.record() == null
                    ? Stored.NOTHING
                    : new Stored(changed.version(), changed.createMicros(), changed.expireMicros());
        }
        int row = rows.find(id.toSortKey(), table.ids());
        return row == RowsById.NONE
                ? Stored.NOTHING
                : new Stored(table.version(row), table.createMicros(row), table.expireMicros(row));
    }

    private void requirePreconditions(List<Precondition> preconditions, StoredContents contents) {
        for (int i = 0; i < preconditions.size(); i++) {
            Precondition wanted = preconditions.get(i);
            Existing existing = existing(wanted.id());
            String path = "preconditions[" + i + "]";
            if (wanted.exists().isPresent() && wanted.exists().get() != (existing != null)) {
                throw violated(
                        path + ".exists",
                        existing == null ? "The record does not exist" : "The record exists",
                        wanted,
                        existing);
            }
            if (wanted.version().isPresent()
                    && (existing == null
                            || existing.version() != wanted.version().getAsLong())) {
                throw about(
                                ServiceException.atField(
                                        ErrorCode.VERSION_MISMATCH,
                                        path + ".version",
                                        "The record has another version than expected"),
                                wanted.id(),
                                existing)
                        .with("expected_version", wanted.version().getAsLong());
            }
            if (wanted.filter().isPresent()
                    && (existing == null
                            || !matches(wanted.id(), wanted.filter().get(), contents))) {
                throw violated(path + ".filter", "The record does not match the filter", wanted, existing);
            }
        }
    }

    private static ServiceException violated(
            String path, String sentence, Precondition wanted, @Nullable Existing existing) {
        return about(ServiceException.atField(ErrorCode.PRECONDITION_FAILED, path, sentence), wanted.id(), existing);
    }

    private static ServiceException about(ServiceException failure, RecordId id, @Nullable Existing existing) {
        return failure.with("record", id).with("version", existing == null ? 0 : existing.version());
    }

    private boolean matches(RecordId id, Filter filter, StoredContents contents) {
        SingleRecord candidate = new SingleRecord();
        Content content = contentOf(id, contents);
        candidate.set(id, content.fields(), content.vectorNames(collection.schema()));
        return RowMatcher.of(filter, candidate).matches(0);
    }

    /** Returns what a record holds that exists. */
    private Content contentOf(RecordId id, StoredContents contents) {
        Pending changed = pending.get(id);
        if (changed != null && changed.record() != null) {
            return new Content(changed.record().fields(), changed.record().vectors());
        }
        byte[] encoded = contents.of(id);
        if (encoded == null) {
            throw new CorruptBytesException("Record is in memory and not in the store");
        }
        byte[] key = IndexKeys.record(collection.number(), id);
        RecordCodec.Loaded loaded = RecordCodec.decodeForIndex(key, encoded, collection.schema());
        return new Content(loaded.fields(), loaded.vectors());
    }

    /** Returns whether there is nothing to commit. */
    boolean isEmpty() {
        return batch.isEmpty();
    }

    /** Returns the bytes that are to be committed. */
    long byteCount() {
        return batch.byteCount();
    }

    /** Returns what is to be committed. */
    WriteBatch batch() {
        return batch;
    }

    /** Returns what becomes of each record that is touched, in the order it was first touched. */
    Map<RecordId, Pending> pending() {
        return pending;
    }

    /** Returns the last write once this is committed. */
    long sequence() {
        return sequence;
    }

    /** Returns when the first of what is written is to be reclaimed, in microseconds since 1970, or {@link Reclaimer#NEVER}. */
    long nextDue() {
        return nextDue;
    }

    /** Gives each mutation that was taken its result. */
    void succeed() {
        replies.forEach(Runnable::run);
    }
}
