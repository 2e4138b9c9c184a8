package io.knarr.server.index;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.AccountNumber;
import io.knarr.server.store.StoreSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The views of all accounts that stay pinned between the pages of listings. They outlive the account's backend, since they need the store
 * alone, and end with their lease, which every page renews, with their account, or with the process.
 *
 * <p>Their number is bounded, of the server and of each account. Where an account has as many as it may, one of its own that nobody asked
 * for a while gives way, so that listings of which only the first page is read do no harm; no account's cursor ever gives way to another
 * account's. Thread-safe; nothing runs by itself: {@link #runMaintenance} is to be called every few seconds.
 */
public final class Cursors {
    /** After so long without a page a cursor gives way to another one of its account, where that has as many as it may. */
    static final Duration YIELDS_AFTER = Duration.ofSeconds(5);

    /** How long a cursor stays after its last page, so that the reply can be asked for again. */
    static final Duration FINISHED_STAY = Duration.ofSeconds(10);

    private final CursorConfig config;
    private final LongSupplier nanos;

    @GuardedBy("this")
    private final Map<UUID, Cursor> cursors = new HashMap<>();

    @GuardedBy("this")
    private final Map<AccountNumber, Integer> counts = new HashMap<>();

    @GuardedBy("this")
    private long bytes;

    /** @param nanos the time by which leases are measured, as {@link System#nanoTime} */
    public Cursors(CursorConfig config, LongSupplier nanos) {
        this.config = requireNonNull(config, "config is null");
        this.nanos = requireNonNull(nanos, "nanos is null");
    }

    /** Returns how much cursors may take. */
    public CursorConfig config() {
        return config;
    }

    /** A pinned view of one collection, and the order of its records where that is not the order of ids. */
    static final class Cursor {
        private final UUID id;
        private final AccountNumber account;
        private final UUID collection;
        private final StoreSnapshot snapshot;
        private final Optional<SortedIds> order;

        // Guarded by the Cursors they belong to.
        private long expiresAt;
        private long lastUsedAt;
        private int users;
        private boolean dropped;
        private boolean finished;

        private Cursor(
                UUID id, AccountNumber account, UUID collection, StoreSnapshot snapshot, Optional<SortedIds> order) {
            this.id = id;
            this.account = account;
            this.collection = collection;
            this.snapshot = snapshot;
            this.order = order;
        }

        UUID id() {
            return id;
        }

        StoreSnapshot snapshot() {
            return snapshot;
        }

        Optional<SortedIds> order() {
            return order;
        }

        private long bytes() {
            return order.map(SortedIds::footprintBytes).orElse(0L);
        }
    }

    /** The use of a cursor by one call. While it lasts the cursor stays open. */
    final class Use implements AutoCloseable {
        private final Cursor cursor;
        private boolean finished;

        private Use(Cursor cursor) {
            this.cursor = cursor;
        }

        Cursor cursor() {
            return cursor;
        }

        /** Says that the last page has been read. */
        void finish() {
            finished = true;
        }

        @Override
        public void close() {
            release(cursor, finished);
        }
    }

    /**
     * Keeps a view for later calls and takes over its snapshot, unless it throws.
     *
     * @param collection the collection's incarnation
     * @param order the order of the records, empty for that of their ids
     * @return the cursor's name
     * @throws ServiceException QUOTA_EXCEEDED if there are as many cursors as may be
     */
    UUID keep(AccountNumber account, UUID collection, StoreSnapshot snapshot, Optional<SortedIds> order) {
        Cursor cursor = new Cursor(UUID.randomUUID(), account, collection, snapshot, order);
        List<Cursor> ended = new ArrayList<>();
        try {
            synchronized (this) {
                long now = nanos.getAsLong();
                takeExpired(now, ended);
                makeRoom(cursor, now, ended);
                cursor.lastUsedAt = now;
                cursor.expiresAt = now + config.lease().toNanos();
                cursors.put(cursor.id, cursor);
                counts.merge(account, 1, Integer::sum);
                bytes += cursor.bytes();
            }
        } finally {
            ended.forEach(old -> old.snapshot.close());
        }
        return cursor.id;
    }

