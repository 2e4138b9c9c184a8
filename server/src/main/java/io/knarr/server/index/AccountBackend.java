package io.knarr.server.index;

import io.knarr.server.model.Account;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Collection;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Page;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.Selection;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.model.WriteReceipt;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * One account in memory. Borrowed from the cache of backends for the time of a call; at most one of an account is alive at any time.
 *
 * <p>Thread-safe: any number of readers and writers. All methods may block the calling (virtual) thread; heavy work runs on the pools
 * that {@link IndexThreads} names.
 */
public final class AccountBackend implements AutoCloseable {
    private final Account account;

    AccountBackend(Account account) {
        this.account = account;
    }

    /** Returns the life of the account that this backend serves. */
    public Account account() {
        return account;
    }

    /** Returns the bytes this backend takes in memory now, heap and native; cheap. Grows and shrinks as collections are used. */
    public long footprintBytes() {
        return io.knarr.server.error.Later.body();
    }

    /** Creates a collection, durably. @throws ServiceException COLLECTION_EXISTS, QUOTA_EXCEEDED */
    public Collection createCollection(String name, Schema schema, CallDeadline deadline) {
        return io.knarr.server.error.Later.body();
    }

    /** Returns a collection. @throws ServiceException COLLECTION_NOT_FOUND */
    public Collection collection(String name) {
        return io.knarr.server.error.Later.body();
    }

    /** Lists collections by name. */
    public Page<Collection, String> listCollections(int pageSize, Optional<String> after) {
        return io.knarr.server.error.Later.body();
    }

    /** Deletes a collection and its records. Returns whether there was one. @throws ServiceException INCARNATION_MISMATCH */
    public boolean deleteCollection(String name, Optional<UUID> incarnation, CallDeadline deadline) {
        return io.knarr.server.error.Later.body();
    }

    /** Writes records, all or none; durable and visible when it returns. One outcome per draft, in their order. */
    public WriteReceipt<List<UpsertOutcome>> upsert(
            String collection, Optional<UUID> incarnation, List<RecordDraft> drafts, CallDeadline deadline) {
        return io.knarr.server.error.Later.body();
    }

    /** Deletes records, all or none; durable when it returns. The result counts those that existed. */
    public WriteReceipt<Long> delete(
            String collection, Optional<UUID> incarnation, List<RecordId> ids, CallDeadline deadline) {
        return io.knarr.server.error.Later.body();
    }

    /** Returns the records of these ids, in their order, leaving out those that do not exist. Repeated ids come back repeated. */
    public List<StoredRecord> get(
            String collection, List<RecordId> ids, Selection fields, Selection vectors, CallDeadline deadline) {
        return io.knarr.server.error.Later.body();
    }

    /** Lists records by id. The page ends early when its records grow past {@code maxPageBytes}. */
    public Page<StoredRecord, RecordId> list(
            String collection,
            Optional<Filter> filter,
            int pageSize,
            long maxPageBytes,
            Optional<RecordId> after,
            Selection fields,
            Selection vectors,
            CallDeadline deadline) {
        return io.knarr.server.error.Later.body();
    }

    /** Counts records that match. */
    public long count(String collection, Optional<Filter> filter, CallDeadline deadline) {
        return io.knarr.server.error.Later.body();
    }

    /** Finds the nearest records. */
    public SearchResult search(SearchQuery query, CallDeadline deadline) {
        return io.knarr.server.error.Later.body();
    }

    /** Frees the memory. Only called when nobody holds a lease. */
    @Override
    public void close() {
        io.knarr.server.error.Later.<Object>body();
    }
}
