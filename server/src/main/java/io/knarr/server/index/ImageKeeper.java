package io.knarr.server.index;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.knarr.server.engine.SegmentException;
import io.knarr.server.model.Collection;
import io.knarr.server.model.RecordId;
import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a collection's image and the journal that leads on from it: says when an image is due, writes it, and drops the journal up to it.
 * Thread-safe; its owner, the writer, calls {@link #begin} under its lock.
 *
 * <p>Why a crash at any point is harmless. A journal entry is in the batch of the commit it tells of. The journal is begun, with a new
 * lineage, no later than the view is taken that becomes the image; so from the image's sequence on there is an entry for every commit.
 *
 * <ol>
 *   <li>While the new image is written it has another name: the image before and its journal are untouched.
 *   <li>Its bytes are durable before it takes its name. Whichever of the two images a machine that lost power comes back with, it is whole,
 *       and the journal still has every entry from the older one on.
 *   <li>The name is durable before the journal is cut, so the image that needed what is cut cannot come back.
 *   <li>Cutting is one atomic commit. Entries that are left by a crash before it are older than the image and are not read.
 * </ol>
 *
 * <p>What leads nowhere is seen: the entries must run without a gap, in the image's lineage, from its sequence to the collection's.
 */
final class ImageKeeper {
    private static final Logger log = LoggerFactory.getLogger(ImageKeeper.class);

    /** Smaller collections are read from their records about as fast. */
    static final int MIN_ROWS = 5_000;

    /** An image is due when more records than this were touched since, */
    private static final long MIN_TOUCHED = 10_000;

    /** and more than one in this many rows. */
    private static final int ROWS_PER_TOUCHED = 10;

    /** When the collection is let go, an image is due from this many touched records on, */
    private static final long MIN_TOUCHED_AT_CLOSE = 256;

    /** and one in this many rows: what is not in the image is read record by record. */
    private static final int ROWS_PER_TOUCHED_AT_CLOSE = 100;

    /** After an image this many times as long as it took passes until the next, so that images take little of the disk. */
    private static final int REST_FACTOR = 10;

    private static final long REST_AFTER_FAILURE_NANOS = 60_000_000_000L;

    private final Collection collection;
    private final StoreView store;
    private final AccountImages images;

    @GuardedBy("this")
    private long lineage;

    @GuardedBy("this")
    private long touched;

    @GuardedBy("this")
    private boolean hasImage;

    /** Graphs that were built since the rows were loaded, and how many of them the image has. */
    @GuardedBy("this")
    private int graphsBuilt;

    @GuardedBy("this")
    private int graphsWritten;

    private volatile long restUntil = System.nanoTime();

    ImageKeeper(Collection collection, StoreView store, AccountImages images, LoadedRows loaded) {
        this.collection = collection;
        this.store = store;
        this.images = images;
        this.lineage = loaded.lineage();
        this.touched = loaded.touchedSinceImage();
        this.hasImage = loaded.lineage() != LoadedRows.NO_JOURNAL;
    }

    /**
     * An image to be written.
     *
     * @param view what it shall show; held, and released by {@link ImageKeeper#write}
     * @param lineage of the journal that leads on from it
     * @param touched records that the image before does not show
     * @param graphs that were built before it was begun
     */
    record Draft(RowTable.View view, long lineage, long touched, int graphs) {}

    /** Adds the journal's entry to a commit that touches these records, if a journal is kept. */
    synchronized void journal(WriteBatch batch, long from, long to, java.util.Collection<RecordId> ids) {
        if (lineage != LoadedRows.NO_JOURNAL) {
            batch.put(Table.SNAPSHOTS, IndexKeys.journal(collection.number(), to), Journal.encode(lineage, from, ids));
        }
    }

    /** Counts the records of a commit that was made. */
    synchronized void committed(int recordCount) {
        touched += recordCount;
    }

    /** Notes that a graph was built which the image has not: it took far longer than an image takes, so one is due. */
    synchronized void graphBuilt() {
        graphsBuilt++;
    }

    /** Returns whether an image should be written now. */
    synchronized boolean isDue(RowTable.View view) {
        return images.areKept()
                && (hasImage
                        ? graphsBuilt > graphsWritten
                                || touched > Math.max(MIN_TOUCHED, view.rowCount() / ROWS_PER_TOUCHED)
                        : view.liveCount() >= MIN_ROWS)
                && System.nanoTime() - restUntil >= 0;
    }

    /** Returns whether an image should be written before the rows are let go. */
    synchronized boolean isDueAtClose(RowTable.View view) {
        return images.areKept()
                && (hasImage
                        ? graphsBuilt > graphsWritten
                                || touched
                                        >= Math.max(MIN_TOUCHED_AT_CLOSE, view.rowCount() / ROWS_PER_TOUCHED_AT_CLOSE)
                        : view.liveCount() >= MIN_ROWS);
    }

    /** Takes one of the few places for images of rows that were let go, if there is one: they stay in memory as long. */
    boolean tryBeginClosing() {
        return images.closing().tryAcquire();
    }

    /** Gives such a place back. */
    void endClosing() {
        images.closing().release();
    }

    /** Deletes the image of a collection that was deleted while it was written. */
    void deleted() {
        images.delete(collection.number());
    }

    /** Begins an image of what a view sees, which is held; no commit may come between the view and this. From here on there is a journal. */
    synchronized Draft begin(RowTable.View view) {
        while (lineage == LoadedRows.NO_JOURNAL) {
            lineage = ThreadLocalRandom.current().nextLong();
        }
        return new Draft(view, lineage, touched, graphsBuilt);
    }

    /**
     * Writes an image and cuts the journal. Blocks on the disk; no lock is held meanwhile. A failure is logged and leaves the image
     * before. Returns whether it was written.
     *
     * @throws SegmentException if the view's own rows are a damaged image's
     */
    boolean write(Draft draft) {
        RowTable.View view = draft.view();
        long startedAt = System.nanoTime();
        try {
            images.write(collection, draft.lineage(), view);
            written(draft);
            cutJournal(view.sequence(), draft.lineage());
            long nanos = System.nanoTime() - startedAt;
            restUntil = System.nanoTime() + REST_FACTOR * nanos;
            log.debug(
                    "Image written, collection={}, rowCount={}, millis={}",
                    collection.incarnation(),
                    view.rowCount(),
                    nanos / 1_000_000);
            return true;
        } catch (IOException e) {
            restUntil = System.nanoTime() + REST_AFTER_FAILURE_NANOS;
            log.warn("Image not written, collection={}", collection.incarnation(), e);
            return false;
        } finally {
            view.table().release();
        }
    }

    private synchronized void written(Draft draft) {
        hasImage = true;
        touched -= draft.touched();
        graphsWritten = Math.max(graphsWritten, draft.graphs());
    }

    private void cutJournal(long sequence, long lineageOfImage) {
        try {
            store.commit(new WriteBatch()
                    .put(
                            Table.CATALOG,
                            IndexKeys.lineage(collection.number()),
                            ByteBuffer.allocate(Long.BYTES)
                                    .putLong(lineageOfImage)
                                    .array())
                    .deleteRange(Table.SNAPSHOTS, IndexKeys.journalUpTo(collection.number(), sequence)));
        } catch (StoreException e) {
            // What is left is skipped by loads and goes with the next cut.
            log.warn("Journal of an image not cut, collection={}", collection.incarnation(), e);
        }
    }

    /** Deletes the image, which was found to be damaged: the next load reads all records. */
    void drop(SegmentException cause) {
        log.warn("Image of a collection is damaged, collection={}", collection.incarnation(), cause);
        images.delete(collection.number());
    }
}
