package io.knarr.server.index;

import io.knarr.server.model.RecordId;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the store has of that which mutations look into before they write: the records of which they expect something, or change a part;
 * what they were answered, where they were made before; and
 * how far ingests have come. Read for several mutations of one commit at once, while nobody else writes.
 */
final class StoredContents {
    /** Nothing was read. */
    static final StoredContents NONE = new StoredContents();

    /** The most bytes of records that one mutation may look into. */
    static final long MAX_BYTES = 64L << 20;

    /** After this many bytes no further mutation's records are read ahead. */
    private static final long ENOUGH_BYTES = 8L << 20;

    /** Records read at once: few at first, while their size is not known, then what is expected to be about this many bytes. */
    private static final int FIRST_CHUNK = 8;

    private static final int MAX_CHUNK = 512;
    private static final long CHUNK_BYTES = 4 << 20;

    private final Map<RecordId, byte[]> contents = new HashMap<>();
    private final Map<UUID, byte[]> answers = new HashMap<>();
    private final Map<UUID, byte[]> ingests = new HashMap<>();
    private final Set<Mutation<?>> read = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Mutation<?>> tooLarge = Collections.newSetFromMap(new IdentityHashMap<>());
    private long byteCount;

    private StoredContents() {}

    /**
     * Reads for the first of these mutations, and ahead for some of those after it. Blocks on the disk.
     *
     * @throws io.knarr.server.store.StoreException if the disk fails
     */
    static StoredContents read(StoreView store, int collectionNumber, List<Mutation<?>> mutations) {
        StoredContents contents = new StoredContents();
        for (Mutation<?> mutation : mutations) {
            if (contents.byteCount > ENOUGH_BYTES) {
                break;
            }
            contents.readFor(mutation, store, collectionNumber);
        }
        return contents;
    }

    private void readFor(Mutation<?> mutation, StoreView store, int collectionNumber) {
        if (mutation.request().isPresent()) {
            UUID request = mutation.request().get().id();
            byte[] answer = store.get(Table.OPERATIONS, IndexKeys.answer(collectionNumber, request));
            if (answer != null) {
                answers.put(request, answer);
                byteCount += answer.length;
                read.add(mutation);
                return; // it is not done again
            }
        }
        if (mutation.ingest().isPresent()) {
            UUID ingest = mutation.ingest().get();
            byte[] state = store.get(Table.OPERATIONS, IndexKeys.ingest(collectionNumber, ingest));
            if (state != null) {
                ingests.put(ingest, state);
                byteCount += state.length;
            }
        }
        List<RecordId> ids = mutation.looksInto();
        long ofThisOne = 0;
        int chunkSize = FIRST_CHUNK;
        for (int from = 0; from < ids.size(); ) {
            List<RecordId> chunk = ids.subList(from, Math.min(ids.size(), from + chunkSize));
            List<byte[]> keys = new ArrayList<>(chunk.size());
            chunk.forEach(id -> keys.add(IndexKeys.record(collectionNumber, id)));
            List<byte @Nullable []> values = store.getAll(Table.RECORDS, keys);
            long largest = 1;
            for (int i = 0; i < values.size(); i++) {
                byte[] value = values.get(i);
                if (value != null) {
                    contents.put(chunk.get(i), value);
                    ofThisOne += value.length;
                    largest = Math.max(largest, value.length);
                }
            }
            if (ofThisOne > MAX_BYTES) {
                tooLarge.add(mutation);
                break;
            }
            from += chunk.size();
            chunkSize = (int) Math.clamp(CHUNK_BYTES / largest, 1L, MAX_CHUNK);
        }
        byteCount += ofThisOne;
        read.add(mutation);
    }

    /** Returns whether what a mutation looks into has been read. */
    boolean covers(Mutation<?> mutation) {
        return read.contains(mutation)
                || (mutation.looksInto().isEmpty()
                        && mutation.request().isEmpty()
                        && mutation.ingest().isEmpty());
    }

    /** Returns whether a mutation looks into more than {@link #MAX_BYTES}, so that not all of it was read. */
    boolean isTooLargeFor(Mutation<?> mutation) {
        return tooLarge.contains(mutation);
    }

    /** Returns what a request was answered before, {@code null} if it was not made before. */
    byte @Nullable [] answerTo(UUID request) {
        return answers.get(request);
    }

    /** Returns how far an ingest has come, {@code null} where nothing is known of it. */
    byte @Nullable [] ingest(UUID ingest) {
        return ingests.get(ingest);
    }

    /** Returns the bytes of a record, {@code null} where the store has none. */
    byte @Nullable [] of(RecordId id) {
        return contents.get(id);
    }
}
