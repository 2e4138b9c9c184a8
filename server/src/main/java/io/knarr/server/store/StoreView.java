package io.knarr.server.store;

/** The keys and values of one owner, an account or the server itself. A holder of this view cannot name another owner's key. */
public interface StoreView extends StoreReader {
    /**
     * Applies all of {@code batch} or none of it. When this returns, the batch survives a crash of the process and of the machine, and
     * every later read sees it; when it throws, the caller knows nothing of the outcome and must read before it relies on either.
     *
     * @throws StoreException if the write failed or its outcome is unknown; {@link StoreException.Kind#DISK_FULL} says that nothing
     *     was written
     */
    void commit(WriteBatch batch);

    /**
     * Returns the owner's keys as they are now, for good: every commit that has returned is in it, none that begins later. Cheap; the
     * caller closes it.
     */
    StoreSnapshot snapshot();
}
