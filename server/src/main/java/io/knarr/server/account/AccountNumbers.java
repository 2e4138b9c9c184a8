package io.knarr.server.account;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.knarr.server.model.AccountNumber;
import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Numbers for new accounts, each given out once in the life of a store. Thread-safe.
 *
 * <p>They are reserved {@value #CHUNK} at a time: the high-water mark is durable before the first of a chunk is used, so a number costs
 * a commit of its own only once in a chunk. What is left of a chunk when the server stops is never used; there are enough.
 */
final class AccountNumbers {
    /** How many numbers one commit reserves. */
    static final int CHUNK = 1_024;

    private final StoreView system;
    // Held across the commit of a reservation, on purpose: whoever comes then needs the same chunk.
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private long next;

    @GuardedBy("lock")
    private long reservedEnd;

    AccountNumbers(StoreView system) {
        this.system = requireNonNull(system, "system is null");
    }

    /** Returns a number that no account has had. @throws StoreException if none could be reserved */
    AccountNumber take() {
        lock.lock();
        try {
            if (next == reservedEnd) {
                reserve();
            }
            return new AccountNumber(next++);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void reserve() {
        // Read each time: after a failed commit, the mark is where the store says, not where we think.
        byte[] stored = system.get(Table.CATALOG, AccountRecords.nextNumberKey());
        if (stored == null) {
            requireNoAccounts();
        }
        long first = stored == null ? 1 : AccountRecords.decodeNextNumber(stored);
        if (first < reservedEnd) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT, "The high-water mark of account numbers went back", null);
        }
        long end = Math.addExact(first, CHUNK);
        system.commit(new WriteBatch()
                .put(Table.CATALOG, AccountRecords.nextNumberKey(), AccountRecords.encodeNextNumber(end)));
        next = first;
        reservedEnd = end;
    }

    /** A lost mark must not start the numbers again: the second account of a number would see the first one's keys. */
    private void requireNoAccounts() {
        try (StoreScan scan = system.scan(Table.CATALOG, AccountRecords.accountsStartingWith(""))) {
            if (scan.next()) {
                throw new StoreException(
                        StoreException.Kind.CORRUPT, "The high-water mark of account numbers is missing", null);
            }
        }
    }
}
