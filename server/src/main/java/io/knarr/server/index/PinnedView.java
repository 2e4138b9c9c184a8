package io.knarr.server.index;

import io.knarr.server.store.StoreSnapshot;
import io.knarr.server.store.StoreView;

/** One moment of a collection, in memory and in the store alike. Closed by the thread that made it; the rows may be held by others longer. */
final class PinnedView implements AutoCloseable {
    private final RowTable.View view;
    private final StoreSnapshot snapshot;
    private boolean snapshotLeft;

    private PinnedView(RowTable.View view, StoreSnapshot snapshot) {
        this.view = view;
        this.snapshot = snapshot;
    }

    /** Pins the collection as it is now. Waits for the write that is under way, if one is. */
    static PinnedView of(CollectionIndex index, StoreView store) {
        return index.writer().undisturbed(() -> {
            RowTable.View view = index.writer().holdView();
            boolean pinned = false;
            try {
                PinnedView both = new PinnedView(view, store.snapshot());
                pinned = true;
                return both;
            } finally {
                if (!pinned) {
                    view.table().release();
                }
            }
        });
    }

    RowTable.View view() {
        return view;
    }

    StoreSnapshot snapshot() {
        return snapshot;
    }

    /** The right to look at the rows until it is closed. */
    interface Hold extends AutoCloseable {
        @Override
        void close();
    }

    /** Holds the rows for a thread of a pool. @throws IndexClosedException if they are gone already */
    Hold hold() {
        if (!view.table().tryHold()) {
            throw new IndexClosedException();
        }
        return () -> view.table().release();
    }

    /** Leaves the snapshot to somebody else, who closes it. */
    void leaveSnapshot() {
        snapshotLeft = true;
    }

    @Override
    public void close() {
        view.table().release();
        if (!snapshotLeft) {
            snapshot.close();
        }
    }
}
