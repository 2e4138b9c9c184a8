package io.knarr.server.index;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A collection of a loaded account: its catalog entry, and its index once somebody used it. The index is loaded once, by the first who
 * asks; others wait for the same load. A load that failed is not remembered. Thread-safe.
 */
final class CollectionSlot {
    private final Function<Collection, CompletableFuture<CollectionIndex>> loader;

    // Written under this object's monitor.
    private volatile Collection collection;

    @GuardedBy("this")
    private @Nullable CompletableFuture<CollectionIndex> loaded;

    @GuardedBy("this")
    private boolean closed;

    /** @param loader starts a load */
    CollectionSlot(Collection collection, Function<Collection, CompletableFuture<CollectionIndex>> loader) {
        this.collection = requireNonNull(collection, "collection is null");
        this.loader = requireNonNull(loader, "loader is null");
    }

    Collection collection() {
        return collection;
    }

    /**
     * Returns the index, loading it if need be; complete if it is there already.
     *
     * @throws ServiceException COLLECTION_NOT_FOUND if the collection is gone
     */
    synchronized CompletableFuture<CollectionIndex> index() {
        if (closed) {
            throw new ServiceException(ErrorCode.COLLECTION_NOT_FOUND, "The account has no such collection")
                    .with("collection", collection.name());
        }
        if (loaded != null && (loaded.isCompletedExceptionally() || isBroken(loaded))) {
            closeLoaded();
        }
        if (loaded == null) {
            loaded = loader.apply(collection);
        }
        return loaded;
    }

    /** Returns the index if it is in memory now. */
    synchronized Optional<CollectionIndex> ifLoaded() {
        return loaded != null && isLoaded(loaded) ? Optional.of(loaded.join()) : Optional.empty();
    }

    /**
     * Changes what the collection is, unseen by others until it is done.
     *
     * @param before the index it has now
     * @param change makes the change; returns the index from then on, or empty where it must be loaded anew
     * @throws IndexClosedException if the collection has another index, or none, or is gone
     */
    synchronized void change(Collection changed, CollectionIndex before, Supplier<Optional<CollectionIndex>> change) {
        if (closed || loaded == null || !isLoaded(loaded) || loaded.join() != before) {
            throw new IndexClosedException();
        }
        Optional<CollectionIndex> after = change.get();
        collection = changed;
        if (after.isPresent()) {
            loaded = CompletableFuture.completedFuture(after.get());
        } else {
            closeLoaded();
        }
    }

    /**
     * Runs something while the collection is not in memory and does not come into it. Returns false, and runs nothing, where it is in memory, on
     * its way there, or gone.
     */
    synchronized boolean whileUnloaded(Runnable action) {
        if (closed || loaded != null) {
            return false;
        }
        action.run();
        return true;
    }

    /** Ends the slot: nobody finds the index from here on. Returns the load under way or done, for the caller to finish with. */
    synchronized Optional<CompletableFuture<CollectionIndex>> end() {
        closed = true;
        return Optional.ofNullable(loaded);
    }

    /** Makes the slot usable again after an {@link #end} that came to nothing; an index that this broke is loaded anew. */
    synchronized void reopen() {
        closed = false;
    }

    /** Ends the slot and closes the index; one that is being loaded is closed as soon as it is there. Does not wait. */
    void close() {
        end().ifPresent(load -> {
            // A load that fails told those who waited for it, and leaves nothing to close.
            var _ = load.thenAccept(CollectionIndex::close);
        });
    }

    @GuardedBy("this")
    private void closeLoaded() {
        if (loaded != null && isLoaded(loaded)) {
            loaded.join().close();
        }
        loaded = null;
    }

    private static boolean isBroken(CompletableFuture<CollectionIndex> load) {
        return isLoaded(load) && load.join().writer().isBroken();
    }

    private static boolean isLoaded(CompletableFuture<CollectionIndex> load) {
        return load.isDone() && !load.isCompletedExceptionally();
    }
}