    /**
     * Uses a cursor, and renews its lease.
     *
     * @throws ServiceException CURSOR_EXPIRED if the account has no such cursor of that life of the collection, or not any more
     */
    Use use(AccountNumber account, UUID collection, UUID id) {
        List<Cursor> ended = new ArrayList<>();
        try {
            synchronized (this) {
                long now = nanos.getAsLong();
                takeExpired(now, ended);
                Cursor cursor = cursors.get(id);
                if (cursor == null || !cursor.account.equals(account) || !cursor.collection.equals(collection)) {
                    throw expired();
                }
                cursor.users++;
                cursor.finished = false;
                renew(cursor, now, config.lease());
                return new Use(cursor);
            }
        } finally {
            ended.forEach(old -> old.snapshot.close());
        }
    }

    /** Returns the failure of a call that goes on with a cursor that is not there. */
    static ServiceException expired() {
        return new ServiceException(
                ErrorCode.CURSOR_EXPIRED,
                "The view that this goes on in is no longer kept; start again from the beginning");
    }

    private void release(Cursor cursor, boolean finished) {
        boolean close;
        synchronized (this) {
            cursor.users--;
            close = cursor.dropped && cursor.users == 0;
            cursor.finished |= finished;
            Duration stay =
                    cursor.finished && FINISHED_STAY.compareTo(config.lease()) < 0 ? FINISHED_STAY : config.lease();
            renew(cursor, nanos.getAsLong(), stay);
        }
        if (close) {
            cursor.snapshot.close();
        }
    }

    private static void renew(Cursor cursor, long now, Duration lease) {
        cursor.lastUsedAt = now;
        cursor.expiresAt = now + lease.toNanos();
    }

    /** Ends the cursors whose leases are over. */
    public void runMaintenance() {
        List<Cursor> ended = new ArrayList<>();
        synchronized (this) {
            takeExpired(nanos.getAsLong(), ended);
        }
        ended.forEach(cursor -> cursor.snapshot.close());
    }

    /** Ends the cursors of an account, whatever their lease. */
    public void closeAll(AccountNumber account) {
        List<Cursor> ended = new ArrayList<>();
        synchronized (this) {
            for (Cursor cursor : List.copyOf(cursors.values())) {
                if (cursor.account.equals(account)) {
                    take(cursor, ended);
                }
            }
        }
        ended.forEach(cursor -> cursor.snapshot.close());
    }

    /** Returns how many cursors there are. */
    public synchronized int openCount() {
        return cursors.size();
    }

    /** Returns what the orders that cursors keep take in memory. */
    public synchronized long bytes() {
        return bytes;
    }

    @GuardedBy("this")
    private void takeExpired(long now, List<Cursor> ended) {
        for (Cursor cursor : List.copyOf(cursors.values())) {
            if (cursor.users == 0 && cursor.expiresAt - now <= 0) {
                take(cursor, ended);
            }
        }
    }

    /** Takes a cursor out; whoever uses it closes it. */
    @GuardedBy("this")
    private void take(Cursor cursor, List<Cursor> ended) {
        cursors.remove(cursor.id);
        counts.merge(cursor.account, -1, (old, less) -> old + less == 0 ? null : old + less);
        bytes -= cursor.bytes();
        cursor.dropped = true;
        if (cursor.users == 0) {
            ended.add(cursor);
        }
    }

    @GuardedBy("this")
    private void makeRoom(Cursor wanted, long now, List<Cursor> ended) {
        while (true) {
            String scope;
            long limit;
            if (counts.getOrDefault(wanted.account, 0) >= config.maxCursorsPerAccount()) {
                scope = "account";
                limit = config.maxCursorsPerAccount();
            } else if (cursors.size() >= config.maxCursors()) {
                scope = "server";
                limit = config.maxCursors();
            } else if (bytes + wanted.bytes() > config.maxBytes()) {
                scope = "server bytes";
                limit = config.maxBytes();
            } else {
                return;
            }
            Cursor yielding = yielding(wanted.account, now);
            if (yielding == null) {
                throw new ServiceException(
                                ErrorCode.QUOTA_EXCEEDED,
                                "As many listings are going on as may; finish one, or wait until one expires")
                        .with("scope", scope)
                        .with("limit", limit)
                        .retryAfter(YIELDS_AFTER);
            }
            take(yielding, ended);
        }
    }

    @GuardedBy("this")
    private @Nullable Cursor yielding(AccountNumber account, long now) {
        return cursors.values().stream()
                .filter(cursor -> cursor.account.equals(account) && cursor.users == 0)
                .filter(cursor -> cursor.finished || now - cursor.lastUsedAt >= YIELDS_AFTER.toNanos())
                .min(Comparator.comparing((Cursor cursor) -> !cursor.finished)
                        .thenComparingLong(cursor -> cursor.lastUsedAt - now))
                .orElse(null);
    }
}
