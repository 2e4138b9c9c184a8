package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.IngestState;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The ingests that the collections of an account remember. One that had no chunk for a day is forgotten, or earlier where as many others
 * are remembered as may be, but none that had a chunk within the last quarter of an hour. Thread-safe.
 */
final class Ingests {
    /** The most that a collection remembers. */
    static final int MAX_KEPT = 1_000;

    /** How long one is remembered however many others there are. */
    static final Duration LEAST_KEPT = Duration.ofMinutes(15);

    private final StoreView store;
    private final BlockingCalls blocking;
    private final Clock clock;

    Ingests(StoreView store, BlockingCalls blocking, Clock clock) {
        this.store = store;
        this.blocking = blocking;
        this.clock = clock;
    }

    /** What a collection knows when an ingest is opened: its state, and the note of the oldest where there is no room for one more. */
    private record Known(IngestState state, List<byte[]> inTheWay) {}

    /**
     * Returns how far an ingest has come. Where it is new, there is room for it then.
     *
     * @throws ServiceException QUOTA_EXCEEDED if there is none
     */
    IngestState open(CollectionSlot slot, UUID ingest, CallDeadline deadline) {
        int number = slot.collection().number();
        long now = RecordCodec.toMicros(clock.instant());
        Known known;
        try {
            known = blocking.onLoading(() -> known(number, ingest, now), deadline);
        } catch (CorruptBytesException e) {
            throw CollectionIndex.corrupt(e, slot.collection());
        }
        for (byte[] oldest : known.inTheWay()) {
            if (IndexKeys.timeOf(oldest) + RecordCodec.toMicros(LEAST_KEPT) > now) {
                throw new ServiceException(
                                ErrorCode.QUOTA_EXCEEDED, "The collection remembers as many ingests as it may")
                        .with("limit", MAX_KEPT);
            }
            forget(slot, oldest, deadline);
        }
        return known.state();
    }

    private Known known(int number, UUID ingest, long now) {
        byte[] bytes = store.get(Table.OPERATIONS, IndexKeys.ingest(number, ingest));
        if (bytes != null) {
            StoredIngest stored = StoredIngest.decode(bytes);
            return new Known(StoredIngest.due(stored.micros()) <= now ? IngestState.NEW : stored.state(), List.of());
        }
        List<byte[]> oldest = new ArrayList<>();
        int count = 0;
        try (StoreScan scan = store.scan(Table.OPERATIONS, IndexKeys.ingestTimes(number))) {
            for (; count < MAX_KEPT && scan.next(); count++) {
                if (oldest.isEmpty()) {
                    oldest.add(scan.key());
                }
            }
        }
        return new Known(IngestState.NEW, count < MAX_KEPT ? List.of() : oldest);
    }

    /** Forgets those of a collection that are old enough. */
    void forgetDue(CollectionSlot slot, long now, CallDeadline deadline) {
        int number = slot.collection().number();
        while (true) {
            deadline.check();
            List<byte[]> due = blocking.onLoading(() -> firstDue(number, now), deadline);
            if (due.isEmpty()) {
                return;
            }
            due.forEach(note -> forget(slot, note, deadline));
        }
    }

    private List<byte[]> firstDue(int number, long now) {
        try (StoreScan scan = store.scan(Table.OPERATIONS, IndexKeys.ingestTimes(number))) {
            return scan.next() && StoredIngest.due(IndexKeys.timeOf(scan.key())) <= now
                    ? List.of(scan.key())
                    : List.of();
        }
    }

    /** Forgets an ingest, unless it has gone on since it was noted; no chunk is written meanwhile. */
    private void forget(CollectionSlot slot, byte[] note, CallDeadline deadline) {
        int number = slot.collection().number();
        Runnable removal = () -> blocking.onWriting(() -> {
            if (store.get(Table.OPERATIONS, note) != null) {
                store.commit(new WriteBatch()
                        .delete(Table.OPERATIONS, note)
                        .delete(Table.OPERATIONS, IndexKeys.ingest(number, IndexKeys.nameAfterTime(note))));
            }
        });
        while (!slot.whileUnloaded(removal)) {
            try {
                var _ = BlockingCalls.awaitShared(slot.index(), deadline)
                        .writer()
                        .undisturbed(() -> {
                            removal.run();
                            return true;
                        });
                return;
            } catch (IndexClosedException _) {
                deadline.check(); // its schema has grown, or it was let go: look again
            }
        }
    }
}
